//! What planning needs to know of the data.

use crate::spec::DataSpec;
use data::{Buckets, ClassCount, LanguageBatches, Repeated, Split};
use serde_json::Value;
use std::num::NonZeroUsize;
use task::TaskShape;
use train::{Dataset, Metric, ProbeConfig, RowNames, TrainConfig};
use words::counted;

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
    /// What the numbers that models read and put out stand for.
    pub names: RowNames,
    /// Changes when the data do: what the splits hold and what their numbers stand for, not how or
    /// where the files are called.
    pub fingerprint: String,
}

/// Sequences to train on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceFacts {
    /// Those of the training split by length, as its batches hold them.
    pub training: Buckets,
    /// How many there are for validation.
    pub valid: usize,
    /// Steps of the longest of these.
    pub longest_valid: usize,
    /// Classes that are asked for but never shown in training.
    pub untrained: Vec<String>,
    /// Sequences that stand in two splits.
    pub repeated: Vec<Repeated>,
}

/// Splits with so large a share of sequences of another one are told.
const REPEATED: f64 = 0.1;

impl SequenceFacts {
    /// Warnings about sequences that stand in two splits.
    pub(super) fn of_repeated(&self) -> impl Iterator<Item = String> {
        let told = |repeated: &&Repeated| repeated.found as f64 > REPEATED * repeated.all as f64;
        self.repeated.iter().filter(told).map(|&Repeated { of, within, found, all }| {
            let meaning = match (of, within) {
                (Split::Test, _) => "how well they are answered says little of new ones",
                (_, Split::Train) => "what is chosen by them is chosen by what was learnt",
                _ => "what is chosen by them is chosen by the test",
            };
            format!(
                "data: {found} of {} of the {} split stand in the {} split, too, step by step: {meaning}",
                counted(all, "sequence"),
                of.in_prose(),
                within.in_prose()
            )
        })
    }

    /// A warning about classes without training.
    pub(super) fn of_untrained(&self) -> Option<String> {
        let classes = match &self.untrained[..] {
            [] => return None,
            [class] => format!("class {class:?}"),
            classes => {
                let names: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
                format!("classes {}", names.join(", "))
            }
        };
        Some(format!(
            "data: no sequence of {classes} is in the training split, only in those held out, so no model can learn it; more data, or another data.seed, mends that"
        ))
    }
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
                let steps = |split: &data::Sequences| split.lengths().sum();
                let facts = SequenceFacts {
                    training: Buckets::of(&data.train),
                    valid: data.valid.len(),
                    longest_valid: data.valid.lengths().max().unwrap_or(0),
                    repeated: data.repeated().to_vec(),
                    untrained: data
                        .class_counts()
                        .into_iter()
                        .filter(ClassCount::is_never_trained)
                        .map(|class| class.name)
                        .collect(),
                };
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
            names: RowNames::of(dataset),
            fingerprint: crate::hash::dataset(dataset),
        }
    }

    /// Optimiser steps of an epoch.
    pub fn steps_per_epoch(&self, train: &TrainConfig) -> usize {
        let batch = train.batch.get();
        match &self.sequences {
            Some(sequences) => sequences.training.batches(batch),
            None => LanguageBatches::training_length(self.train_tokens, batch)
                .div_ceil(train.unroll.map_or(1, NonZeroUsize::get)),
        }
    }

    /// Most time steps of a training step, of all its sequences together.
    pub fn step_tokens(&self, train: &TrainConfig) -> usize {
        let batch = train.batch.get();
        match &self.sequences {
            Some(sequences) => sequences.training.most_tokens(batch),
            None => {
                let length = LanguageBatches::training_length(self.train_tokens, batch);
                batch.saturating_mul(train.unroll.map_or(1, NonZeroUsize::get).min(length))
            }
        }
    }

    /// Time steps of all sequences together that a probe looks at.
    pub fn probed_tokens(&self, probe: &ProbeConfig) -> usize {
        let sequences = probe.sequences.get();
        match &self.sequences {
            Some(facts) => sequences.min(facts.valid).saturating_mul(facts.longest_valid),
            None => sequences.saturating_mul(probe.lags.get().saturating_add(1)),
        }
    }
}
