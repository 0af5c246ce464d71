//! What can go wrong in a layer.

use crate::LayerSizes;
use crate::engine::WrongFacts;
use cell::Facts;
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
    /// A sequence beyond those of a state.
    #[error("sequence {row} of the states of {batch}")]
    Row {
        /// Which sequence.
        row: usize,
        /// Sequences of the state.
        batch: usize,
    },
    /// A projection for a cell that cannot have one.
    #[error(
        "the hidden state of cell `{cell}` cannot be projected: its equations use it unit by unit"
    )]
    NotProjectable {
        /// Name of the cell.
        cell: &'static str,
    },
    /// A slot of the state that starts at −∞ is to be mixed with others, or learned.
    #[error("slot `{slot}` of `{layer}` starts at −∞: it cannot be {what}")]
    UnboundedStart {
        /// Name of the cell.
        layer: &'static str,
        /// Name of the slot.
        slot: &'static str,
        /// What it is to be.
        what: &'static str,
    },
    /// Heads that the layer cannot have.
    #[error("`{layer}` cannot have {heads} heads: {why}")]
    Heads {
        /// Name of the cell or memory.
        layer: &'static str,
        /// Heads asked for.
        heads: usize,
        /// Why not.
        why: &'static str,
    },
    /// A layer that cannot be looked at as a dynamical system is to be.
    #[error("`{layer}` is no dynamical system that could be looked at: its state is a matrix")]
    NoDynamics {
        /// Name of the memory.
        layer: &'static str,
    },
    /// Zoneout for a layer that has none.
    #[error("the state of `{layer}` cannot be zoned out: it is a matrix")]
    NoZoneout {
        /// Name of the memory.
        layer: &'static str,
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
    /// An error unless a cell with these facts can have as many heads as the sizes say.
    pub(crate) fn check_heads(facts: &Facts, sizes: LayerSizes) -> Result<(), SequenceError> {
        let LayerSizes { hidden, heads, .. } = sizes;
        let why = if heads == 1 {
            return Ok(());
        } else if facts.recurrent.is_empty() && facts.modulated.is_empty() {
            "it has no matrices on its state"
        } else if heads == 0 || hidden % heads != 0 {
            "they do not divide its hidden size"
        } else if sizes.projected() {
            "its hidden state is projected"
        } else {
            return Ok(());
        };
        Err(Self::Heads { layer: facts.name, heads, why })
    }

    /// An error unless sequences of these lengths are a batch of `batch` over `steps` time steps.
    pub fn check_lengths(
        lengths: Option<&[usize]>,
        steps: usize,
        batch: usize,
    ) -> Result<(), SequenceError> {
        let Some(lengths) = lengths else { return Ok(()) };
        Self::check("lengths", &[batch], &[lengths.len()])?;
        match lengths.iter().max() {
            Some(&length) if length > steps => Err(Self::Length { length, steps }),
            _ => Ok(()),
        }
    }

    /// An error unless `got` is `expected`.
    pub fn check(
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
