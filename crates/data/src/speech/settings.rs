//! The settings of datasets of speech.

use std::path::PathBuf;

use audio::FeatureSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::WhenMissing;
use crate::error::DataError;
use crate::quoting::Quoting;
use crate::split::HeldOut;

/// Disturbed copies of the training split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Disturbed copies of each recording, beside itself; 0 for none. An epoch is as many times longer.
    pub copies: usize,
    /// The most by which a copy is faster or slower, as a part of 1.
    pub speed: f32,
    /// How far added white noise lies below the recording's power, in decibels: `[quietest, loudest]`.
    pub noise_db: Option<[f32; 2]>,
    /// Stretches of frequency that are masked.
    pub band_masks: usize,
    /// The most bands of such a stretch.
    pub band_width: usize,
    /// Stretches of time that are masked.
    pub time_masks: usize,
    /// The most steps of such a stretch; at most a fifth of a recording is.
    pub time_width: usize,
}

impl Default for Augmentation {
    /// No copies; what is asked for differs by up to a tenth in speed, has noise 40 to 15 dB below and two
    /// masks of each kind.
    fn default() -> Self {
        Self {
            copies: 0,
            speed: 0.1,
            noise_db: Some([40.0, 15.0]),
            band_masks: 2,
            band_width: 6,
            time_masks: 2,
            time_width: 8,
        }
    }
}

impl Augmentation {
    pub(super) fn require(self) -> Result<Self, DataError> {
        let bad = |reason: String| Err(DataError::setting("augment", reason));
        if !(0.0..=0.5).contains(&self.speed) {
            return bad(format!("speed: {} is not from 0 to 0.5", self.speed));
        }
        if let Some([quietest, loudest]) = self.noise_db
            && !(loudest >= 0.0 && loudest <= quietest && quietest.is_finite())
        {
            return bad(format!(
                "noise_db: {quietest} and {loudest} are not two numbers of decibels below the recording, the quieter (larger) first"
            ));
        }
        if self.copies > 100 {
            return bad(format!("copies: {} are more than 100", self.copies));
        }
        Ok(self)
    }
}

/// Over what features are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// They are not.
    None,
    /// Each number of a step gets mean 0 and variance 1 over the undisturbed training split.
    #[default]
    Training,
    /// Each number's mean over the recording itself is taken away first, so that loudness, microphone and room
    /// matter less; then as `training`.
    Recording,
}

/// How the spoken digits are divided.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FsddSplit {
    /// The official one: takes 0 to 4 of each digit and speaker are the test, the others are to train on, of
    /// which 5 to 9 are for validation here. All speakers are on all sides.
    #[default]
    Official,
    /// All takes of this speaker are the test; of the others takes 5 to 9 are for validation, unless
    /// `valid_speaker` is given: `{leave_out: jackson}`.
    LeaveOut(String),
}

/// Strings of digits, to be recognised without alignment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StringSettings {
    /// The fewest digits of a string.
    pub shortest: usize,
    /// The most digits of a string.
    pub longest: usize,
    /// Milliseconds between two takes, the least and the most.
    pub pause_ms: [f64; 2],
    /// Strings to train on.
    pub train: usize,
    /// Strings to choose settings by.
    pub valid: usize,
    /// Strings to report on.
    pub test: usize,
}

impl Default for StringSettings {
    /// Three to seven digits, 50 to 200 ms apart; 2,000 strings to train on, 300 each to validate and test.
    fn default() -> Self {
        Self {
            shortest: 3,
            longest: 7,
            pause_ms: [50.0, 200.0],
            train: 2_000,
            valid: 300,
            test: 300,
        }
    }
}

impl StringSettings {
    pub(super) fn require(self) -> Result<Self, DataError> {
        let bad = |reason: String| Err(DataError::setting("strings", reason));
        if self.shortest == 0 || self.shortest > self.longest || self.longest > 100 {
            return bad(format!(
                "strings of {} to {} digits make no sense; 1 to 100 are allowed",
                self.shortest, self.longest
            ));
        }
        let [least, most] = self.pause_ms;
        if !(least >= 0.0 && least <= most && most <= 10_000.0) {
            return bad(format!("pause_ms: {least} to {most} are not within 0 to 10,000"));
        }
        if [self.train, self.valid, self.test].iter().any(|&count| count > 1_000_000) {
            return bad("more than 1,000,000 strings in a split".to_owned());
        }
        Ok(self)
    }
}

/// How spoken digits are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FsddSettings {
    /// Which takes are for training, validation and test.
    pub split: FsddSplit,
    /// With a speaker left out: all takes of this other one are for validation, so that settings are chosen on
    /// a stranger, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_speaker: Option<String>,
    /// Strings of several takes, to be recognised; without it, single digits to be told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strings: Option<StringSettings>,
    /// How recordings become features.
    pub features: FeatureSettings,
    /// Over what features are normalised.
    pub normalise: Normalisation,
    /// Disturbed copies of the training split.
    pub augment: Augmentation,
    /// What to do where the recordings are neither here nor to be had: `error`, or generated tones in
    /// their place (`builtin`).
    pub when_missing: WhenMissing,
    /// The seed of strings and disturbances.
    pub seed: u64,
}

impl Default for FsddSettings {
    /// Single digits, the official split, 40 log-mel bands, normalised, as they are.
    fn default() -> Self {
        Self {
            split: FsddSplit::Official,
            valid_speaker: None,
            strings: None,
            features: FeatureSettings::default(),
            normalise: Normalisation::Training,
            augment: Augmentation::default(),
            when_missing: WhenMissing::Error,
            seed: 1,
        }
    }
}

/// What is to be answered to a recording of the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Units {
    /// The characters of its text, one after another.
    Characters,
    /// The words of its text, parted by spaces.
    Words,
    /// The whole text as one of some classes.
    Class,
}

/// How recordings of the user's own are divided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnSplit {
    /// By a column that says `train`, `valid` or `test`: `{column: split}`.
    Column(String),
    /// All recordings of this speaker are the test: `{leave_out: anna}`.
    LeaveOut(String),
}

/// How WAV files of the user's own are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSettings {
    /// The table of recordings (CSV, TSV); the path is relative to the file in which it is written.
    pub path: PathBuf,
    /// The heading of the column with the WAV file, relative to the table.
    pub file: String,
    /// The heading of the column with what is said.
    pub text: String,
    /// The heading of the column with who speaks, if there is one.
    pub speaker: Option<String>,
    /// What a `"` at the beginning of a field means, as for `table`.
    pub quoting: Option<Quoting>,
    /// What is to be answered: the `characters` or the `words` of the text, without alignment, or the
    /// text as one of some classes (`class`).
    pub units: Units,
    /// How recordings are divided; without it, drawn by `held_out`.
    pub split: Option<OwnSplit>,
    /// With a speaker left out: all recordings of this other one are for validation, so that settings are chosen
    /// on a stranger, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_speaker: Option<String>,
    /// What is held out, where no column says; with a speaker left out, for validation alone, and not with
    /// `valid_speaker`.
    pub held_out: HeldOut,
    /// How recordings become features.
    pub features: FeatureSettings,
    /// Over what features are normalised.
    pub normalise: Normalisation,
    /// Disturbed copies of the training split.
    pub augment: Augmentation,
    /// The most seconds of a recording; a longer one is an error.
    pub longest: f64,
    /// The seed of splits and disturbances.
    pub seed: u64,
}

impl Default for SpeechSettings {
    /// No file yet; columns `file` and `text`, characters, a tenth for validation and test, 40 log-mel bands,
    /// at most a minute.
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            file: "file".to_owned(),
            text: "text".to_owned(),
            speaker: None,
            quoting: None,
            units: Units::Characters,
            split: None,
            valid_speaker: None,
            held_out: HeldOut::default(),
            features: FeatureSettings::default(),
            normalise: Normalisation::Training,
            augment: Augmentation::default(),
            longest: 60.0,
            seed: 1,
        }
    }
}
