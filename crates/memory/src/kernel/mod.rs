//! The recurrence of a matrix state, forward and backward, on plain slices.
//!
//! Every head of every sequence has a state S `[V, K]` (V numbers a value, K a key):
//!
//! ```text
//! S_t = S_{t-1} diag(w_t) + (S_{t-1} a_t) b_tᵀ + v_t k_tᵀ          o_t = S_t q_t
//! ```
//!
//! Which terms exist is known to the compiler ([`Terms`]): absent ones are not computed. Backward, with
//! G = ∂L/∂S_t:
//!
//! ```text
//! G += δo qᵀ        δq = S_tᵀ δo        u = S_{t-1} a        e = G b
//! δw = column sums of S_{t-1} ⊙ G      δb = Gᵀ u      δa = S_{t-1}ᵀ e      δv = G k      δk = Gᵀ v
//! G ← G diag(w) + e aᵀ
//! ```
//!
//! The forward pass keeps u, and the state every 16 steps; the backward pass runs these steps again
//! from there, and gets δq on the way. A state's rows are independent given w, a, b, k, q: they are
//! gone through four at a time, keys along the vectors. Within a part of the work nothing depends on
//! other heads or sequences, so results are the same to the bit in any batch and on any number of
//! threads, steps one at a time and pieces carried on included.

mod backward;
mod forward;
mod layout;
mod steps;

pub use backward::{Gradients, backward};
pub use forward::{Pass, Purpose, forward};

use compute::Float;

/// How the old state stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it: w = 1.
    All,
    /// A constant share a head, which has no gradient: w `[heads]`.
    Head,
    /// A share a head and step: w `[T, B, heads]`.
    Number,
    /// A share a head, step and number of a key: w `[T, B, heads, K]`.
    Vector,
}

/// What is taken out of the old state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erase {
    /// Nothing: no a, no b.
    Nothing,
    /// What lies along the key that is written to: b = k.
    AlongKey,
    /// What lies along a vector of its own, b.
    Along,
}

/// Which terms a recurrence has.
pub trait Terms: 'static {
    /// How the old state stays.
    const KEEP: Keep;
    /// What is taken out of it.
    const ERASE: Erase;
}

/// Sizes of one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Time steps T.
    pub steps: usize,
    /// Batch size B.
    pub batch: usize,
    /// Heads.
    pub heads: usize,
    /// Numbers of a key, K.
    pub key: usize,
    /// Numbers of a value, V.
    pub value: usize,
}

impl Sizes {
    /// States: heads of all sequences.
    pub fn units(&self) -> usize {
        self.batch * self.heads
    }

    /// Numbers of one state.
    pub fn state(&self) -> usize {
        self.value * self.key
    }

    /// Floating-point operations of one step of one head with these terms, forward: a multiplication
    /// and an addition count as two.
    pub fn flops<X: Terms>(&self) -> usize {
        let keep = usize::from(X::KEEP != Keep::All);
        let erase = match X::ERASE {
            Erase::Nothing => 0,
            Erase::AlongKey => 2,
            Erase::Along => 4,
        };
        self.state() * (4 + keep + erase)
    }
}

/// How a sequence is gone through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassOptions {
    /// From the last time step to the first.
    pub reverse: bool,
    /// Length of each sequence, where they differ. Beyond its length a sequence's state stays as it is,
    /// its outputs are 0 and its inputs are not read; going backwards, it starts at its own last step.
    pub lengths: Option<Vec<usize>>,
}

impl PassOptions {
    /// Time steps of sequence `b` of a batch of `steps` time steps.
    pub(crate) fn length(&self, b: usize, steps: usize) -> usize {
        self.lengths.as_ref().map_or(steps, |lengths| lengths[b].min(steps))
    }

    /// The time step of step number `n` of a sequence of `length`.
    pub(crate) fn time(&self, n: usize, length: usize) -> usize {
        if self.reverse { length - 1 - n } else { n }
    }
}

/// What a recurrence reads; what its terms do not have is empty.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<S> {
    /// w, as [`Keep`] says.
    pub keep: S,
    /// a `[T, B, heads, K]`.
    pub erase: S,
    /// b `[T, B, heads, K]`, where it is not k.
    pub along: S,
    /// k `[T, B, heads, K]`.
    pub key: S,
    /// v `[T, B, heads, V]`.
    pub value: S,
    /// q `[T, B, heads, K]`.
    pub query: S,
}

impl<S> Inputs<S> {
    /// Numbers a head and step of each input, with these terms.
    fn widths<X: Terms>(sizes: Sizes) -> Inputs<usize> {
        let keep = match X::KEEP {
            Keep::All | Keep::Head => 0,
            Keep::Number => 1,
            Keep::Vector => sizes.key,
        };
        let erase = if X::ERASE == Erase::Nothing { 0 } else { sizes.key };
        let along = if X::ERASE == Erase::Along { sizes.key } else { 0 };
        Inputs { keep, erase, along, key: sizes.key, value: sizes.value, query: sizes.key }
    }
}

/// Time steps between two states that are kept.
pub(crate) const STRETCH: usize = 16;

/// Rows of a state that are gone through together.
const ROWS: usize = 4;

/// Least number of operations of a part, forward: a thread that is called for less costs more than it
/// saves.
const LEAST_WORK: usize = 1_000_000;

/// In how many parts a pass is to be run on this thread.
fn parts<X: Terms>(sizes: Sizes) -> usize {
    let work = sizes.units() * sizes.steps * sizes.flops::<X>();
    compute::threads().min(work / LEAST_WORK).clamp(1, sizes.units().max(1))
}

/// Panics unless the inputs have the lengths that the sizes say.
fn check<X: Terms, E: Float>(sizes: Sizes, options: &PassOptions, inputs: &Inputs<&[E]>) {
    let rows = sizes.steps * sizes.units();
    let Inputs { keep, erase, along, key, value, query } = Inputs::<()>::widths::<X>(sizes);
    let keep = if X::KEEP == Keep::Head { sizes.heads } else { rows * keep };
    let expected = [keep, rows * erase, rows * along, rows * key, rows * value, rows * query];
    let Inputs { keep, erase, along, key, value, query } = inputs;
    let found = [keep, erase, along, key, value, query].map(|input| input.len());
    assert_eq!(found, expected, "elements of w, a, b, k, v, q");
    if let Some(lengths) = &options.lengths {
        assert_eq!(lengths.len(), sizes.batch, "lengths of all sequences");
    }
}
