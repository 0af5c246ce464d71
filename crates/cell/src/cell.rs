//! The trait that every cell implements.

use crate::{Block, Real, derive};
use std::ops::Range;

/// A recurrent cell: which matrix products it wants and what it computes from them.
///
/// For every hidden unit of every sequence in a batch, one time step is
///
/// 1. pre-activations `a_g = W_g x + b_g` for the gate blocks `g` in [`Facts::input`]
///    (the bias alone for the others), plus `U_g h'` for those in [`Facts::recurrent`];
/// 2. if the cell has a second stage: [`modulate`](Cell::modulate) gives one number per unit and
///    block in [`Facts::modulated`], and `V_g m_g` is added to that block's pre-activation;
/// 3. [`step`](Cell::step) turns pre-activations and the old state into the new state.
///
/// `x` is the input (size I), `h'` the first slot of the old state (size H); W_g is `[H, I]`, U_g
/// and V_g are `[H, H]`.
///
/// `step` and `modulate` should be marked `#[inline(always)]`, so that they are compiled for the
/// vector instructions of the running processor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a recurrent cell",
    label = "needs `impl cell::Cell`",
    note = "a cell states `FACTS`, the four array types `Pre`, `Modulated`, `State`, `Unit`, and `fn step`"
)]
pub trait Cell: Copy + Default + Send + Sync + 'static {
    /// Names, wiring and source.
    const FACTS: Facts;

    /// Pre-activations, one per gate block: `[R; A]`.
    type Pre<R: Real>: Block<R>;
    /// Numbers that the second stage multiplies by its matrices: `[R; M]`; `[R; 0]` for none.
    type Modulated<R: Real>: Block<R>;
    /// State slots, the hidden state h first: `[R; S]`.
    type State<R: Real>: Block<R>;
    /// Learned numbers per hidden unit besides biases (peepholes): `[R; P]`; `[R; 0]` for none.
    type Unit<R: Real>: Block<R>;

    /// What the second stage multiplies by its matrices. It must not read the pre-activations of
    /// the blocks in [`Facts::modulated`]: they are not complete yet.
    #[inline(always)]
    fn modulate<R: Real>(
        _pre: Self::Pre<R>,
        _state: Self::State<R>,
        _unit: Self::Unit<R>,
    ) -> Self::Modulated<R> {
        Block::from_fn(|_| R::constant(0.0))
    }

    /// The new state.
    fn step<R: Real>(
        pre: Self::Pre<R>,
        state: Self::State<R>,
        unit: Self::Unit<R>,
    ) -> Self::State<R>;

    /// The gradient of the loss with respect to what [`step`](Cell::step) read, given its
    /// gradient with respect to the new state. Derived from `step` unless a cell gives its own,
    /// which must agree (the conformance tests compare them).
    #[inline(always)]
    fn step_backward<R: Real>(
        pre: Self::Pre<R>,
        state: Self::State<R>,
        unit: Self::Unit<R>,
        new: Self::State<R>,
        d_new: Self::State<R>,
    ) -> Backward<Self, R> {
        let _ = new;
        derive::step_backward(pre, state, unit, d_new)
    }

    /// The same for [`modulate`](Cell::modulate).
    #[inline(always)]
    fn modulate_backward<R: Real>(
        pre: Self::Pre<R>,
        state: Self::State<R>,
        unit: Self::Unit<R>,
        d_modulated: Self::Modulated<R>,
    ) -> Backward<Self, R> {
        derive::modulate_backward(pre, state, unit, d_modulated)
    }
}

/// Gradients with respect to what a pointwise function read.
#[derive(Clone, Copy)]
pub struct Backward<C: Cell, R: Real> {
    /// With respect to the pre-activations.
    pub pre: C::Pre<R>,
    /// With respect to the old state, not counting the way through the matrix products.
    pub state: C::State<R>,
    /// With respect to the per-unit parameters.
    pub unit: C::Unit<R>,
}

/// What is known about a cell besides its equations.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Name in experiment files.
    pub name: &'static str,
    /// Name in figures and tables.
    pub title: &'static str,
    /// Paper, equation, and any known deviation.
    pub source: &'static str,
    /// Name of each pre-activation block; a name also marks its weights and bias.
    pub pre: &'static [&'static str],
    /// Name of each state slot, `h` first.
    pub state: &'static [&'static str],
    /// Name of each per-unit parameter.
    pub unit: &'static [&'static str],
    /// Blocks that receive W x.
    pub input: Range<usize>,
    /// Blocks that receive U h'.
    pub recurrent: Range<usize>,
    /// Blocks that receive V m.
    pub modulated: Range<usize>,
    /// The gate whose bias makes the cell keep its state.
    pub remember: Option<Remember>,
}

/// Which bias makes a cell remember, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remember {
    /// Index of the pre-activation block.
    pub block: usize,
    /// A larger bias remembers (a forget gate that multiplies the old state); else a smaller one
    /// does (an update gate that writes).
    pub positive: bool,
}

impl Facts {
    /// Parameters of one layer with input size `input` and hidden size `hidden`: one matrix per
    /// wired block, one bias per block, the per-unit parameters.
    pub const fn parameters(&self, input: usize, hidden: usize) -> usize {
        let products =
            count(&self.input) * input + (count(&self.recurrent) + count(&self.modulated)) * hidden;
        hidden * (products + self.pre.len() + self.unit.len())
    }

    /// Floating-point operations of the matrix products of one step, forward, for one sequence: a
    /// multiplication and an addition per weight.
    pub const fn product_flops(&self, input: usize, hidden: usize) -> usize {
        2 * hidden
            * (count(&self.input) * input
                + (count(&self.recurrent) + count(&self.modulated)) * hidden)
    }

    /// Whether names, wiring and array lengths fit together.
    pub const fn consistent<C: Cell>(&self) -> bool {
        let a = self.pre.len();
        a == <C::Pre<f64> as Block<f64>>::LEN
            && self.state.len() == <C::State<f64> as Block<f64>>::LEN
            && !self.state.is_empty()
            && self.unit.len() == <C::Unit<f64> as Block<f64>>::LEN
            && count(&self.modulated) == <C::Modulated<f64> as Block<f64>>::LEN
            && self.input.end <= a
            && self.recurrent.end <= a
            && self.modulated.end <= a
    }
}

const fn count(range: &Range<usize>) -> usize {
    range.end.saturating_sub(range.start)
}
