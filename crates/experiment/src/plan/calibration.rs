//! Hidden sizes for equal time: measured once, recorded, and used from then on.

use super::{DataFacts, Draft};
use crate::hash;
use machine::Environment;
use model::ModelConfig;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Close enough to the target: nearer than measurements repeat.
const TOLERANCE: f64 = 0.01;

/// Measurements of one search, at most.
const MOST: usize = 12;

/// The size with which a search starts.
const START: usize = 64;

/// The largest size tried.
const LARGEST: usize = 1 << 14;

/// What was measured for an experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// One entry for each model and training whose size was searched for.
    pub entries: Vec<Calibrated>,
}

/// The size that takes the time asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// What it is for: a hash of everything but the size and the seed.
    pub key: String,
    /// The arm it was measured for.
    pub arm: String,
    /// Milliseconds of a training step that were asked for.
    pub target: f64,
    /// The size that came nearest.
    pub hidden: NonZeroUsize,
    /// Milliseconds by hidden size, all that were measured.
    pub measured: BTreeMap<usize, f64>,
    /// Where and when.
    pub environment: Environment,
}

impl Calibration {
    /// The size for a model and training, if it was measured.
    pub fn hidden(&self, key: &str) -> Option<NonZeroUsize> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.hidden)
    }

    /// The milliseconds that a step of that size took.
    pub fn took(&self, key: &str) -> Option<f64> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        entry.measured.get(&entry.hidden.get()).copied()
    }
}

impl Draft {
    /// What a measured size is for, if the size of this run is to be measured, and the milliseconds
    /// asked for.
    pub fn calibration(&self, facts: &DataFacts) -> Option<(String, f64)> {
        let target = self.matched?.milliseconds()?;
        let model = ModelConfig { hidden: NonZeroUsize::MIN, ..self.model.clone() };
        let text = json!({"model": model, "train": self.train, "data": facts.fingerprint, "target": target});
        Some((hash::text(&text.to_string()), target))
    }
}

/// Searches the size whose time comes nearest to `target`, from `least` on, among multiples of `heads`;
/// returns it with all that was measured. Times need not grow evenly: the best of what was measured counts.
pub fn search<E>(
    target: f64,
    (least, heads): (usize, usize),
    mut measure: impl FnMut(NonZeroUsize) -> Result<f64, E>,
) -> Result<(NonZeroUsize, BTreeMap<usize, f64>), E> {
    let mut measured: BTreeMap<usize, f64> = BTreeMap::new();
    let least = least.next_multiple_of(heads);
    let below_or_at = |size: usize| size / heads * heads;
    let mut next = START.next_multiple_of(heads).max(least);
    while let Some(hidden) = NonZeroUsize::new(next).filter(|_| measured.len() < MOST) {
        let time = measure(hidden)?;
        measured.insert(next, time);
        if (time / target - 1.0).abs() <= TOLERANCE {
            break;
        }
        let below = measured.iter().rfind(|(_, time)| **time < target);
        let above = measured.iter().find(|(_, time)| **time >= target);
        next = match (below, above) {
            (Some((&low, fast)), Some((&high, slow))) if low + heads < high => {
                let share = (target / fast).ln() / (slow / fast).ln();
                let between = low as f64 * (high as f64 / low as f64).powf(share);
                let nearest = (between / heads as f64).round() as usize * heads;
                nearest.clamp(low + heads, high - heads)
            }
            (Some((&low, _)), None) if low < below_or_at(LARGEST) => {
                below_or_at((2 * low).min(LARGEST))
            }
            (None, Some((&high, _))) if high > least => below_or_at(high / 2).max(least),
            _ => break,
        };
    }
    let gap = |time: f64| (time / target).ln().abs();
    let best = measured.iter().min_by(|one, two| gap(*one.1).total_cmp(&gap(*two.1)));
    let hidden = best.and_then(|(hidden, _)| NonZeroUsize::new(*hidden));
    Ok((hidden.unwrap_or(NonZeroUsize::MIN), measured))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn found(target: f64, time: impl Fn(f64) -> f64) -> (usize, usize) {
        let measure = |hidden: NonZeroUsize| Ok::<_, Infallible>(time(hidden.get() as f64));
        let Ok((hidden, measured)) = search(target, (1, 1), measure);
        (hidden.get(), measured.len())
    }

    #[test]
    fn the_nearest_size_is_found_in_few_measurements() {
        // Something fixed and something that grows with the square of the size.
        let time = |hidden: f64| 0.5 + hidden * hidden / 10_000.0;
        for (target, hidden) in [(2.5, 141), (0.51, 10), (1600.5, 4000)] {
            let (size, measurements) = found(target, time);
            let off = (time(size as f64) / target - 1.0).abs();
            assert!(off < 0.02, "{target}: {size} in place of {hidden}");
            assert!(measurements <= MOST, "{measurements}");
        }
        // No size is as fast: the smallest is the nearest.
        assert_eq!(found(0.1, time).0, 1);
        // Noise that turns the order round ends the search.
        assert!(found(2.5, |hidden| 250.0 / hidden).1 <= MOST);
    }
}
