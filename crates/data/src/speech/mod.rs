//! Speech: recordings as sequences of acoustic features.
//!
//! [`FsddSettings`] are spoken digits (or generated tones in their place), to be told apart, or joined
//! to strings to be recognised without alignment; [`SpeechSettings`] any WAV files of the user's own
//! with a table of texts. From recordings to sequences it is one way for all: features, copies that
//! are disturbed (of the training split), normalisation by the training split, masks ([`prepare`]).

mod fsdd;
mod own;
mod prepare;
mod recordings;
mod settings;
mod speakers;
mod strings;
mod tones;

pub(crate) use fsdd::check;
pub use fsdd::load_fsdd;
pub use own::load_speech;
pub use settings::{
    Augmentation, FsddSettings, FsddSplit, Normalisation, OwnSplit, SpeechSettings, StringSettings,
    Units,
};

use audio::{AudioError, Extractor, FeatureKind, FeatureSettings, Features, Recording, Statistics};
use serde::{Deserialize, Serialize};
use std::path::Path;

use crate::error::DataError;
use crate::split::Split;

/// How a recording becomes what a model reads: all that is needed later to read another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeechInput {
    /// How features are made.
    pub features: FeatureSettings,
    /// Whether each number's mean over the recording is taken away.
    pub subtract_mean: bool,
    /// By what they are normalised then, if they are.
    pub statistics: Option<Statistics>,
    /// What stands between labels where they are written as text.
    pub separator: String,
}

impl SpeechInput {
    /// The recording of a WAV file of at most `longest` seconds, at the rate of the features.
    ///
    /// # Errors
    /// [`DataError::BadRecording`] for a file that holds no usable recording, [`DataError::Io`].
    pub fn recording(&self, path: &Path, longest: f64) -> Result<Recording, DataError> {
        Ok(Recording::open(path, longest)?.at_rate(self.features.rate))
    }

    /// What a model reads of a recording.
    ///
    /// # Errors
    /// [`DataError::BadSetting`] for settings of features that make no sense.
    pub fn read(&self, recording: &Recording) -> Result<Features, DataError> {
        let mut features = Extractor::new(self.features)?.features(&recording.samples);
        if self.subtract_mean {
            features.subtract_mean();
        }
        if let Some(statistics) = &self.statistics {
            statistics.normalise(&mut features);
        }
        Ok(features)
    }

    /// The energies of the bands of each frame, from what a model reads of a recording, `[steps, width]`: frames
    /// that stand in two steps once, without deltas. `None` where cepstra are read, of which there are none.
    pub fn energies<'v>(&self, values: &'v [f32]) -> Option<Vec<&'v [f32]>> {
        let FeatureSettings { kind, bands, deltas, stack, skip, .. } = self.features;
        if kind != FeatureKind::LogMel {
            return None;
        }
        let frame = bands * (1 + deltas);
        let once = move |step: &'v [f32]| step.chunks_exact(frame).take(stack.min(skip));
        let steps = values.chunks_exact(frame * stack);
        Some(steps.flat_map(once).map(|frame| &frame[..bands]).collect())
    }

    /// The log-mel energies of a recording, `[frames, bands]`: what a figure shows.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn spectrogram(&self, recording: &Recording) -> Result<Features, DataError> {
        Ok(Extractor::new(self.features)?.log_mel(&recording.samples))
    }
}

/// What is known of recordings besides their features.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// How recordings were read.
    pub input: SpeechInput,
    /// Who speaks, by name; empty where it is not known.
    pub speakers: Vec<String>,
    /// The speaker of each sequence in train, valid and test; empty where speakers are not known.
    pub speaker_of: [Vec<u32>; 3],
}

impl Speech {
    /// The speaker of a sequence of a split, where it is known.
    pub fn speaker(&self, split: Split, sequence: usize) -> Option<&str> {
        let of = &self.speaker_of[split as usize];
        let speaker = *of.get(sequence)?;
        self.speakers.get(speaker as usize).map(String::as_str)
    }
}

impl From<AudioError> for DataError {
    fn from(error: AudioError) -> Self {
        match error {
            AudioError::Io { path, source } => Self::Io { action: "read", path, source },
            AudioError::BadRecording { path, reason } => Self::BadRecording { path, reason },
            // All of them are settings of the features.
            AudioError::BadSetting { setting, reason } => {
                Self::setting("features", format!("{setting}: {reason}"))
            }
        }
    }
}
