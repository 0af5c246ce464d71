//! How often each class occurs.

use super::{SequenceData, SequenceTargets};
use crate::split::Split;
use serde::{Deserialize, Serialize};
use task::TargetKind;

/// A class, and how many sequences of each split are of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The name of the class.
    pub name: String,
    /// Sequences for training, for validation and for the test.
    pub sequences: [usize; 3],
}

impl ClassCount {
    /// Whether it is asked for, but never shown in training: no model can learn it.
    pub fn is_never_trained(&self) -> bool {
        let [train, valid, test] = self.sequences;
        train == 0 && valid + test > 0
    }
}

impl SequenceData {
    /// The classes with their counts, in the order of their numbers; none where the answers are others.
    pub fn class_counts(&self) -> Vec<ClassCount> {
        if !matches!(self.target, TargetKind::Class { .. }) {
            return Vec::new();
        }
        let named = |name: &String| ClassCount { name: name.clone(), sequences: [0; 3] };
        let mut counts: Vec<ClassCount> = self.classes.iter().map(named).collect();
        for (k, split) in [Split::Train, Split::Valid, Split::Test].into_iter().enumerate() {
            let SequenceTargets::Classes(classes) = self.split(split).targets() else { continue };
            for &class in classes {
                if let Some(count) = counts.get_mut(class as usize) {
                    count.sequences[k] += 1;
                }
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use crate::table::{TableSettings, load_table};

    #[test]
    fn classes_are_counted_and_one_without_training_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let rows: String = (0..20).map(|k| format!("t{k},{}\n", ["x", "y"][k % 2])).collect();
        std::fs::write(&path, format!("text,label\n{rows}once,z\n")).unwrap();
        let of_seed = |seed| {
            let settings = TableSettings { path: path.clone(), seed, ..TableSettings::default() };
            load_table(&settings, &mut |_| {}).unwrap().class_counts()
        };
        let mut held_out = 0;
        for seed in 0..30 {
            let counts = of_seed(seed);
            let all = |k: usize| counts[k].sequences.iter().sum::<usize>();
            assert_eq!([all(0), all(1), all(2)], [10, 10, 1], "{counts:?}");
            assert!(!counts[0].is_never_trained());
            assert_eq!(counts[2].is_never_trained(), counts[2].sequences[0] == 0);
            held_out += usize::from(counts[2].is_never_trained());
        }
        assert!((1..15).contains(&held_out), "{held_out} of 30 draws");
    }
}
