//! The levels of a stabilised memory: what the logarithms of its gates are taken relative to.

use super::pointwise::Layer;
use crate::Memory;
use crate::kernel::{PassOptions, Sizes};
use cell::{Block, Real};
use compute::{Buffer, Float, Kernel};
use std::marker::PhantomData;

/// The level m of each head before and after each step.
#[derive(Debug, Default)]
pub(super) struct Levels<E: Float> {
    /// m', `[T, B, heads]`.
    before: Buffer<E>,
    /// m, `[T, B, heads]`.
    level: Buffer<E>,
}

impl<E: Float> Levels<E> {
    /// Makes ln w, ln i and a third gate of head `unit` of all rows' heads exp(ln w + m' − m), exp(ln i − m)
    /// and exp(−m).
    #[inline(always)]
    pub(super) fn apply(&self, unit: usize, gates: &mut [E::Vector]) {
        let level = E::splat(self.level[unit]);
        gates[0] = (gates[0] + E::splat(self.before[unit]) - level).exp();
        gates[1] = (gates[1] - level).exp();
        gates[2] = (-level).exp();
    }
}

/// What [`Layer::pull_levels`] reads and adds to.
pub(super) struct LevelGradients<'a, E> {
    pub(super) sizes: Sizes,
    pub(super) options: &'a PassOptions,
    pub(super) projected: &'a [E],
    /// S after the last step.
    pub(super) last_states: &'a [E],
    /// w as the kernel read it, and its gradient.
    pub(super) keep: &'a [E],
    pub(super) d_keep: &'a [E],
    /// Of the gates, as far as the outputs read them.
    pub(super) d_gates: &'a [E],
    /// Of the last states and levels; empty for 0.
    pub(super) d_last: &'a [E],
    pub(super) d_last_levels: &'a [E],
    /// Of the first levels, to be added to.
    pub(super) d_first_levels: &'a mut [E],
    /// Squared norms of each state's gradient, to be added to; empty where they are not asked for.
    pub(super) squares: &'a mut [E],
}

impl<E: Float> Layer<E> {
    /// Finds all levels from the first ones `[B, heads]`; the last ones. Nothing where a memory is not
    /// stabilised.
    pub(super) fn stabilise<M: Memory>(
        &mut self,
        sizes: Sizes,
        options: &PassOptions,
        projected: &[E],
        first: &[E],
    ) -> Vec<E> {
        if !M::FACTS.stabilised {
            return Vec::new();
        }
        assert_eq!(first.len(), sizes.units(), "initial levels");
        let mut last = first.to_vec();
        let memory = PhantomData::<M>;
        self.levels =
            E::vectorised(Find { memory, layer: self, sizes, options, projected, last: &mut last });
        last
    }

    /// The gradients of ln w and ln i `[T, B, heads, 2]` besides those through the gates, and of the first
    /// levels.
    ///
    /// With S e^m held, no output depends on a level; what does is what was asked of the last level and the
    /// last S. Its gradient goes back by whichever of the two the level is the larger of. With S held, a
    /// level weighs the old state in the next step as ln w does.
    pub(super) fn pull_levels<M: Memory>(&self, of: LevelGradients<'_, E>) -> Buffer<E> {
        if !M::FACTS.stabilised {
            return Buffer::default();
        }
        E::vectorised(PullLevels { memory: PhantomData::<M>, layer: self, of })
    }

    /// ln w and ln i of head `h` of a row.
    #[inline(always)]
    fn logarithms<M: Memory>(&self, row: &[E], h: usize) -> [E; 2] {
        let gates = self.given_gates::<M>(row, h);
        [first::<E>(gates.as_slice()[0]), first::<E>(gates.as_slice()[1])]
    }
}

/// The first number of a vector.
#[inline(always)]
fn first<E: Float>(vector: E::Vector) -> E {
    let mut number = [E::default()];
    E::store(vector, &mut number);
    number[0]
}

/// From the first step to the last.
struct Find<'a, M, E: Float> {
    memory: PhantomData<M>,
    layer: &'a Layer<E>,
    sizes: Sizes,
    options: &'a PassOptions,
    projected: &'a [E],
    /// The first levels, which become the last ones.
    last: &'a mut [E],
}

impl<M: Memory, E: Float> Kernel for Find<'_, M, E> {
    type Output = Levels<E>;

    #[inline(always)]
    fn run(self) -> Levels<E> {
        let Self { layer, sizes, options, projected, .. } = self;
        let (width, heads) = layer.shape();
        let rows = sizes.steps * sizes.units();
        let (mut before, mut level) = (Buffer::zeros(rows), Buffer::zeros(rows));
        for (unit, m) in self.last.iter_mut().enumerate() {
            let (b, h) = (unit / heads, unit % heads);
            let length = options.length(b, sizes.steps);
            for n in 0..length {
                let row = options.time(n, length) * sizes.batch + b;
                let [kept, written] = layer.logarithms::<M>(&projected[row * width..][..width], h);
                before[row * heads + h] = *m;
                *m = if written > kept + *m { written } else { kept + *m };
                level[row * heads + h] = *m;
            }
        }
        Levels { before, level }
    }
}

/// From the last step to the first.
struct PullLevels<'a, M, E: Float> {
    memory: PhantomData<M>,
    layer: &'a Layer<E>,
    of: LevelGradients<'a, E>,
}

impl<M: Memory, E: Float> Kernel for PullLevels<'_, M, E> {
    type Output = Buffer<E>;

    #[inline(always)]
    fn run(self) -> Buffer<E> {
        let Self { layer, of, .. } = self;
        let LevelGradients { sizes, options, projected, last_states, keep, d_keep, .. } = of;
        let (width, heads) = layer.shape();
        let mut found = Buffer::zeros(2 * sizes.steps * sizes.units());
        for (unit, d_first) in of.d_first_levels.iter_mut().enumerate() {
            let (b, h) = (unit / heads, unit % heads);
            let length = options.length(b, sizes.steps);
            // Of the level alone, S held; and with S e^m held.
            let mut carried = of.d_last_levels.get(unit).copied().unwrap_or_default();
            let mut level = carried;
            if !of.d_last.is_empty() {
                let own = unit * sizes.state()..(unit + 1) * sizes.state();
                for (&d, &s) in of.d_last[own.clone()].iter().zip(&last_states[own]) {
                    level -= d * s;
                }
            }
            for n in (0..length).rev() {
                let row = options.time(n, length) * sizes.batch + b;
                let at = row * heads + h;
                if let Some(square) = of.squares.get_mut(at) {
                    let d = of.d_gates[at * layer.gates + 2];
                    let least = (-E::splat(layer.levels.level[at])).exp();
                    // Where the level is so low that the exponential is infinite, d is 0.
                    let own = if d == E::default() { d } else { first::<E>(least) * d };
                    *square += (carried - own) * (carried - own);
                }
                let [kept, written] = layer.logarithms::<M>(&projected[row * width..][..width], h);
                if written > kept + layer.levels.before[at] {
                    found[2 * at + 1] = level;
                    level = E::default();
                } else {
                    found[2 * at] = level;
                }
                carried = keep[at] * d_keep[at] + level;
            }
            *d_first += carried;
        }
        found
    }
}
