//! A cell over a whole sequence, forward and backward, on plain slices.
//!
//! Of a cell the engine has its facts and its pointwise work, compiled ([`CompiledCell`]); the engine
//! itself is compiled once for each element type, for all cells.
//!
//! A sequence is gone through in stretches of time steps whose pre-activations stay in the
//! processor's second cache. Forward, the input products of a stretch are one matrix product, and
//! per step only the recurrent ones remain. Backward goes through the stretches in the opposite
//! order with the gradient of the state, and adds the weight gradients of a stretch as one product
//! per matrix before it goes on to the next.
//!
//! Layouts, row-major: pre-activations `[T, B, A*H]`, each state slot `[T+1, B, H]` in the order
//! of time (the initial state is the first, or the last where the sequence is gone through
//! backwards), each modulated block `[T, B, H]`, weights as in [`Weights`].

mod backward;
mod blend;
mod compiled;
mod diagonal;
mod forward;
mod gradients;
mod kernels;
mod normalise;
mod options;
mod split;
mod weights;

pub use backward::backward;
pub use compiled::{CompiledCell, WrongFacts};
pub use forward::{Pass, Purpose, forward};
pub use gradients::Gradients;
pub use options::{Keep, PassOptions};
pub(crate) use split::parts;
pub use split::rows_mut;
pub use split::{Part, Ran, backward_in_parts, forward_in_parts};
pub use weights::{LayerSizes, PARAMETERS, PackedWeights, Parameter, Weights};

use cell::Facts;
use compute::Float;
use std::ops::Range;

/// Rows (time steps times sequences) of a stretch.
const STRETCH_ROWS: usize = 256;

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
    /// Heads.
    pub heads: usize,
}

impl Sizes {
    /// Sizes of a pass over `steps` time steps of `batch` sequences.
    pub fn new(steps: usize, batch: usize, layer: LayerSizes) -> Self {
        let LayerSizes { input, hidden, output, heads } = layer;
        Self { steps, batch, input, hidden, output, heads }
    }

    /// Sizes of the layer.
    pub fn layer(&self) -> LayerSizes {
        let Self { input, hidden, output, heads, .. } = *self;
        LayerSizes { input, hidden, output, heads }
    }

    /// Time steps of a stretch: enough rows for the products over all of them, few enough for the
    /// second cache.
    fn stretch(&self) -> usize {
        (STRETCH_ROWS / self.batch.max(1)).max(1)
    }

    /// Rows of the whole sequence: T*B.
    fn rows(&self) -> usize {
        self.steps * self.batch
    }

    /// Zeros for every slot of a state of a cell with these facts: the hidden state `[B, P]`, the others `[B, H]`.
    pub(crate) fn state<E: Float>(&self, facts: &Facts) -> Vec<Vec<E>> {
        let zeros = |slot| vec![E::default(); self.batch * self.slot(slot)];
        (0..facts.state.len()).map(zeros).collect()
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
