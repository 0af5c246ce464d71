//! What goes into a model and what is to come out.

use serde::{Deserialize, Serialize};

/// What a step of the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// A token out of `types`.
    Tokens {
        /// Different tokens.
        types: usize,
    },
    /// `width` numbers.
    Features {
        /// Numbers a step.
        width: usize,
    },
}

/// What is to be answered, which says by which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A token out of `types` at each step: cross-entropy, in nats.
    Tokens {
        /// Different tokens.
        types: usize,
    },
    /// `width` answers yes or no at each step: the sum of their cross-entropies, in nats.
    Bits {
        /// Answers a step.
        width: usize,
    },
    /// One class for the sequence: cross-entropy, in nats.
    Class {
        /// Classes.
        classes: usize,
    },
    /// One number for the sequence: squared error.
    Value,
    /// Labels out of `types` in their order, fewer than steps and at no known ones: connectionist
    /// temporal classification, in nats a label. The model puts out a blank besides, as its last.
    Labels {
        /// Different labels, without the blank.
        types: usize,
    },
    /// Another sequence, of tokens out of `types`, the last of which ends it: cross-entropy, in nats.
    Sequence {
        /// Different tokens, the end among them.
        types: usize,
    },
}

/// What a task asks of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskShape {
    /// What a step of the input is.
    pub input: InputKind,
    /// What is to be answered.
    pub target: TargetKind,
    /// The answers are inputs still to come, so a model that reads backwards would have seen them.
    pub predicts_input: bool,
}

impl TaskShape {
    /// Predict the next of `vocabulary` types.
    pub fn language(vocabulary: usize) -> Self {
        Self {
            input: InputKind::Tokens { types: vocabulary },
            target: TargetKind::Tokens { types: vocabulary },
            predicts_input: true,
        }
    }

    /// Numbers that the model puts out at a time.
    pub fn outputs(&self) -> usize {
        match self.target {
            TargetKind::Tokens { types } | TargetKind::Sequence { types } => types,
            TargetKind::Labels { types } => types + 1,
            TargetKind::Bits { width } => width,
            TargetKind::Class { classes } => classes,
            TargetKind::Value => 1,
        }
    }

    /// Whether there is one answer for the whole sequence, for which its steps are pooled.
    pub fn is_pooled(&self) -> bool {
        matches!(self.target, TargetKind::Class { .. } | TargetKind::Value)
    }
}
