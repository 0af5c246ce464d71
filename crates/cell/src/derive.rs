//! Backward passes derived from the equations themselves, exactly, by dual numbers.
//!
//! Everything here is a method with a name or a loop, and nothing a closure: a closure is a function of
//! its own to the compiler, and where it is not inlined it is compiled without the vector instructions
//! that its caller was compiled for (*measured*: training up to 14 times slower).

use crate::dual::{MOST_DIRECTIONS, each};
use crate::{Backward, Block, Cell, Dual, Real};
use std::marker::PhantomData;

/// A function of three arrays of numbers, to be differentiated by [`pull_back`].
pub trait Pointwise {
    /// The first array.
    type A<R: Real>: Block<R>;
    /// The second.
    type B<R: Real>: Block<R>;
    /// The third.
    type C<R: Real>: Block<R>;
    /// What the function gives.
    type Out<R: Real>: Block<R>;

    /// The function, to be marked `#[inline(always)]`.
    fn call<R: Real>(a: Self::A<R>, b: Self::B<R>, c: Self::C<R>) -> Self::Out<R>;
}

/// Gradients with respect to the three arrays that a function read.
pub type PulledBack<F, R> =
    (<F as Pointwise>::A<R>, <F as Pointwise>::B<R>, <F as Pointwise>::C<R>);

/// The gradient through [`Cell::step`], derived.
#[inline(always)]
pub fn step_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_new: C::State<R>,
) -> Backward<C, R> {
    gradient(pull_back::<Step<C>, R>(pre, state, unit, d_new))
}

/// The gradient through [`Cell::modulate`], derived.
#[inline(always)]
pub fn modulate_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_modulated: C::Modulated<R>,
) -> Backward<C, R> {
    gradient(pull_back::<Modulate<C>, R>(pre, state, unit, d_modulated))
}

/// The gradient through [`Cell::finish`], derived.
#[inline(always)]
pub fn finish_backward<C: Cell, R: Real>(
    pre: C::Pre<R>,
    state: C::State<R>,
    unit: C::Unit<R>,
    d_hidden: R,
) -> Backward<C, R> {
    gradient(pull_back::<Finish<C>, R>(pre, state, unit, [d_hidden]))
}

#[inline(always)]
fn gradient<C: Cell, R: Real>(
    (pre, state, unit): (C::Pre<R>, C::State<R>, C::Unit<R>),
) -> Backward<C, R> {
    Backward { pre, state, unit }
}

struct Step<C>(PhantomData<C>);
struct Modulate<C>(PhantomData<C>);
struct Finish<C>(PhantomData<C>);

impl<C: Cell> Pointwise for Step<C> {
    type A<R: Real> = C::Pre<R>;
    type B<R: Real> = C::State<R>;
    type C<R: Real> = C::Unit<R>;
    type Out<R: Real> = C::State<R>;

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> C::State<R> {
        C::step(pre, state, unit)
    }
}

impl<C: Cell> Pointwise for Modulate<C> {
    type A<R: Real> = C::Pre<R>;
    type B<R: Real> = C::State<R>;
    type C<R: Real> = C::Unit<R>;
    type Out<R: Real> = C::Modulated<R>;

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> C::Modulated<R> {
        C::modulate(pre, state, unit)
    }
}

impl<C: Cell> Pointwise for Finish<C> {
    type A<R: Real> = C::Pre<R>;
    type B<R: Real> = C::State<R>;
    type C<R: Real> = C::Unit<R>;
    type Out<R: Real> = [R; 1];

    #[inline(always)]
    fn call<R: Real>(pre: C::Pre<R>, state: C::State<R>, unit: C::Unit<R>) -> [R; 1] {
        [C::finish(pre, state, unit)]
    }
}

/// Contracts the Jacobian of a function with the gradient of its outputs.
#[inline(always)]
pub fn pull_back<F: Pointwise, R: Real>(
    a: F::A<R>,
    b: F::B<R>,
    c: F::C<R>,
    d_out: F::Out<R>,
) -> PulledBack<F, R> {
    macro_rules! in_one_pass {
        ($($n:literal)*) => {
            // The choice is made before the function is compiled: only one of these is.
            match const { F::A::<f64>::LEN + F::B::<f64>::LEN + F::C::<f64>::LEN } {
                $($n => passes::<F, R, $n>(a, b, c, d_out),)*
                _ => passes::<F, R, MOST_DIRECTIONS>(a, b, c, d_out),
            }
        };
    }
    in_one_pass!(1 2 3 4 5 6 7 8 9 10 11)
}

/// The same, `N` inputs a pass.
#[inline(always)]
fn passes<F: Pointwise, R: Real, const N: usize>(
    a: F::A<R>,
    b: F::B<R>,
    c: F::C<R>,
    d_out: F::Out<R>,
) -> PulledBack<F, R> {
    let (in_a, in_b) = (F::A::<R>::LEN, F::B::<R>::LEN);
    let zero = R::constant(0.0);
    let mut d_a: F::A<R> = Block::splat(zero);
    let mut d_b: F::B<R> = Block::splat(zero);
    let mut d_c: F::C<R> = Block::splat(zero);
    let inputs = in_a + in_b + F::C::<R>::LEN;
    let mut first = 0;
    while first < inputs {
        // Input number `k` is differentiated in this pass if it lies in first..first + N.
        let out = F::call::<Dual<R, N>>(
            seeded(a.as_slice(), 0, first),
            seeded(b.as_slice(), in_a, first),
            seeded(c.as_slice(), in_a + in_b, first),
        );
        let mut found = [zero; N];
        for (&d, o) in d_out.as_slice().iter().zip(out.as_slice()) {
            each!(K < N => if !o.tangent[K].is_zero() {
                found[K] = found[K] + d * o.tangent[K].value();
            });
        }
        pick(d_a.as_mut_slice(), 0, first, &found);
        pick(d_b.as_mut_slice(), in_a, first, &found);
        pick(d_c.as_mut_slice(), in_a + in_b, first, &found);
        first += N;
    }
    (d_a, d_b, d_c)
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
