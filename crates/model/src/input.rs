//! What stands between the input and the first recurrent layer.

use crate::embed::embed;
use crate::linear::linear;
use crate::{ModelError, Sequence};
use dfdx::prelude::{Cpu, PutTape, Tape, Tensor, TensorFromVec};

type Matrix = Tensor<(usize, usize), f32, Cpu>;

/// Inputs of a window.
#[derive(Debug, Clone, Copy)]
pub enum Inputs<'a> {
    /// Tokens, `[T, B]`.
    Tokens(&'a [u32]),
    /// Numbers, `[T, B, width]`.
    Features(&'a [f32]),
}

/// What the first layer reads, `[T, B, E]` or `[T, B, width]`, with tape `tape`: word vectors, a
/// linear map of the numbers, or the numbers as they are. `weight` is `[types, E]` for tokens,
/// `[E, width]` for numbers.
pub(crate) fn read<T: Tape<f32, Cpu>>(
    weight: Option<&Matrix>,
    inputs: Inputs<'_>,
    (steps, batch): (usize, usize),
    tape: T,
) -> Result<Sequence<T>, ModelError> {
    match (inputs, weight) {
        (Inputs::Tokens(tokens), Some(weight)) => embed(weight, tokens, (steps, batch), tape),
        (Inputs::Tokens(_), None) => {
            Err(ModelError::Window { problem: "tokens for a model without an embedding" })
        }
        (Inputs::Features(numbers), weight) => {
            let positions = (steps * batch).max(1);
            if numbers.is_empty() || !numbers.len().is_multiple_of(positions) {
                return Err(ModelError::Window { problem: "numbers that are no whole steps" });
            }
            let shape = (steps, batch, numbers.len() / positions);
            let x = Cpu::default().try_tensor_from_vec(numbers.to_vec(), shape)?.put_tape(tape);
            match weight {
                Some(weight) => linear(x, weight, None),
                None => Ok(x),
            }
        }
    }
}
