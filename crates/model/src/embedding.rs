//! What stands between the input and the first recurrent layer.

use crate::costs::{Costs, masked};
use crate::embed::embed;
use crate::linear::linear;
use crate::modules::{Matrix, Start, Visit};
use crate::{ModelConfig, ModelError, Sequence};
use dfdx::prelude::{Cpu, PutTape, Tape, TensorFromVec};
use sequence::{Dropout, Share};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use task::{InputKind, Inputs, TaskShape};

/// Word vectors, a linear map of numbers, or nothing where the layers read numbers as they are.
pub(crate) struct Embedding {
    name: &'static str,
    /// `[types, E]` for tokens, `[E, width]` for numbers.
    weight: Option<Matrix>,
    dropout: Share,
}

impl Embedding {
    /// With weights of these sizes, or none.
    pub(crate) fn new(
        name: &'static str,
        sizes: Option<(usize, usize)>,
        dropout: Share,
        start: Start<'_>,
    ) -> Result<Self, ModelError> {
        let weight = sizes.map(|sizes| start.matrix(name, sizes)).transpose()?;
        Ok(Self { name, weight, dropout })
    }

    /// What it costs: tokens pick their row, numbers are multiplied.
    pub(crate) fn costs(config: &ModelConfig, shape: &TaskShape) -> Costs {
        let weights = config.embedding_shape(shape).map_or(0, |(rows, columns)| rows * columns);
        let flops = match shape.input {
            InputKind::Tokens { .. } => 0,
            InputKind::Features { .. } => 2 * weights,
        };
        let mask = masked(config, config.embedding.map_or(0, NonZeroUsize::get));
        Costs::around_layers(weights, flops, config.input_width(shape) + mask)
    }

    /// What the first layer reads, `[T, B, E]` or `[T, B, width]`, with tape `tape`.
    pub(crate) fn forward<T: Tape<f32, Cpu>>(
        &self,
        inputs: &Inputs,
        (steps, batch): (usize, usize),
        dropout: Option<Dropout>,
        tape: T,
    ) -> Result<Sequence<T>, ModelError> {
        let x = match (inputs, &self.weight) {
            (Inputs::Tokens(tokens), Some(weight)) => embed(weight, tokens, (steps, batch), tape)?,
            (Inputs::Tokens(_), None) => {
                let problem = "tokens for a model without an embedding";
                return Err(ModelError::Window { problem });
            }
            (Inputs::Features { width, values }, weight) => {
                if values.is_empty() || values.len() != steps * batch * width {
                    return Err(ModelError::Window { problem: "numbers that are no whole steps" });
                }
                let shape = (steps, batch, *width);
                let x = Cpu::default().try_tensor_from_vec(values.clone(), shape)?.put_tape(tape);
                match weight {
                    Some(weight) => linear(x, weight, None)?,
                    None => x,
                }
            }
        };
        match dropout {
            // Numbers that the layers read as they are, are no activations.
            Some(dropout) if self.weight.is_some() => {
                Ok(dropout.apply(x, self.dropout, self.name)?)
            }
            _ => Ok(x),
        }
    }

    /// Its weights, which a tied output uses too.
    pub(crate) fn weight(&self) -> Option<&Matrix> {
        self.weight.as_ref()
    }

    /// The rows that inputs read, in ascending order, if tokens are read.
    pub(crate) fn rows(inputs: &Inputs) -> Option<Vec<u32>> {
        let tokens = inputs.tokens()?;
        Some(tokens.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect())
    }

    pub(crate) fn for_each_parameter(&mut self, visit: Visit<'_>) {
        if let Some(weight) = &mut self.weight {
            visit(self.name, weight);
        }
    }
}
