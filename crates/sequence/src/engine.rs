//! A cell over a whole sequence, forward and backward, on plain slices.
//!
//! Input products of all time steps are one matrix product; per step only the recurrent ones
//! remain. Backward goes through the steps in reverse with the gradient of the state, keeps the
//! gradient of every pre-activation, and finishes with one product per weight matrix.
//!
//! Layouts, row-major: pre-activations `[T, B, A*H]`, each state slot `[T+1, B, H]` (index 0 is the
//! initial state), each modulated block `[T, B, H]`, weights as in [`Weights`].

use crate::Float;
use crate::matmul::{Matrix, MatrixMut, add_product, set_product};
use crate::{Kernel, vectorised};
use cell::{Block, Cell};
use std::marker::PhantomData;
use std::ops::Range;

/// Sizes of one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Time steps T.
    pub steps: usize,
    /// Batch size B.
    pub batch: usize,
    /// Input size I.
    pub input: usize,
    /// Hidden size H.
    pub hidden: usize,
}

/// Which parameter of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// W `[blocks, H, I]`, for the input.
    Input,
    /// U `[blocks, H, H]`, for the old hidden state.
    Recurrent,
    /// V `[blocks, H, H]`, for what the second stage modulates.
    Modulated,
    /// b `[A, H]`.
    Bias,
    /// Per-unit parameters `[P, H]`.
    Unit,
}

/// All of them, in the order of [`Weights`].
pub const PARAMETERS: [Parameter; 5] = [
    Parameter::Input,
    Parameter::Recurrent,
    Parameter::Modulated,
    Parameter::Bias,
    Parameter::Unit,
];

impl Parameter {
    /// Name of the parameter in checkpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Recurrent => "recurrent",
            Self::Modulated => "modulated",
            Self::Bias => "bias",
            Self::Unit => "unit",
        }
    }

    /// Shape for cell `C`: blocks, then sizes.
    pub fn shape<C: Cell>(self, input: usize, hidden: usize) -> Vec<usize> {
        let facts = C::FACTS;
        match self {
            Self::Input => vec![facts.input.len(), hidden, input],
            Self::Recurrent => vec![facts.recurrent.len(), hidden, hidden],
            Self::Modulated => vec![facts.modulated.len(), hidden, hidden],
            Self::Bias => vec![facts.pre.len(), hidden],
            Self::Unit => vec![facts.unit.len(), hidden],
        }
    }
}

/// A layer's parameters, in the order and shapes of [`Parameter`].
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<E>(pub [Vec<E>; 5]);

impl<E> Weights<E> {
    /// One parameter's elements.
    pub fn get(&self, parameter: Parameter) -> &[E] {
        &self.0[parameter as usize]
    }
}

/// What a forward pass leaves: the states, and what the backward pass needs.
pub struct Pass<E> {
    sizes: Sizes,
    pre: Vec<E>,
    states: Vec<Vec<E>>,
    modulated: Vec<Vec<E>>,
}

impl<E: Float> Pass<E> {
    /// Hidden states after each step, `[T, B, H]`.
    pub fn outputs(&self) -> &[E] {
        &self.states[0][self.sizes.batch * self.sizes.hidden..]
    }

    /// The state after the last step: each slot `[B, H]`.
    pub fn final_state(&self) -> Vec<Vec<E>> {
        let row = self.sizes.batch * self.sizes.hidden;
        self.states.iter().map(|slot| slot[self.sizes.steps * row..].to_vec()).collect()
    }

    /// Elements kept for the backward pass.
    pub fn kept(&self) -> usize {
        let held = |buffers: &[Vec<E>]| buffers.iter().map(Vec::len).sum::<usize>();
        self.pre.len() + held(&self.states) + held(&self.modulated)
    }
}

/// Gradients of a loss with respect to all that a forward pass read.
pub struct Gradients<'a, E> {
    sizes: Sizes,
    input: &'a [E],
    pass: Pass<E>,
    /// With respect to the pre-activations, `[T, B, A*H]`.
    pre: Vec<E>,
    /// With respect to the initial state: each slot `[B, H]`.
    pub state: Vec<Vec<E>>,
    unit: Vec<E>,
}

/// The columns that the blocks of `range` take in a row of pre-activations.
fn columns(range: &Range<usize>, hidden: usize) -> Range<usize> {
    range.start * hidden..range.end * hidden
}

/// Runs the cell over `input` `[T, B, I]` from `initial` (each slot `[B, H]`). Panics if a slice
/// has not the length that the sizes say; `Layer` makes sure of it.
pub fn forward<C: Cell, E: Float>(
    sizes: Sizes,
    weights: &Weights<E>,
    input: &[E],
    initial: &[Vec<E>],
) -> Pass<E> {
    const { assert!(C::FACTS.consistent::<C>(), "FACTS do not fit the cell's array types") };
    let facts = C::FACTS;
    let Sizes { steps, batch, input: i, hidden: h } = sizes;
    let (width, rows) = (facts.pre.len() * h, steps * batch);

    let mut pre = Vec::with_capacity(rows * width);
    for _ in 0..rows {
        pre.extend_from_slice(weights.get(Parameter::Bias));
    }
    let of_input = columns(&facts.input, h);
    if !of_input.is_empty() && rows > 0 {
        add_product(
            MatrixMut::strided(&mut pre[of_input.start..], rows, of_input.len(), width),
            Matrix::new(input, rows, i),
            Matrix::new(weights.get(Parameter::Input), of_input.len(), i).t(),
        );
    }

    let row = batch * h;
    let mut states: Vec<Vec<E>> = initial
        .iter()
        .map(|slot| {
            let mut all = vec![E::default(); (steps + 1) * row];
            all[..row].copy_from_slice(slot);
            all
        })
        .collect();
    let mut modulated = vec![vec![E::default(); steps * row]; facts.modulated.len()];

    let recurrent = Matrix::new(weights.get(Parameter::Recurrent), facts.recurrent.len() * h, h);
    for t in 0..steps {
        let pre = &mut pre[t * batch * width..(t + 1) * batch * width];
        let of_state = columns(&facts.recurrent, h);
        if !of_state.is_empty() {
            add_product(
                MatrixMut::strided(&mut pre[of_state.start..], batch, of_state.len(), width),
                Matrix::new(&states[0][t * row..(t + 1) * row], batch, h),
                recurrent.t(),
            );
        }
        if !modulated.is_empty() {
            vectorised(ModulateStep {
                cell: PhantomData::<C>,
                sizes,
                t,
                pre: &*pre,
                states: &states,
                weights,
                modulated: &mut modulated,
            });
            for (k, block) in facts.modulated.clone().enumerate() {
                let v = &weights.get(Parameter::Modulated)[k * h * h..(k + 1) * h * h];
                add_product(
                    MatrixMut::strided(&mut pre[block * h..], batch, h, width),
                    Matrix::new(&modulated[k][t * row..(t + 1) * row], batch, h),
                    Matrix::new(v, h, h).t(),
                );
            }
        }
        let states = &mut states[..];
        vectorised(StateStep { cell: PhantomData::<C>, sizes, t, pre: &*pre, states, weights });
    }
    Pass { sizes, pre, states, modulated }
}

/// Goes back through `pass` from `d_outputs` `[T, B, H]`, the gradient of the loss with respect to
/// the hidden state after each step. `observe(t, d)` is told the complete gradient with respect to
/// the state after step `t`, each slot `[B, H]`, from the last step to the first.
pub fn backward<'a, C: Cell, E: Float>(
    pass: Pass<E>,
    weights: &Weights<E>,
    input: &'a [E],
    d_outputs: &[E],
    observe: &mut dyn FnMut(usize, &[Vec<E>]),
) -> Gradients<'a, E> {
    let facts = C::FACTS;
    let sizes = pass.sizes;
    let Sizes { steps, batch, hidden: h, .. } = sizes;
    let (width, row) = (facts.pre.len() * h, batch * h);

    let mut d_pre = vec![E::default(); pass.pre.len()];
    let mut d_unit = vec![E::default(); facts.unit.len() * h];
    let mut d_state = vec![vec![E::default(); row]; facts.state.len()];
    let mut d_modulated = vec![vec![E::default(); row]; facts.modulated.len()];
    let recurrent = Matrix::new(weights.get(Parameter::Recurrent), facts.recurrent.len() * h, h);

    for t in (0..steps).rev() {
        for (d, &dy) in d_state[0].iter_mut().zip(&d_outputs[t * row..(t + 1) * row]) {
            *d += dy;
        }
        observe(t, &d_state);
        let d_pre = &mut d_pre[t * batch * width..(t + 1) * batch * width];
        let at = Step { sizes, t, pass: &pass, weights };
        vectorised(StateBackward {
            cell: PhantomData::<C>,
            step: at,
            d_pre: &mut *d_pre,
            d_state: &mut d_state,
            d_unit: &mut d_unit,
        });
        if !d_modulated.is_empty() {
            for (k, block) in facts.modulated.clone().enumerate() {
                let v = &weights.get(Parameter::Modulated)[k * h * h..(k + 1) * h * h];
                set_product(
                    MatrixMut::new(&mut d_modulated[k], batch, h),
                    Matrix::strided(&d_pre[block * h..], batch, h, width),
                    Matrix::new(v, h, h),
                );
            }
            vectorised(ModulateBackward {
                cell: PhantomData::<C>,
                step: at,
                d_modulated: &d_modulated,
                d_pre: &mut *d_pre,
                d_state: &mut d_state,
                d_unit: &mut d_unit,
            });
        }
        let of_state = columns(&facts.recurrent, h);
        if !of_state.is_empty() {
            add_product(
                MatrixMut::new(&mut d_state[0], batch, h),
                Matrix::strided(&d_pre[of_state.start..], batch, of_state.len(), width),
                recurrent,
            );
        }
    }
    Gradients { sizes, input, pass, pre: d_pre, state: d_state, unit: d_unit }
}

impl<E: Float> Gradients<'_, E> {
    /// Adds the gradient with respect to the input, `[T, B, I]`.
    pub fn add_input<C: Cell>(&self, weights: &Weights<E>, out: &mut [E]) {
        let facts = C::FACTS;
        let Sizes { input: i, hidden: h, .. } = self.sizes;
        if facts.input.is_empty() || self.rows() == 0 {
            return;
        }
        add_product(
            MatrixMut::new(out, self.rows(), i),
            self.blocks::<C>(&facts.input),
            Matrix::new(weights.get(Parameter::Input), facts.input.len() * h, i),
        );
    }

    /// Adds the gradient with respect to a parameter.
    pub fn add_parameter<C: Cell>(&self, parameter: Parameter, out: &mut [E]) {
        let facts = C::FACTS;
        let Sizes { input: i, hidden: h, .. } = self.sizes;
        let rows = self.rows();
        if rows == 0 || out.is_empty() {
            return;
        }
        match parameter {
            Parameter::Input => add_product(
                MatrixMut::new(out, facts.input.len() * h, i),
                self.blocks::<C>(&facts.input).t(),
                Matrix::new(self.input, rows, i),
            ),
            Parameter::Recurrent => add_product(
                MatrixMut::new(out, facts.recurrent.len() * h, h),
                self.blocks::<C>(&facts.recurrent).t(),
                Matrix::new(&self.pass.states[0], rows, h),
            ),
            Parameter::Modulated => {
                for (k, block) in facts.modulated.clone().enumerate() {
                    add_product(
                        MatrixMut::new(&mut out[k * h * h..(k + 1) * h * h], h, h),
                        self.blocks::<C>(&(block..block + 1)).t(),
                        Matrix::new(&self.pass.modulated[k], rows, h),
                    );
                }
            }
            Parameter::Bias => {
                for row in self.pre.chunks_exact(out.len()) {
                    add(out, row);
                }
            }
            Parameter::Unit => add(out, &self.unit),
        }
    }

    fn rows(&self) -> usize {
        self.sizes.steps * self.sizes.batch
    }

    /// The gradients of some blocks' pre-activations, `[T*B, blocks*H]`.
    fn blocks<C: Cell>(&self, range: &Range<usize>) -> Matrix<'_, E> {
        let h = self.sizes.hidden;
        let of = columns(range, h);
        Matrix::strided(&self.pre[of.start..], self.rows(), of.len(), C::FACTS.pre.len() * h)
    }
}

fn add<E: Float>(to: &mut [E], what: &[E]) {
    for (a, &b) in to.iter_mut().zip(what) {
        *a += b;
    }
}

/// The pieces of a row of hidden units that one vector holds, each as (offset, length).
#[inline(always)]
fn pieces<E: Float>(hidden: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..hidden).step_by(E::WIDTH).map(move |j| (j, E::WIDTH.min(hidden - j)))
}

/// A block of vectors, the `k`-th from `at(k)` on in its slice.
#[inline(always)]
fn load<'a, E: Float, A: Block<E::Vector>>(len: usize, source: impl Fn(usize) -> &'a [E]) -> A {
    A::from_fn(|k| E::load(&source(k)[..len]))
}

/// What the second stage multiplies, at one time step.
struct ModulateStep<'a, C, E> {
    cell: PhantomData<C>,
    sizes: Sizes,
    t: usize,
    pre: &'a [E],
    states: &'a [Vec<E>],
    weights: &'a Weights<E>,
    modulated: &'a mut [Vec<E>],
}

impl<C: Cell, E: Float> Kernel for ModulateStep<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { sizes, t, pre, states, weights, modulated, .. } = self;
        let Sizes { batch, hidden: h, .. } = sizes;
        let (width, unit) = (C::FACTS.pre.len() * h, weights.get(Parameter::Unit));
        for b in 0..batch {
            for (j, len) in pieces::<E>(h) {
                let at = (t * batch + b) * h + j;
                let m = C::modulate::<E::Vector>(
                    load::<E, _>(len, |k| &pre[b * width + k * h + j..]),
                    load::<E, _>(len, |k| &states[k][at..]),
                    load::<E, _>(len, |k| &unit[k * h + j..]),
                );
                for (slot, &value) in modulated.iter_mut().zip(m.as_slice()) {
                    E::store(value, &mut slot[at..at + len]);
                }
            }
        }
    }
}

/// The new state, at one time step.
struct StateStep<'a, C, E> {
    cell: PhantomData<C>,
    sizes: Sizes,
    t: usize,
    pre: &'a [E],
    states: &'a mut [Vec<E>],
    weights: &'a Weights<E>,
}

impl<C: Cell, E: Float> Kernel for StateStep<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { sizes, t, pre, states, weights, .. } = self;
        let Sizes { batch, hidden: h, .. } = sizes;
        let (width, unit) = (C::FACTS.pre.len() * h, weights.get(Parameter::Unit));
        for b in 0..batch {
            for (j, len) in pieces::<E>(h) {
                let at = (t * batch + b) * h + j;
                let new = C::step::<E::Vector>(
                    load::<E, _>(len, |k| &pre[b * width + k * h + j..]),
                    load::<E, _>(len, |k| &states[k][at..]),
                    load::<E, _>(len, |k| &unit[k * h + j..]),
                );
                let to = at + batch * h;
                for (slot, &value) in states.iter_mut().zip(new.as_slice()) {
                    E::store(value, &mut slot[to..to + len]);
                }
            }
        }
    }
}

/// One time step of a finished forward pass.
#[derive(Clone, Copy)]
struct Step<'a, E> {
    sizes: Sizes,
    t: usize,
    pass: &'a Pass<E>,
    weights: &'a Weights<E>,
}

/// Gradients of the pre-activations from the gradient of the new state, which is replaced by the
/// pointwise part of the gradient of the old one.
struct StateBackward<'a, C, E> {
    cell: PhantomData<C>,
    step: Step<'a, E>,
    d_pre: &'a mut [E],
    d_state: &'a mut [Vec<E>],
    d_unit: &'a mut [E],
}

impl<C: Cell, E: Float> Kernel for StateBackward<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, d_pre, d_state, d_unit, .. } = self;
        let Sizes { batch, hidden: h, .. } = step.sizes;
        let (width, unit) = (C::FACTS.pre.len() * h, step.weights.get(Parameter::Unit));
        for b in 0..batch {
            for (j, len) in pieces::<E>(h) {
                let row = step.t * batch + b;
                let (at, local) = (row * h + j, b * h + j);
                let states = &step.pass.states;
                let found = C::step_backward::<E::Vector>(
                    load::<E, _>(len, |k| &step.pass.pre[row * width + k * h + j..]),
                    load::<E, _>(len, |k| &states[k][at..]),
                    load::<E, _>(len, |k| &unit[k * h + j..]),
                    load::<E, _>(len, |k| &states[k][at + batch * h..]),
                    load::<E, _>(len, |k| &d_state[k][local..]),
                );
                for (k, &d) in found.pre.as_slice().iter().enumerate() {
                    let to = b * width + k * h + j;
                    E::store(d, &mut d_pre[to..to + len]);
                }
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    E::store(d, &mut slot[local..local + len]);
                }
                accumulate::<E>(d_unit, len, found.unit.as_slice(), |k| k * h + j);
            }
        }
    }
}

/// Adds what reaches pre-activations and old state through the second stage.
struct ModulateBackward<'a, C, E> {
    cell: PhantomData<C>,
    step: Step<'a, E>,
    d_modulated: &'a [Vec<E>],
    d_pre: &'a mut [E],
    d_state: &'a mut [Vec<E>],
    d_unit: &'a mut [E],
}

impl<C: Cell, E: Float> Kernel for ModulateBackward<'_, C, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { step, d_modulated, d_pre, d_state, d_unit, .. } = self;
        let Sizes { batch, hidden: h, .. } = step.sizes;
        let (width, unit) = (C::FACTS.pre.len() * h, step.weights.get(Parameter::Unit));
        for b in 0..batch {
            for (j, len) in pieces::<E>(h) {
                let row = step.t * batch + b;
                let (at, local) = (row * h + j, b * h + j);
                let found = C::modulate_backward::<E::Vector>(
                    load::<E, _>(len, |k| &step.pass.pre[row * width + k * h + j..]),
                    load::<E, _>(len, |k| &step.pass.states[k][at..]),
                    load::<E, _>(len, |k| &unit[k * h + j..]),
                    load::<E, _>(len, |k| &d_modulated[k][local..]),
                );
                accumulate::<E>(d_pre, len, found.pre.as_slice(), |k| b * width + k * h + j);
                for (slot, &d) in d_state.iter_mut().zip(found.state.as_slice()) {
                    accumulate::<E>(slot, len, &[d], |_| local);
                }
                accumulate::<E>(d_unit, len, found.unit.as_slice(), |k| k * h + j);
            }
        }
    }
}

/// `target[at(k)..][..len] += values[k]`, element by element.
#[inline(always)]
fn accumulate<E: Float>(
    target: &mut [E],
    len: usize,
    values: &[E::Vector],
    at: impl Fn(usize) -> usize,
) {
    for (k, &value) in values.iter().enumerate() {
        let place = &mut target[at(k)..at(k) + len];
        let sum = E::load(place) + value;
        E::store(sum, place);
    }
}

/// A zero state: each slot `[B, H]`.
pub fn zero_state<C: Cell, E: Float>(batch: usize, hidden: usize) -> Vec<Vec<E>> {
    vec![vec![E::default(); batch * hidden]; C::FACTS.state.len()]
}
