//! The pointwise work of one time step, compiled for the running processor: what is compiled anew for
//! each cell.

use super::{PackedWeights, Parameter, Sizes};
use cell::{Block, Cell};
use compute::{Buffer, Float, Kernel, Vector};
use std::marker::PhantomData;

/// Work of cell `C` on elements `E`.
pub(super) struct Of<C, E, Work>(pub(super) Work, pub(super) PhantomData<(C, E)>);

/// Work in vectors of any width.
pub(super) trait Wide<E: Float> {
    fn go<V: Vector<E>>(self);
}

impl<C: Cell, E: Float, Work> Kernel for Of<C, E, Work>
where
    Self: Wide<E>,
{
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.go::<E::Vector>();
    }

    #[inline(always)]
    fn portable(self) {
        self.go::<E::Narrow>();
    }
}

/// What the pointwise work of one time step reads.
#[derive(Clone, Copy)]
pub(super) struct Step<'a, E: Float> {
    pub(super) sizes: Sizes,
    /// Pre-activations `[B, A*H]`.
    pub(super) pre: &'a [E],
    /// Index of the old state and of the new one.
    pub(super) around: (usize, usize),
    pub(super) weights: &'a PackedWeights<E>,
}

/// A few neighbouring hidden units of one sequence: as many as a vector holds, or what is left.
#[derive(Clone, Copy)]
struct Piece {
    b: usize,
    j: usize,
    len: usize,
}

/// All pieces of sequence `b`.
#[inline(always)]
fn pieces<E: Float, V: Vector<E>>(b: usize, hidden: usize) -> impl Iterator<Item = Piece> {
    let piece = move |j| Piece { b, j, len: V::WIDTH.min(hidden - j) };
    (0..hidden).step_by(V::WIDTH).map(piece)
}

impl<E: Float> Step<'_, E> {
    /// Place of block `k` in a row of pre-activations.
    #[inline(always)]
    fn block<C: Cell>(sizes: Sizes, Piece { b, j, .. }: Piece, k: usize) -> usize {
        (b * C::FACTS.pre.len() + k) * sizes.hidden + j
    }

    /// Place in a `[B, H]` slice.
    #[inline(always)]
    fn local(&self, Piece { b, j, .. }: Piece) -> usize {
        b * self.sizes.hidden + j
    }

    #[inline(always)]
    fn pre<C: Cell, V: Vector<E>>(&self, piece: Piece) -> C::Pre<V> {
        Block::from_fn(|k| load::<E, V>(self.pre, Self::block::<C>(self.sizes, piece, k), piece))
    }

    /// State number `index` of each slot.
    #[inline(always)]
    fn state<C: Cell, V: Vector<E>>(
        &self,
        states: &[Buffer<E>],
        index: usize,
        piece: Piece,
    ) -> C::State<V> {
        let at = index * self.sizes.batch * self.sizes.hidden + self.local(piece);
        Block::from_fn(|k| load::<E, V>(&states[k], at, piece))
    }

    #[inline(always)]
    fn unit<C: Cell, V: Vector<E>>(&self, piece: Piece) -> C::Unit<V> {
        let (units, scalars) =
            (self.weights.get(Parameter::Unit), self.weights.get(Parameter::Scalar));
        let own = C::FACTS.unit.len();
        Block::from_fn(|k| match k.checked_sub(own) {
            None => load::<E, V>(units, k * self.sizes.hidden + piece.j, piece),
            Some(shared) => V::constant(scalars[shared].into()),
        })
    }
}

#[inline(always)]
fn load<E: Float, V: Vector<E>>(source: &[E], at: usize, piece: Piece) -> V {
    V::load(&source[at..at + piece.len])
}

#[inline(always)]
fn store<E: Float, V: Vector<E>>(value: V, target: &mut [E], at: usize, piece: Piece) {
    value.store(&mut target[at..at + piece.len]);
}

#[inline(always)]
fn add<E: Float, V: Vector<E>>(value: V, target: &mut [E], at: usize, piece: Piece) {
    let place = &mut target[at..at + piece.len];
    let sum = V::load(place) + value;
    sum.store(place);
}

/// Gradients of the per-unit and shared parameters, summed over batch and time.
pub(super) struct UnitGradients<E> {
    /// `[blocks, H]`.
    pub(super) own: Vec<E>,
    pub(super) shared: Vec<E>,
}

impl<E: Float> UnitGradients<E> {
    #[inline(always)]
    fn add<C: Cell, V: Vector<E>>(&mut self, found: &[V], hidden: usize, piece: Piece) {
        let own = C::FACTS.unit.len();
        for (k, &value) in found.iter().enumerate() {
            match k.checked_sub(own) {
                None => add(value, &mut self.own, k * hidden + piece.j, piece),
                Some(shared) => {
                    let mut lanes = [E::default(); MOST_LANES];
                    value.store(&mut lanes[..piece.len]);
                    for &lane in &lanes[..piece.len] {
                        self.shared[shared] += lane;
                    }
                }
            }
        }
    }
}

/// At least every [`Vector::WIDTH`].
const MOST_LANES: usize = 16;

/// What the second stage multiplies: `modulated[k]` from `at` on is `[B, H]`.
pub(super) struct ModulateStep<'a, E: Float> {
    pub(super) step: Step<'a, E>,
    pub(super) states: &'a [Buffer<E>],
    pub(super) modulated: &'a mut [Buffer<E>],
    pub(super) at: usize,
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, ModulateStep<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let ModulateStep { step, states, modulated, at } = self.0;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E, V>(b, step.sizes.hidden) {
                let old = step.state::<C, V>(states, step.around.0, piece);
                let m = C::modulate::<V>(step.pre::<C, V>(piece), old, step.unit::<C, V>(piece));
                for (slot, &value) in modulated.iter_mut().zip(m.as_slice()) {
                    store(value, slot, at + step.local(piece), piece);
                }
            }
        }
    }
}

/// The new state, and, if it is to be kept, what the backward step reads in place of the
/// pre-activations.
pub(super) struct StateStep<'a, E: Float> {
    pub(super) sizes: Sizes,
    /// Pre-activations `[B, A*H]`.
    pub(super) pre: &'a mut [E],
    pub(super) around: (usize, usize),
    pub(super) weights: &'a PackedWeights<E>,
    pub(super) states: &'a mut [Buffer<E>],
    pub(super) keep: bool,
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, StateStep<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let StateStep { sizes, pre, around, weights, states, keep } = self.0;
        let to = around.1 * sizes.batch * sizes.hidden;
        for b in 0..sizes.batch {
            for piece in pieces::<E, V>(b, sizes.hidden) {
                let step = Step { sizes, pre: &*pre, around, weights };
                let old = step.state::<C, V>(states, around.0, piece);
                let (new, kept) =
                    C::step_keeping::<V>(step.pre::<C, V>(piece), old, step.unit::<C, V>(piece));
                if keep {
                    let place = |k| Step::<E>::block::<C>(sizes, piece, k);
                    for (k, &value) in kept.as_slice().iter().enumerate() {
                        store(value, pre, place(k), piece);
                    }
                }
                let step = Step { sizes, pre: &*pre, around, weights };
                for (slot, &value) in states.iter_mut().zip(new.as_slice()) {
                    store(value, slot, to + step.local(piece), piece);
                }
            }
        }
    }
}

/// The hidden state from the normalised slot, `[B, H]`.
pub(super) struct FinishStep<'a, E: Float> {
    pub(super) step: Step<'a, E>,
    pub(super) states: &'a mut [Buffer<E>],
    pub(super) normalised: &'a [E],
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, FinishStep<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let FinishStep { step, states, normalised } = self.0;
        let to = step.around.1 * step.sizes.batch * step.sizes.hidden;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E, V>(b, step.sizes.hidden) {
                let new = with_normalised::<C, E, V>(&step, states, normalised, piece);
                let h = C::finish::<V>(step.pre::<C, V>(piece), new, step.unit::<C, V>(piece));
                store(h, &mut states[0], to + step.local(piece), piece);
            }
        }
    }
}

/// The new state with the normalised slot in its place.
#[inline(always)]
fn with_normalised<C: Cell, E: Float, V: Vector<E>>(
    step: &Step<'_, E>,
    states: &[Buffer<E>],
    normalised: &[E],
    piece: Piece,
) -> C::State<V> {
    let new = step.state::<C, V>(states, step.around.1, piece);
    let normal = load::<E, V>(normalised, step.local(piece), piece);
    Block::from_fn(
        |k| if Some(k) == C::FACTS.normalised_state { normal } else { new.as_slice()[k] },
    )
}

/// The way back through [`FinishStep`]: the gradient of the hidden state, `d_state[0]`, goes to
/// pre-activations, the normalised slot and the other slots, and is 0 afterwards.
pub(super) struct FinishBackward<'a, E: Float> {
    pub(super) step: Step<'a, E>,
    pub(super) states: &'a [Buffer<E>],
    pub(super) normalised: &'a [E],
    pub(super) d_state: &'a mut [Vec<E>],
    /// Set: `[B, A*H]`.
    pub(super) d_pre: &'a mut [E],
    /// Set: `[B, H]`.
    pub(super) d_normalised: &'a mut [E],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, FinishBackward<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let FinishBackward { step, states, normalised, d_state, d_pre, d_normalised, d_unit } =
            self.0;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E, V>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let d_h = load::<E, V>(&d_state[0], local, piece);
                let new = with_normalised::<C, E, V>(&step, states, normalised, piece);
                let found = cell::derive::finish_backward::<C, V>(
                    step.pre::<C, V>(piece),
                    new,
                    step.unit::<C, V>(piece),
                    d_h,
                );
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    store(d, d_pre, Step::<E>::block::<C>(step.sizes, piece, k), piece);
                }
                store(V::constant(0.0), &mut d_state[0], local, piece);
                for (k, &d) in found.state.as_slice().iter().enumerate() {
                    match Some(k) == C::FACTS.normalised_state {
                        true => store(d, d_normalised, local, piece),
                        false => add(d, &mut d_state[k], local, piece),
                    }
                }
                d_unit.add::<C, V>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}

/// Gradients of the pre-activations from the gradient of the new state, which is replaced by the
/// pointwise part of the gradient of the old one.
pub(super) struct StateBackward<'a, E: Float> {
    pub(super) step: Step<'a, E>,
    pub(super) states: &'a [Buffer<E>],
    /// Whether the new state that was kept is not what `step` gave; then the pre-activations were
    /// kept as they are.
    pub(super) changed: bool,
    /// Set: `[B, A*H]`.
    pub(super) d_pre: &'a mut [E],
    pub(super) d_state: &'a mut [Vec<E>],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, StateBackward<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let StateBackward { step, states, changed, d_pre, d_state, d_unit } = self.0;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E, V>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let (pre, unit) = (step.pre::<C, V>(piece), step.unit::<C, V>(piece));
                let old = step.state::<C, V>(states, step.around.0, piece);
                let (new, kept) = match changed {
                    true => C::step_keeping::<V>(pre, old, unit),
                    false => (step.state::<C, V>(states, step.around.1, piece), pre),
                };
                let d_new = Block::from_fn(|k| load::<E, V>(&d_state[k], local, piece));
                let found = C::step_backward::<V>(kept, old, unit, new, d_new);
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    store(d, d_pre, Step::<E>::block::<C>(step.sizes, piece, k), piece);
                }
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    store(d, slot, local, piece);
                }
                d_unit.add::<C, V>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}

/// Adds what reaches pre-activations and old state through the second stage.
pub(super) struct ModulateBackward<'a, E: Float> {
    pub(super) step: Step<'a, E>,
    pub(super) states: &'a [Buffer<E>],
    /// Each `[B, H]`.
    pub(super) d_modulated: &'a [Vec<E>],
    pub(super) d_pre: &'a mut [E],
    pub(super) d_state: &'a mut [Vec<E>],
    pub(super) d_unit: &'a mut UnitGradients<E>,
}

impl<C: Cell, E: Float> Wide<E> for Of<C, E, ModulateBackward<'_, E>> {
    #[inline(always)]
    fn go<V: Vector<E>>(self) {
        let ModulateBackward { step, states, d_modulated, d_pre, d_state, d_unit } = self.0;
        for b in 0..step.sizes.batch {
            for piece in pieces::<E, V>(b, step.sizes.hidden) {
                let local = step.local(piece);
                let found = C::modulate_backward::<V>(
                    step.pre::<C, V>(piece),
                    step.state::<C, V>(states, step.around.0, piece),
                    step.unit::<C, V>(piece),
                    Block::from_fn(|k| load::<E, V>(&d_modulated[k], local, piece)),
                );
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    add(d, d_pre, Step::<E>::block::<C>(step.sizes, piece, k), piece);
                }
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    add(d, slot, local, piece);
                }
                d_unit.add::<C, V>(found.unit.as_slice(), step.sizes.hidden, piece);
            }
        }
    }
}
