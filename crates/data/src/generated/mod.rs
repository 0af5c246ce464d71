//! Tasks whose sequences are made by rule, any number of them, each with a loss that is known
//! exactly.
//!
//! Every sequence has a random stream of its own: ChaCha8 with a key from the seed and the task's
//! name, and a stream number made of the split (two bits) and the sequence's number within it (62
//! bits). Different stream numbers are different streams of the same cipher, so no sequence of
//! one split is made from the random bits of another's, whatever the number of sequences; and a
//! sequence can be made without those before it. Where a task has few different sequences (parity
//! of four bits has 16), two splits may still hold equal ones by chance.

mod adding;
mod agreement;
mod copy;
mod dyck;
mod parity;
mod reverse;
mod rule;
mod spelling;

pub use rule::Counts;

use std::ops::Range;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use task::{InputKind, TargetKind};
use words::thousands;

use crate::catalogue::DatasetInfo;
use crate::draws;
use crate::error::DataError;
use crate::ragged::Ragged;
use crate::scored::Unit;
use crate::sequences::{Baseline, SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::Source;
use crate::split::Split;
use rule::{Answer, Kind, Read, Rule};

/// All tasks, in the order in which to show them.
const KINDS: [Kind; 8] = [
    Kind::of::<adding::Adding>(&adding::INFO),
    Kind::of::<copy::Copy>(&copy::INFO),
    Kind::of::<copy::SelectiveCopy>(&copy::SELECTIVE),
    Kind::of::<parity::Parity>(&parity::INFO),
    Kind::of::<dyck::Dyck>(&dyck::INFO),
    Kind::of::<agreement::Agreement>(&agreement::INFO),
    Kind::of::<reverse::Reverse>(&reverse::INFO),
    Kind::of::<spelling::Spelling>(&spelling::INFO),
];

/// The most steps of all sequences of a dataset together: some gigabytes.
const MOST_STEPS: u128 = 1 << 29;

/// A task whose sequences are made by rule, with its settings: an endless supply of sequences for each
/// split. `rnnlab list datasets NAME` tells what each has.
#[derive(Debug, Clone)]
pub struct Generated {
    info: &'static DatasetInfo,
    rule: Arc<dyn Rule>,
    /// All settings, those left out with their default.
    settings: Value,
}

/// Tasks are equal if their settings are.
impl PartialEq for Generated {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.settings == other.settings
    }
}

/// Written with its name, as it is read.
impl Serialize for Generated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(settings) = &self.settings else {
            return Err(S::Error::custom("the settings of a generated task are no mapping"));
        };
        let name = ("name".to_owned(), Value::from(self.name()));
        let all: Map<String, Value> = std::iter::once(name).chain(settings.clone()).collect();
        all.serialize(serializer)
    }
}

impl Generated {
    /// What the list of datasets says about each task.
    pub(crate) fn infos() -> impl Iterator<Item = &'static DatasetInfo> {
        KINDS.iter().map(|kind| kind.info)
    }

    /// The task of this name with these settings; `None` for another name.
    ///
    /// # Errors
    /// Those of serde for a setting that is unknown or of the wrong type.
    pub fn read(
        name: &str,
        settings: Map<String, Value>,
    ) -> Option<Result<Self, serde_json::Error>> {
        let &Kind { info, read, .. } = kind(name)?;
        Some(read(settings).map(|(rule, settings)| Self { info, rule, settings }))
    }

    /// The task of this name with the settings by which it is usually shown; `None` for another name.
    pub fn named(name: &str) -> Option<Self> {
        Self::read(name, Map::new())?.ok()
    }

    /// The JSON Schema of the settings of the task of this name.
    pub(crate) fn schema(name: &str, generator: &mut SchemaGenerator) -> Option<Schema> {
        Some((kind(name)?.schema)(generator))
    }

    /// The name of the task.
    pub fn name(&self) -> &'static str {
        self.info.name
    }

    /// What a step of the input is.
    pub fn input(&self) -> InputKind {
        self.rule.input()
    }

    /// What is to be answered.
    pub fn target(&self) -> TargetKind {
        self.rule.target()
    }

    /// The steps of its longest sequences, to be read and to be written.
    pub fn steps(&self) -> usize {
        self.rule.steps()
    }

    /// The loss to beat.
    pub fn baseline(&self) -> Baseline {
        self.rule.baseline()
    }

    /// The sequences of a split with these numbers, of which there are 2^62: the same ones
    /// whenever they are asked for. For training on fresh sequences, go on with the next numbers.
    ///
    /// # Errors
    /// [`DataError::BadSetting`] if a size is outside its range.
    pub fn sequences(&self, split: Split, numbers: Range<u64>) -> Result<Sequences, DataError> {
        self.rule.require()?;
        let (_, seed) = self.rule.made();
        let mut made = Made::default();
        for number in numbers {
            let mut rng = draws::stream(seed, self.name(), stream_number(split, number));
            made.push(self.rule.sequence(&mut rng));
        }
        made.sequences(&*self.rule)
    }

    /// The first sequences of each split, as many as the settings say, as a dataset.
    ///
    /// # Errors
    /// [`DataError::NothingToScore`] for a split without sequences; [`DataError::BadSetting`] for a
    /// setting outside its range, and for more than memory is likely to hold.
    pub fn data(&self) -> Result<SequenceData, DataError> {
        self.rule.require()?;
        let info = self.info;
        let (counts, _) = self.rule.made();
        let counts = [counts.train, counts.valid, counts.test];
        let sizes = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let mend = "give every split some (`sequences`)";
        Unit::Sequences.require(info.title, sizes, mend)?;
        let total: u128 = counts.into_iter().map(u128::from).sum();
        if total * self.steps() as u128 > MOST_STEPS {
            let reason = format!(
                "{} sequences of {} steps are more than {} steps in all",
                thousands(u64::try_from(total).unwrap_or(u64::MAX)),
                thousands(self.steps() as u64),
                thousands(MOST_STEPS as u64)
            );
            return Err(DataError::setting("sequences", reason));
        }
        let mut source = Source::of_files(info, std::path::Path::new("generated"), Vec::new());
        source.note = Some(self.note());
        let classes = self.rule.classes().iter().map(|&class| class.to_owned()).collect();
        let [train, valid, test] =
            [0, 1, 2].map(|split| self.sequences(Split::ALL[split], 0..counts[split]));
        Ok(SequenceData {
            source,
            input: self.input(),
            target: self.target(),
            text: None,
            answers: None,
            classes,
            baseline: Some(self.baseline()),
            speech: None,
            train: train?,
            valid: valid?,
            test: test?,
        })
    }

    /// Sizes and seed, in words: `length 100, seed 1`.
    fn note(&self) -> String {
        let settings = self.settings.as_object().into_iter().flatten();
        let (seed, sizes): (Vec<_>, Vec<_>) = settings
            .filter(|(name, _)| *name != "sequences")
            .partition(|(name, _)| *name == "seed");
        let told = sizes.into_iter().chain(seed).map(|(name, value)| format!("{name} {value}"));
        told.collect::<Vec<_>>().join(", ")
    }
}

impl SequenceData {
    /// In a generated task that answers with tokens (copy, selective copy, brackets): the steps of a
    /// sequence whose answer needs an earlier input, each with the steps since then, its lag. None
    /// for other data.
    pub fn lags(&self, inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
        match (Generated::named(&self.source.name), self.input) {
            (Some(task), InputKind::Tokens { types }) => task.rule.lags(types, inputs, targets),
            _ => Vec::new(),
        }
    }
}

fn kind(name: &str) -> Option<&'static Kind> {
    static ALL: [Kind; KINDS.len()] = KINDS;
    ALL.iter().find(|kind| kind.info.name == name)
}

/// The random stream of a sequence: a number that no other split or sequence has.
fn stream_number(split: Split, number: u64) -> u64 {
    let split = match split {
        Split::Train => 0,
        Split::Valid => 1,
        Split::Test => 2,
    };
    split << 62 | (number & (u64::MAX >> 2))
}

/// What was made of a rule, kind by kind.
#[derive(Default)]
struct Made {
    tokens: Ragged<u32>,
    features: Ragged<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    /// Answers that are tokens: one a step, or another sequence.
    answers: Ragged<u32>,
}

impl Made {
    fn push(&mut self, (read, answer): (Read, Answer)) {
        match read {
            Read::Tokens(tokens) => self.tokens.push(tokens),
            Read::Features(values) => self.features.push(values),
        }
        match answer {
            Answer::Class(class) => self.classes.push(class),
            Answer::Value(value) => self.values.push(value),
            Answer::Tokens(tokens) | Answer::Sequence(tokens) => self.answers.push(tokens),
        }
    }

    /// As the rule says that they are read and answered.
    fn sequences(self, rule: &dyn Rule) -> Result<Sequences, DataError> {
        let inputs = match rule.input() {
            InputKind::Tokens { .. } => SequenceInputs::Tokens(self.tokens),
            InputKind::Features { width } => {
                SequenceInputs::Features { width, values: self.features }
            }
        };
        let targets = match rule.target() {
            TargetKind::Class { .. } => SequenceTargets::Classes(self.classes),
            TargetKind::Value => SequenceTargets::Values(self.values),
            TargetKind::Tokens { .. } => SequenceTargets::Tokens(self.answers),
            TargetKind::Sequence { .. } | TargetKind::Labels { .. } => {
                SequenceTargets::Sequences(self.answers)
            }
            TargetKind::Bits { .. } => SequenceTargets::NextNotes,
        };
        Sequences::new(inputs, targets)
    }
}
