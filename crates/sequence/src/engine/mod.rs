//! A cell over a whole sequence, forward and backward, on plain slices.
//!
//! Input products of all time steps are one matrix product; per step only the recurrent ones
//! remain. Backward goes through the steps in the opposite order with the gradient of the state,
//! keeps the gradient of every pre-activation, and finishes with one product per weight matrix.
//!
//! Layouts, row-major: pre-activations `[T, B, A*H]`, each state slot `[T+1, B, H]` in the order
//! of time (the initial state is the first, or the last where the sequence is gone through
//! backwards), each modulated block `[T, B, H]`, weights as in [`Weights`].

mod backward;
mod blend;
mod forward;
mod gradients;
mod how;
mod kernels;
mod normalise;
mod weights;

pub use backward::backward;
pub use forward::{Pass, forward};
pub use gradients::Gradients;
pub use how::{How, Keep};
pub use weights::{LayerSizes, PARAMETERS, Parameter, Weights};

use crate::Float;
use std::ops::Range;

/// Sizes of one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Time steps T.
    pub steps: usize,
    /// Batch size B.
    pub batch: usize,
    /// Input size I.
    pub input: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// Size P of the hidden state: smaller than H where it is projected.
    pub output: usize,
}

impl Sizes {
    /// Sizes of a pass over `steps` time steps of `batch` sequences.
    pub fn new(steps: usize, batch: usize, layer: LayerSizes) -> Self {
        let LayerSizes { input, hidden, output } = layer;
        Self { steps, batch, input, hidden, output }
    }

    /// Sizes of the layer.
    pub fn layer(&self) -> LayerSizes {
        LayerSizes { input: self.input, hidden: self.hidden, output: self.output }
    }

    /// Rows of the whole sequence: T*B.
    fn rows(&self) -> usize {
        self.steps * self.batch
    }

    /// Width of state slot `slot`.
    fn slot(&self, slot: usize) -> usize {
        if slot == 0 { self.output } else { self.hidden }
    }
}

/// Adds element by element.
pub(crate) fn add<E: Float>(to: &mut [E], what: &[E]) {
    for (a, &b) in to.iter_mut().zip(what) {
        *a += b;
    }
}

/// The columns that the blocks of `range` take in a row of pre-activations.
fn columns(range: &Range<usize>, hidden: usize) -> Range<usize> {
    range.start * hidden..range.end * hidden
}
