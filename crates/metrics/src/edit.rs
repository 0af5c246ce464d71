//! Error rates of labels: by how many edits an answer differs from what it should be.

/// The fewest edits that make a reference out of an answer, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edits {
    /// Labels that are others than the reference's.
    pub substitutions: usize,
    /// Labels that the reference does not have.
    pub insertions: usize,
    /// Labels of the reference that are not there.
    pub deletions: usize,
}

impl Edits {
    /// Those between a reference and an answer: the fewest (Levenshtein 1966). Of ways with equally
    /// many, one with the most substitutions is taken.
    pub fn between<T: PartialEq>(reference: &[T], answer: &[T]) -> Self {
        // Row by row of the reference: the best way to each place of the answer.
        let insertion = |count| Self { insertions: count, ..Self::default() };
        let mut row: Vec<Self> = (0..=answer.len()).map(insertion).collect();
        for (k, wanted) in reference.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = Self { deletions: k + 1, ..Self::default() };
            for (at, found) in answer.iter().enumerate() {
                let mut substituted = diagonal;
                substituted.substitutions += usize::from(found != wanted);
                let mut deleted = row[at + 1];
                deleted.deletions += 1;
                let mut inserted = row[at];
                inserted.insertions += 1;
                diagonal = row[at + 1];
                let best = [substituted, deleted, inserted];
                row[at + 1] = best.into_iter().min_by_key(Self::order).unwrap_or(substituted);
            }
        }
        row[answer.len()]
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.substitutions + self.insertions + self.deletions
    }

    fn order(&self) -> (usize, usize) {
        (self.count(), self.insertions + self.deletions)
    }
}

/// Errors over many answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorRate {
    /// All edits together.
    pub edits: Edits,
    /// Labels of all references.
    pub labels: usize,
    /// Answers.
    pub sequences: usize,
    /// Answers that are not their reference.
    pub wrong: usize,
}

impl ErrorRate {
    /// Takes in an answer.
    pub fn add<T: PartialEq>(&mut self, reference: &[T], answer: &[T]) {
        let Edits { substitutions, insertions, deletions } = Edits::between(reference, answer);
        self.edits.substitutions += substitutions;
        self.edits.insertions += insertions;
        self.edits.deletions += deletions;
        self.labels += reference.len();
        self.sequences += 1;
        self.wrong += usize::from(substitutions + insertions + deletions > 0);
    }

    /// Edits by label of the references, all answers together: above 1 where much was inserted; the
    /// word error rate where labels are words. `None` without labels.
    pub fn of_labels(&self) -> Option<f64> {
        (self.labels > 0).then(|| self.edits.count() as f64 / self.labels as f64)
    }

    /// The share of answers that are wrong somewhere. `None` without answers.
    pub fn of_sequences(&self) -> Option<f64> {
        (self.sequences > 0).then(|| self.wrong as f64 / self.sequences as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(reference: &str, answer: &str) -> [usize; 3] {
        let [reference, answer] = [reference, answer].map(|text| text.chars().collect::<Vec<_>>());
        let Edits { substitutions, insertions, deletions } = Edits::between(&reference, &answer);
        [substitutions, insertions, deletions]
    }

    #[test]
    fn by_hand() {
        assert_eq!(edits("kitten", "sitting"), [2, 1, 0]);
        assert_eq!(edits("abc", "abc"), [0, 0, 0]);
        assert_eq!(edits("abc", ""), [0, 0, 3]);
        assert_eq!(edits("", "ab"), [0, 2, 0]);
        assert_eq!(edits("ab", "ba"), [2, 0, 0]);
        assert_eq!(edits("abcd", "bcde"), [0, 1, 1]);
    }

    #[test]
    fn rates_are_over_all_answers() {
        let mut rate = ErrorRate::default();
        assert_eq!((rate.of_labels(), rate.of_sequences()), (None, None));
        rate.add(&[1, 2, 3], &[1, 2, 3]);
        rate.add(&[1], &[2, 2, 2]);
        assert_eq!((rate.of_labels(), rate.of_sequences()), (Some(0.75), Some(0.5)));
    }

    /// By `jiwer`, made by `tests/golden/make_jiwer.py`.
    #[test]
    fn rates_are_jiwers() {
        #[derive(serde::Deserialize)]
        struct Case {
            references: Vec<String>,
            answers: Vec<String>,
            errors: usize,
            labels: usize,
            rate: f64,
        }
        let golden = include_str!("../tests/golden/jiwer.json");
        let cases: Vec<Case> = serde_json::from_str(golden).expect("cases");
        assert!(cases.len() >= 8);
        for (number, case) in cases.iter().enumerate() {
            let mut rate = ErrorRate::default();
            for (reference, answer) in case.references.iter().zip(&case.answers) {
                let [reference, answer] =
                    [reference, answer].map(|text| text.split_whitespace().collect::<Vec<_>>());
                rate.add(&reference, &answer);
            }
            assert_eq!((rate.edits.count(), rate.labels), (case.errors, case.labels), "{number}");
            assert!((rate.of_labels().expect("labels") - case.rate).abs() < 1e-12, "{number}");
        }
    }
}
