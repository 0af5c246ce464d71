//! What planning needs to know of the data.

use data::Corpus;

/// What planning needs to know of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFacts {
    /// Name of what the runs train on (the stand-in's, where it stands in).
    pub name: String,
    /// Number of words.
    pub vocabulary: usize,
    /// Tokens for training.
    pub train_tokens: usize,
    /// Tokens for validation.
    pub valid_tokens: usize,
    /// Tokens for the test.
    pub test_tokens: usize,
    /// Changes when the data do.
    pub fingerprint: String,
}

impl DataFacts {
    /// Looks at a loaded corpus.
    pub fn of(corpus: &Corpus) -> Self {
        Self {
            name: corpus.source.name.clone(),
            vocabulary: corpus.vocabulary.len(),
            train_tokens: corpus.train.len(),
            valid_tokens: corpus.valid.len(),
            test_tokens: corpus.test.len(),
            fingerprint: crate::hash::tokens([&corpus.train, &corpus.valid, &corpus.test]),
        }
    }
}
