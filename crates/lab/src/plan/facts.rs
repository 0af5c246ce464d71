//! What planning needs to know of the data.

use crate::spec::DataSpec;
use model::TaskShape;
use serde_json::Value;
use std::num::NonZeroUsize;
use train::{Dataset, Metric, TrainConfig};

/// What planning needs to know of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFacts {
    /// What the runs train on: the name (the stand-in's, where it stands in) and all settings. Where
    /// a file of the user's own lies is no part of it: its content is in the fingerprint.
    pub data: Value,
    /// What they ask of a model.
    pub shape: TaskShape,
    /// By what models are compared on them.
    pub metric: Metric,
    /// How many sequences there are, where they are not streams.
    pub sequences: Option<SequenceFacts>,
    /// Tokens (time steps of sequences) for training.
    pub train_tokens: usize,
    /// Tokens for validation.
    pub valid_tokens: usize,
    /// Tokens for the test.
    pub test_tokens: usize,
    /// Changes when the data do: what the splits hold and what their numbers stand for, not how or
    /// where the files are called.
    pub fingerprint: String,
}

/// Sequences to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceFacts {
    /// How many.
    pub count: usize,
    /// Steps of the longest.
    pub longest: usize,
}

impl DataFacts {
    /// Looks at the loaded data of a specification.
    pub fn of(dataset: &Dataset, spec: &DataSpec) -> Self {
        let data = match spec {
            DataSpec::Corpus { .. } => Value::from(dataset.source().name.as_str()),
            DataSpec::Text { .. } | DataSpec::Sequences(_) => {
                let mut settings = spec.to_value();
                settings.as_object_mut().map(|settings| settings.shift_remove("path"));
                settings
            }
        };
        let (sequences, [train, valid, test]) = match dataset {
            Dataset::Corpus(corpus) => {
                (None, [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len))
            }
            Dataset::Sequences(data) => {
                let longest = data.train.lengths().max().unwrap_or(0);
                let steps = |split: &data::Sequences| split.lengths().sum();
                let facts = SequenceFacts { count: data.train.len(), longest };
                (Some(facts), [&data.train, &data.valid, &data.test].map(steps))
            }
        };
        Self {
            data,
            shape: dataset.shape(),
            metric: dataset.metric(),
            sequences,
            train_tokens: train,
            valid_tokens: valid,
            test_tokens: test,
            fingerprint: crate::hash::dataset(dataset),
        }
    }

    /// Most time steps of a training step.
    pub fn window(&self, train: &TrainConfig) -> usize {
        match self.sequences {
            Some(sequences) => sequences.longest,
            None => train.unroll.map_or(1, NonZeroUsize::get),
        }
    }
}
