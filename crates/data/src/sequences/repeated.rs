//! Sequences that stand in two splits.

use super::{SequenceData, SequenceInputs, Sequences};
use crate::split::Split;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many sequences of a split stand in another one, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated {
    /// The split whose sequences are looked for.
    pub of: Split,
    /// The split in which they are found.
    pub within: Split,
    /// Sequences that are found.
    pub found: usize,
    /// Sequences that are looked for.
    pub all: usize,
}

impl SequenceData {
    /// What is read twice: of the splits held out in the training, and of the validation in the test. Equal are
    /// inputs that are the same at every step.
    pub fn repeated(&self) -> [Repeated; 3] {
        let [train, valid, test] = Split::ALL.map(|split| digests(self.split(split)));
        let count = |(of, ours): (Split, &[u64]), (within, theirs): (Split, &[u64])| {
            let known: HashSet<&u64> = theirs.iter().collect();
            let found = ours.iter().filter(|digest| known.contains(digest)).count();
            Repeated { of, within, found, all: ours.len() }
        };
        let splits = [(Split::Train, &*train), (Split::Valid, &*valid), (Split::Test, &*test)];
        let [train, valid, test] = splits;
        [count(test, train), count(valid, train), count(valid, test)]
    }
}

/// A number of 64 bits for the inputs of each sequence, equal where they are.
fn digests(sequences: &Sequences) -> Vec<u64> {
    fn digest(values: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        hasher.finish()
    }
    match sequences.inputs() {
        SequenceInputs::Tokens(tokens) => tokens.iter().map(digest).collect(),
        SequenceInputs::Features { values, .. } => {
            let bits =
                |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            values.iter().map(|values| digest(bits(values))).collect()
        }
        SequenceInputs::Pixels { values, .. } => values.iter().map(digest).collect(),
        SequenceInputs::Notes(notes) => notes.iter().map(digest).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cutoff, PairFiles, PairsSettings, load_pairs};

    #[test]
    fn what_stands_in_two_splits_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, from: usize, to: usize| {
            let path = folder.path().join(name);
            let lines: String = (from..to).map(|k| format!("w{k} a\tb w{k}\n")).collect();
            std::fs::write(&path, lines).unwrap();
            path
        };
        let [train, valid, test] = [("a.tsv", 0, 20), ("b.tsv", 20, 24), ("c.tsv", 15, 25)]
            .map(|(name, from, to)| write(name, from, to));
        let counted = |valid, test| {
            let settings = PairsSettings {
                train: PairFiles::One(train.clone()),
                valid: Some(PairFiles::One(valid)),
                test: Some(PairFiles::One(test)),
                cutoff: Cutoff { min_count: 1, ..Cutoff::default() },
                ..PairsSettings::default()
            };
            load_pairs(&settings, &mut |_| {}).unwrap().repeated().map(|found| found.found)
        };
        assert_eq!(counted(valid.clone(), train.clone()), [20, 0, 0]);
        assert_eq!(counted(valid.clone(), test.clone()), [5, 0, 4]);
        assert_eq!(counted(train.clone(), valid.clone()), [0, 20, 0]);
        assert_eq!(counted(valid.clone(), valid), [0, 0, 4]);
        assert_eq!(counted(test.clone(), test), [5, 5, 10]);
    }
}
