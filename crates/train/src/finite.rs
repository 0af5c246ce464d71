//! Numbers that records can hold.

use serde::{Deserialize, Serialize};

/// A number that is neither infinite nor NaN: JSON has no other, and would silently hold nothing in
/// its place.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Finite(f64);

impl Finite {
    /// The number, if it is finite.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Finite {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a finite number is needed")
    }
}

impl From<Finite> for f64 {
    fn from(number: Finite) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for number in [0.0, -0.0, 1.0 / 3.0, f64::MAX, f64::MIN_POSITIVE, 5e-324, -37_601_968.0] {
            let text = serde_json::to_string(&Finite::new(number).unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<Finite>(&text).unwrap().get(), number);
        }
    }

    #[test]
    fn what_is_not_finite_is_no_such_number() {
        assert_eq!(Finite::new(f64::NAN), None);
        assert_eq!(Finite::new(f64::NEG_INFINITY), None);
        assert!(serde_json::from_str::<Finite>("null").is_err());
    }
}
