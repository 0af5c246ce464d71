//! Attention as one operation on dfdx's tape.

use crate::{Inputs, Score, Sizes, backward, forward};
use dfdx::prelude::{
    Cpu, HasShape, NoneTape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec,
};
use sequence::{Sequence, SequenceError, elements_of};

type Batch<T> = Sequence<usize, usize, usize, f32, T>;

/// The contexts `[S, B, E]`, with the tape of the queries `[S, B, A]`, on which keys `[T, B, A]` and values
/// `[T, B, E]` were made (they may be the same tensor); `lengths` `[B]` are the steps of each source. v_a is
/// `[A]`.
///
/// # Errors
/// [`SequenceError`] for sizes that do not fit together.
pub fn attend<T: Tape<f32, Cpu>>(
    queries: Batch<T>,
    keys: &Batch<NoneTape>,
    values: &Batch<NoneTape>,
    lengths: &[usize],
    score: Score<&Tensor<(usize,), f32, Cpu>>,
) -> Result<Batch<T>, SequenceError> {
    let (count, batch, key) = *queries.shape();
    let (steps, _, value) = *values.shape();
    let (of_keys, sequences, width) = *keys.shape();
    SequenceError::check("keys", &[steps, batch, key], &[of_keys, sequences, width])?;
    SequenceError::check("values", &[steps, batch], &[steps, values.shape().1])?;
    SequenceError::check_lengths(Some(lengths), steps, batch)?;
    if let Score::Additive(vector) = score {
        SequenceError::check("vector of the score", &[key], &[vector.shape().0])?;
    }
    let sizes = Sizes { queries: count, steps, batch, key, value };
    let (queries, mut tape) = queries.try_contiguous()?.split_tape();
    let [q, k, v] = [elements_of(&queries), elements_of(keys), elements_of(values)];
    let vector = score.map(elements_of);
    let read = Inputs { queries: &q[..], keys: &k, values: &v };
    let pass = forward(sizes, lengths, slices(&vector), read);
    let device = queries.device();
    let out = device.try_tensor_from_vec(pass.contexts.into_vec(), (count, batch, value))?;
    if T::OWNS_TAPE {
        let (of_queries, of_out) = (queries.ghost(), out.ghost());
        let (of_keys, of_values) = (keys.ghost(), values.ghost());
        let of_vector = score.map(|vector| vector.ghost());
        let (lengths, weights) = (lengths.to_vec(), pass.weights);
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let read = Inputs { queries: &q[..], keys: &k, values: &v };
            let found = backward(sizes, &lengths, slices(&vector), read, &weights, &d_out);
            found.add_queries(gradients.get_or_alloc_mut(&of_queries)?);
            found.add_keys(gradients.get_or_alloc_mut(&of_keys)?);
            found.add_values(gradients.get_or_alloc_mut(&of_values)?);
            if let Score::Additive(of_vector) = &of_vector {
                found.add_vector(gradients.get_or_alloc_mut(of_vector)?);
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}

fn slices<B: std::ops::Deref<Target = [f32]>>(score: &Score<B>) -> Score<&[f32]> {
    match score {
        Score::Dot => Score::Dot,
        Score::Additive(vector) => Score::Additive(vector),
    }
}
