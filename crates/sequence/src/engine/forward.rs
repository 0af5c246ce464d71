//! From the first step to the last.

use super::blend::{At, blend};
use super::kernels::{FinishStep, ModulateStep, StateStep, Step};
use super::normalise::Normalised;
use super::{How, Parameter, Sizes, Weights, add, columns};
use crate::matmul::{Matrix, MatrixMut, add_product, set_product};
use crate::{Float, vectorised};
use cell::Cell;
use std::marker::PhantomData;

/// What a forward pass leaves: the states, and what the backward pass needs.
pub struct Pass<E> {
    pub(super) sizes: Sizes,
    pub(super) how: How<E>,
    /// Pre-activations `[T, B, A*H]`.
    pub(super) pre: Vec<E>,
    /// State slots `[T+1, B, H]`, the hidden state before its projection first.
    pub(super) states: Vec<Vec<E>>,
    /// The projected hidden state `[T+1, B, P]`; empty where it is not projected.
    pub(super) projected: Vec<E>,
    /// Modulated blocks `[T, B, H]`.
    pub(super) modulated: Vec<Vec<E>>,
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

    /// Hidden states after each step, `[T, B, P]` in the order of time. Beyond a sequence's length
    /// its state, which has stayed, stands here.
    pub fn outputs(&self) -> &[E] {
        let row = self.sizes.batch * self.sizes.output;
        let first = if self.how.reverse { 0 } else { row };
        &self.hidden()[first..first + self.sizes.steps * row]
    }

    /// Hidden states before each step, `[T, B, P]`.
    pub(super) fn before(&self) -> &[E] {
        let row = self.sizes.batch * self.sizes.output;
        let first = if self.how.reverse { row } else { 0 };
        &self.hidden()[first..first + self.sizes.steps * row]
    }

    /// The state after the whole sequence: the hidden state `[B, P]`, the other slots `[B, H]`.
    pub fn final_state(&self) -> Vec<Vec<E>> {
        let slot = |k: usize| {
            let row = self.sizes.batch * self.sizes.slot(k);
            let all = if k == 0 { self.hidden() } else { &self.states[k] };
            all[self.how.last(self.sizes.steps) * row..][..row].to_vec()
        };
        (0..self.states.len()).map(slot).collect()
    }

    /// Elements kept for the backward pass.
    pub fn kept(&self) -> usize {
        let held = |buffers: &[Vec<E>]| buffers.iter().map(Vec::len).sum::<usize>();
        let normalised = [&self.input, &self.recurrent, &self.state];
        self.pre.len()
            + held(&self.states)
            + held(&self.modulated)
            + self.projected.len()
            + normalised.into_iter().flatten().map(Normalised::len).sum::<usize>()
    }
}

/// Runs the cell over `input` `[T, B, I]` from `initial` (the hidden state `[B, P]`, other slots
/// `[B, H]`). Panics if a slice has not the length that the sizes say; `Layer` makes sure of it.
pub fn forward<C: Cell, E: Float>(
    sizes: Sizes,
    how: How<E>,
    weights: &Weights<E>,
    input: &[E],
    initial: &[Vec<E>],
) -> Pass<E> {
    const { assert!(C::FACTS.consistent::<C>(), "FACTS do not fit the cell's array types") };
    let facts = C::FACTS;
    let Sizes { steps, batch, hidden: h, output: p, .. } = sizes;
    let row = batch * h;
    let (pre, normalised_input) = input_side::<C, E>(sizes, weights, input);
    let projects = sizes.layer().projected();
    let empty = || vec![E::default(); (steps + 1) * row];
    let mut pass = Pass {
        sizes,
        pre,
        states: vec![empty(); facts.state.len()],
        projected: vec![E::default(); if projects { (steps + 1) * batch * p } else { 0 }],
        modulated: vec![vec![E::default(); steps * row]; facts.modulated.len()],
        input: normalised_input,
        recurrent: facts
            .normalised_products
            .then(|| Normalised::new(sizes.rows(), facts.recurrent.len() * h)),
        state: facts.normalised_state.map(|_| Normalised::new(sizes.rows(), h)),
        how,
    };
    let first = pass.how.first(steps);
    for (k, slot) in initial.iter().enumerate() {
        let to = if k == 0 && projects { &mut pass.projected } else { &mut pass.states[k] };
        to[first * slot.len()..][..slot.len()].copy_from_slice(slot);
    }
    for t in pass.how.order(steps) {
        one_step::<C, E>(&mut pass, weights, t);
    }
    pass
}

/// Biases, and the products with the input of all time steps.
fn input_side<C: Cell, E: Float>(
    sizes: Sizes,
    weights: &Weights<E>,
    input: &[E],
) -> (Vec<E>, Option<Normalised<E>>) {
    let facts = C::FACTS;
    let Sizes { input: i, hidden: h, .. } = sizes;
    let (width, rows) = (facts.pre.len() * h, sizes.rows());
    let mut pre = Vec::with_capacity(rows * width);
    for _ in 0..rows {
        pre.resize(pre.len() + facts.unbiased * h, E::default());
        pre.extend_from_slice(weights.get(Parameter::Bias));
    }
    let matrices = facts.input_matrices(i, h);
    for block in facts.input.start..matrices.start {
        for (pre, x) in pre.chunks_exact_mut(width).zip(input.chunks_exact(i)) {
            add(&mut pre[block * h..(block + 1) * h], x);
        }
    }
    let of = columns(&matrices, h);
    if of.is_empty() || rows == 0 {
        return (pre, facts.normalised_products.then(|| Normalised::new(rows, of.len())));
    }
    let x = Matrix::new(input, rows, i);
    let w = Matrix::new(weights.get(Parameter::Input), of.len(), i).t();
    if !facts.normalised_products {
        add_product(MatrixMut::strided(&mut pre[of.start..], rows, of.len(), width), x, w);
        return (pre, None);
    }
    let mut normal = Normalised::new(rows, of.len());
    set_product(MatrixMut::new(normal.rows_mut(0, rows), rows, of.len()), x, w);
    normal.normalise(0, rows);
    let gain = weights.get(Parameter::InputGain);
    add_scaled(&mut pre, width, of.start, normal.rows(0, rows), gain);
    (pre, Some(normal))
}

fn one_step<C: Cell, E: Float>(pass: &mut Pass<E>, weights: &Weights<E>, t: usize) {
    let facts = C::FACTS;
    let Sizes { batch, hidden: h, output: p, .. } = pass.sizes;
    let (width, row) = (facts.pre.len() * h, batch * h);
    let around = pass.how.around(t);
    let projects = pass.sizes.layer().projected();
    let sizes = pass.sizes;
    let pre = &mut pass.pre[t * batch * width..(t + 1) * batch * width];

    let of = columns(&facts.recurrent, h);
    if !of.is_empty() {
        let hidden = if projects { &pass.projected } else { &pass.states[0] };
        let old = Matrix::new(&hidden[around.0 * batch * p..], batch, p);
        let u = Matrix::new(weights.get(Parameter::Recurrent), of.len(), p).t();
        match &mut pass.recurrent {
            None => {
                add_product(
                    MatrixMut::strided(&mut pre[of.start..], batch, of.len(), width),
                    old,
                    u,
                );
            }
            Some(normal) => {
                let rows = normal.rows_mut(t * batch, batch);
                set_product(MatrixMut::new(rows, batch, of.len()), old, u);
                normal.normalise(t * batch, batch);
                let gain = weights.get(Parameter::RecurrentGain);
                add_scaled(pre, width, of.start, normal.rows(t * batch, batch), gain);
            }
        }
    }
    if !pass.modulated.is_empty() {
        let step = Step { cell: PhantomData::<C>, sizes, pre, around, weights };
        let (states, modulated) = (&pass.states[..], &mut pass.modulated[..]);
        vectorised(ModulateStep { step, states, modulated, at: t * row });
        for (k, block) in facts.modulated.clone().enumerate() {
            let v = &weights.get(Parameter::Modulated)[k * h * h..(k + 1) * h * h];
            add_product(
                MatrixMut::strided(&mut pre[block * h..], batch, h, width),
                Matrix::new(&pass.modulated[k][t * row..(t + 1) * row], batch, h),
                Matrix::new(v, h, h).t(),
            );
        }
    }
    let step = Step { cell: PhantomData::<C>, sizes, pre, around, weights };
    vectorised(StateStep { step, states: &mut pass.states });
    if let (Some(normal), Some(slot)) = (&mut pass.state, facts.normalised_state) {
        let new = &pass.states[slot][around.1 * row..(around.1 + 1) * row];
        normal.rows_mut(t * batch, batch).copy_from_slice(new);
        normal.normalise(t * batch, batch);
        let normalised = normal.rows(t * batch, batch);
        vectorised(FinishStep { step, states: &mut pass.states, normalised });
    }
    if projects {
        let raw = &pass.states[0][around.1 * row..];
        let new = &mut pass.projected[around.1 * batch * p..];
        let projection = Matrix::new(weights.get(Parameter::Projection), p, h).t();
        set_product(MatrixMut::new(new, batch, p), Matrix::new(raw, batch, h), projection);
    }
    if pass.how.blends() {
        let Pass { states, projected, how, .. } = pass;
        for (slot, state) in states.iter_mut().enumerate() {
            let at = At { t, slot, width: sizes.slot(slot) };
            let all = if slot == 0 && projects { &mut *projected } else { state };
            let (old, new) = two_states(all, around, batch * at.width);
            blend(how, sizes, at, old, new);
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
