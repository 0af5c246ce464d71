//! Gradients of parameters and input, gathered stretch by stretch.

use super::diagonal::add_gradients;
use super::kernels::UnitGradients;
use super::weights::subtract_transposed;
use super::{PackedWeights, Parameter, Pass, Sizes, Weights, add, columns};
use cell::Facts;
use compute::matmul::{Matrix, MatrixMut, Packed, add_packed};
use compute::{Buffer, Float, Kernel};
use std::ops::Range;

/// Gradients of a loss with respect to all that a forward pass read. The backward pass adds to
/// what is there.
#[derive(Debug, Clone)]
pub struct Gradients<E> {
    /// With respect to the parameters.
    pub parameters: Weights<E>,
    /// With respect to the input, `[T, B, I]`.
    pub input: Vec<E>,
    /// With respect to the initial state: the hidden state `[B, P]`, the other slots `[B, H]`.
    pub state: Vec<Vec<E>>,
}

impl<E: Float> Gradients<E> {
    /// Zeros for a pass of a cell with these facts.
    pub fn zeros(facts: &Facts, sizes: Sizes) -> Self {
        Self {
            parameters: Weights::zeros(facts, sizes.layer()),
            input: vec![E::default(); sizes.rows() * sizes.input],
            state: sizes.state(facts),
        }
    }

    pub(super) fn add_units(&mut self, found: &UnitGradients<E>) {
        add(self.parameters.get_mut(Parameter::Unit), &found.own);
        add(self.parameters.get_mut(Parameter::Scalar), &found.shared);
    }
}

/// What the backward pass found in a stretch of time steps.
pub(super) struct Stretch<'a, E: Float> {
    pub(super) facts: &'a Facts,
    pub(super) pass: &'a Pass<E>,
    /// Its rows among the T*B of the sequence.
    pub(super) rows: Range<usize>,
    /// The gradient with respect to its pre-activations, `[rows, A*H]`.
    pub(super) pre: &'a [E],
    /// With respect to W x, where that is normalised.
    pub(super) normalised_input: &'a [E],
    /// With respect to U h', where that is normalised.
    pub(super) normalised_recurrent: &'a [E],
    /// With respect to the projected hidden state, `[rows, P]`.
    pub(super) projected: &'a [E],
}

impl<E: Float> Stretch<'_, E> {
    /// Adds its part to the gradients. `packed` is memory for one matrix.
    pub(super) fn add_to(
        &self,
        into: &mut Gradients<E>,
        weights: &PackedWeights<E>,
        input: &[E],
        packed: &mut Packed<E>,
    ) {
        let facts = self.facts;
        let Sizes { input: i, hidden: h, output: p, heads, .. } = self.pass.sizes;
        let (rows, width) = (self.rows.len(), facts.pre.len() * h);
        if rows == 0 {
            return;
        }
        let input = &input[self.rows.start * i..][..rows * i];
        let d_input = &mut into.input[self.rows.start * i..][..rows * i];
        let parameters = &mut into.parameters;
        let matrices = facts.input_matrices(i, h);
        for block in facts.input.start..matrices.start {
            for (d, pre) in d_input.chunks_exact_mut(i).zip(self.pre.chunks_exact(width)) {
                add(d, &pre[block * h..(block + 1) * h]);
            }
        }
        if !matrices.is_empty() {
            let d = match self.pass.input {
                None => self.blocks(&matrices),
                Some(_) => Matrix::new(self.normalised_input, rows, matrices.len() * h),
            };
            add_packed(MatrixMut::new(d_input, rows, i), d, &weights.backward().input);
            packed.pack(Matrix::new(input, rows, i));
            let to = parameters.get_mut(Parameter::Input);
            add_packed(MatrixMut::new(to, matrices.len() * h, i), d.t(), packed);
        }
        if !facts.recurrent.is_empty() {
            let d = match self.pass.recurrent {
                None => (&self.pre[facts.recurrent.start * h..], width),
                Some(_) => (self.normalised_recurrent, facts.recurrent.len() * h),
            };
            let before = &self.pass.before()[self.rows.start * p..][..rows * p];
            let to = parameters.get_mut(Parameter::Recurrent);
            if facts.antisymmetric {
                let mut found = Buffer::zeros(to.len());
                add_gradients(&mut found, (h, p), heads, d, before, packed);
                subtract_transposed(&mut found, h / heads);
                add(to, &found);
            } else {
                add_gradients(to, (h, p), heads, d, before, packed);
            }
        }
        let modulated = parameters.get_mut(Parameter::Modulated).chunks_exact_mut(h * h / heads);
        for ((to, m), block) in modulated.zip(&self.pass.modulated).zip(facts.modulated.clone()) {
            let m = &m[self.rows.start * h..][..rows * h];
            add_gradients(to, (h, h), heads, (&self.pre[block * h..], width), m, packed);
        }
        if !self.projected.is_empty() {
            let first = if self.pass.options.reverse { 0 } else { self.pass.sizes.batch };
            let raw = &self.pass.states[0][(first + self.rows.start) * h..][..rows * h];
            packed.pack(Matrix::new(raw, rows, h));
            let to = parameters.get_mut(Parameter::Projection);
            add_packed(MatrixMut::new(to, p, h), Matrix::new(self.projected, rows, p).t(), packed);
        }
        let to = parameters.get_mut(Parameter::Bias);
        E::vectorised(AddRows { to, rows: &self.pre[facts.unbiased * h..], apart: width });
        let normals = [
            (&self.pass.input, Parameter::InputGain, &matrices),
            (&self.pass.recurrent, Parameter::RecurrentGain, &facts.recurrent),
        ];
        for (normal, parameter, blocks) in normals {
            if let Some(normal) = normal {
                let of = columns(blocks, h);
                let values = normal.rows(self.rows.start, rows);
                let to = parameters.get_mut(parameter);
                for (d, x) in self.pre.chunks_exact(width).zip(values.chunks_exact(of.len())) {
                    for ((to, &d), &x) in to.iter_mut().zip(&d[of.clone()]).zip(x) {
                        *to += d * x;
                    }
                }
            }
        }
    }

    /// The gradients of some blocks' pre-activations, `[rows, blocks*H]`.
    fn blocks(&self, range: &Range<usize>) -> Matrix<'_, E> {
        let h = self.pass.sizes.hidden;
        let of = columns(range, h);
        let width = self.facts.pre.len() * h;
        Matrix::strided(&self.pre[of.start..], self.rows.len(), of.len(), width)
    }
}

/// Adds the rows that lie `apart` from each other.
struct AddRows<'a, E> {
    to: &'a mut [E],
    rows: &'a [E],
    apart: usize,
}

impl<E: Float> Kernel for AddRows<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for row in self.rows.chunks(self.apart) {
            for (to, &x) in self.to.iter_mut().zip(row) {
                *to += x;
            }
        }
    }
}
