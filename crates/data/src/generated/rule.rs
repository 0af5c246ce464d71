//! What a generated task is: its settings, and how one of its sequences is made.

use rand_chacha::ChaCha8Rng;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::sync::Arc;
use task::{InputKind, TargetKind};
use words::thousands;

use crate::catalogue::DatasetInfo;
use crate::error::DataError;
use crate::sequences::Baseline;

/// The longest sequence that is made, for tasks where the length is free.
pub(super) const LONGEST: usize = 1_000_000;

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

/// A task whose sequences are made by rule: its settings (the sizes by which it is usually shown are
/// their default), and what follows from them. Each is one file, and one line in [`KINDS`](super::KINDS).
pub(super) trait Rule: Debug + Send + Sync {
    /// How many sequences each split has, and the seed of all splits, which have no random stream in
    /// common.
    fn made(&self) -> (Counts, u64);

    /// An error for a setting outside its range.
    fn require(&self) -> Result<(), DataError>;

    /// What a step of the input is.
    fn input(&self) -> InputKind;

    /// What is to be answered.
    fn target(&self) -> TargetKind;

    /// The names of the classes, where one is to be answered.
    fn classes(&self) -> &'static [&'static str] {
        &[]
    }

    /// The steps of its longest sequences, to be read and to be written.
    fn steps(&self) -> usize;

    /// The loss to beat; the rule's own documentation derives it.
    fn baseline(&self) -> Baseline;

    /// A sequence, which needs nothing but the random stream that is its own.
    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer);

    /// The steps of a sequence whose answer needs an earlier input, each with the steps since then, its
    /// lag; `types` are the input's.
    fn lags(&self, _types: usize, _inputs: &[u32], _targets: &[u32]) -> Vec<(usize, usize)> {
        Vec::new()
    }
}

/// What is read of a sequence, as [`Rule::input`] says.
pub(super) enum Read {
    Tokens(Vec<u32>),
    /// One step after another.
    Features(Vec<f32>),
}

/// What is to be answered to it, as [`Rule::target`] says.
pub(super) enum Answer {
    Class(u32),
    Value(f32),
    /// One a step.
    Tokens(Vec<u32>),
    /// With its end token, which is the last of the types.
    Sequence(Vec<u32>),
}

/// A rule whose settings are read from experiment files.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) info: &'static DatasetInfo,
    pub(super) read: fn(Map<String, Value>) -> Result<Settings, serde_json::Error>,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A rule, with its settings as they are written.
pub(super) type Settings = (Arc<dyn Rule>, Value);

impl Kind {
    pub(super) const fn of<R>(info: &'static DatasetInfo) -> Self
    where
        R: Rule + Serialize + DeserializeOwned + JsonSchema + 'static,
    {
        Self { info, read: read::<R>, schema: R::json_schema }
    }
}

fn read<R>(settings: Map<String, Value>) -> Result<Settings, serde_json::Error>
where
    R: Rule + Serialize + DeserializeOwned + 'static,
{
    let rule: R = serde_json::from_value(Value::Object(settings))?;
    let written = serde_json::to_value(&rule)?;
    Ok((Arc::new(rule), written))
}

/// An error unless `value` lies within the bounds, which are allowed, too.
pub(super) fn within(
    setting: &'static str,
    value: usize,
    least: usize,
    most: usize,
) -> Result<(), DataError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let [value, least, most] = [value, least, most].map(|number| thousands(number as u64));
    Err(DataError::setting(setting, format!("{value} is not allowed; {least} to {most} is")))
}
