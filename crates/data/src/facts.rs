//! Published figures beside what a file holds.

use std::fmt;
use std::path::{Path, PathBuf};

use words::thousands;

use crate::error::DataError;

/// One published figure of a dataset, and what was found in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// How many of something there are.
    Count {
        /// The file or folder.
        path: PathBuf,
        /// What was counted, in the plural.
        what: &'static str,
        /// The published number.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// Which bytes there are.
    Checksum {
        /// The file.
        path: PathBuf,
        /// The published SHA-256, in lower-case hexadecimal.
        expected: String,
        /// The file's SHA-256.
        found: String,
    },
}

impl Fact {
    pub(crate) fn count(path: &Path, what: &'static str, expected: u64, found: usize) -> Self {
        Self::Count { path: path.to_owned(), what, expected, found: found as u64 }
    }

    pub(crate) fn checksum(path: &Path, expected: &str, found: &str) -> Self {
        Self::Checksum {
            path: path.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// Whether what was found is what was published.
    pub fn holds(&self) -> bool {
        match self {
            Self::Count { expected, found, .. } => expected == found,
            Self::Checksum { expected, found, .. } => expected == found,
        }
    }

    /// The file or folder that it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Count { path, .. } | Self::Checksum { path, .. } => path,
        }
    }

    /// An error unless what was found is what was published.
    pub(crate) fn require(&self) -> Result<(), DataError> {
        if self.holds() {
            return Ok(());
        }
        Err(match self.clone() {
            Self::Count { path, what, expected, found } => {
                DataError::WrongCount { path, what, expected, found }
            }
            Self::Checksum { path, expected, found } => {
                DataError::WrongChecksum { path, expected, found }
            }
        })
    }
}

/// An error for the first fact that does not hold.
pub(crate) fn require_all(facts: &[Fact]) -> Result<(), DataError> {
    facts.iter().try_for_each(Fact::require)
}

/// What was published, without its file: "929,589 tokens", or the checksum's beginning.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { what, expected, found, .. } => {
                write!(f, "{} {what}", thousands(*expected))?;
                if expected != found {
                    write!(f, " expected, {} found", thousands(*found))?;
                }
            }
            Self::Checksum { expected, found, .. } => {
                write!(f, "sha256 {}...", expected.get(..12).unwrap_or(expected))?;
                if expected != found {
                    write!(f, " expected, {}... found", found.get(..12).unwrap_or(found))?;
                }
            }
        }
        Ok(())
    }
}
