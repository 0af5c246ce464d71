//! What there is to learn from.

use crate::{Metric, TrainConfig};
use data::{Buckets, Corpus, LanguageBatches, SequenceData, Source, Speech};
use std::num::NonZeroUsize;
use task::{TargetKind, TaskShape};

/// A dataset of either kind.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // there is one of them in a program
pub enum Dataset {
    /// Streams of tokens, for language modelling.
    Corpus(Corpus),
    /// Sequences with what is to be answered to each.
    Sequences(SequenceData),
}

impl Dataset {
    /// What it is and where it was taken from.
    pub fn source(&self) -> &Source {
        match self {
            Self::Corpus(corpus) => &corpus.source,
            Self::Sequences(data) => &data.source,
        }
    }

    /// What is known of recordings, where there are some.
    pub fn speech(&self) -> Option<&Speech> {
        match self {
            Self::Corpus(_) => None,
            Self::Sequences(data) => data.speech.as_deref(),
        }
    }

    /// What it asks of a model.
    pub fn shape(&self) -> TaskShape {
        match self {
            Self::Corpus(corpus) => TaskShape::language(corpus.vocabulary.len()),
            Self::Sequences(data) => sequence_shape(data),
        }
    }

    /// The metric by which models are compared on it.
    pub fn metric(&self) -> Metric {
        match self {
            Self::Corpus(corpus) if corpus.tokeniser.is_of_characters() => {
                Metric::BITS_PER_CHARACTER
            }
            Self::Corpus(_) => Metric::PERPLEXITY,
            Self::Sequences(data) => match data.target {
                // Of sentences, as of a language: so that both are spoken of alike.
                TargetKind::Sequence { .. } if data.answers.is_some() => Metric::PERPLEXITY,
                TargetKind::Value => Metric::SQUARED_ERROR,
                TargetKind::Labels { .. } => Metric::LABEL_ERROR_RATE,
                TargetKind::Bits { .. } => Metric::NLL_PER_STEP,
                TargetKind::Tokens { .. } | TargetKind::Sequence { .. } => Metric::CROSS_ENTROPY,
                // What is known exactly of a generated task is its loss.
                TargetKind::Class { .. } if data.baseline.is_some() => Metric::CROSS_ENTROPY,
                TargetKind::Class { .. } => Metric::ACCURACY,
            },
        }
    }

    /// Most time steps of a training step, of all its sequences together.
    pub fn step_tokens(&self, config: &TrainConfig) -> usize {
        let batch = config.batch.get();
        match self {
            Self::Corpus(corpus) => {
                let length = LanguageBatches::training_length(corpus.train.len(), batch);
                batch.saturating_mul(config.unroll.map_or(1, NonZeroUsize::get).min(length))
            }
            Self::Sequences(data) => Buckets::of(&data.train).most_tokens(batch),
        }
    }
}

/// What a dataset of sequences asks of a model.
pub(crate) fn sequence_shape(data: &SequenceData) -> TaskShape {
    TaskShape {
        input: data.input,
        target: data.target,
        predicts_input: matches!(data.train.targets(), data::SequenceTargets::NextNotes),
    }
}
