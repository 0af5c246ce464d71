//! Quantiles as numpy computes them.

/// The `q` quantile of `values`, `q` in `0..=1`: linear between order statistics (type 7 of
/// Hyndman and Fan, numpy's default). The values need not be sorted.
///
/// `None` when `values` is empty or holds a value that is not finite, or when `q` is outside its
/// range.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.iter().any(|value| !value.is_finite()) || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| of_sorted(&sorted, q))
}

/// The same of finite values in ascending order, at least one; `q` in `0..=1`.
pub(crate) fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    below + (above - below) * position.fract()
}

/// The median: the mean of the two middle values when their number is even.
///
/// `None` as in [`quantile`].
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_numpy() {
        let values = [3.0, 1.0, 7.0, 5.0, 2.0, 11.0];
        // [np.quantile(values, q) for q in (0, .1, .25, .5, .9, 1)]
        let cases = [(0.0, 1.0), (0.1, 1.5), (0.25, 2.25), (0.5, 4.0), (0.9, 9.0), (1.0, 11.0)];
        for (q, expected) in cases {
            let got = quantile(&values, q).expect("a quantile");
            assert!((got - expected).abs() < 1e-12, "q {q}: {got} is not {expected}");
        }
    }

    #[test]
    fn median_of_odd_even_and_single() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
    }

    #[test]
    fn what_cannot_be_answered_is_none() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, f64::NAN]), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
    }
}
