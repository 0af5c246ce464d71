//! The settings of generated tasks, each with the sizes by which it is usually shown.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use super::GeneratedTask;

/// Steps, or steps of delay.
const USUAL_LENGTH: usize = 100;
const USUAL_KINDS: u32 = 2;
const USUAL_DEPTH: usize = 10;
/// Letters, and how many of them a string to be reversed has.
const USUAL_LETTERS: u32 = 8;
const USUAL_STRING: [usize; 2] = [2, 8];

/// A task with its sizes, its seed and how many of its sequences are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GeneratedSettings {
    /// The task.
    #[serde(flatten)]
    pub task: GeneratedTask,
    /// How many sequences each split has.
    pub sequences: Counts,
    /// The seed of all splits, which have no random stream in common.
    pub seed: u64,
}

/// How many sequences there are in each split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counts {
    /// To train on.
    pub train: u64,
    /// To choose settings by.
    pub valid: u64,
    /// To report on.
    pub test: u64,
}

impl Default for Counts {
    /// 10,000 to train on, 1,000 each for validation and testing.
    fn default() -> Self {
        Self { train: 10_000, valid: 1_000, test: 1_000 }
    }
}

impl GeneratedTask {
    /// The task of this name with the sizes by which it is usually shown: 100 steps (or a delay
    /// of 100), two kinds of brackets, ten deep; strings of two to eight of eight letters. None for
    /// another name.
    pub fn named(name: &str) -> Option<Self> {
        let [shortest, longest] = USUAL_STRING;
        let tasks = [
            Self::Adding { length: USUAL_LENGTH },
            Self::Copy { delay: USUAL_LENGTH },
            Self::SelectiveCopy { delay: USUAL_LENGTH },
            Self::Parity { length: USUAL_LENGTH },
            Self::Dyck { length: USUAL_LENGTH, kinds: USUAL_KINDS, depth: USUAL_DEPTH },
            Self::Agreement { length: USUAL_LENGTH },
            Self::Reverse { letters: USUAL_LETTERS, shortest, longest },
        ];
        tasks.into_iter().find(|task| task.info().name == name)
    }
}

impl GeneratedSettings {
    /// The JSON Schema of the settings of a task of this kind.
    pub(crate) fn schema(kind: GeneratedTask, generator: &mut SchemaGenerator) -> Schema {
        match kind {
            GeneratedTask::Adding { .. }
            | GeneratedTask::Parity { .. }
            | GeneratedTask::Agreement { .. } => WithLength::json_schema(generator),
            GeneratedTask::Copy { .. } | GeneratedTask::SelectiveCopy { .. } => {
                WithDelay::json_schema(generator)
            }
            GeneratedTask::Dyck { .. } => Brackets::json_schema(generator),
            GeneratedTask::Reverse { .. } => Strings::json_schema(generator),
        }
    }

    /// Settings for a task of this kind.
    pub(crate) fn read<'de, D>(kind: GeneratedTask, settings: D) -> Result<Self, D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(match kind {
            GeneratedTask::Adding { .. } => {
                WithLength::deserialize(settings)?.of(|length| GeneratedTask::Adding { length })
            }
            GeneratedTask::Parity { .. } => {
                WithLength::deserialize(settings)?.of(|length| GeneratedTask::Parity { length })
            }
            GeneratedTask::Agreement { .. } => {
                WithLength::deserialize(settings)?.of(|length| GeneratedTask::Agreement { length })
            }
            GeneratedTask::Copy { .. } => {
                WithDelay::deserialize(settings)?.of(|delay| GeneratedTask::Copy { delay })
            }
            GeneratedTask::SelectiveCopy { .. } => {
                WithDelay::deserialize(settings)?.of(|delay| GeneratedTask::SelectiveCopy { delay })
            }
            GeneratedTask::Dyck { .. } => {
                let Brackets { length, kinds, depth, sequences, seed } =
                    Brackets::deserialize(settings)?;
                Self { task: GeneratedTask::Dyck { length, kinds, depth }, sequences, seed }
            }
            GeneratedTask::Reverse { .. } => {
                let Strings { letters, shortest, longest, sequences, seed } =
                    Strings::deserialize(settings)?;
                Self {
                    task: GeneratedTask::Reverse { letters, shortest, longest },
                    sequences,
                    seed,
                }
            }
        })
    }
}

/// A task whose length is free.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WithLength {
    /// Steps of every sequence.
    length: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

/// A task with a delay.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WithDelay {
    /// Steps between the symbols and their repetition, at least 1.
    delay: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

/// Balanced brackets.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Brackets {
    /// Steps of every sequence, an even number.
    length: usize,
    /// Kinds of brackets, from 2 to 1000.
    kinds: u32,
    /// The deepest nesting, at least 1.
    depth: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

/// Strings.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Strings {
    /// Different letters, from 2 to 1000.
    letters: u32,
    /// Letters of the shortest string, at least 1.
    shortest: usize,
    /// Letters of the longest.
    longest: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for WithLength {
    fn default() -> Self {
        Self { length: USUAL_LENGTH, sequences: Counts::default(), seed: 1 }
    }
}

impl Default for WithDelay {
    fn default() -> Self {
        Self { delay: USUAL_LENGTH, sequences: Counts::default(), seed: 1 }
    }
}

impl Default for Brackets {
    fn default() -> Self {
        let (length, kinds, depth) = (USUAL_LENGTH, USUAL_KINDS, USUAL_DEPTH);
        Self { length, kinds, depth, sequences: Counts::default(), seed: 1 }
    }
}

impl Default for Strings {
    fn default() -> Self {
        let [shortest, longest] = USUAL_STRING;
        let letters = USUAL_LETTERS;
        Self { letters, shortest, longest, sequences: Counts::default(), seed: 1 }
    }
}

impl WithLength {
    fn of(self, task: impl Fn(usize) -> GeneratedTask) -> GeneratedSettings {
        let Self { length, sequences, seed } = self;
        GeneratedSettings { task: task(length), sequences, seed }
    }
}

impl WithDelay {
    fn of(self, task: impl Fn(usize) -> GeneratedTask) -> GeneratedSettings {
        let Self { delay, sequences, seed } = self;
        GeneratedSettings { task: task(delay), sequences, seed }
    }
}
