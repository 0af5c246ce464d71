//! From the first step to the last.

use super::blend::{At, blend};
use super::kernels::{FinishStep, ModulateStep, StateStep, Step};
use super::normalise::Normalised;
use super::{PackedWeights, Parameter, PassOptions, Sizes, add, columns};
use compute::matmul::{Matrix, MatrixMut, add_packed, set_packed, set_packed_plus};
use compute::{Buffer, Float};
use std::ops::Range;

/// What a forward pass leaves: the states, and what the backward pass needs. Where none follows,
/// T is not the whole sequence but its last stretch of time steps: what was held of those before
/// made room for it, and never left the second cache.
pub struct Pass<E: Float> {
    pub(super) sizes: Sizes,
    pub(super) options: PassOptions<E>,
    /// Time steps T that are held.
    held: usize,
    /// Pre-activations `[T, B, A*H]`, or what the cell keeps in their place.
    pub(super) pre: Buffer<E>,
    /// State slots `[T+1, B, H]`, the hidden state before its projection first.
    pub(super) states: Vec<Buffer<E>>,
    /// The projected hidden state `[T+1, B, P]`; empty where it is not projected.
    pub(super) projected: Buffer<E>,
    /// Modulated blocks `[T, B, H]`.
    pub(super) modulated: Vec<Buffer<E>>,
    /// W x, normalised, where the cell wants that.
    pub(super) input: Option<Normalised<E>>,
    /// U h', normalised.
    pub(super) recurrent: Option<Normalised<E>>,
    /// The slot of the state that the cell wants normalised.
    pub(super) state: Option<Normalised<E>>,
}

impl<E: Float> Pass<E> {
    /// The hidden state as the recurrent products see it, at all times `[T+1, B, P]`.
    pub(super) fn hidden(&self) -> &[E] {
        if self.sizes.layer().projected() { &self.projected } else { &self.states[0] }
    }

    /// Hidden states after each step that is held, `[T, B, P]` in the order of time. Beyond a
    /// sequence's length its state, which has stayed, stands here.
    pub fn outputs(&self) -> &[E] {
        self.after(0..self.held)
    }

    /// The same of some of these steps.
    fn after(&self, steps: Range<usize>) -> &[E] {
        let row = self.sizes.batch * self.sizes.output;
        let first = steps.start + usize::from(!self.options.reverse);
        &self.hidden()[first * row..][..steps.len() * row]
    }

    /// Hidden states before each step, `[T, B, P]`.
    pub(super) fn before(&self) -> &[E] {
        let row = self.sizes.batch * self.sizes.output;
        let first = if self.options.reverse { row } else { 0 };
        &self.hidden()[first..first + self.sizes.steps * row]
    }

    /// The state after the whole sequence: the hidden state `[B, P]`, the other slots `[B, H]`.
    pub fn final_state(&self) -> Vec<Vec<E>> {
        let slot = |k: usize| {
            let row = self.sizes.batch * self.sizes.slot(k);
            let all = if k == 0 { self.hidden() } else { &self.states[k] };
            all[self.options.last(self.held) * row..][..row].to_vec()
        };
        (0..self.states.len()).map(slot).collect()
    }

    /// Pre-activations `[T, B, A*H]` of a pass of one stretch of time steps made for inference.
    pub(crate) fn pre_activations(&self) -> &[E] {
        &self.pre
    }

    /// Makes room for the next `steps` time steps in the place of those held, from whose last state
    /// they start.
    fn start_over(&mut self, steps: usize) {
        let (from, to) = (self.options.last(self.held), self.options.first(steps));
        let Sizes { batch, hidden, output, .. } = self.sizes;
        let wide = self.states.iter_mut().map(|all| (all, batch * hidden));
        for (all, row) in wide.chain([(&mut self.projected, batch * output)]) {
            if !all.is_empty() {
                all.copy_within(from * row..(from + 1) * row, to * row);
            }
        }
        self.held = steps;
    }

    /// Whether the new states that are kept are not what the cell's step gave.
    pub(super) fn changes(&self) -> bool {
        self.options.zones_out() || self.state.is_some()
    }
}

/// Whether a backward pass is to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is: what it reads is kept.
    Train,
    /// It is not.
    Infer,
}

/// Runs the weights' cell over `input` `[T, B, I]` from `initial` (the hidden state `[B, P]`, other slots
/// `[B, H]`). `emit(steps, h)` is given the hidden states after each of some time steps
/// `[steps, B, P]`, stretch by stretch in the order in which these are gone through. Panics if a
/// slice has not the length that the sizes say; `Layer` makes sure of it.
pub fn forward<E: Float>(
    sizes: Sizes,
    options: PassOptions<E>,
    weights: &PackedWeights<E>,
    input: &[E],
    initial: &[Vec<E>],
    purpose: Purpose,
    emit: &mut dyn FnMut(Range<usize>, &[E]),
) -> Pass<E> {
    let facts = weights.cell().facts();
    let Sizes { steps, batch, input: i, hidden: h, output: p, .. } = sizes;
    let row = batch * h;
    let projects = sizes.layer().projected();
    let all = |count: usize, len: usize| (0..count).map(|_| Buffer::unset(len)).collect();
    let matrices = facts.input_matrices(i, h);
    let most = sizes.stretch().min(steps).max(1);
    let held = if purpose == Purpose::Train { steps } else { most.min(steps) };
    let normalised = |blocks: usize| {
        facts.normalised_products.then(|| Normalised::new(held * batch, blocks * h))
    };
    let mut pass = Pass {
        sizes,
        held,
        pre: Buffer::unset(held * batch * facts.pre.len() * h),
        states: all(facts.state.len(), (held + 1) * row),
        projected: Buffer::unset(if projects { (held + 1) * batch * p } else { 0 }),
        modulated: all(facts.modulated.len(), held * row),
        input: normalised(matrices.len()),
        recurrent: normalised(facts.recurrent.len()),
        state: facts.normalised_state.map(|_| Normalised::new(held * batch, h)),
        options,
    };
    let stretches = pass.options.stretches(steps, most);
    if purpose == Purpose::Infer {
        pass.held = stretches.clone().next().map_or(0, |stretch| stretch.len());
    }
    let first = pass.options.first(pass.held);
    for (k, slot) in initial.iter().enumerate() {
        let to = if k == 0 && projects { &mut pass.projected } else { &mut pass.states[k] };
        to[first * slot.len()..][..slot.len()].copy_from_slice(slot);
    }
    for (k, stretch) in stretches.enumerate() {
        if purpose == Purpose::Infer && k > 0 {
            pass.start_over(stretch.len());
        }
        let base = if purpose == Purpose::Train { 0 } else { stretch.start };
        input_side(&mut pass, weights, input, stretch.clone(), base);
        for t in pass.options.order(stretch.clone()) {
            one_step(&mut pass, weights, t, base, purpose);
        }
        let rows = pass.after(stretch.start - base..stretch.end - base);
        emit(stretch, rows);
    }
    pass
}

/// Biases, and the products with the input of some time steps; what is held is that of step
/// `base` and those after it.
fn input_side<E: Float>(
    pass: &mut Pass<E>,
    weights: &PackedWeights<E>,
    input: &[E],
    steps: Range<usize>,
    base: usize,
) {
    let facts = weights.cell().facts();
    let Sizes { batch, input: i, hidden: h, .. } = pass.sizes;
    let (width, rows) = (facts.pre.len() * h, steps.len() * batch);
    let first = (steps.start - base) * batch;
    let pre = &mut pass.pre[first * width..][..rows * width];
    let input = &input[steps.start * batch * i..][..rows * i];
    let matrices = facts.input_matrices(i, h);
    let of = columns(&matrices, h);
    let bias = weights.start();
    // What no product sets starts as the bias.
    let (left, right) = match facts.normalised_products {
        true => (width, width),
        false => (of.start.min(width), of.end.max(of.start)),
    };
    for pre in pre.chunks_exact_mut(width) {
        pre[..left].copy_from_slice(&bias[..left]);
        pre[right..].copy_from_slice(&bias[right..]);
    }
    for block in facts.input.start..matrices.start {
        for (pre, x) in pre.chunks_exact_mut(width).zip(input.chunks_exact(i)) {
            add(&mut pre[block * h..(block + 1) * h], x);
        }
    }
    if of.is_empty() || rows == 0 {
        return;
    }
    let x = Matrix::new(input, rows, i);
    let w = &weights.forward.input;
    match &mut pass.input {
        None => {
            let to = MatrixMut::strided(&mut pre[of.start..], rows, of.len(), width);
            set_packed_plus(to, x, w, &bias[of]);
        }
        Some(normal) => {
            set_packed(MatrixMut::new(normal.rows_mut(first, rows), rows, of.len()), x, w);
            normal.normalise(first, rows);
            let gain = weights.get(Parameter::InputGain);
            add_scaled(pre, width, of.start, normal.rows(first, rows), gain);
        }
    }
}

/// Time step `t`; what is held is that of step `base` and those after it.
fn one_step<E: Float>(
    pass: &mut Pass<E>,
    weights: &PackedWeights<E>,
    t: usize,
    base: usize,
    purpose: Purpose,
) {
    let cell = weights.cell();
    let facts = cell.facts();
    let Sizes { batch, hidden: h, output: p, .. } = pass.sizes;
    let (width, row) = (facts.pre.len() * h, batch * h);
    let at = t - base;
    let around = pass.options.around(at);
    let projects = pass.sizes.layer().projected();
    let sizes = pass.sizes;
    let keep = purpose == Purpose::Train && !pass.changes();
    let pre = &mut pass.pre[at * batch * width..][..batch * width];

    let of = columns(&facts.recurrent, h);
    if !of.is_empty() {
        let hidden = if projects { &pass.projected } else { &pass.states[0] };
        let old = (&hidden[around.0 * batch * p..], p);
        let u = &weights.forward.recurrent;
        match &mut pass.recurrent {
            None => u.multiply(batch, (&mut pre[of.start..], width), old, add_packed),
            Some(normal) => {
                let rows = normal.rows_mut(at * batch, batch);
                u.multiply(batch, (rows, of.len()), old, set_packed);
                normal.normalise(at * batch, batch);
                let gain = weights.get(Parameter::RecurrentGain);
                add_scaled(pre, width, of.start, normal.rows(at * batch, batch), gain);
            }
        }
    }
    if !pass.modulated.is_empty() {
        let step = Step { sizes, pre, around, weights };
        let (states, modulated) = (&pass.states[..], &mut pass.modulated[..]);
        (cell.kernels.modulate)(ModulateStep { step, states, modulated, at: at * row });
        for (k, block) in facts.modulated.clone().enumerate() {
            let m = (&pass.modulated[k][at * row..(at + 1) * row], h);
            let to = (&mut pre[block * h..], width);
            weights.forward.modulated[k].multiply(batch, to, m, add_packed);
        }
    }
    // Activations take the place of what they were computed from where backward need not compute
    // the step again.
    let states = &mut pass.states[..];
    (cell.kernels.step)(StateStep { sizes, pre, around, weights, states, keep });
    let step = Step { sizes, pre, around, weights };
    if let (Some(normal), Some(slot)) = (&mut pass.state, facts.normalised_state) {
        let new = &pass.states[slot][around.1 * row..(around.1 + 1) * row];
        normal.rows_mut(at * batch, batch).copy_from_slice(new);
        normal.normalise(at * batch, batch);
        let normalised = normal.rows(at * batch, batch);
        (cell.kernels.finish)(FinishStep { step, states: &mut pass.states, normalised });
    }
    if projects {
        let raw = &pass.states[0][around.1 * row..];
        let new = &mut pass.projected[around.1 * batch * p..];
        let raw = Matrix::new(raw, batch, h);
        set_packed(MatrixMut::new(new, batch, p), raw, &weights.forward.projection);
    }
    if pass.options.blends() {
        let Pass { states, projected, options, .. } = pass;
        for (slot, state) in states.iter_mut().enumerate() {
            let at = At { t, slot, width: sizes.slot(slot) };
            let all = if slot == 0 && projects { &mut *projected } else { state };
            let (old, new) = two_states(all, around, batch * at.width);
            blend(options, sizes, at, old, new);
        }
    }
}

/// The old state, and the new one to be changed, of one slot with `row` numbers a state.
fn two_states<E>(all: &mut [E], (old, new): (usize, usize), row: usize) -> (&[E], &mut [E]) {
    let (low, high) = all.split_at_mut(old.max(new) * row);
    let low = &mut low[old.min(new) * row..];
    let high = &mut high[..row];
    if old < new { (low, high) } else { (high, low) }
}

/// Adds normalised rows times their gains to columns `first..` of rows of `width`.
fn add_scaled<E: Float>(to: &mut [E], width: usize, first: usize, normal: &[E], gain: &[E]) {
    let rows = to.chunks_exact_mut(width).zip(normal.chunks_exact(gain.len().max(1)));
    for (to, normal) in rows {
        for ((a, &x), &g) in to[first..].iter_mut().zip(normal).zip(gain) {
            *a += g * x;
        }
    }
}
