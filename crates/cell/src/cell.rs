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
/// 3. [`step`](Cell::step) turns pre-activations and the old state into the new state;
/// 4. if the cell normalises a slot of the state ([`Facts::normalised_state`]):
///    [`finish`](Cell::finish) computes the hidden state from the normalised slot.
///
/// `x` is the input (size I), `h'` the first slot of the old state (size H); W_g is `[H, I]`, U_g
/// and V_g are `[H, H]`, or, in a layer of several heads, as many blocks of that on the diagonal.
///
/// `step`, `modulate` and `finish` should be marked `#[inline(always)]`, so that they are compiled for the
/// vector instructions of the running processor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a recurrent cell",
    label = "needs `impl cell::Cell`",
    note = "a cell states `FACTS`, the four array types `Pre`, `Modulated`, `State`, `Unit`, and `fn step`; \
            CONTRIBUTING.md shows one from beginning to end"
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
    /// Learned numbers besides matrices and biases: first those that every hidden unit has its own
    /// of (peepholes, [`Facts::unit`]), then those that all units share ([`Facts::scalar`]):
    /// `[R; P]`; `[R; 0]` for none.
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

    /// The hidden state of a cell that normalises a slot of its state: `state` is what
    /// [`step`](Cell::step) gave, with that slot normalised over the hidden units to mean 0 and
    /// variance 1. Not called for other cells.
    #[inline(always)]
    fn finish<R: Real>(_pre: Self::Pre<R>, state: Self::State<R>, _unit: Self::Unit<R>) -> R {
        state.as_slice()[0]
    }

    /// The new state as [`step`](Cell::step) gives it, and what
    /// [`step_backward`](Cell::step_backward) is to be given in place of the pre-activations: those
    /// themselves, unless a cell with a backward step of its own keeps its gates, so that they need
    /// not be computed again. Blocks that [`modulate`](Cell::modulate) reads must stay as they are.
    #[inline(always)]
    fn step_keeping<R: Real>(
        pre: Self::Pre<R>,
        state: Self::State<R>,
        unit: Self::Unit<R>,
    ) -> (Self::State<R>, Self::Pre<R>) {
        (Self::step(pre, state, unit), pre)
    }

    /// The gradient of the loss with respect to what [`step`](Cell::step) read, given its
    /// gradient with respect to the new state and what [`step_keeping`](Cell::step_keeping) kept.
    /// Derived from `step` unless a cell gives its own, which must agree (the conformance tests
    /// compare them).
    #[inline(always)]
    fn step_backward<R: Real>(
        kept: Self::Pre<R>,
        state: Self::State<R>,
        unit: Self::Unit<R>,
        new: Self::State<R>,
        d_new: Self::State<R>,
    ) -> Backward<Self, R> {
        let _ = new;
        derive::step_backward(kept, state, unit, d_new)
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
    /// With respect to the per-unit and shared parameters.
    pub unit: C::Unit<R>,
}

/// What is known about a cell besides its equations. Most cells state a few of these and take the
/// others from [`Facts::DEFAULT`].
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
    /// Start value of each slot of the state; 0 for those not listed. One that starts at −∞ can neither be
    /// zoned out nor learned.
    pub state_starts: &'static [f64],
    /// Name of each parameter that every hidden unit has its own of.
    pub unit: &'static [&'static str],
    /// Name of each parameter that is one number for the whole layer.
    pub scalar: &'static [&'static str],
    /// Blocks that receive W x.
    pub input: Range<usize>,
    /// How many of those, from the first on, receive x itself where I = H; where the sizes differ,
    /// a projection W x stands in for it.
    pub direct: usize,
    /// Blocks that receive U h'.
    pub recurrent: Range<usize>,
    /// Blocks that receive V m.
    pub modulated: Range<usize>,
    /// How many blocks, from the first on, have no bias.
    pub unbiased: usize,
    /// Layer normalisation of the products: W x and U h', each over all its blocks together, are
    /// brought to mean 0 and variance 1 and multiplied by a learned gain before they are added.
    pub normalised_products: bool,
    /// Antisymmetric recurrence: of every block it is (U − Uᵀ) h' that is received, of several heads block by
    /// block on the diagonal. U is held and counted in full.
    pub antisymmetric: bool,
    /// A slot of the state to be normalised for [`Cell::finish`].
    pub normalised_state: Option<usize>,
    /// Start of each per-unit and shared parameter, in the order of [`Cell::Unit`]; 0 for those
    /// not listed.
    pub starts: &'static [Start],
    /// The bias that makes the cell keep its state.
    pub remember: Option<Remember>,
    /// The block of a separate input gate, which chrono initialisation closes as far as it opens
    /// the remembering one.
    pub write: Option<usize>,
}

/// How a per-unit or shared parameter starts.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// At this value.
    Constant(f64),
    /// Drawn from U(low, high).
    Uniform(f64, f64),
    /// Drawn from the normal distribution with this mean and standard deviation.
    Normal(f64, f64),
    /// Evenly spread from the first number to the second, in the order of units; of one unit at the first.
    Even(f64, f64),
    /// What a function makes of a draw from U(low, high).
    Mapped {
        /// Least number drawn.
        low: f64,
        /// Largest.
        high: f64,
        /// The parameter's value for a number drawn.
        map: fn(f64) -> f64,
    },
}

/// Which bias makes a cell remember, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remember {
    /// Where the bias is.
    pub bias: Bias,
    /// A larger bias remembers (a forget gate that multiplies the old state); else a smaller one
    /// does (an update gate that writes).
    pub positive: bool,
}

/// Where a bias is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// That of a pre-activation block.
    Block(usize),
    /// A per-unit parameter.
    Unit(usize),
    /// A shared parameter, one number for the whole layer.
    Scalar(usize),
}

impl Facts {
    /// No names, no wiring, every block biased: to be completed by `Facts { .., ..Facts::DEFAULT }`.
    pub const DEFAULT: Self = Self {
        name: "",
        title: "",
        source: "",
        pre: &[],
        state: &["h"],
        state_starts: &[],
        unit: &[],
        scalar: &[],
        input: 0..0,
        direct: 0,
        recurrent: 0..0,
        modulated: 0..0,
        unbiased: 0,
        normalised_products: false,
        antisymmetric: false,
        normalised_state: None,
        starts: &[],
        remember: None,
        write: None,
    };

    /// Blocks that have an input matrix W, for these sizes.
    pub const fn input_matrices(&self, input: usize, hidden: usize) -> Range<usize> {
        let direct = if input == hidden { self.direct } else { 0 };
        self.input.start + direct..self.input.end
    }

    /// Blocks that have a bias.
    pub const fn biased(&self) -> Range<usize> {
        self.unbiased..self.pre.len()
    }

    /// Start value of a slot of the state.
    pub fn state_start(&self, slot: usize) -> f64 {
        self.state_starts.get(slot).copied().unwrap_or_default()
    }

    /// Name of the first slot of the state that does not start at a finite value.
    pub fn unbounded_start(&self) -> Option<&'static str> {
        let slot = self.state_starts.iter().position(|start| !start.is_finite())?;
        self.state.get(slot).copied()
    }

    /// Parameters of one layer with input size `input` and hidden size `hidden`, whose matrices on the state
    /// have `heads` diagonal blocks: one matrix per wired block, biases, gains, per-unit and shared
    /// parameters.
    pub const fn parameters(&self, input: usize, hidden: usize, heads: usize) -> usize {
        let matrices = count(&self.input_matrices(input, hidden));
        let gains = match self.normalised_products {
            true => matrices + count(&self.recurrent),
            false => 0,
        };
        let per_unit = count(&self.biased()) + gains + self.unit.len();
        self.product_flops(input, hidden, heads) / 2 + hidden * per_unit + self.scalar.len()
    }

    /// Floating-point operations of the matrix products of one step, forward, for one sequence: a
    /// multiplication and an addition per weight.
    pub const fn product_flops(&self, input: usize, hidden: usize, heads: usize) -> usize {
        2 * hidden
            * (count(&self.input_matrices(input, hidden)) * input
                + (count(&self.recurrent) + count(&self.modulated)) * (hidden / heads))
    }

    /// What does not fit together among names, wiring and array lengths of cell `C`, whose facts these are.
    ///
    /// One name for two blocks:
    ///
    /// ```
    /// use cell::{Cell, Facts, Real};
    ///
    /// #[derive(Clone, Copy, Default)]
    /// struct Mine;
    ///
    /// impl Cell for Mine {
    ///     const FACTS: Facts = Facts { pre: &["n"], ..Facts::DEFAULT };
    ///     type Pre<R: Real> = [R; 2];
    ///     type Modulated<R: Real> = [R; 0];
    ///     type State<R: Real> = [R; 1];
    ///     type Unit<R: Real> = [R; 0];
    ///     fn step<R: Real>([n, f]: [R; 2], [h]: [R; 1], []: [R; 0]) -> [R; 1] {
    ///         [f.sigmoid() * h + n.tanh()]
    ///     }
    /// }
    ///
    /// let fault = Mine::FACTS.fault::<Mine>().unwrap_or_default();
    /// assert!(fault.starts_with("FACTS.pre must name each block of `type Pre`"));
    /// ```
    pub const fn fault<C: Cell>(&self) -> Option<&'static str> {
        let blocks = self.pre.len();
        let own = <C::Unit<f64> as Block<f64>>::LEN;
        let rules = [
            (
                blocks == <C::Pre<f64> as Block<f64>>::LEN,
                "FACTS.pre must name each block of `type Pre`: as many names as the array is long",
            ),
            (
                !self.state.is_empty() && self.state.len() == <C::State<f64> as Block<f64>>::LEN,
                "FACTS.state must name each slot of `type State`, h first: as many names as the array is long",
            ),
            (
                self.unit.len() + self.scalar.len() == own,
                "FACTS.unit and FACTS.scalar together must name each parameter of `type Unit`: as many names as the array is long",
            ),
            (
                count(&self.modulated) == <C::Modulated<f64> as Block<f64>>::LEN,
                "FACTS.modulated must hold as many blocks as `type Modulated` is long",
            ),
            (
                self.input.end <= blocks
                    && self.recurrent.end <= blocks
                    && self.modulated.end <= blocks,
                "FACTS.input, .recurrent and .modulated are ranges of the blocks in FACTS.pre and may not reach beyond the last",
            ),
            (
                self.direct <= count(&self.input),
                "FACTS.direct counts blocks of FACTS.input and cannot be more than those",
            ),
            (
                self.unbiased <= blocks,
                "FACTS.unbiased counts blocks of FACTS.pre and cannot be more than those",
            ),
            (self.starts.len() <= own, "FACTS.starts has more entries than `type Unit`"),
            (
                self.state_starts.len() <= self.state.len(),
                "FACTS.state_starts has more entries than FACTS.state has slots",
            ),
            (
                !(self.normalised_products && self.direct > 0),
                "FACTS.direct and FACTS.normalised_products exclude each other: what is not multiplied is not normalised",
            ),
            (
                match self.write {
                    Some(block) => self.unbiased <= block && block < blocks,
                    None => true,
                },
                "FACTS.write must be a block of FACTS.pre that has a bias (not among the first FACTS.unbiased)",
            ),
            (
                match self.normalised_state {
                    Some(slot) => 0 < slot && slot < self.state.len(),
                    None => true,
                },
                "FACTS.normalised_state must be a slot of FACTS.state other than the first",
            ),
            (
                match self.remember {
                    Some(Remember { bias: Bias::Block(block), .. }) => {
                        self.unbiased <= block && block < blocks
                    }
                    Some(Remember { bias: Bias::Unit(unit), .. }) => unit < self.unit.len(),
                    Some(Remember { bias: Bias::Scalar(scalar), .. }) => scalar < self.scalar.len(),
                    None => true,
                },
                "FACTS.remember must point at a block that has a bias, or at a parameter in FACTS.unit or FACTS.scalar",
            ),
        ];
        let mut rule = 0;
        while rule < rules.len() {
            if !rules[rule].0 {
                return Some(rules[rule].1);
            }
            rule += 1;
        }
        None
    }
}

const fn count(range: &Range<usize>) -> usize {
    range.end.saturating_sub(range.start)
}
