//! The pointwise work of one time step, compiled for the running processor.

use super::{PackedWeights, Parameter, Sizes};
use cell::{Block, Cell, Real};
use compute::{Buffer, Float, Kernel};
use std::marker::PhantomData;

/// What the pointwise work of one time step reads.
pub(super) struct Step<'a, C, E: Float> {
    pub(super) cell: PhantomData<C>,
    pub(super) sizes: Sizes,
    /// Pre-activations `[B, A*H]`.
    pub(super) pre: &'a [E],
    /// Index of the old state and of the new one.
    pub(super) around: (usize, usize),
    pub(super) weights: &'a PackedWeights<E>,
}

impl<C, E: Float> Clone for Step<'_, C, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<C, E: Float> Copy for Step<'_, C, E> {}

/// A few neighbouring hidden units of one sequence: as many as a vector holds, or what is left.
#[derive(Clone, Copy)]
struct Piece {
    b: usize,
    j: usize,
    len: usize,
}

/// All pieces of sequence `b`.
#[inline(always)]
fn pieces<E: Float>(b: usize, hidden: usize) -> impl Iterator<Item = Piece> {
    let piece = move |j| Piece { b, j, len: E::WIDTH.min(hidden - j) };
    (0..hidden).step_by(E::WIDTH).map(piece)
}

impl<C: Cell, E: Float> Step<'_, C, E> {
    /// Place of block `k` in a row of pre-activations.
    #[inline(always)]
    fn block(sizes: Sizes, Piece { b, j, .. }: Piece, k: usize) -> usize {
        (b * C::FACTS.pre.len() + k) * sizes.hidden + j
    }

    /// Place in a `[B, H]` slice.
    #[inline(always)]
    fn local(&self, Piece { b, j, .. }: Piece) -> usize {
        b * self.sizes.hidden + j
    }

    #[inline(always)]
    fn pre(&self, piece: Piece) -> C::Pre<E::Vector> {
        Block::from_fn(|k| load::<E>(self.pre, Self::block(self.sizes, piece, k), piece))
    }

    /// State number `index` of each slot.
    #[inline(always)]
    fn state(&self, states: &[Buffer<E>], index: usize, piece: Piece) -> C::State<E::Vector> {
        let at = index * self.sizes.batch * self.sizes.hidden + self.local(piece);
        Block::from_fn(|k| load::<E>(&states[k], at, piece))
    }

    #[inline(always)]
    fn unit(&self, piece: Piece) -> C::Unit<E::Vector> {
        let (units, scalars) =
            (self.weights.get(Parameter::Unit), self.weights.get(Parameter::Scalar));
        let own = C::FACTS.unit.len();
        Block::from_fn(|k| match k.checked_sub(own) {
            None => load::<E>(units, k * self.sizes.hidden + piece.j, piece),
            Some(shared) => E::Vector::constant(scalars[shared].into()),
        })
    }
}

#[inline(always)]
fn load<E: Float>(source: &[E], at: usize, piece: Piece) -> E::Vector {
    E::load(&source[at..at + piece.len])
}

#[inline(always)]
fn store<E: Float>(value: E::Vector, target: &mut [E], at: usize, piece: Piece) {
    E::store(value, &mut target[at..at + piece.len]);
}

#[inline(always)]
fn add<E: Float>(value: E::Vector, target: &mut [E], at: usize, piece: Piece) {
    let place = &mut target[at..at + piece.len];
    let sum = E::load(place) + value;
    E::store(sum, place);
}

/// Gradients of the per-unit and shared parameters, summed over batch and time.
pub(super) struct UnitGradients<E> {
    /// `[blocks, H]`.
    pub(super) own: Vec<E>,
    pub(super) shared: Vec<E>,
}

impl<E: Float> UnitGradients<E> {
    #[inline(always)]
    fn add<C: Cell>(&mut self, found: &[E::Vector], hidden: usize, piece: Piece) {
        let own = C::FACTS.unit.len();
        for (k, &value) in found.iter().enumerate() {
            match k.checked_sub(own) {
                None => add(value, &mut self.own, k * hidden + piece.j, piece),
                Some(shared) => {
                    let mut lanes = [E::default(); MOST_LANES];
                    E::store(value, &mut lanes[..piece.len]);
                    for &lane in &lanes[..piece.len] {
                        self.shared[shared] += lane;
                    }
                }
            }
        }
    }
}

/// At least every [`Float::WIDTH`].
const MOST_LANES: usize = 16;

/// What the second stage multiplies: `modulated[k]` from `at` on is `[B, H]`.
pub(super) struct ModulateStep<'a, C, E: Float> {
    pub(super) step: Step<'a, C, E>,
    pub(super) states: &'a [Buffer<E>],
    pub(super) modulated: &'a mut [Buffer<E>],
    pub(super) at: usize,
}

impl<C: Cell, E: Float> Kernel for ModulateStep<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, states, modulated, at } = self;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E>(b, step.sizes.hidden) {
                let old = step.state(states, step.around.0, piece);
                let m = C::modulate::<E::Vector>(step.pre(piece), old, step.unit(piece));
                for (slot, &value) in modulated.iter_mut().zip(m.as_slice()) {
                    store(value, slot, at + step.local(piece), piece);
                }
            }
        }
    }
}

/// The new state, and, if it is to be kept, what the backward step reads in place of the
/// pre-activations.
pub(super) struct StateStep<'a, C, E: Float> {
    pub(super) cell: PhantomData<C>,
    pub(super) sizes: Sizes,
    /// Pre-activations `[B, A*H]`.
    pub(super) pre: &'a mut [E],
    pub(super) around: (usize, usize),
    pub(super) weights: &'a PackedWeights<E>,
    pub(super) states: &'a mut [Buffer<E>],
    pub(super) keep: bool,
}

impl<C: Cell, E: Float> Kernel for StateStep<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { cell, sizes, pre, around, weights, states, keep } = self;
        let to = around.1 * sizes.batch * sizes.hidden;
        for b in 0..sizes.batch {
            for piece in pieces::<E>(b, sizes.hidden) {
                let step = Step { cell, sizes, pre: &*pre, around, weights };
                let old = step.state(states, around.0, piece);
                let (new, kept) =
                    C::step_keeping::<E::Vector>(step.pre(piece), old, step.unit(piece));
                if keep {
                    let place = |k| Step::<C, E>::block(sizes, piece, k);
                    for (k, &value) in kept.as_slice().iter().enumerate() {
                        store(value, pre, place(k), piece);
                    }
                }
                let step = Step { cell, sizes, pre: &*pre, around, weights };
                for (slot, &value) in states.iter_mut().zip(new.as_slice()) {
                    store(value, slot, to + step.local(piece), piece);
                }
            }
        }
    }
}

/// The hidden state from the normalised slot, `[B, H]`.
pub(super) struct FinishStep<'a, C, E: Float> {
    pub(super) step: Step<'a, C, E>,
    pub(super) states: &'a mut [Buffer<E>],
    pub(super) normalised: &'a [E],
}

impl<C: Cell, E: Float> Kernel for FinishStep<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, states, normalised } = self;
        let to = step.around.1 * step.sizes.batch * step.sizes.hidden;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E>(b, step.sizes.hidden) {
                let new = with_normalised(&step, states, normalised, piece);
                let h = C::finish::<E::Vector>(step.pre(piece), new, step.unit(piece));
                store(h, &mut states[0], to + step.local(piece), piece);
            }
        }
    }
}

/// The new state with the normalised slot in its place.
#[inline(always)]
fn with_normalised<C: Cell, E: Float>(
    step: &Step<'_, C, E>,
    states: &[Buffer<E>],
    normalised: &[E],
    piece: Piece,
) -> C::State<E::Vector> {
    let new = step.state(states, step.around.1, piece);
    let normal = load::<E>(normalised, step.local(piece), piece);
    Block::from_fn(
        |k| if Some(k) == C::FACTS.normalised_state { normal } else { new.as_slice()[k] },
    )
}

/// The way back through [`FinishStep`]: the gradient of the hidden state, `d_state[0]`, goes to
/// pre-activations, the normalised slot and the other slots, and is 0 afterwards.
pub(super) struct FinishBackward<'a, C, E: Float> {
    pub(super) step: Step<'a, C, E>,
    pub(super) states: &'a [Buffer<E>],
    pub(super) normalised: &'a [E],
    pub(super) d_state: &'a mut [Vec<E>],
    /// Set: `[B, A*H]`.
    pub(super) d_pre: &'a mut [E],
    /// Set: `[B, H]`.
    pub(super) d_normalised: &'a mut [E],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Kernel for FinishBackward<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, states, normalised, d_state, d_pre, d_normalised, d_unit } = self;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let d_h = load::<E>(&d_state[0], local, piece);
                let new = with_normalised(&step, states, normalised, piece);
                let found = cell::derive::finish_backward::<C, E::Vector>(
                    step.pre(piece),
                    new,
                    step.unit(piece),
                    d_h,
                );
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    store(d, d_pre, Step::<C, E>::block(step.sizes, piece, k), piece);
                }
                store(E::Vector::constant(0.0), &mut d_state[0], local, piece);
                for (k, &d) in found.state.as_slice().iter().enumerate() {
                    match Some(k) == C::FACTS.normalised_state {
                        true => store(d, d_normalised, local, piece),
                        false => add(d, &mut d_state[k], local, piece),
                    }
                }
                d_unit.add::<C>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}

/// Gradients of the pre-activations from the gradient of the new state, which is replaced by the
/// pointwise part of the gradient of the old one.
pub(super) struct StateBackward<'a, C, E: Float> {
    pub(super) step: Step<'a, C, E>,
    pub(super) states: &'a [Buffer<E>],
    /// Whether the new state that was kept is not what `step` gave; then the pre-activations were
    /// kept as they are.
    pub(super) changed: bool,
    /// Set: `[B, A*H]`.
    pub(super) d_pre: &'a mut [E],
    pub(super) d_state: &'a mut [Vec<E>],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Kernel for StateBackward<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, states, changed, d_pre, d_state, d_unit } = self;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let (pre, unit) = (step.pre(piece), step.unit(piece));
                let old = step.state(states, step.around.0, piece);
                let (new, kept) = match changed {
                    true => C::step_keeping::<E::Vector>(pre, old, unit),
                    false => (step.state(states, step.around.1, piece), pre),
                };
                let d_new = Block::from_fn(|k| load::<E>(&d_state[k], local, piece));
                let found = C::step_backward::<E::Vector>(kept, old, unit, new, d_new);
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    store(d, d_pre, Step::<C, E>::block(step.sizes, piece, k), piece);
                }
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    store(d, slot, local, piece);
                }
                d_unit.add::<C>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}

/// Adds what reaches pre-activations and old state through the second stage.
pub(super) struct ModulateBackward<'a, C, E: Float> {
    pub(super) step: Step<'a, C, E>,
    pub(super) states: &'a [Buffer<E>],
    /// Each `[B, H]`.
    pub(super) d_modulated: &'a [Vec<E>],
    pub(super) d_pre: &'a mut [E],
    pub(super) d_state: &'a mut [Vec<E>],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Kernel for ModulateBackward<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, states, d_modulated, d_pre, d_state, d_unit } = self;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let found = C::modulate_backward::<E::Vector>(
                    step.pre(piece),
                    step.state(states, step.around.0, piece),
                    step.unit(piece),
                    Block::from_fn(|k| load::<E>(&d_modulated[k], local, piece)),
                );
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    add(d, d_pre, Step::<C, E>::block(step.sizes, piece, k), piece);
                }
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    add(d, slot, local, piece);
                }
                d_unit.add::<C>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}
