//! The speed of single steps, in little room however many there are.

use serde::{Deserialize, Serialize};

/// Speeds that are kept, at most.
const MOST: usize = 1024;

/// Speeds of steps, all of the first ones and evenly thinned from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Speeds {
    /// One of so many is kept.
    every: usize,
    /// How many were told.
    told: usize,
    kept: Vec<f64>,
}

impl Default for Speeds {
    fn default() -> Self {
        Self { every: 1, told: 0, kept: Vec::new() }
    }
}

impl Speeds {
    /// Takes in the next one.
    pub(crate) fn add(&mut self, speed: f64) {
        if self.told.is_multiple_of(self.every) {
            if self.kept.len() == MOST {
                let mut even = false;
                self.kept.retain(|_| {
                    even = !even;
                    even
                });
                self.every *= 2;
            }
            if self.told.is_multiple_of(self.every) {
                self.kept.push(speed);
            }
        }
        self.told += 1;
    }

    /// The median of those kept.
    pub(crate) fn median(&self) -> Option<f64> {
        stats::median(&self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_kept_of_many_evenly() {
        let mut speeds = Speeds::default();
        for k in 0..MOST {
            speeds.add(k as f64);
        }
        assert_eq!(speeds.kept.len(), MOST);
        for k in MOST..1_000_000 {
            speeds.add(k as f64);
        }
        assert!((MOST / 2..=MOST).contains(&speeds.kept.len()), "{}", speeds.kept.len());
        let apart: Vec<f64> = speeds.kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(apart.iter().all(|&gap| gap == speeds.every as f64));
        let median = speeds.median().unwrap();
        assert!((median / 500_000.0 - 1.0).abs() < 0.01, "{median}");
    }
}
