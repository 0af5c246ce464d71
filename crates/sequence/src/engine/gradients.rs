//! Gradients with respect to input and parameters, from those of the pre-activations.

use super::kernels::UnitGradients;
use super::{Parameter, Pass, Sizes, Weights, add, columns};
use crate::Float;
use crate::matmul::{Matrix, MatrixMut, add_product};
use cell::Cell;
use std::ops::Range;

/// Gradients of a loss with respect to all that a forward pass read.
pub struct Gradients<'a, E> {
    pub(super) sizes: Sizes,
    pub(super) input: &'a [E],
    pub(super) pass: Pass<E>,
    /// With respect to the pre-activations, `[T, B, A*H]`.
    pub(super) pre: Vec<E>,
    /// With respect to the initial state: the hidden state `[B, P]`, the other slots `[B, H]`.
    pub state: Vec<Vec<E>>,
    pub(super) unit: UnitGradients<E>,
    /// With respect to W x and U h', where those are normalised.
    pub(super) normalised_input: Vec<E>,
    pub(super) normalised_recurrent: Vec<E>,
    /// With respect to the projected hidden state, `[T, B, P]`.
    pub(super) projected: Vec<E>,
}

impl<E: Float> Gradients<'_, E> {
    /// Adds the gradient with respect to the input, `[T, B, I]`.
    pub fn add_input<C: Cell>(&self, weights: &Weights<E>, out: &mut [E]) {
        let facts = C::FACTS;
        let Sizes { input: i, hidden: h, .. } = self.sizes;
        let matrices = facts.input_matrices(i, h);
        for block in facts.input.start..matrices.start {
            for (out, pre) in out.chunks_exact_mut(i).zip(self.pre.chunks_exact(self.width::<C>()))
            {
                add(out, &pre[block * h..(block + 1) * h]);
            }
        }
        if matrices.is_empty() || self.sizes.rows() == 0 {
            return;
        }
        let w = Matrix::new(weights.get(Parameter::Input), matrices.len() * h, i);
        add_product(MatrixMut::new(out, self.sizes.rows(), i), self.of_input::<C>(), w);
    }

    /// Adds the gradient with respect to a parameter.
    pub fn add_parameter<C: Cell>(&self, parameter: Parameter, out: &mut [E]) {
        let facts = C::FACTS;
        let Sizes { input: i, hidden: h, output: p, .. } = self.sizes;
        let rows = self.sizes.rows();
        if rows == 0 || out.is_empty() {
            return;
        }
        let matrices = facts.input_matrices(i, h);
        match parameter {
            Parameter::Input => add_product(
                MatrixMut::new(out, matrices.len() * h, i),
                self.of_input::<C>().t(),
                Matrix::new(self.input, rows, i),
            ),
            Parameter::Recurrent => add_product(
                MatrixMut::new(out, facts.recurrent.len() * h, p),
                self.of_recurrent::<C>().t(),
                Matrix::new(self.pass.before(), rows, p),
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
                for row in self.pre.chunks_exact(self.width::<C>()) {
                    add(out, &row[facts.unbiased * h..]);
                }
            }
            Parameter::Unit => add(out, &self.unit.own),
            Parameter::Scalar => add(out, &self.unit.shared),
            Parameter::InputGain => {
                let normal = self.pass.input.as_ref().map_or(&[][..], |normal| &normal.values);
                self.add_gain::<C>(columns(&matrices, h), normal, out);
            }
            Parameter::RecurrentGain => {
                let normal = self.pass.recurrent.as_ref().map_or(&[][..], |normal| &normal.values);
                self.add_gain::<C>(columns(&facts.recurrent, h), normal, out);
            }
            Parameter::Projection => {
                let raw = self.sizes.batch * h;
                let first = if self.pass.how.reverse { 0 } else { raw };
                add_product(
                    MatrixMut::new(out, p, h),
                    Matrix::new(&self.projected, rows, p).t(),
                    Matrix::new(&self.pass.states[0][first..first + rows * h], rows, h),
                );
            }
        }
    }

    /// Adds the sum over rows of gradient times normalised value.
    fn add_gain<C: Cell>(&self, of: Range<usize>, normal: &[E], out: &mut [E]) {
        let rows = self.pre.chunks_exact(self.width::<C>()).zip(normal.chunks_exact(of.len()));
        for (d, normal) in rows {
            for ((out, &d), &x) in out.iter_mut().zip(&d[of.clone()]).zip(normal) {
                *out += d * x;
            }
        }
    }

    /// Numbers in a row of pre-activations.
    fn width<C: Cell>(&self) -> usize {
        C::FACTS.pre.len() * self.sizes.hidden
    }

    /// The gradient of W x.
    fn of_input<C: Cell>(&self) -> Matrix<'_, E> {
        let matrices = C::FACTS.input_matrices(self.sizes.input, self.sizes.hidden);
        match self.pass.input {
            None => self.blocks::<C>(&matrices),
            Some(_) => Matrix::new(
                &self.normalised_input,
                self.sizes.rows(),
                matrices.len() * self.sizes.hidden,
            ),
        }
    }

    /// The gradient of U h'.
    fn of_recurrent<C: Cell>(&self) -> Matrix<'_, E> {
        let blocks = &C::FACTS.recurrent;
        match self.pass.recurrent {
            None => self.blocks::<C>(blocks),
            Some(_) => Matrix::new(
                &self.normalised_recurrent,
                self.sizes.rows(),
                blocks.len() * self.sizes.hidden,
            ),
        }
    }

    /// The gradients of some blocks' pre-activations, `[T*B, blocks*H]`.
    fn blocks<C: Cell>(&self, range: &Range<usize>) -> Matrix<'_, E> {
        let of = columns(range, self.sizes.hidden);
        Matrix::strided(&self.pre[of.start..], self.sizes.rows(), of.len(), self.width::<C>())
    }
}
