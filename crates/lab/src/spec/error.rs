//! Everything that can be wrong with an experiment file.

use std::fmt;
use std::path::PathBuf;

/// A fault in an experiment file: where it is, what is wrong, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    /// The file.
    pub file: PathBuf,
    /// Line from 1, where known.
    pub line: Option<usize>,
    /// Dotted path of the field at fault; empty for the whole file.
    pub field: String,
    /// What is wrong and what is allowed.
    pub problem: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(formatter, ": {}", self.field)?;
        }
        write!(formatter, ": {}", self.problem)
    }
}
