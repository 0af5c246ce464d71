//! A batch split between threads.
//!
//! Each thread runs some of the sequences through all time steps, with buffers of its own, so no
//! thread waits for another before the end. Outputs are the same to the bit in any number of parts;
//! gradients of parameters are summed over the parts in their order, so they depend on the number
//! of parts in their last bits, and on nothing else.

use super::{
    Gradients, Keep, PARAMETERS, PackedWeights, Pass, PassOptions, Purpose, Sizes, Weights, add,
    backward, forward,
};
use cell::Facts;
use compute::{Buffer, Float};
use compute::{in_parts, split, threads};
use std::ops::Range;

/// Least number of operations of a part, forward: a thread that is called for less costs more than
/// it saves.
const LEAST_WORK: usize = 1_000_000;

/// What a forward pass in parts leaves.
pub struct Ran<E: Float> {
    /// Hidden states after each step `[T, B, P]`.
    pub outputs: Vec<E>,
    /// The state after the whole sequence: the hidden state `[B, P]`, the other slots `[B, H]`.
    pub last: Vec<Vec<E>>,
    /// For [`backward_in_parts`]; empty where no backward pass follows.
    pub kept: Vec<Part<E>>,
}

/// Some sequences of a batch.
pub struct Part<E: Float> {
    /// Which.
    sequences: Range<usize>,
    /// `[T, B of the part, I]`.
    input: Buffer<E>,
    pass: Pass<E>,
}

/// In how many parts a layer of a cell with these facts is to run a batch of these sizes on this thread.
pub(crate) fn parts(facts: &Facts, sizes: Sizes) -> usize {
    let of_one = sizes.steps * facts.product_flops(sizes.input, sizes.hidden, sizes.heads);
    threads().min(sizes.batch * of_one / LEAST_WORK).clamp(1, sizes.batch.max(1))
}

/// [`forward`] with the batch in `parts` parts.
pub fn forward_in_parts<E: Float>(
    sizes: Sizes,
    options: PassOptions<E>,
    weights: &PackedWeights<E>,
    input: Buffer<E>,
    initial: &[Vec<E>],
    purpose: Purpose,
    parts: usize,
) -> Ran<E> {
    let ranges: Vec<_> = split(sizes.batch, parts).collect();
    if let [sequences] = &ranges[..] {
        let (all, row) = (sizes.rows() * sizes.output, sizes.batch * sizes.output);
        let reverse = options.reverse;
        let mut outputs = match reverse {
            false => Vec::with_capacity(all),
            true => vec![E::default(); all],
        };
        let mut take = |steps: Range<usize>, rows: &[E]| match reverse {
            false => outputs.extend_from_slice(rows),
            true => outputs[steps.start * row..][..rows.len()].copy_from_slice(rows),
        };
        let pass = forward(sizes, options, weights, &input, initial, purpose, &mut take);
        let last = pass.final_state();
        let kept = match purpose {
            Purpose::Train => vec![Part { sequences: sequences.clone(), input, pass }],
            Purpose::Infer => Vec::new(),
        };
        return Ran { outputs, last, kept };
    }
    let mut outputs = vec![E::default(); sizes.rows() * sizes.output];
    let places = rows_mut(&mut outputs, sizes.batch, sizes.output, &ranges);
    let done = in_parts(ranges.into_iter().zip(places).collect(), |(sequences, mut to)| {
        let own = Sizes { batch: sequences.len(), ..sizes };
        let input = rows(&input, sizes.batch, sizes.input, &sequences);
        let slot = |(k, slot): (usize, &Vec<E>)| slot[within(&sequences, sizes.slot(k))].to_vec();
        let initial: Vec<_> = initial.iter().enumerate().map(slot).collect();
        let options = options.of(sizes, &sequences);
        let mut take = |steps: Range<usize>, rows: &[E]| {
            for (to, from) in to[steps].iter_mut().zip(rows.chunks(own.batch * own.output)) {
                to.copy_from_slice(from);
            }
        };
        let pass = forward(own, options, weights, &input, &initial, purpose, &mut take);
        let last = pass.final_state();
        (last, (purpose == Purpose::Train).then_some(Part { sequences, input, pass }))
    });
    let mut last: Vec<_> = initial.iter().map(|slot| Vec::with_capacity(slot.len())).collect();
    let mut kept = Vec::new();
    for (slots, part) in done {
        last.iter_mut().zip(slots).for_each(|(all, slot)| all.extend(slot));
        kept.extend(part);
    }
    Ran { outputs, last, kept }
}

/// [`backward`] through the parts of a batch of these sizes. `observe` is told what happens in the
/// first part: it sees all of a batch only if that was run in one.
pub fn backward_in_parts<E: Float>(
    sizes: Sizes,
    mut parts: Vec<Part<E>>,
    weights: &PackedWeights<E>,
    d_outputs: &[E],
    d_last: &[Vec<E>],
    into: &mut Gradients<E>,
    observe: &mut dyn FnMut(usize, &[Vec<E>]),
) {
    if parts.len() <= 1 {
        if let Some(Part { input, pass, .. }) = parts.pop() {
            backward(&pass, weights, &input, d_outputs, d_last, into, observe);
        }
        return;
    }
    let facts = weights.cell().facts();
    let ranges: Vec<_> = parts.iter().map(|part| part.sequences.clone()).collect();
    let places = rows_mut(&mut into.input, sizes.batch, sizes.input, &ranges);
    // Parameters' gradients are put back on this thread, so that is where they come from; the
    // others stay on the part's.
    let room =
        || Weights(PARAMETERS.map(|p| Buffer::unset(p.len(facts, sizes.layer())).into_vec()));
    let work: Vec<_> = parts.into_iter().zip(places).map(|(part, to)| (part, to, room())).collect();
    let done = in_parts(work, |(Part { sequences, input, pass }, to, mut parameters)| {
        parameters.0.iter_mut().for_each(|d| d.fill(E::default()));
        let mut found = Gradients {
            parameters,
            input: Buffer::zeros(input.len()).into_vec(),
            state: pass.sizes.state(facts),
        };
        let d = rows(d_outputs, sizes.batch, sizes.output, &sequences);
        let slot = |(k, d): (usize, &Vec<E>)| d[within(&sequences, sizes.slot(k))].to_vec();
        let last: Vec<_> = d_last.iter().enumerate().map(slot).collect();
        backward(&pass, weights, &input, &d, &last, &mut found, &mut |_, _| {});
        let row = pass.sizes.batch * sizes.input;
        for (to, d) in to.into_iter().zip(found.input.chunks(row.max(1))) {
            add(to, d);
        }
        drop(Buffer::from(found.input));
        (sequences, found.parameters, found.state)
    });
    for (sequences, _, state) in &done {
        for (k, (to, d)) in into.state.iter_mut().zip(state).enumerate() {
            add(&mut to[within(sequences, sizes.slot(k))], d);
        }
    }
    // Every thread sums a share of every parameter's gradient over the parts.
    let mut work: Vec<Vec<_>> = done.iter().map(|_| Vec::new()).collect();
    for (parameter, to) in PARAMETERS.into_iter().zip(&mut into.parameters.0) {
        let share = to.len().div_ceil(done.len()).max(1);
        for (k, (to, work)) in to.chunks_mut(share).zip(&mut work).enumerate() {
            work.push((parameter, k * share, to));
        }
    }
    in_parts(work, |pieces| {
        for (parameter, from, to) in pieces {
            for (_, found, _) in &done {
                add(to, &found.get(parameter)[from..]);
            }
        }
    });
    for (_, Weights(found), _) in done {
        found.into_iter().map(Buffer::from).for_each(drop);
    }
}

impl<E: Float> PassOptions<E> {
    /// The same for some sequences of a batch of these sizes.
    fn of(&self, sizes: Sizes, sequences: &Range<usize>) -> Self {
        let keep = |(slot, keep): (usize, &Keep<E>)| match keep {
            Keep::Each(all) => {
                Keep::Each(rows(all, sizes.batch, sizes.slot(slot), sequences).to_vec())
            }
            same => same.clone(),
        };
        Self {
            reverse: self.reverse,
            lengths: self.lengths.as_ref().map(|all| all[sequences.clone()].to_vec()),
            zoneout: self.zoneout.iter().enumerate().map(keep).collect(),
        }
    }
}

/// Where some sequences' numbers lie in `[B, width]`.
fn within(sequences: &Range<usize>, width: usize) -> Range<usize> {
    sequences.start * width..sequences.end * width
}

/// Some sequences' rows of `[T, B, width]`.
fn rows<E: Float>(all: &[E], batch: usize, width: usize, sequences: &Range<usize>) -> Buffer<E> {
    let steps = all.chunks_exact((batch * width).max(1));
    let row = sequences.len() * width;
    let mut some = Buffer::unset(steps.len() * row);
    for (to, from) in some.chunks_exact_mut(row.max(1)).zip(steps) {
        to.copy_from_slice(&from[within(sequences, width)]);
    }
    some
}

/// For each range of sequences its rows of `[T, B, width]`, one piece a time step. The ranges lie one
/// after the other from 0 on.
pub fn rows_mut<'a, E>(
    all: &'a mut [E],
    batch: usize,
    width: usize,
    ranges: &[Range<usize>],
) -> Vec<Vec<&'a mut [E]>> {
    let mut pieces: Vec<Vec<_>> = ranges.iter().map(|_| Vec::new()).collect();
    for mut step in all.chunks_exact_mut((batch * width).max(1)) {
        for (range, pieces) in ranges.iter().zip(&mut pieces) {
            let (piece, rest) = step.split_at_mut(range.len() * width);
            pieces.push(piece);
            step = rest;
        }
    }
    pieces
}
