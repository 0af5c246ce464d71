//! Some time steps of one head, compiled for the running processor.

use super::layout::{Padded, Stretch};
use super::{Erase, Keep, ROWS, Terms};
use cell::Real;
use compute::{Float, Kernel};
use std::marker::PhantomData;

/// Vector number `c` of a row.
#[inline(always)]
fn vector<E: Float>(row: &[E], c: usize) -> E::Vector {
    E::load(&row[c * E::WIDTH..][..E::WIDTH])
}

#[inline(always)]
fn set<E: Float>(row: &mut [E], c: usize, value: E::Vector) {
    E::store(value, &mut row[c * E::WIDTH..][..E::WIDTH]);
}

#[inline(always)]
fn four<E: Float>(numbers: &[E]) -> [E; ROWS] {
    [numbers[0], numbers[1], numbers[2], numbers[3]]
}

#[inline(always)]
fn splat<E: Float>([a, b, c, d]: [E; ROWS]) -> [E::Vector; ROWS] {
    [E::splat(a), E::splat(b), E::splat(c), E::splat(d)]
}

/// What is added along the key: v, or v + u where what is erased lies along it.
#[inline(always)]
fn written<X: Terms, E: Float>(v: [E; ROWS], u: [E; ROWS]) -> [E::Vector; ROWS] {
    match X::ERASE {
        Erase::AlongKey => splat([v[0] + u[0], v[1] + u[1], v[2] + u[2], v[3] + u[3]]),
        _ => splat(v),
    }
}

/// One step's vectors.
#[derive(Clone, Copy)]
struct Step<'a, E> {
    keep: &'a [E],
    erase: &'a [E],
    along: &'a [E],
    key: &'a [E],
    value: &'a [E],
    query: &'a [E],
}

impl<'a, E: Float> Step<'a, E> {
    #[inline(always)]
    fn new(stretch: &'a Stretch<E>, padded: Padded, s: usize, keep: Keep) -> Self {
        let Padded { key, value } = padded;
        let row = |all: &'a [E]| all.get(s * key..(s + 1) * key).unwrap_or_default();
        Self {
            keep: match keep {
                Keep::Head | Keep::Number => &stretch.keep[s..=s],
                _ => row(&stretch.keep),
            },
            erase: row(&stretch.erase),
            along: row(&stretch.along),
            key: row(&stretch.key),
            value: &stretch.value[s * value..(s + 1) * value],
            query: row(&stretch.query),
        }
    }

    /// `state * w` at vector `c`.
    #[inline(always)]
    fn kept<X: Terms>(&self, state: E::Vector, c: usize) -> E::Vector {
        match X::KEEP {
            Keep::All => state,
            Keep::Head | Keep::Number => state * E::splat(self.keep[0]),
            Keep::Vector => state * vector(self.keep, c),
        }
    }

    /// The new state at vector `c`, given the old one, u and what is written.
    #[inline(always)]
    fn new_state<X: Terms>(
        &self,
        old: E::Vector,
        u: E::Vector,
        written: E::Vector,
        c: usize,
    ) -> E::Vector {
        let mut state = self.kept::<X>(old, c);
        if X::ERASE == Erase::Along {
            state = vector::<E>(self.along, c).mul_add(u, state);
        }
        vector::<E>(self.key, c).mul_add(written, state)
    }
}

/// Some steps forward: `state` becomes the last.
pub(super) struct Forward<'a, X, E: Float> {
    pub(super) terms: PhantomData<X>,
    pub(super) padded: Padded,
    pub(super) stretch: &'a Stretch<E>,
    pub(super) steps: usize,
    pub(super) state: &'a mut [E],
    /// u of each step `[steps, V]`, where there is one.
    pub(super) erased: &'a mut [E],
    /// o of each step `[steps, V]`.
    pub(super) outputs: &'a mut [E],
}

impl<X: Terms, E: Float> Kernel for Forward<'_, X, E> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        if X::ERASE != Erase::Nothing {
            self.first_erased();
        }
        let Padded { key, value } = self.padded;
        for s in 0..self.steps {
            let step = Step::new(self.stretch, self.padded, s, X::KEEP);
            // u of the next step is made while the new state is at hand.
            let next = s + 1 < self.steps && X::ERASE != Erase::Nothing;
            let soon =
                if next { &self.stretch.erase[(s + 1) * key..(s + 2) * key] } else { step.key };
            for (n, state) in self.state.chunks_exact_mut(ROWS * key).enumerate() {
                let place = s * value + n * ROWS;
                let v = four(&step.value[n * ROWS..]);
                let u = match X::ERASE {
                    Erase::Nothing => [E::default(); ROWS],
                    _ => four(&self.erased[place..]),
                };
                let x = written::<X, E>(v, u);
                let u = splat(u);
                let mut sums = [E::Vector::constant(0.0); ROWS];
                let mut erased = [E::Vector::constant(0.0); ROWS];
                for c in 0..key / E::WIDTH {
                    let q = vector::<E>(step.query, c);
                    let a = vector::<E>(soon, c);
                    let group = &mut state[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                    let mut r = 0;
                    while r < ROWS {
                        let new = step.new_state::<X>(vector::<E>(group, r), u[r], x[r], c);
                        set(group, r, new);
                        sums[r] = new.mul_add(q, sums[r]);
                        if X::ERASE != Erase::Nothing {
                            erased[r] = new.mul_add(a, erased[r]);
                        }
                        r += 1;
                    }
                }
                self.outputs[place..][..ROWS].copy_from_slice(&E::sums(sums));
                if next {
                    self.erased[place + value..][..ROWS].copy_from_slice(&E::sums(erased));
                }
            }
        }
    }
}

impl<X: Terms, E: Float> Forward<'_, X, E> {
    /// u of the first step.
    #[inline(always)]
    fn first_erased(&mut self) {
        let Padded { key, .. } = self.padded;
        for (n, state) in self.state.chunks_exact(ROWS * key).enumerate() {
            let mut sums = [E::Vector::constant(0.0); ROWS];
            for c in 0..key / E::WIDTH {
                let a = vector::<E>(&self.stretch.erase, c);
                let group = &state[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                let mut r = 0;
                while r < ROWS {
                    sums[r] = vector::<E>(group, r).mul_add(a, sums[r]);
                    r += 1;
                }
            }
            self.erased[n * ROWS..][..ROWS].copy_from_slice(&E::sums(sums));
        }
    }
}

/// The same steps again for the backward pass, with the states of all of them and δq.
pub(super) struct Again<'a, X, E: Float> {
    pub(super) terms: PhantomData<X>,
    pub(super) padded: Padded,
    pub(super) stretch: &'a Stretch<E>,
    pub(super) steps: usize,
    /// States `[steps + 1, ...]`, of which the first is given.
    pub(super) states: &'a mut [E],
    pub(super) erased: &'a [E],
    /// δo `[steps, V]`.
    pub(super) d_outputs: &'a [E],
    /// δq `[steps, K]`, to be added to.
    pub(super) d_query: &'a mut [E],
}

impl<X: Terms, E: Float> Kernel for Again<'_, X, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Padded { key, value } = self.padded;
        let (vectors, size) = (key / E::WIDTH, self.padded.state());
        for s in 0..self.steps {
            let step = Step::new(self.stretch, self.padded, s, X::KEEP);
            let d_query = &mut self.d_query[s * key..(s + 1) * key];
            let (old, new) = self.states[s * size..(s + 2) * size].split_at_mut(size);
            let groups = old.chunks_exact(ROWS * key).zip(new.chunks_exact_mut(ROWS * key));
            for (n, (old, new)) in groups.enumerate() {
                let place = s * value + n * ROWS;
                let v = four(&step.value[n * ROWS..]);
                let u = match X::ERASE {
                    Erase::Nothing => [E::default(); ROWS],
                    _ => four(&self.erased[place..]),
                };
                let x = written::<X, E>(v, u);
                let u = splat(u);
                let d_o = splat(four(&self.d_outputs[place..]));
                for c in 0..vectors {
                    let from = &old[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                    let to = &mut new[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                    let mut d_q = vector::<E>(d_query, c);
                    let mut r = 0;
                    while r < ROWS {
                        let new = step.new_state::<X>(vector::<E>(from, r), u[r], x[r], c);
                        set(to, r, new);
                        d_q = new.mul_add(d_o[r], d_q);
                        r += 1;
                    }
                    set(d_query, c, d_q);
                }
            }
        }
    }
}

/// Some steps backward: `gradient` is that of the last state and becomes that of the first.
pub(super) struct Backward<'a, X, E: Float> {
    pub(super) terms: PhantomData<X>,
    pub(super) padded: Padded,
    pub(super) stretch: &'a Stretch<E>,
    pub(super) steps: usize,
    pub(super) states: &'a [E],
    pub(super) gradient: &'a mut [E],
    pub(super) erased: &'a [E],
    pub(super) d_outputs: &'a [E],
    /// Gradients of what the steps read, but for δq: δv set, the others to be added to.
    pub(super) into: &'a mut Stretch<E>,
    /// The squared norm of the gradient of the state after each step, where there is room for it.
    pub(super) squares: &'a mut [E],
}

impl<X: Terms, E: Float> Kernel for Backward<'_, X, E> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for s in (0..self.steps).rev() {
            self.step(s);
        }
    }
}

impl<X: Terms, E: Float> Backward<'_, X, E> {
    #[inline(always)]
    fn step(&mut self, s: usize) {
        let Padded { key, value } = self.padded;
        let size = self.padded.state();
        let zero = E::Vector::constant(0.0);
        let step = Step::new(self.stretch, self.padded, s, X::KEEP);
        let old = &self.states[s * size..(s + 1) * size];
        let mut d_number = [zero; ROWS];
        let mut square = E::default();
        let watched = s < self.squares.len();
        let groups = self.gradient.chunks_exact_mut(ROWS * key).zip(old.chunks_exact(ROWS * key));
        for (n, (gradient, old)) in groups.enumerate() {
            let place = s * value + n * ROWS;
            let d_o = splat(four(&self.d_outputs[place..]));
            // δv = G k, e = G b.
            let (mut d_v, mut e) = ([zero; ROWS], [zero; ROWS]);
            for c in 0..key / E::WIDTH {
                let q = vector::<E>(step.query, c);
                let k = vector::<E>(step.key, c);
                let group = &mut gradient[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                let mut r = 0;
                while r < ROWS {
                    let g = q.mul_add(d_o[r], vector::<E>(group, r));
                    set(group, r, g);
                    d_v[r] = g.mul_add(k, d_v[r]);
                    if X::ERASE == Erase::Along {
                        e[r] = g.mul_add(vector::<E>(step.along, c), e[r]);
                    }
                    r += 1;
                }
            }
            if watched {
                let mut sum = zero;
                for c in 0..ROWS * key / E::WIDTH {
                    let g = vector::<E>(gradient, c);
                    sum = g.mul_add(g, sum);
                }
                square += E::sums([sum, zero, zero, zero])[0];
            }
            let d_v = E::sums(d_v);
            self.into.value[place..][..ROWS].copy_from_slice(&d_v);
            let e = splat(match X::ERASE {
                Erase::Nothing => [E::default(); ROWS],
                Erase::AlongKey => d_v,
                Erase::Along => E::sums(e),
            });
            let u = match X::ERASE {
                Erase::Nothing => [E::default(); ROWS],
                _ => four(&self.erased[place..]),
            };
            let x = written::<X, E>(four(&step.value[n * ROWS..]), u);
            let u = splat(u);
            let at = s * key;
            for c in 0..key / E::WIDTH {
                let group = &mut gradient[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                let old = &old[c * ROWS * E::WIDTH..][..ROWS * E::WIDTH];
                let mut d_key = vector::<E>(&self.into.key[at..], c);
                let (mut d_keep, mut d_erase, mut d_along) = (zero, zero, zero);
                let mut r = 0;
                while r < ROWS {
                    let g = vector::<E>(group, r);
                    d_key = g.mul_add(x[r], d_key);
                    match X::KEEP {
                        Keep::All | Keep::Head => {}
                        Keep::Number => d_number[r] = vector::<E>(old, r).mul_add(g, d_number[r]),
                        Keep::Vector => d_keep = vector::<E>(old, r).mul_add(g, d_keep),
                    }
                    if X::ERASE == Erase::Along {
                        d_along = g.mul_add(u[r], d_along);
                    }
                    let mut before = step.kept::<X>(g, c);
                    if X::ERASE != Erase::Nothing {
                        d_erase = vector::<E>(old, r).mul_add(e[r], d_erase);
                        before = vector::<E>(step.erase, c).mul_add(e[r], before);
                    }
                    if X::ERASE != Erase::Nothing || X::KEEP != Keep::All {
                        set(group, r, before);
                    }
                    r += 1;
                }
                set(&mut self.into.key[at..], c, d_key);
                if X::KEEP == Keep::Vector {
                    let to = &mut self.into.keep[at..];
                    set(to, c, vector::<E>(to, c) + d_keep);
                }
                if X::ERASE != Erase::Nothing {
                    let to = &mut self.into.erase[at..];
                    set(to, c, vector::<E>(to, c) + d_erase);
                }
                if X::ERASE == Erase::Along {
                    let to = &mut self.into.along[at..];
                    set(to, c, vector::<E>(to, c) + d_along);
                }
            }
        }
        if watched {
            self.squares[s] = square;
        }
        if X::KEEP == Keep::Number {
            let [a, b, c, d] = E::sums(d_number);
            self.into.keep[s] = (a + b) + (c + d);
        }
    }
}
