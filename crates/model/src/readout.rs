//! The output layer with its loss.

use crate::costs::{Costs, masked};
use crate::linear::linear;
use crate::losses::{bernoulli, of_labels, squared_error};
use crate::modules::{Matrix, Start, Vector, Visit};
use crate::output::{Output, Total};
use crate::{ModelConfig, ModelError, Scalar, Sequence};
use compute::matmul::{MatrixMut, Packed, set_packed};
use dfdx::prelude::{Cpu, HasShape, NoneTape, Tape};
use sequence::{AnyParameter, elements_of};
use task::{TargetKind, Targets, TaskShape};

/// An output layer whose weights are laid out for many products. A row gives the same to the bit alone and
/// beside others.
pub(crate) struct PackedReadout {
    weight: Packed<f32>,
    width: usize,
    bias: Vec<f32>,
}

impl PackedReadout {
    /// What it gives for `x` `[T, B, N]`, `[T, B, outputs]`.
    pub(crate) fn outputs(&self, x: &Sequence<NoneTape>) -> Vec<f32> {
        let (steps, batch, _) = *x.shape();
        let rows = steps * batch;
        let mut outputs = vec![0.0; rows * self.bias.len()];
        let x = elements_of(x);
        let x = compute::matmul::Matrix::new(&x, rows, self.width);
        let to = MatrixMut::new(&mut outputs, rows, self.bias.len());
        set_packed(to, x, &self.weight);
        for row in outputs.chunks_exact_mut(self.bias.len().max(1)) {
            row.iter_mut().zip(&self.bias).for_each(|(y, b)| *y += b);
        }
        outputs
    }
}

/// Scores of types, of classes or of yes before their softmax or sigmoid, or numbers; and the loss
/// that belongs to them.
pub(crate) struct Readout {
    target: TargetKind,
    /// Its own weights; none where it uses the embedding's.
    weight: Option<Matrix>,
    bias: Vector,
}

impl Readout {
    /// `sizes` of weights of its own, (outputs, width), or none; `bias_start` is how its bias
    /// starts, one number an output.
    pub(crate) fn new(
        target: TargetKind,
        sizes: Option<(usize, usize)>,
        start: Start<'_>,
        (outputs, bias_start): (usize, Start<'_>),
    ) -> Result<Self, ModelError> {
        Ok(Self {
            target,
            weight: sizes.map(|sizes| start.matrix("output", sizes)).transpose()?,
            bias: bias_start.vector("output bias", outputs)?,
        })
    }

    /// What it costs at each step to read `read` numbers, for which `top` were dropped out: the product, the
    /// bias, and three operations an output for the softmax. Made once for a whole sequence, no operations
    /// are counted.
    pub(crate) fn costs(
        config: &ModelConfig,
        shape: &TaskShape,
        (top, read): (usize, usize),
    ) -> Costs {
        let outputs = shape.outputs();
        let own = if config.tied { 0 } else { outputs * read };
        let (flops, mask) = match shape.is_pooled() {
            true => (0, 0),
            false => (outputs * (2 * read + 4), masked(config, top)),
        };
        Costs::around_layers(outputs + own, flops, 2 * read + mask)
    }

    /// Sets the bias.
    pub(crate) fn start_from(&mut self, bias: &[f32]) -> Result<(), ModelError> {
        Ok(AnyParameter::<f32>::write(&mut self.bias, bias)?)
    }

    /// Whether it uses the weights of the embedding.
    pub(crate) fn is_tied(&self) -> bool {
        self.weight.is_none()
    }

    /// What it gives for `x` `[T, B, N]`, `[T, B, outputs]`; `tied` are the weights of the embedding.
    pub(crate) fn outputs(
        &self,
        x: Sequence<NoneTape>,
        tied: Option<&Matrix>,
    ) -> Result<Vec<f32>, ModelError> {
        Ok(linear(x, self.weight(tied)?, Some(&self.bias))?.as_vec())
    }

    /// Its weights laid out for many products; `tied` are those of the embedding.
    pub(crate) fn packed(&self, tied: Option<&Matrix>) -> Result<PackedReadout, ModelError> {
        let weight = self.weight(tied)?;
        let (outputs, width) = *weight.shape();
        let elements = elements_of(weight);
        let matrix = compute::matmul::Matrix::new(&elements, outputs, width);
        let bias = AnyParameter::<f32>::read(&self.bias);
        Ok(PackedReadout { weight: Packed::new(matrix.t()), width, bias })
    }

    /// The mean loss over what is scored of `x` `[T, B, N]`, with its tape, and the total.
    pub(crate) fn loss<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        targets: &Targets,
        tied: Option<&Matrix>,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let weight = self.weight(tied)?;
        let types = Output { weight, bias: &self.bias };
        match (self.target, targets) {
            (TargetKind::Tokens { .. }, Targets::Tokens(targets))
            | (TargetKind::Class { .. }, Targets::Classes(targets)) => {
                types.cross_entropy(x, targets)
            }
            (TargetKind::Sequence { .. }, Targets::Sequences(targets)) => {
                types.cross_entropy(x, &targets.tokens)
            }
            (TargetKind::Bits { .. }, Targets::Bits { values, .. }) => {
                bernoulli(linear(x, weight, Some(&self.bias))?, values)
            }
            (TargetKind::Value, Targets::Values(values)) => {
                squared_error(linear(x, weight, Some(&self.bias))?, values)
            }
            _ => Err(ModelError::Window { problem: "targets of another kind than the model's" }),
        }
    }

    /// The mean loss of labels at no known steps of `x` `[T, B, N]`, of which each sequence has its
    /// `lengths`, with its tape, and the total.
    pub(crate) fn loss_of_labels<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        (labels, lengths): (&[Vec<u32>], &[usize]),
        tied: Option<&Matrix>,
    ) -> Result<(Scalar<T>, Total), ModelError> {
        match self.target {
            TargetKind::Labels { .. } => {
                of_labels(linear(x, self.weight(tied)?, Some(&self.bias))?, labels, lengths)
            }
            _ => Err(ModelError::Window { problem: "targets of another kind than the model's" }),
        }
    }

    pub(crate) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        if let Some(weight) = &mut self.weight {
            visit("output", weight);
        }
        visit("output bias", &mut self.bias);
    }

    fn weight<'a>(&'a self, tied: Option<&'a Matrix>) -> Result<&'a Matrix, ModelError> {
        let none = ModelError::Window { problem: "an output layer without weights" };
        self.weight.as_ref().or(tied).ok_or(none)
    }
}
