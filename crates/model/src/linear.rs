//! A matrix applied to every position of a sequence.

use crate::{ModelError, Sequence};
use compute::matmul::{Matrix, MatrixMut, Packed, add_product, set_packed, set_product};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::elements_of;

/// `x W^T + b`: `x` `[T, B, N]`, `weight` `[M, N]` and `bias` `[M]` to `[T, B, M]`, as one product
/// over all positions.
pub(crate) fn linear<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    weight: &Tensor<(usize, usize), f32, Cpu>,
    bias: Option<&Tensor<(usize,), f32, Cpu>>,
) -> Result<Sequence<T>, ModelError> {
    product(x, weight, bias, set_product)
}

/// [`linear`] whose position gives the same to the bit alone and beside others, which a single one does not
/// there.
pub(crate) fn linear_each<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    weight: &Tensor<(usize, usize), f32, Cpu>,
    bias: Option<&Tensor<(usize,), f32, Cpu>>,
) -> Result<Sequence<T>, ModelError> {
    product(x, weight, bias, |out, left, right| set_packed(out, left, &Packed::new(right)))
}

fn product<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    weight: &Tensor<(usize, usize), f32, Cpu>,
    bias: Option<&Tensor<(usize,), f32, Cpu>>,
    set: impl FnOnce(MatrixMut<'_, f32>, Matrix<'_, f32>, Matrix<'_, f32>),
) -> Result<Sequence<T>, ModelError> {
    let (steps, batch, n) = *x.shape();
    let (m, _) = *weight.shape();
    let rows = steps * batch;
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let (input, matrix) = (elements_of(&x), elements_of(weight));
    let mut y = vec![0.0; rows * m];
    set(
        MatrixMut::new(&mut y, rows, m),
        Matrix::new(&input, rows, n),
        Matrix::new(&matrix, m, n).t(),
    );
    if let Some(bias) = bias {
        let bias = elements_of(bias);
        for row in y.chunks_exact_mut(m) {
            row.iter_mut().zip(&*bias).for_each(|(y, b)| *y += b);
        }
    }
    let out = weight.device().try_tensor_from_vec(y, (steps, batch, m))?;
    if T::OWNS_TAPE {
        let (of_x, of_weight, of_out) = (x.ghost(), weight.ghost(), out.ghost());
        let of_bias = bias.map(|bias| bias.ghost());
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let d = Matrix::new(&d_out, rows, m);
            let d_x = gradients.get_or_alloc_mut(&of_x)?;
            add_product(MatrixMut::new(d_x, rows, n), d, Matrix::new(&matrix, m, n));
            let d_weight = gradients.get_or_alloc_mut(&of_weight)?;
            add_product(MatrixMut::new(d_weight, m, n), d.t(), Matrix::new(&input, rows, n));
            if let Some(of_bias) = &of_bias {
                let d_bias = gradients.get_or_alloc_mut(of_bias)?;
                for row in d_out.chunks_exact(m) {
                    d_bias.iter_mut().zip(row).for_each(|(to, d)| *to += d);
                }
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}
