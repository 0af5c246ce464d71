//! What can go wrong in a model.

use sequence::SequenceError;

/// A model could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The zoo has no such cell.
    #[error("no cell is called `{name}`; there are {}", known.join(", "))]
    UnknownCell {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A token beyond the vocabulary.
    #[error("token {token} is outside the vocabulary of {vocabulary}")]
    Token {
        /// The token.
        token: u32,
        /// How many types there are.
        vocabulary: usize,
    },
    /// A choice that does not fit the task.
    #[error("`{field}`: {problem}")]
    Unsuited {
        /// Which choice.
        field: &'static str,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A window that the model cannot read.
    #[error("a window with {problem}")]
    Window {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Outputs, lengths and labels that do not fit together.
    #[error(transparent)]
    Labels(#[from] ctc::CtcError),
    /// A layer failed.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// dfdx refused an operation.
    #[error("dfdx: {0}")]
    Dfdx(dfdx::prelude::CpuError),
}

impl From<dfdx::prelude::CpuError> for ModelError {
    fn from(error: dfdx::prelude::CpuError) -> Self {
        Self::Dfdx(error)
    }
}
