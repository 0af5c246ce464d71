//! From the first step to the last.

use super::layout::{Padded, Stretch, collect, spread};
use super::{Erase, Inputs, PassOptions, STRETCH, Sizes, Terms, check, parts, steps};
use compute::{Buffer, Float, in_parts, split};
use sequence::rows_mut;
use std::marker::PhantomData;
use std::ops::Range;

/// Whether a backward pass is to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is: what it reads is kept.
    Train,
    /// It is not.
    Infer,
}

/// What a forward pass leaves.
#[derive(Debug)]
pub struct Pass<E: Float> {
    /// o `[T, B, heads, V]`; 0 beyond a sequence's end.
    pub outputs: Buffer<E>,
    /// The states after the last step `[B, heads, V, K]`.
    pub last: Buffer<E>,
    /// For the backward pass, the heads of each part; empty where none follows.
    pub(super) kept: Vec<Part<E>>,
}

/// What is kept of some heads.
#[derive(Debug)]
pub(super) struct Part<E: Float> {
    /// Which heads of all sequences.
    pub(super) units: Range<usize>,
    /// The state before each stretch of steps, filled up, head by head.
    pub(super) states: Buffer<E>,
    /// u `[units, T, V]`, filled up; empty where nothing is erased.
    pub(super) erased: Buffer<E>,
}

/// Runs the recurrence over `inputs` from the states `initial` `[B, heads, V, K]`. Panics if a slice
/// has not the length that the sizes say.
pub fn forward<X: Terms, E: Float>(
    sizes: Sizes,
    options: &PassOptions,
    inputs: &Inputs<&[E]>,
    initial: &[E],
    purpose: Purpose,
) -> Pass<E> {
    check::<X, E>(sizes, options, inputs);
    assert_eq!(initial.len(), sizes.units() * sizes.state(), "elements of the initial states");
    let mut outputs = Buffer::zeros(sizes.steps * sizes.units() * sizes.value);
    let mut last = Buffer::unset(initial.len());
    let ranges: Vec<_> = split(sizes.units(), parts::<X>(sizes)).collect();
    let places = rows_mut(&mut outputs, sizes.units(), sizes.value, &ranges);
    let mut work = Vec::new();
    let mut states = &mut last[..];
    for (units, outputs) in ranges.into_iter().zip(places) {
        let (own, rest) = states.split_at_mut(units.len() * sizes.state());
        states = rest;
        work.push((units, outputs, own));
    }
    let kept = in_parts(work, |(units, outputs, last)| {
        part::<X, E>(sizes, options, inputs, initial, purpose, (units, outputs, last))
    });
    let kept = if purpose == Purpose::Train { kept } else { Vec::new() };
    Pass { outputs, last, kept }
}

/// The heads of one part, one after the other.
fn part<X: Terms, E: Float>(
    sizes: Sizes,
    options: &PassOptions,
    inputs: &Inputs<&[E]>,
    initial: &[E],
    purpose: Purpose,
    (units, mut outputs, last): (Range<usize>, Vec<&mut [E]>, &mut [E]),
) -> Part<E> {
    let padded = Padded::of::<E>(sizes);
    let (stretches, size) = (sizes.steps.div_ceil(STRETCH), padded.state());
    let trains = purpose == Purpose::Train;
    let kept = |len: usize| Buffer::unset(if trains { units.len() * len } else { 0 });
    let erases = X::ERASE != Erase::Nothing;
    let mut states = kept(stretches * size);
    let mut all_erased = kept(if erases { sizes.steps * padded.value } else { 0 });
    let mut stretch = Stretch::new::<X>(sizes);
    let mut state = Buffer::zeros(size);
    let mut some_erased = Buffer::unset(STRETCH * padded.value);
    let mut found = Buffer::unset(STRETCH * padded.value);
    for (k, unit) in units.clone().enumerate() {
        let own = unit * sizes.state()..(unit + 1) * sizes.state();
        spread(sizes, &initial[own], &mut state);
        let length = options.length(unit / sizes.heads, sizes.steps);
        for first in (0..length).step_by(STRETCH) {
            let steps = STRETCH.min(length - first);
            let times = (first..first + steps).map(|n| options.time(n, length));
            stretch.read::<X>(sizes, inputs, unit, times.clone());
            let mut erased = &mut some_erased[..];
            if trains {
                let at = (k * stretches + first / STRETCH) * size;
                states[at..at + size].copy_from_slice(&state);
                if erases {
                    let at = (k * sizes.steps + first) * padded.value;
                    erased = &mut all_erased[at..at + steps * padded.value];
                }
            }
            E::vectorised(steps::Forward {
                terms: PhantomData::<X>,
                padded,
                stretch: &stretch,
                steps,
                state: &mut state,
                erased,
                outputs: &mut found,
            });
            for (t, o) in times.zip(found.chunks_exact(padded.value)) {
                outputs[t][k * sizes.value..][..sizes.value].copy_from_slice(&o[..sizes.value]);
            }
        }
        let own = &mut last[k * sizes.state()..(k + 1) * sizes.state()];
        collect(sizes, &state, own, |to, x| *to = x);
    }
    Part { units, states, erased: all_erased }
}
