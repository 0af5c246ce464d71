//! The loss of a timed train step.

use crate::BenchError;
use dfdx::prelude::{Cpu, OwnedTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::{SequenceError, Taped, elements_of};

/// The sum of all elements. dfdx's own walks them one index at a time, which would be a good part
/// of what is timed; this one is a loop over a slice, as other libraries' are.
pub(super) fn sum(y: Taped) -> Result<Tensor<(), f32, Cpu, OwnedTape<f32, Cpu>>, BenchError> {
    let (y, mut tape) = y.split_tape();
    let elements = elements_of(&y);
    // Sixteen sums side by side: one alone would wait for every addition.
    let (whole, rest) = elements.as_chunks::<16>();
    let mut sums = [0.0_f32; 16];
    for chunk in whole {
        sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
    }
    let total: f32 = sums.iter().chain(rest).sum();
    let out = y.device().try_tensor_from_vec(vec![total], ()).map_err(SequenceError::from)?;
    let (of_y, of_out) = (y.ghost(), out.ghost());
    tape.add_backward_op(move |gradients| {
        let upstream = gradients.get_or_alloc_mut(&of_out)?[0];
        gradients.get_or_alloc_mut(&of_y)?.iter_mut().for_each(|d| *d += upstream);
        Ok(())
    });
    Ok(out.put_tape(tape))
}
