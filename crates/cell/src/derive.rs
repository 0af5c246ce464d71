//! Backward passes derived from a cell's own equations, exactly, by dual numbers.

use crate::dual::DIRECTIONS;
use crate::{Backward, Block, Cell, Dual, Real};

/// The gradient through [`Cell::step`], derived.
#[inline(always)]
pub fn step_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_new: C::State<R>,
) -> Backward<C, R> {
    pull_back::<C, R, C::State<R>, C::State<Dual<R>>>(pre, state, unit, d_new, C::step)
}

/// The gradient through [`Cell::modulate`], derived.
#[inline(always)]
pub fn modulate_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_modulated: C::Modulated<R>,
) -> Backward<C, R> {
    pull_back::<C, R, C::Modulated<R>, C::Modulated<Dual<R>>>(
        pre,
        state,
        unit,
        d_modulated,
        C::modulate,
    )
}

/// The gradient through [`Cell::finish`], derived.
#[inline(always)]
pub fn finish_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_hidden: R,
) -> Backward<C, R> {
    pull_back::<C, R, [R; 1], [Dual<R>; 1]>(pre, state, unit, [d_hidden], |pre, state, unit| {
        [C::finish(pre, state, unit)]
    })
}

/// Contracts the Jacobian of `function` with the gradient of its outputs, a few directions a pass.
#[inline(always)]
fn pull_back<C: Cell, R: Real, Out: Block<R>, DualOut: Block<Dual<R>>>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_out: Out,
    function: impl Fn(C::Pre<Dual<R>>, C::State<Dual<R>>, C::Unit<Dual<R>>) -> DualOut,
) -> Backward<C, R> {
    let (pres, states) = (C::Pre::<R>::LEN, C::State::<R>::LEN);
    let zero = R::constant(0.0);
    let mut gradient = Backward::<C, R> {
        pre: Block::from_fn(|_| zero),
        state: Block::from_fn(|_| zero),
        unit: Block::from_fn(|_| zero),
    };
    let inputs = pres + states + C::Unit::<R>::LEN;
    let mut first = 0;
    while first < inputs {
        // Input number `k` is differentiated in this pass if it lies in first..first + DIRECTIONS.
        let seed = |value, k: usize| Dual::seeded(value, k.wrapping_sub(first));
        let out = function(
            Block::from_fn(|k| seed(pre.as_slice()[k], k)),
            Block::from_fn(|k| seed(state.as_slice()[k], pres + k)),
            Block::from_fn(|k| seed(unit.as_slice()[k], pres + states + k)),
        );
        let found: [R; DIRECTIONS] = std::array::from_fn(|direction| {
            let terms = d_out.as_slice().iter().zip(out.as_slice());
            terms.fold(zero, |sum, (&d, o)| sum + d * o.tangent[direction])
        });
        let pick = |old: R, k: usize| match k.wrapping_sub(first) {
            direction if direction < DIRECTIONS => found[direction],
            _ => old,
        };
        let old = gradient;
        gradient = Backward {
            pre: Block::from_fn(|k| pick(old.pre.as_slice()[k], k)),
            state: Block::from_fn(|k| pick(old.state.as_slice()[k], pres + k)),
            unit: Block::from_fn(|k| pick(old.unit.as_slice()[k], pres + states + k)),
        };
        first += DIRECTIONS;
    }
    gradient
}
