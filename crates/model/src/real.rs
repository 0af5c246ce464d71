//! Numbers of an experiment file on their way to the single precision in which models compute.

/// A number for a model, if it is one that `holds`, as written and as the nearest single-precision
/// number. Else what is wrong with it, as it was written.
pub(crate) fn single(
    value: f64,
    allowed: &str,
    holds: impl Fn(f64) -> bool,
) -> Result<f32, String> {
    let nearest = value as f32;
    if holds(value) && holds(f64::from(nearest)) {
        return Ok(nearest);
    }
    let written = format!("{value:?}");
    let written = written.strip_suffix(".0").unwrap_or(&written);
    let rounded = if holds(value) { ", in single precision too" } else { "" };
    Err(format!("{written} is not allowed here: {allowed}{rounded}"))
}

#[cfg(test)]
mod tests {
    use crate::{AboveTwo, Finite, Fraction, PositiveReal};
    use serde::de::DeserializeOwned;
    use std::fmt::Debug;

    fn refused<T: DeserializeOwned + Debug>(text: &str) -> String {
        let error = serde_json::from_str::<T>(text).unwrap_err().to_string();
        error.split(" at line ").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_is_refused_is_told_as_it_was_written() {
        let above = "is not allowed here: a finite number above 0";
        assert_eq!(refused::<PositiveReal>("-5"), format!("-5 {above}"));
        assert_eq!(refused::<PositiveReal>("0"), format!("0 {above}"));
        for written in ["1e300", "1e-60"] {
            let told = format!("{written} {above}, in single precision too");
            assert_eq!(refused::<PositiveReal>(written), told);
        }
        let below = "is not allowed here: at least 0 and below 1";
        assert_eq!(refused::<Fraction>("1"), format!("1 {below}"));
        assert_eq!(refused::<Fraction>("-1e-60"), format!("-1e-60 {below}"));
        let told = format!("0.999999999 {below}, in single precision too");
        assert_eq!(refused::<Fraction>("0.999999999"), told);
        assert!(refused::<Finite>("-1e39").starts_with("-1e39 is not allowed here: a finite"));
        assert!(refused::<AboveTwo>("2.00000001").starts_with("2.00000001 is not allowed here"));
    }

    #[test]
    fn what_is_allowed_is_the_nearest_number() {
        let read = |text: &str| serde_json::from_str::<PositiveReal>(text).unwrap().get();
        assert_eq!([read("0.1"), read("3"), read("1e-45")], [0.1, 3.0, f32::from_bits(1)]);
        assert_eq!(serde_json::from_str::<Fraction>("0").unwrap().get(), 0.0);
    }
}
