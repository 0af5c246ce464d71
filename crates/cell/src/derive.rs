//! Backward passes derived from a cell's own equations, exactly, by dual numbers.
//!
//! Everything here is a method with a name or a loop, and nothing a closure: a closure is a function of
//! its own to the compiler, and where it is not inlined it is compiled without the vector instructions
//! that its caller was compiled for (*measured*: training up to 14 times slower).

use crate::dual::{MOST_DIRECTIONS, each};
use crate::{Backward, Block, Cell, Dual, Real};

/// The gradient through [`Cell::step`], derived.
#[inline(always)]
pub fn step_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_new: C::State<R>,
) -> Backward<C, R> {
    pull_back::<C, R, Step>(pre, state, unit, d_new)
}

/// The gradient through [`Cell::modulate`], derived.
#[inline(always)]
pub fn modulate_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_modulated: C::Modulated<R>,
) -> Backward<C, R> {
    pull_back::<C, R, Modulate>(pre, state, unit, d_modulated)
}

/// The gradient through [`Cell::finish`], derived.
#[inline(always)]
pub fn finish_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_hidden: R,
) -> Backward<C, R> {
    pull_back::<C, R, Finish>(pre, state, unit, [d_hidden])
}

/// One of a cell's pointwise functions.
trait Pointwise<C: Cell> {
    type Out<R: Real>: Block<R>;

    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> Self::Out<R>;
}

struct Step;
struct Modulate;
struct Finish;

impl<C: Cell> Pointwise<C> for Step {
    type Out<R: Real> = C::State<R>;

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> C::State<R> {
        C::step(pre, state, unit)
    }
}

impl<C: Cell> Pointwise<C> for Modulate {
    type Out<R: Real> = C::Modulated<R>;

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> C::Modulated<R> {
        C::modulate(pre, state, unit)
    }
}

impl<C: Cell> Pointwise<C> for Finish {
    type Out<R: Real> = [R; 1];

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> [R; 1] {
        [C::finish(pre, state, unit)]
    }
}

/// Contracts the Jacobian of a function with the gradient of its outputs.
#[inline(always)]
fn pull_back<C: Cell, R: Real, F: Pointwise<C>>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_out: F::Out<R>,
) -> Backward<C, R> {
    macro_rules! in_one_pass {
        ($($n:literal)*) => {
            // The choice is made before the cell is compiled: only one of these is.
            match const { C::Pre::<f64>::LEN + C::State::<f64>::LEN + C::Unit::<f64>::LEN } {
                $($n => passes::<C, R, F, $n>(pre, state, unit, d_out),)*
                _ => passes::<C, R, F, MOST_DIRECTIONS>(pre, state, unit, d_out),
            }
        };
    }
    in_one_pass!(1 2 3 4 5 6 7 8 9 10 11)
}

/// The same, `N` inputs a pass.
#[inline(always)]
fn passes<C: Cell, R: Real, F: Pointwise<C>, const N: usize>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_out: F::Out<R>,
) -> Backward<C, R> {
    let (pres, states) = (C::Pre::<R>::LEN, C::State::<R>::LEN);
    let zero = R::constant(0.0);
    let mut gradient = Backward::<C, R> {
        pre: Block::splat(zero),
        state: Block::splat(zero),
        unit: Block::splat(zero),
    };
    let inputs = pres + states + C::Unit::<R>::LEN;
    let mut first = 0;
    while first < inputs {
        // Input number `k` is differentiated in this pass if it lies in first..first + N.
        let out = F::call::<Dual<R, N>>(
            seeded(pre.as_slice(), 0, first),
            seeded(state.as_slice(), pres, first),
            seeded(unit.as_slice(), pres + states, first),
        );
        let mut found = [zero; N];
        for (&d, o) in d_out.as_slice().iter().zip(out.as_slice()) {
            each!(K < N => if !o.tangent[K].is_zero() {
                found[K] = found[K] + d * o.tangent[K].value();
            });
        }
        pick(gradient.pre.as_mut_slice(), 0, first, &found);
        pick(gradient.state.as_mut_slice(), pres, first, &found);
        pick(gradient.unit.as_mut_slice(), pres + states, first, &found);
        first += N;
    }
    gradient
}

/// Inputs number `at` and on as dual numbers, for the pass that begins with input `first`.
#[inline(always)]
fn seeded<R: Real, B: Block<Dual<R, N>>, const N: usize>(
    values: &[R],
    at: usize,
    first: usize,
) -> B {
    let mut all = B::splat(Dual::constant(0.0));
    for (k, (place, &value)) in all.as_mut_slice().iter_mut().zip(values).enumerate() {
        *place = Dual::seeded(value, (at + k).wrapping_sub(first));
    }
    all
}

/// Takes over what a pass found for inputs number `at` and on.
#[inline(always)]
fn pick<R: Real, const N: usize>(gradient: &mut [R], at: usize, first: usize, found: &[R; N]) {
    for (k, place) in gradient.iter_mut().enumerate() {
        let direction = (at + k).wrapping_sub(first);
        if direction < N {
            *place = found[direction];
        }
    }
}
