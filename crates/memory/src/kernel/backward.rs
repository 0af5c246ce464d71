//! From the last step to the first.

use super::forward::{Part, Pass};
use super::layout::{Padded, Stretch, collect, gather, spread};
use super::{Erase, Inputs, Keep, PassOptions, STRETCH, Sizes, Terms, check, steps};
use compute::{Buffer, Float, in_parts};
use sequence::rows_mut;
use std::marker::PhantomData;
use std::ops::Range;

/// Gradients that [`backward`] adds to.
#[derive(Debug)]
pub struct Gradients<'a, E> {
    /// Of what the recurrence reads; a constant w has none.
    pub inputs: Inputs<&'a mut [E]>,
    /// Of the initial states `[B, heads, V, K]`.
    pub initial: &'a mut [E],
    /// The squared norm of the complete gradient of each state after each step, `[T, B, heads]`, which is
    /// set; empty where it is not asked for.
    pub squares: &'a mut [E],
}

/// Adds the gradients of all that a pass read to `into`, given those of the outputs and of the last
/// states (empty for 0). Panics if a slice has not the length that the sizes say.
pub fn backward<X: Terms, E: Float>(
    sizes: Sizes,
    options: &PassOptions,
    inputs: &Inputs<&[E]>,
    pass: Pass<E>,
    d_outputs: &[E],
    d_last: &[E],
    Gradients { inputs: into, initial: d_initial, squares }: Gradients<'_, E>,
) {
    check::<X, E>(sizes, options, inputs);
    let states = sizes.units() * sizes.state();
    assert_eq!(d_outputs.len(), sizes.steps * sizes.units() * sizes.value, "elements of δo");
    assert!(d_last.is_empty() || d_last.len() == states, "elements of the last states' gradient");
    assert_eq!(d_initial.len(), states, "elements of the initial states' gradient");
    let watched = [0, sizes.steps * sizes.units()].contains(&squares.len());
    assert!(watched, "elements of the squared norms");
    let ranges: Vec<_> = pass.kept.iter().map(|part| part.units.clone()).collect();
    let widths = Inputs::<()>::widths::<X>(sizes);
    let rows = |all, width| rows_mut(all, sizes.units(), width, &ranges).into_iter();
    let mut keep = rows(into.keep, widths.keep);
    let mut erase = rows(into.erase, widths.erase);
    let mut along = rows(into.along, widths.along);
    let mut key = rows(into.key, widths.key);
    let mut value = rows(into.value, widths.value);
    let mut query = rows(into.query, widths.query);
    let mut squares = rows(squares, 1);
    let mut d_states = d_initial;
    let mut work = Vec::new();
    for part in pass.kept {
        let (own, rest) = d_states.split_at_mut(part.units.len() * sizes.state());
        d_states = rest;
        let next = |rows: &mut std::vec::IntoIter<Vec<_>>| rows.next().unwrap_or_default();
        let into = Inputs {
            keep: next(&mut keep),
            erase: next(&mut erase),
            along: next(&mut along),
            key: next(&mut key),
            value: next(&mut value),
            query: next(&mut query),
        };
        work.push((part, into, own, next(&mut squares)));
    }
    in_parts(work, |own| part::<X, E>(sizes, options, inputs, d_outputs, d_last, own));
}

/// What one part reads and writes alone: kept states, gradients of the inputs and of the initial state,
/// squared norms step by step.
type Own<'a, E> = (Part<E>, Inputs<Vec<&'a mut [E]>>, &'a mut [E], Vec<&'a mut [E]>);

/// The heads of one part, one after the other.
fn part<X: Terms, E: Float>(
    sizes: Sizes,
    options: &PassOptions,
    inputs: &Inputs<&[E]>,
    d_outputs: &[E],
    d_last: &[E],
    (kept, mut into, d_initial, mut all_squares): Own<'_, E>,
) {
    let padded = Padded::of::<E>(sizes);
    let (stretches, size) = (sizes.steps.div_ceil(STRETCH), padded.state());
    let mut stretch = Stretch::new::<X>(sizes);
    let mut found = Stretch::new::<X>(sizes);
    let mut states = Buffer::unset((STRETCH + 1) * size);
    let mut gradient = Buffer::unset(size);
    let mut d_o = Buffer::zeros(STRETCH * padded.value);
    let mut squares = vec![E::default(); if all_squares.is_empty() { 0 } else { STRETCH }];
    for (k, unit) in kept.units.clone().enumerate() {
        gradient.fill(E::default());
        if !d_last.is_empty() {
            let own = unit * sizes.state()..(unit + 1) * sizes.state();
            spread(sizes, &d_last[own], &mut gradient);
        }
        let length = options.length(unit / sizes.heads, sizes.steps);
        for first in (0..length).step_by(STRETCH).rev() {
            let steps = STRETCH.min(length - first);
            let times = (first..first + steps).map(|n| options.time(n, length));
            stretch.read::<X>(sizes, inputs, unit, times.clone());
            let rows = times.clone().map(|t| t * sizes.units() + unit);
            gather(&mut d_o, padded.value, d_outputs, sizes.value, rows);
            found.clear();
            let at = (k * stretches + first / STRETCH) * size;
            states[..size].copy_from_slice(&kept.states[at..at + size]);
            let erased: Range<usize> = match X::ERASE {
                Erase::Nothing => 0..0,
                _ => {
                    let at = (k * sizes.steps + first) * padded.value;
                    at..at + steps * padded.value
                }
            };
            let erased = &kept.erased[erased];
            E::vectorised(steps::Again {
                terms: PhantomData::<X>,
                padded,
                stretch: &stretch,
                steps,
                states: &mut states,
                erased,
                d_outputs: &d_o,
                d_query: &mut found.query,
            });
            E::vectorised(steps::Backward {
                terms: PhantomData::<X>,
                padded,
                stretch: &stretch,
                steps,
                states: &states,
                gradient: &mut gradient,
                erased,
                d_outputs: &d_o,
                into: &mut found,
                squares: &mut squares,
            });
            for (s, t) in times.enumerate() {
                if let Some(to) = all_squares.get_mut(t) {
                    to[k] = squares[s];
                }
                put::<X, E>(sizes, &found, (s, t, k), &mut into);
            }
        }
        let own = &mut d_initial[k * sizes.state()..(k + 1) * sizes.state()];
        collect(sizes, &gradient, own, |to, d| *to += d);
    }
}

/// Adds what was found for step `s` of a stretch to row `t`, head `k` of the part.
fn put<X: Terms, E: Float>(
    sizes: Sizes,
    found: &Stretch<E>,
    (s, t, k): (usize, usize, usize),
    into: &mut Inputs<Vec<&mut [E]>>,
) {
    let padded = Padded::of::<E>(sizes);
    let add = |to: &mut Vec<&mut [E]>, width: usize, from: &[E], padded: usize| {
        let to = &mut to[t][k * width..(k + 1) * width];
        to.iter_mut().zip(&from[s * padded..]).for_each(|(to, &d)| *to += d);
    };
    match X::KEEP {
        Keep::All | Keep::Head => {}
        Keep::Number => add(&mut into.keep, 1, &found.keep, 1),
        Keep::Vector => add(&mut into.keep, sizes.key, &found.keep, padded.key),
    }
    if X::ERASE != Erase::Nothing {
        add(&mut into.erase, sizes.key, &found.erase, padded.key);
    }
    if X::ERASE == Erase::Along {
        add(&mut into.along, sizes.key, &found.along, padded.key);
    }
    add(&mut into.key, sizes.key, &found.key, padded.key);
    add(&mut into.value, sizes.value, &found.value, padded.value);
    add(&mut into.query, sizes.key, &found.query, padded.key);
}
