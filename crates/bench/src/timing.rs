//! Repeating something and summing up how long it took.

use crate::BenchError;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// How long something is repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Until so many seconds have passed,
    pub seconds: f64,
    /// but at least so often.
    pub least: usize,
}

/// Values of `once`, repeated after one run that is not counted (caches, page faults, clock rate).
pub fn repeat(
    effort: Effort,
    once: &mut dyn FnMut() -> Result<f64, BenchError>,
) -> Result<Vec<f64>, BenchError> {
    once()?;
    let begin = Instant::now();
    let mut values = Vec::new();
    while values.len() < effort.least || begin.elapsed().as_secs_f64() < effort.seconds {
        values.push(once()?);
    }
    Ok(values)
}

/// The middle and the spread of repeated measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Median.
    pub median: f64,
    /// Lower quartile.
    pub low: f64,
    /// Upper quartile.
    pub high: f64,
    /// Values summed up.
    pub repetitions: usize,
}

impl Summary {
    /// The summary of `values`; none of no values, or of values that are not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        Some(Self {
            median: stats::median(values)?,
            low: stats::quantile(values, 0.25)?,
            high: stats::quantile(values, 0.75)?,
            repetitions: values.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_is_not_counted_and_the_least_number_is_kept() {
        let mut runs = 0.0;
        let values = repeat(Effort { seconds: 0.0, least: 3 }, &mut || {
            runs += 1.0;
            Ok(runs)
        });
        assert_eq!(values.unwrap(), [2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_failure_ends_the_repetitions() {
        let mut left = 3;
        let values = repeat(Effort { seconds: 1e9, least: 1 }, &mut || {
            left -= 1;
            if left > 0 { Ok(1.0) } else { Err(BenchError::NotFinite) }
        });
        assert!(matches!(values, Err(BenchError::NotFinite)));
    }

    #[test]
    fn quartiles_stand_beside_the_median() {
        let summary = Summary::of(&[5.0, 1.0, 2.0, 4.0, 3.0]).unwrap();
        assert_eq!((summary.low, summary.median, summary.high), (2.0, 3.0, 4.0));
        assert_eq!(summary.repetitions, 5);
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[1.0, f64::NAN]), None);
    }
}
