//! The modules that models are put together from, besides the recurrent layers
//! ([`sequence::Stack`]): each has its parameters by name and what it makes of a sequence.

use crate::costs::Costs;
use crate::linear::{linear, linear_each};
use crate::pool::{Pool, Pooling};
use crate::{ModelConfig, ModelError, Sequence};
use compute::Draws;
use dfdx::prelude::{Cpu, Tape, Tensor, TensorFromVec};
use sequence::AnyParameter;
use task::TaskShape;

pub(crate) type Vector = Tensor<(usize,), f32, Cpu>;
pub(crate) type Matrix = Tensor<(usize, usize), f32, Cpu>;

/// Sees one parameter after another with its name.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&str, &mut dyn AnyParameter<f32>);

/// How parameters start: drawn from U(-limit, limit), each from the random stream of its name.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    pub(crate) draws: &'a Draws,
    pub(crate) limit: f64,
}

impl Start<'_> {
    pub(crate) fn vector(&self, name: &str, len: usize) -> Result<Vector, ModelError> {
        let elements = self.draws.uniform(name, len, self.limit);
        Ok(Cpu::default().try_tensor_from_vec(elements, (len,))?)
    }

    pub(crate) fn matrix(
        &self,
        name: &str,
        (rows, columns): (usize, usize),
    ) -> Result<Matrix, ModelError> {
        let elements = self.draws.uniform(name, rows * columns, self.limit);
        Ok(Cpu::default().try_tensor_from_vec(elements, (rows, columns))?)
    }
}

/// A linear map without a bias.
pub(crate) struct Linear {
    name: &'static str,
    /// `[M, N]`.
    weight: Matrix,
}

impl Linear {
    /// From N to M numbers, given (M, N).
    pub(crate) fn new(
        name: &'static str,
        sizes: (usize, usize),
        start: Start<'_>,
    ) -> Result<Self, ModelError> {
        Ok(Self { name, weight: start.matrix(name, sizes)? })
    }

    /// `[T, B, N]` to `[T, B, M]`.
    pub(crate) fn forward<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
    ) -> Result<Sequence<T>, ModelError> {
        linear(x, &self.weight, None)
    }

    /// The same; a position gives the same to the bit alone and beside others.
    pub(crate) fn forward_each<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
    ) -> Result<Sequence<T>, ModelError> {
        linear_each(x, &self.weight, None)
    }

    pub(crate) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        visit(self.name, &mut self.weight);
    }
}

/// From the outputs at all steps to one vector for the sequence.
pub(crate) struct PooledSteps {
    pooling: Pooling,
    /// Numbers of one direction's outputs.
    direction: usize,
    /// What attention compares outputs with.
    query: Option<Vector>,
}

impl PooledSteps {
    /// Of `width` numbers a step, `direction` of them from one direction.
    pub(crate) fn new(
        pooling: Pooling,
        (direction, width): (usize, usize),
        start: Start<'_>,
    ) -> Result<Self, ModelError> {
        let query = match pooling {
            Pooling::Attention => Some(start.vector("attention", width)?),
            _ => None,
        };
        Ok(Self { pooling, direction, query })
    }

    /// What it costs, where there is one answer for a sequence. The last output is picked; for the mean
    /// each number is weighted and added; for the largest it is compared; for attention there are a
    /// product with the query, three operations of the softmax, and the weighted sum.
    pub(crate) fn costs(config: &ModelConfig, shape: &TaskShape) -> Costs {
        let width = config.stack_width();
        let (parameters, flops) = match config.pooling() {
            _ if !shape.is_pooled() => (0, 0),
            Pooling::Last => (0, 0),
            Pooling::Max => (0, width),
            Pooling::Mean => (0, 2 * width),
            Pooling::Attention => (width, 4 * width + 3),
        };
        Costs::around_layers(parameters, flops, 0)
    }

    /// `[T, B, D]` to `[1, B, D]`; `lengths` `[B]` where they differ.
    pub(crate) fn forward<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        lengths: Option<&[usize]>,
    ) -> Result<Sequence<T>, ModelError> {
        let Self { pooling, direction, .. } = *self;
        Pool { pooling, direction, query: self.query.as_ref() }.apply(x, lengths)
    }

    pub(crate) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        if let Some(query) = &mut self.query {
            visit("attention", query);
        }
    }
}
