//! Word vectors, picked by index.

use crate::{ModelError, Sequence};
use dfdx::prelude::{Cpu, HasShape, PutTape, Tape, Tensor, TensorFromVec};

/// The rows of `weight` `[V, E]` that `tokens` `[T, B]` name: `[T, B, E]`, starting the tape
/// `tape`. Backward adds each row's gradient to the row it came from.
pub(crate) fn embed<T: Tape<f32, Cpu>>(
    weight: &Tensor<(usize, usize), f32, Cpu>,
    tokens: &[u32],
    (steps, batch): (usize, usize),
    mut tape: T,
) -> Result<Sequence<T>, ModelError> {
    let (vocabulary, width) = *weight.shape();
    if let Some(&token) = tokens.iter().find(|&&token| token as usize >= vocabulary) {
        return Err(ModelError::Token { token, vocabulary });
    }
    // Element by element: dfdx lends no rows, and a copy of the whole table is far larger.
    let mut rows = Vec::with_capacity(tokens.len() * width);
    for &token in tokens {
        rows.extend((0..width).map(|column| weight[[token as usize, column]]));
    }
    let out = weight.device().try_tensor_from_vec(rows, (steps, batch, width))?;
    if T::OWNS_TAPE {
        let (of_weight, of_out) = (weight.ghost(), out.ghost());
        let tokens = tokens.to_vec();
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let d_weight = gradients.get_or_alloc_mut(&of_weight)?;
            for (&token, d_row) in tokens.iter().zip(d_out.chunks_exact(width)) {
                let row = &mut d_weight[token as usize * width..][..width];
                for (d, &from) in row.iter_mut().zip(d_row) {
                    *d += from;
                }
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}
