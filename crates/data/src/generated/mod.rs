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
mod settings;

pub use settings::{Counts, GeneratedSettings};

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use task::{InputKind, TargetKind};
use words::thousands;

use crate::catalogue::{self, DatasetInfo};
use crate::draws;
use crate::error::DataError;
use crate::ragged::Ragged;
use crate::scored::Unit;
use crate::sequences::{Baseline, SequenceData, SequenceInputs, SequenceTargets, Sequences};
use crate::source::Source;
use crate::split::Split;

/// The longest sequence that is made, for tasks where the length is free.
const LONGEST: usize = 1_000_000;
/// The most steps of all sequences of a dataset together: some gigabytes.
const MOST_STEPS: u128 = 1 << 29;

/// A task and its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum GeneratedTask {
    /// The sum of two marked numbers among many (Hochreiter & Schmidhuber 1997; in the form of
    /// Arjovsky et al. 2016).
    ///
    /// Input: at each of `length` steps a number from U[0, 1) and a mark, 1 at one random step of
    /// either half and 0 elsewhere. Target: the sum of the two marked numbers.
    ///
    /// Baseline, squared error 1/6: the best constant answer is the mean, 1, and its expected
    /// squared error the variance of the sum of two independent numbers from U(0, 1), 2 / 12. (The
    /// numbers have 24 bits, which changes the sixth by less than 1e-7.)
    Adding {
        /// Steps.
        length: usize,
    },
    /// Ten symbols, to be repeated after a delay (Hochreiter & Schmidhuber 1997; in the form of
    /// Arjovsky et al. 2016).
    ///
    /// Input, `delay` + 20 steps: ten symbols drawn uniformly from 1 to 8, `delay` - 1 blanks (0),
    /// the signal 9, ten blanks. Target: `delay` + 10 blanks, then the ten symbols.
    ///
    /// Baseline, 10 ln 8 / (`delay` + 20) nats a step: one who counts steps knows every blank for
    /// certain, which costs 0; the ten symbols are independent and uniform, so without memory
    /// each costs ln 8; the loss is the mean over all `delay` + 20 steps.
    Copy {
        /// The delay T, at least 1.
        delay: usize,
    },
    /// As [`GeneratedTask::Copy`], but the ten symbols stand at random places among `delay` + 9
    /// steps, and are to be repeated in order without the blanks (after Gu & Dao 2023). Where they
    /// stood does not matter, so the baseline is the same.
    SelectiveCopy {
        /// The delay T, at least 1.
        delay: usize,
    },
    /// Whether the number of ones among random bits is odd.
    ///
    /// Input: `length` fair bits. Target: class 0 (even) or 1 (odd).
    ///
    /// Baseline, ln 2 nats: a bit that is not known makes the parity of all a fair coin, so any
    /// answer that misses one bit has an expected loss of at least ln 2, which the answer 1/2 has.
    Parity {
        /// Steps, at least 2.
        length: usize,
    },
    /// Which kind of bracket a closing bracket closes (after Hewitt et al. 2020, Dyck-(k, m)).
    ///
    /// Input: a balanced string of `length` brackets, nested at most `depth` deep; an opening one
    /// is its kind, 0 to `kinds` - 1, every closing one is `kinds`. At each step a fair coin
    /// opens or closes, unless only one is possible. Kinds are uniform. Target: at a closing
    /// bracket the kind that it closes, elsewhere nothing.
    ///
    /// Baseline, ln `kinds` nats a closing bracket: kinds are drawn independently of each other
    /// and of where brackets open and close, so to one who does not remember the bracket that is
    /// closed every kind is equally likely.
    Dyck {
        /// Steps, an even number.
        length: usize,
        /// Kinds of brackets k, from 2 to 1000.
        kinds: u32,
        /// The deepest nesting m, at least 1.
        depth: usize,
    },
    /// The number of a subject, asked after many other words (after Linzen et al. 2016).
    ///
    /// Input: the subject, singular (0) or plural (1) with a fair coin; `length` - 2 words drawn
    /// uniformly from ten, of which two are again 0 and 1; the verb (10), which asks. Target: the
    /// subject's number.
    ///
    /// Baseline, ln 2 nats: the words after the subject are independent of it, so one who does not
    /// remember it has a fair coin before him.
    Agreement {
        /// Steps, at least 2.
        length: usize,
    },
    /// A string, to be written backwards: another sequence as answer, for an encoder and a decoder
    /// (Sutskever et al. 2014 found that they learn better what they read backwards).
    ///
    /// Input: `shortest` to `longest` letters, each length equally likely, each letter drawn uniformly
    /// from 0 to `letters` - 1. Target: the letters in the opposite order, then the end token,
    /// `letters`.
    ///
    /// Baseline, (m ln `letters` + ln n) / (m + 1) nats a token, m being the mean length and n the
    /// number of lengths: to one who remembers nothing of the string every letter costs ln `letters`,
    /// and where it ends, told step by step, ln n in all.
    Reverse {
        /// Different letters, from 2 to 1000.
        letters: u32,
        /// Letters of the shortest string, at least 1.
        shortest: usize,
        /// Letters of the longest.
        longest: usize,
    },
}

/// A task with its sizes and its seed: an endless supply of sequences for each split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generated {
    task: GeneratedTask,
    seed: u64,
}

impl GeneratedTask {
    /// What the list of datasets says about it.
    pub fn info(&self) -> &'static DatasetInfo {
        match self {
            Self::Adding { .. } => &catalogue::ADDING,
            Self::Copy { .. } => &catalogue::COPY,
            Self::SelectiveCopy { .. } => &catalogue::SELECTIVE_COPY,
            Self::Parity { .. } => &catalogue::PARITY,
            Self::Dyck { .. } => &catalogue::DYCK,
            Self::Agreement { .. } => &catalogue::AGREEMENT,
            Self::Reverse { .. } => &catalogue::REVERSE,
        }
    }

    /// The steps of its longest sequences.
    pub fn steps(&self) -> usize {
        match *self {
            Self::Copy { delay } | Self::SelectiveCopy { delay } => copy::steps(delay),
            Self::Adding { length }
            | Self::Parity { length }
            | Self::Dyck { length, .. }
            | Self::Agreement { length } => length,
            // To be read and to be written.
            Self::Reverse { longest, .. } => longest.saturating_mul(2).saturating_add(1),
        }
    }

    fn require(self) -> Result<(), DataError> {
        let within = |setting, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let [value, least, most] = [value, least, most].map(|number| thousands(number as u64));
            let reason = format!("{value} is not allowed; {least} to {most} is");
            Err(DataError::setting(setting, reason))
        };
        match self {
            Self::Adding { length } | Self::Parity { length } | Self::Agreement { length } => {
                within("length", length, 2, LONGEST)
            }
            Self::Copy { delay } | Self::SelectiveCopy { delay } => {
                within("delay", delay, 1, LONGEST)
            }
            Self::Dyck { length, kinds, depth } => {
                within("length", length, 2, LONGEST)?;
                within("kinds", kinds as usize, 2, 1000)?;
                within("depth", depth, 1, LONGEST)?;
                if length.is_multiple_of(2) {
                    return Ok(());
                }
                let reason = format!("{length} is odd, but brackets come in pairs");
                Err(DataError::setting("length", reason))
            }
            Self::Reverse { letters, shortest, longest } => {
                within("letters", letters as usize, 2, 1000)?;
                within("longest", longest, 1, LONGEST)?;
                within("shortest", shortest, 1, longest)
            }
        }
    }
}

impl Generated {
    /// The sequences of a task that belong to a seed.
    ///
    /// # Errors
    /// [`DataError::BadSetting`] if a size is outside its range.
    pub fn new(task: GeneratedTask, seed: u64) -> Result<Self, DataError> {
        task.require()?;
        Ok(Self { task, seed })
    }

    /// The task.
    pub fn task(&self) -> GeneratedTask {
        self.task
    }

    /// What a step of the input is.
    pub fn input(&self) -> InputKind {
        match self.task {
            GeneratedTask::Adding { .. } => InputKind::Features { width: adding::WIDTH },
            GeneratedTask::Copy { .. } | GeneratedTask::SelectiveCopy { .. } => {
                InputKind::Tokens { types: copy::SIGNAL as usize + 1 }
            }
            GeneratedTask::Parity { .. } => InputKind::Tokens { types: 2 },
            GeneratedTask::Dyck { kinds, .. } => InputKind::Tokens { types: kinds as usize + 1 },
            GeneratedTask::Agreement { .. } => {
                InputKind::Tokens { types: agreement::VERB as usize + 1 }
            }
            GeneratedTask::Reverse { letters, .. } => InputKind::Tokens { types: letters as usize },
        }
    }

    /// What is to be answered.
    pub fn target(&self) -> TargetKind {
        match self.task {
            GeneratedTask::Adding { .. } => TargetKind::Value,
            GeneratedTask::Copy { .. } | GeneratedTask::SelectiveCopy { .. } => {
                TargetKind::Tokens { types: copy::SYMBOLS as usize + 1 }
            }
            GeneratedTask::Dyck { kinds, .. } => TargetKind::Tokens { types: kinds as usize },
            GeneratedTask::Parity { .. } | GeneratedTask::Agreement { .. } => {
                TargetKind::Class { classes: 2 }
            }
            GeneratedTask::Reverse { letters, .. } => {
                TargetKind::Sequence { types: letters as usize + 1 }
            }
        }
    }

    /// The loss to beat; see [`GeneratedTask`] for where it comes from.
    pub fn baseline(&self) -> Baseline {
        match self.task {
            GeneratedTask::Adding { .. } => Baseline { loss: 1.0 / 6.0, unit: "squared error" },
            GeneratedTask::Copy { delay } | GeneratedTask::SelectiveCopy { delay } => {
                let nats = copy::COUNT as f64 * f64::from(copy::SYMBOLS).ln();
                Baseline { loss: nats / copy::steps(delay) as f64, unit: "nats a step" }
            }
            GeneratedTask::Dyck { kinds, .. } => {
                Baseline { loss: f64::from(kinds).ln(), unit: "nats a closing bracket" }
            }
            GeneratedTask::Parity { .. } | GeneratedTask::Agreement { .. } => {
                Baseline { loss: 2.0_f64.ln(), unit: "nats a sequence" }
            }
            GeneratedTask::Reverse { letters, shortest, longest } => {
                let mean = (shortest as f64 + longest as f64) / 2.0;
                let lengths = (longest - shortest + 1) as f64;
                let nats = mean * f64::from(letters).ln() + lengths.ln();
                Baseline { loss: nats / (mean + 1.0), unit: "nats a token" }
            }
        }
    }

    /// The sequences of a split with these numbers, of which there are 2^62: the same ones
    /// whenever they are asked for. For training on fresh sequences, go on with the next numbers.
    pub fn sequences(&self, split: Split, numbers: Range<u64>) -> Sequences {
        let name = self.task.info().name;
        let stream = |number| draws::stream(self.seed, name, stream_number(split, number));
        let streams = numbers.map(stream);
        match self.task {
            GeneratedTask::Adding { length } => {
                let mut values = Ragged::default();
                let mut sums = Vec::new();
                for mut rng in streams {
                    let (sequence, sum) = adding::sequence(&mut rng, length);
                    values.push(sequence);
                    sums.push(sum);
                }
                let inputs = SequenceInputs::Features { width: adding::WIDTH, values };
                Sequences::made(inputs, SequenceTargets::Values(sums))
            }
            GeneratedTask::Copy { delay } => tokens(streams, |rng| copy::sequence(rng, delay)),
            GeneratedTask::SelectiveCopy { delay } => {
                tokens(streams, |rng| copy::selective(rng, delay))
            }
            GeneratedTask::Dyck { length, kinds, depth } => {
                tokens(streams, |rng| dyck::sequence(rng, length, kinds, depth))
            }
            GeneratedTask::Parity { length } => {
                classes(streams, |rng| parity::sequence(rng, length))
            }
            GeneratedTask::Agreement { length } => {
                classes(streams, |rng| agreement::sequence(rng, length))
            }
            GeneratedTask::Reverse { letters, shortest, longest } => {
                let make =
                    |rng: &mut ChaCha8Rng| reverse::sequence(rng, letters, shortest, longest);
                let (inputs, targets) =
                    streams.map(|mut rng| make(&mut rng)).unzip::<_, _, Vec<_>, Vec<_>>();
                Sequences::made(
                    SequenceInputs::Tokens(inputs.into_iter().collect()),
                    SequenceTargets::Sequences(targets.into_iter().collect()),
                )
            }
        }
    }

    /// The first sequences of each split, so many, as a dataset.
    ///
    /// # Errors
    /// [`DataError::NothingToScore`] for a split without sequences; [`DataError::BadSetting`] for
    /// more than memory is likely to hold.
    pub fn data(&self, counts: Counts) -> Result<SequenceData, DataError> {
        let counts = [counts.train, counts.valid, counts.test];
        let sizes = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let mend = "give every split some (`sequences`)";
        Unit::Sequences.require(self.task.info().title, sizes, mend)?;
        let total: u128 = counts.into_iter().map(u128::from).sum();
        if total * self.task.steps() as u128 > MOST_STEPS {
            let reason = format!(
                "{} sequences of {} steps are more than {} steps in all",
                thousands(u64::try_from(total).unwrap_or(u64::MAX)),
                thousands(self.task.steps() as u64),
                thousands(MOST_STEPS as u64)
            );
            return Err(DataError::setting("sequences", reason));
        }
        let info = self.task.info();
        let mut source = Source::of_files(info, std::path::Path::new("generated"), Vec::new());
        source.note = Some(format!("{:?}, seed {}", self.task, self.seed));
        let classes: &[&str] = match self.task {
            GeneratedTask::Parity { .. } => &["even", "odd"],
            GeneratedTask::Agreement { .. } => &["singular", "plural"],
            _ => &[],
        };
        let [train, valid, test] =
            [0, 1, 2].map(|split| self.sequences(Split::ALL[split], 0..counts[split]));
        Ok(SequenceData {
            source,
            input: self.input(),
            target: self.target(),
            text: None,
            answers: None,
            classes: classes.iter().map(|&class| class.to_owned()).collect(),
            baseline: Some(self.baseline()),
            speech: None,
            train,
            valid,
            test,
        })
    }
}

impl SequenceData {
    /// In a generated task that answers with tokens (copy, selective copy, brackets): the steps of a
    /// sequence whose answer needs an earlier input, each with the steps since then, its lag. None
    /// for other data.
    pub fn lags(&self, inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
        match (GeneratedTask::named(&self.source.name), self.input) {
            (Some(GeneratedTask::Copy { .. } | GeneratedTask::SelectiveCopy { .. }), _) => {
                copy::lags(inputs, targets)
            }
            (Some(GeneratedTask::Dyck { .. }), InputKind::Tokens { types }) => {
                dyck::lags(inputs, types as u32 - 1)
            }
            _ => Vec::new(),
        }
    }
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

fn tokens(
    streams: impl Iterator<Item = ChaCha8Rng>,
    make: impl Fn(&mut ChaCha8Rng) -> (Vec<u32>, Vec<u32>),
) -> Sequences {
    let (mut inputs, mut targets) = (Ragged::default(), Ragged::default());
    for mut rng in streams {
        let (input, target) = make(&mut rng);
        inputs.push(input);
        targets.push(target);
    }
    Sequences::made(SequenceInputs::Tokens(inputs), SequenceTargets::Tokens(targets))
}

fn classes(
    streams: impl Iterator<Item = ChaCha8Rng>,
    make: impl Fn(&mut ChaCha8Rng) -> (Vec<u32>, u32),
) -> Sequences {
    let (mut inputs, mut targets) = (Ragged::default(), Vec::new());
    for mut rng in streams {
        let (input, class) = make(&mut rng);
        inputs.push(input);
        targets.push(class);
    }
    Sequences::made(SequenceInputs::Tokens(inputs), SequenceTargets::Classes(targets))
}
