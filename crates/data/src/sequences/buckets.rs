//! Batches of sequences of about the same length, so that little of a batch is filling.
//!
//! Lengths fall into buckets [1, 1], [2, 2], ..., [l, h], ..., each as wide as the bound on the
//! filling allows: with a bound p, h is the largest length with h (1 - p) <= l. No sequence of a
//! bucket is shorter than l, so at most the fraction p of a batch is filling, whichever sequences
//! of the bucket come together. The price: the last batch of every bucket may be a short one.

use serde::{Deserialize, Serialize};

use super::Sequences;
use crate::draws;
use crate::error::DataError;
use task::Window;

/// How sequences are put together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchSettings {
    /// Sequences of a batch; the last of a bucket may have fewer.
    pub batch: usize,
    /// The largest part of a batch's steps that may be filling: from 0 to below 1.
    pub max_padding: f64,
}

impl Default for BatchSettings {
    /// 32 sequences, a fifth filling at most.
    fn default() -> Self {
        Self { batch: 32, max_padding: 0.2 }
    }
}

/// A split cut into batches; each sequence is in one of them. Batches are made when asked for, in
/// any order.
#[derive(Debug, Clone)]
pub struct SequenceBatches<'a> {
    sequences: &'a Sequences,
    batches: Vec<Vec<usize>>,
}

impl<'a> SequenceBatches<'a> {
    /// Batches to train on: which sequences come together and in which order the batches come is
    /// drawn anew for every `epoch`, and is the same for the same seed and epoch on every machine.
    ///
    /// # Errors
    /// [`DataError::BadSetting`] if a setting is outside its range.
    pub fn training(
        sequences: &'a Sequences,
        settings: BatchSettings,
        seed: u64,
        epoch: u64,
    ) -> Result<Self, DataError> {
        let mut rng = draws::stream(seed, "batches", epoch);
        let order = draws::permutation(&mut rng, sequences.len());
        let mut batches = cut(sequences, order, settings)?;
        draws::shuffle(&mut rng, &mut batches);
        Ok(Self { sequences, batches })
    }

    /// Batches to evaluate on: always the same, short sequences first.
    ///
    /// # Errors
    /// [`DataError::BadSetting`] if a setting is outside its range.
    pub fn evaluation(
        sequences: &'a Sequences,
        settings: BatchSettings,
    ) -> Result<Self, DataError> {
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&sequence| sequences.length(sequence));
        let batches = cut(sequences, order, settings)?;
        Ok(Self { sequences, batches })
    }

    /// The number of batches.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Batch `index`, or None past the last.
    pub fn get(&self, index: usize) -> Option<Window> {
        self.batches.get(index).map(|batch| self.sequences.batch(batch))
    }

    /// The numbers of the sequences in each batch, in order.
    pub fn sequences(&self) -> &[Vec<usize>] {
        &self.batches
    }

    /// All batches in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Window> {
        self.batches.iter().map(|batch| self.sequences.batch(batch))
    }
}

/// How many sequences of a split fall into each bucket: what its batches look like, before any is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buckets(Vec<Bucket>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bucket {
    /// Sequences.
    count: usize,
    /// Steps of the longest.
    longest: usize,
}

impl Buckets {
    /// Those of a split, with the usual bound on filling.
    pub fn of(sequences: &Sequences) -> Self {
        let ends =
            buckets(sequences.lengths().max().unwrap_or(0), BatchSettings::default().max_padding);
        let mut all = vec![Bucket { count: 0, longest: 0 }; ends.len()];
        for length in sequences.lengths() {
            let bucket = &mut all[ends.partition_point(|&end| end < length)];
            bucket.count += 1;
            bucket.longest = bucket.longest.max(length);
        }
        all.retain(|bucket| bucket.count > 0);
        Self(all)
    }

    /// Batches of at most `batch` sequences into which they are cut.
    pub fn batches(&self, batch: usize) -> usize {
        self.0.iter().map(|bucket| bucket.count.div_ceil(batch.max(1))).sum()
    }

    /// Sequences of the largest of those batches.
    pub fn largest(&self, batch: usize) -> usize {
        self.0.iter().map(|bucket| bucket.count.min(batch)).max().unwrap_or(0)
    }

    /// Most time steps of all sequences of a batch together, filling among them: as many if the longest of a
    /// bucket are in a full batch.
    pub fn most_tokens(&self, batch: usize) -> usize {
        let tokens = |bucket: &Bucket| bucket.count.min(batch).saturating_mul(bucket.longest);
        self.0.iter().map(tokens).max().unwrap_or(0)
    }
}

/// The numbers of the sequences of each batch; those of a bucket are in the order of `order`.
fn cut(
    sequences: &Sequences,
    order: Vec<usize>,
    settings: BatchSettings,
) -> Result<Vec<Vec<usize>>, DataError> {
    let BatchSettings { batch, max_padding } = settings;
    if batch == 0 {
        return Err(DataError::setting("batch", "there must be at least one sequence in a batch"));
    }
    if !(0.0..1.0).contains(&max_padding) {
        let reason = format!("{max_padding} is not a part from 0 to below 1");
        return Err(DataError::setting("max_padding", reason));
    }
    let longest = sequences.lengths().max().unwrap_or(0);
    let buckets = buckets(longest, max_padding);
    let mut members = vec![Vec::new(); buckets.len()];
    for sequence in order {
        let length = sequences.length(sequence);
        members[buckets.partition_point(|&end| end < length)].push(sequence);
    }
    Ok(members.iter().flat_map(|bucket| bucket.chunks(batch).map(<[usize]>::to_vec)).collect())
}

/// The largest length of each bucket, for lengths up to `longest`.
fn buckets(longest: usize, max_padding: f64) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 1;
    while start <= longest {
        let end = (start as f64 / (1.0 - max_padding)).floor() as usize;
        // Rounding must not widen a bucket beyond its bound, nor leave it empty.
        let fits = |end: usize| (end - start) as f64 <= max_padding * end as f64;
        let end = if end > start && !fits(end) { end - 1 } else { end.max(start) };
        ends.push(end.min(longest));
        start = end + 1;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::super::{SequenceInputs, SequenceTargets};
    use super::*;
    use proptest::prelude::*;
    use task::{Inputs, Targets};

    /// Sequences whose tokens and classes tell which they are.
    fn numbered(lengths: &[usize]) -> Sequences {
        let tokens = lengths.iter().enumerate().map(|(s, &n)| vec![s as u32 + 1; n]).collect();
        let classes = (0..lengths.len() as u32).collect();
        Sequences::new(SequenceInputs::Tokens(tokens), SequenceTargets::Classes(classes)).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_sequence_comes_once_and_filling_is_bounded(
            lengths in prop::collection::vec(1usize..300, 0..60),
            batch in 1usize..9,
            max_padding in prop_oneof![Just(0.2), 0.0..0.95f64],
            seed: u64,
            epoch in 0u64..3,
        ) {
            let sequences = numbered(&lengths);
            let settings = BatchSettings { batch, max_padding };
            let training = SequenceBatches::training(&sequences, settings, seed, epoch).unwrap();
            let evaluation = SequenceBatches::evaluation(&sequences, settings).unwrap();
            let buckets = buckets(300, max_padding).len();
            if max_padding == 0.2 {
                let expected = Buckets::of(&sequences);
                prop_assert_eq!(training.len(), expected.batches(batch));
                let tokens = training.iter().map(|found| found.steps * found.batch).max();
                prop_assert!(tokens.unwrap_or(0) <= expected.most_tokens(batch));
                let largest = training.iter().map(|found| found.batch).max();
                prop_assert_eq!(largest.unwrap_or(0), expected.largest(batch));
            }
            for batches in [training, evaluation] {
                let mut seen = Vec::new();
                for (found, numbers) in batches.iter().zip(batches.sequences()) {
                    prop_assert!((1..=batch).contains(&found.batch));
                    let real: usize = found.lengths.iter().sum();
                    let whole = found.steps * found.batch;
                    prop_assert!((whole - real) as f64 <= max_padding * whole as f64 + 1e-9);
                    let Inputs::Tokens(tokens) = &found.inputs else { panic!() };
                    let Targets::Classes(classes) = &found.targets else { panic!() };
                    for (b, &sequence) in numbers.iter().enumerate() {
                        seen.push(sequence);
                        prop_assert_eq!(found.lengths[b], lengths[sequence]);
                        prop_assert_eq!(classes[b] as usize, sequence);
                        for t in 0..found.steps {
                            let expected = if t < lengths[sequence] { sequence as u32 + 1 } else { 0 };
                            prop_assert_eq!(tokens[t * found.batch + b], expected);
                        }
                    }
                }
                seen.sort_unstable();
                prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
                // No more short batches than buckets.
                prop_assert!(batches.len() <= lengths.len() / batch + buckets);
            }
        }

        #[test]
        fn buckets_follow_one_another(longest in 1usize..3000, max_padding in 0.0..0.99f64) {
            let ends = buckets(longest, max_padding);
            prop_assert_eq!(ends.last(), Some(&longest));
            prop_assert!(ends.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn epochs_and_seeds_differ_and_repeat() {
        let sequences = numbered(&[5; 40]);
        let order = |seed, epoch| -> Vec<usize> {
            let settings = BatchSettings::default();
            let batches = SequenceBatches::training(&sequences, settings, seed, epoch).unwrap();
            batches.sequences().concat()
        };
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let sequences = numbered(&[1]);
        for (settings, expected) in [
            (BatchSettings { batch: 0, max_padding: 0.1 }, "batch: there must be"),
            (BatchSettings { batch: 1, max_padding: 1.0 }, "max_padding: 1 is not"),
            (BatchSettings { batch: 1, max_padding: f64::NAN }, "max_padding: NaN is not"),
        ] {
            let error = SequenceBatches::evaluation(&sequences, settings).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
