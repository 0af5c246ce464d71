//! Test sequences that were trained on.

use super::{SequenceData, SequenceInputs};
use std::collections::HashSet;

impl SequenceData {
    /// How many sequences of the test split stand in the training split, too, token by token. None are counted
    /// where the inputs are no tokens.
    pub fn test_in_training(&self) -> usize {
        let (SequenceInputs::Tokens(train), SequenceInputs::Tokens(test)) =
            (self.train.inputs(), self.test.inputs())
        else {
            return 0;
        };
        let known: HashSet<&[u32]> = train.iter().collect();
        test.iter().filter(|sequence| known.contains(sequence)).count()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cutoff, PairFiles, PairsSettings, load_pairs};

    #[test]
    fn a_test_that_was_trained_on_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, from: usize, to: usize| {
            let path = folder.path().join(name);
            let lines: String = (from..to).map(|k| format!("w{k} a\tb w{k}\n")).collect();
            std::fs::write(&path, lines).unwrap();
            path
        };
        let [train, valid, test] = [("a.tsv", 0, 20), ("b.tsv", 20, 24), ("c.tsv", 15, 25)]
            .map(|(name, from, to)| write(name, from, to));
        let counted = |test| {
            let settings = PairsSettings {
                train: PairFiles::One(train.clone()),
                valid: Some(PairFiles::One(valid.clone())),
                test: Some(PairFiles::One(test)),
                cutoff: Cutoff { min_count: 1, ..Cutoff::default() },
                ..PairsSettings::default()
            };
            load_pairs(&settings, &mut |_| {}).unwrap().test_in_training()
        };
        assert_eq!(counted(train.clone()), 20);
        assert_eq!(counted(test), 5);
    }
}
