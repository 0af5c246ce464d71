//! What can be wrong with a recording or with the settings of features.

use std::io;
use std::path::{Path, PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that holds no usable recording.
    #[error("{}: {reason}", path.display())]
    BadRecording {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A setting of features that makes no sense.
    #[error("{setting}: {reason}")]
    BadSetting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
}

impl AudioError {
    pub(crate) fn recording(path: &Path, reason: impl Into<String>) -> Self {
        Self::BadRecording { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn setting(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::BadSetting { setting, reason: reason.into() }
    }
}
