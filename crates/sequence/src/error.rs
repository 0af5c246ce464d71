//! What can go wrong in a layer.

use crate::engine::WrongFacts;
use dfdx::prelude::CpuError;

/// A layer could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// Run-time sizes that do not fit together.
    #[error("{what}: expected {expected:?}, got {got:?}")]
    Shape {
        /// Which tensor.
        what: &'static str,
        /// Its shape as it should be.
        expected: Vec<usize>,
        /// Its shape as it is.
        got: Vec<usize>,
    },
    /// A sequence longer than the batch.
    #[error("a sequence of length {length} in a batch of {steps} time steps")]
    Length {
        /// Its length.
        length: usize,
        /// Time steps of the batch.
        steps: usize,
    },
    /// A projection for a cell that cannot have one.
    #[error(
        "the hidden state of cell `{cell}` cannot be projected: its equations use it unit by unit"
    )]
    NotProjectable {
        /// Name of the cell.
        cell: &'static str,
    },
    /// A cell that does not fit together.
    #[error(transparent)]
    WrongFacts(#[from] WrongFacts),
    /// dfdx refused an operation.
    #[error("dfdx: {0}")]
    Dfdx(CpuError),
}

impl From<CpuError> for SequenceError {
    fn from(error: CpuError) -> Self {
        Self::Dfdx(error)
    }
}

impl SequenceError {
    /// An error unless `got` is `expected`.
    pub(crate) fn check(
        what: &'static str,
        expected: &[usize],
        got: &[usize],
    ) -> Result<(), SequenceError> {
        if expected == got {
            return Ok(());
        }
        Err(Self::Shape { what, expected: expected.to_vec(), got: got.to_vec() })
    }
}
