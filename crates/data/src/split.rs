//! The three parts of a dataset, and how a dataset that comes as one is cut.

use std::collections::HashMap;
use std::hash::Hash;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draws;
use crate::error::DataError;

/// A part of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// To train on.
    Train,
    /// To choose settings by.
    Valid,
    /// To report on.
    Test,
}

impl Split {
    /// All splits, in the order in which they are named.
    pub const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }

    /// Its name in prose.
    pub fn in_prose(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Valid => "validation",
            Self::Test => "test",
        }
    }

    /// The split with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

/// Which parts of a dataset without published splits are held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeldOut {
    /// The thousandths kept for validation.
    pub valid: u32,
    /// The thousandths kept for testing.
    pub test: u32,
}

impl Default for HeldOut {
    /// A tenth each.
    fn default() -> Self {
        Self { valid: 100, test: 100 }
    }
}

impl HeldOut {
    /// An error unless something is left to train on.
    pub(crate) fn require(self) -> Result<Self, DataError> {
        if self.valid.saturating_add(self.test) < 1000 {
            return Ok(self);
        }
        let reason = format!(
            "{} and {} thousandths are held out, which leaves nothing to train on",
            self.valid, self.test
        );
        Err(DataError::setting("held_out", reason))
    }
}

/// The numbers of the items in each split, each split in ascending order. Items with equal keys
/// come into the same split, so that no test item was trained on. Which keys are held out is
/// drawn from `seed`.
pub(crate) fn by_key<K: Eq + Hash>(
    keys: impl Iterator<Item = K>,
    held_out: HeldOut,
    seed: u64,
) -> [Vec<usize>; 3] {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: HashMap<K, usize> = HashMap::new();
    for (item, key) in keys.enumerate() {
        let group = *group_of.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(item);
    }
    let count = groups.len();
    let part = |thousandths: u32| (count as u128 * u128::from(thousandths) / 1000) as usize;
    let (valid, test) = (part(held_out.valid), part(held_out.test));
    let mut splits = [Vec::new(), Vec::new(), Vec::new()];
    let order = draws::permutation(&mut draws::stream(seed, "splits", 0), count);
    for (rank, group) in order.into_iter().enumerate() {
        let split = if rank < valid { 1 } else { 2 * usize::from(rank < valid + test) };
        splits[split].append(&mut groups[group]);
    }
    splits.iter_mut().for_each(|split| split.sort_unstable());
    splits
}

/// The numbers of `count` items in two parts, each in ascending order: those that stay, and
/// `held_out` ones drawn from `seed`.
pub(crate) fn hold_out(count: usize, held_out: usize, seed: u64) -> [Vec<usize>; 2] {
    let mut order = draws::permutation(&mut draws::stream(seed, "validation", 0), count);
    let mut held = order.split_off(count.saturating_sub(held_out));
    order.sort_unstable();
    held.sort_unstable();
    [order, held]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_crosses_a_split(
            keys in prop::collection::vec("[a-f]{1,2}", 0..80),
            valid in 0u32..500,
            test in 0u32..500,
            seed: u64,
        ) {
            let splits = by_key(keys.iter().map(String::as_str), HeldOut { valid, test }, seed);
            let mut all = splits.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..keys.len()).collect::<Vec<_>>());
            for (i, split) in splits.iter().enumerate() {
                for other in &splits[i + 1..] {
                    prop_assert!(split.iter().all(|&a| other.iter().all(|&b| keys[a] != keys[b])));
                }
            }
        }

        #[test]
        fn what_is_held_out_is_gone(count in 0usize..50, held_out in 0usize..60, seed: u64) {
            let [kept, held] = hold_out(count, held_out, seed);
            prop_assert_eq!(held.len(), held_out.min(count));
            let mut all = [kept, held].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn parts_have_their_sizes_and_change_with_the_seed() {
        let keys: Vec<String> = (0..1000).map(|key| key.to_string()).collect();
        let cut =
            |seed| by_key(keys.iter().map(String::as_str), HeldOut { valid: 100, test: 200 }, seed);
        assert_eq!(cut(1).each_ref().map(Vec::len), [700, 100, 200]);
        assert_eq!(cut(1), cut(1));
        assert_ne!(cut(1), cut(2));
    }

    #[test]
    fn something_must_be_left() {
        assert!(HeldOut { valid: 500, test: 499 }.require().is_ok());
        let error = HeldOut { valid: 500, test: 500 }.require().unwrap_err().to_string();
        assert!(error.starts_with("held_out: 500 and 500 thousandths"), "{error}");
    }
}
