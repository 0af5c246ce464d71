//! Output layer, softmax and cross-entropy in one pass.
//!
//! Logits are made for a few rows at a time, turned into probabilities and, where a gradient is
//! wanted, into the gradients of input, weight and bias at once: the loss is a number, so its
//! backward pass only scales them. `[T*B, V]` never exists.

use crate::{IGNORE, ModelError, Scalar, Sequence};
use cell::{Lanes, Real};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec};
use sequence::matmul::{Matrix, MatrixMut, add_product, set_product};
use sequence::{Kernel, vectorised};

/// Rows of logits in memory at a time: enough for the product to be worth it, few enough for the
/// outer caches (5 MB at 10,000 types).
const ROWS: usize = 128;

/// The summed loss over the scored targets, in nats, and how many there were.
pub(crate) type Total = (f64, usize);

/// Weights of an output layer: `weight` `[V, D]`, `bias` `[V]`.
pub(crate) struct Output<'a> {
    pub(crate) weight: &'a Tensor<(usize, usize), f32, Cpu>,
    pub(crate) bias: &'a Tensor<(usize,), f32, Cpu>,
}

impl Output<'_> {
    /// Mean cross-entropy of `softmax(x W^T + b)` against `targets` over those that are not
    /// [`IGNORE`], as a scalar with `x`'s tape, and the total.
    pub(crate) fn cross_entropy<T: Tape<f32, Cpu>>(
        &self,
        x: Sequence<T>,
        targets: &[u32],
    ) -> Result<(Scalar<T>, Total), ModelError> {
        let (steps, batch, width) = *x.shape();
        let (vocabulary, _) = *self.weight.shape();
        let scored = |&&target: &&u32| target != IGNORE;
        if let Some(&token) =
            targets.iter().filter(scored).find(|&&target| target as usize >= vocabulary)
        {
            return Err(ModelError::Token { token, vocabulary });
        }
        let (x, mut tape) = x.try_contiguous()?.split_tape();
        let mut input = vec![0.0; steps * batch * width];
        x.copy_into(&mut input);
        let mut weight = vec![0.0; vocabulary * width];
        self.weight.copy_into(&mut weight);
        let mut bias = vec![0.0; vocabulary];
        self.bias.copy_into(&mut bias);

        let count = targets.iter().filter(scored).count();
        let scale = 1.0 / count.max(1) as f32;
        let mut found = T::OWNS_TAPE.then(|| Found {
            input: vec![0.0; input.len()],
            weight: vec![0.0; weight.len()],
            bias: vec![0.0; vocabulary],
        });
        let mut total = 0.0;
        let mut logits = vec![0.0; ROWS.min(targets.len()) * vocabulary];
        for (block, targets) in targets.chunks(ROWS).enumerate() {
            if targets.iter().all(|&target| target == IGNORE) {
                continue;
            }
            let rows = targets.len();
            let at = block * ROWS * width..(block * ROWS + rows) * width;
            let logits = &mut logits[..rows * vocabulary];
            for row in logits.chunks_exact_mut(vocabulary) {
                row.copy_from_slice(&bias);
            }
            let x = Matrix::new(&input[at.clone()], rows, width);
            let w = Matrix::new(&weight, vocabulary, width);
            add_product(MatrixMut::new(logits, rows, vocabulary), x, w.t());
            for (row, &target) in logits.chunks_exact_mut(vocabulary).zip(targets) {
                total += softmax_gradient(row, target, scale);
            }
            if let Some(found) = &mut found {
                let d = Matrix::new(logits, rows, vocabulary);
                set_product(MatrixMut::new(&mut found.input[at], rows, width), d, w);
                add_product(MatrixMut::new(&mut found.weight, vocabulary, width), d.t(), x);
                for row in logits.chunks_exact(vocabulary) {
                    add_scaled(&mut found.bias, row, 1.0);
                }
            }
        }

        let mean = (total / count.max(1) as f64) as f32;
        let out = self.weight.device().try_tensor_from_vec(vec![mean], ())?;
        if let Some(found) = found {
            let (of_x, of_out) = (x.ghost(), out.ghost());
            let (of_weight, of_bias) = (self.weight.ghost(), self.bias.ghost());
            tape.add_backward_op(move |gradients| {
                let upstream = gradients.get_or_alloc_mut(&of_out)?[0];
                add_scaled(gradients.get_or_alloc_mut(&of_x)?, &found.input, upstream);
                add_scaled(gradients.get_or_alloc_mut(&of_weight)?, &found.weight, upstream);
                add_scaled(gradients.get_or_alloc_mut(&of_bias)?, &found.bias, upstream);
                Ok(())
            });
        }
        Ok((out.put_tape(tape), (total, count)))
    }
}

/// Gradients of the mean loss.
struct Found {
    input: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

fn add_scaled(to: &mut [f32], from: &[f32], factor: f32) {
    for (a, &b) in to.iter_mut().zip(from) {
        *a += factor * b;
    }
}

/// Turns a row of logits into `scale` times the gradient of its loss, and returns the loss. A
/// target to ignore gives zeros and 0.
fn softmax_gradient(row: &mut [f32], target: u32, scale: f32) -> f64 {
    if target == IGNORE {
        row.fill(0.0);
        return 0.0;
    }
    let target = target as usize;
    let aim = row[target];
    let (largest, sum) = vectorised(Softmax { row, scale });
    row[target] -= scale;
    f64::from(sum).ln() + f64::from(largest) - f64::from(aim)
}

/// Replaces logits by `scale` times their probabilities; gives the largest logit and the sum of
/// e^(logit - largest).
struct Softmax<'a> {
    row: &'a mut [f32],
    scale: f32,
}

impl Kernel for Softmax<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run(self) -> (f32, f32) {
        let (whole, rest) = self.row.as_chunks_mut::<{ Lanes::WIDTH }>();
        let mut largest = Lanes([f32::NEG_INFINITY; Lanes::WIDTH]);
        for chunk in whole.iter() {
            largest = Lanes(*chunk).max(largest);
        }
        let mut top = f32::NEG_INFINITY;
        for &x in largest.0.iter().chain(rest.iter()) {
            top = if x > top { x } else { top };
        }
        let shift = Lanes([top; Lanes::WIDTH]);
        let mut sums = Lanes::constant(0.0);
        for chunk in whole.iter_mut() {
            let e = (Lanes(*chunk) - shift).exp();
            sums = sums + e;
            *chunk = e.0;
        }
        let mut sum = 0.0;
        for lane in sums.0 {
            sum += lane;
        }
        for x in rest.iter_mut() {
            *x = (*x - top).exp();
            sum += *x;
        }
        let factor = Lanes([self.scale / sum; Lanes::WIDTH]);
        for chunk in whole {
            *chunk = (Lanes(*chunk) * factor).0;
        }
        for x in rest {
            *x *= self.scale / sum;
        }
        (top, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;
    use sequence::Draws;

    /// Against dfdx's own linear, log-softmax and one-hot cross-entropy, with more rows than one
    /// block holds and a target to ignore.
    #[test]
    fn loss_and_gradients_agree_with_dfdx() {
        const N: usize = 150;
        const D: usize = 5;
        const V: usize = 37;
        let device = Cpu::default();
        let draws = Draws::new(1);
        let x = draws.uniform::<f32>("x", N * D, 1.0);
        let w = draws.uniform::<f32>("w", V * D, 1.0);
        let b = draws.uniform::<f32>("b", V, 1.0);
        let targets: Vec<u32> =
            (0..N as u32).map(|k| if k == 70 { IGNORE } else { k * 7 % V as u32 }).collect();

        let x3: Tensor<(usize, usize, usize), f32, _> =
            device.tensor_from_vec(x.clone(), (N, 1, D));
        let weight = device.tensor_from_vec(w.clone(), (V, D));
        let bias = device.tensor_from_vec(b.clone(), (V,));
        let output = Output { weight: &weight, bias: &bias };
        let (loss, (total, count)) = output.cross_entropy(x3.leaky_trace(), &targets).unwrap();
        let value = loss.as_vec()[0];
        let found = loss.backward();

        let mut one_hot = vec![0.0; N * V];
        for (row, &target) in targets.iter().enumerate().filter(|(_, t)| **t != IGNORE) {
            one_hot[row * V + target as usize] = 1.0;
        }
        let one_hot: Tensor<Rank2<N, V>, f32, _> = device.tensor_from_vec(one_hot, (Const, Const));
        let x2: Tensor<Rank2<N, D>, f32, _> = device.tensor_from_vec(x, (Const, Const));
        let w2: Tensor<Rank2<V, D>, f32, _> = device.tensor_from_vec(w, (Const, Const));
        let b2: Tensor<Rank1<V>, f32, _> = device.tensor_from_vec(b, (Const,));
        let logits = x2.leaky_trace().matmul(w2.clone().permute::<_, Axes2<1, 0>>());
        let logits = logits + b2.clone().broadcast::<Rank2<N, V>, _>();
        let expected = (logits.log_softmax::<Axis<1>>() * one_hot).sum() * (-1.0 / 149.0);
        assert!((value - expected.as_vec()[0]).abs() < 1e-5);
        assert_eq!(count, 149);
        assert!((total / 149.0 - f64::from(value)).abs() < 1e-5);
        let reference = expected.backward();
        let close = |a: Vec<f32>, b: Vec<f32>| {
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        };
        close(found.get(&x3).as_vec(), reference.get(&x2).as_vec());
        close(found.get(&weight).as_vec(), reference.get(&w2).as_vec());
        close(found.get(&bias).as_vec(), reference.get(&b2).as_vec());
    }

    #[test]
    fn a_target_outside_the_vocabulary_is_an_error() {
        let device = Cpu::default();
        let weight = device.zeros_like(&(3, 2));
        let bias = device.zeros_like(&(3,));
        let x: Tensor<(usize, usize, usize), f32, _> = device.zeros_like(&(1, 1, 2));
        let output = Output { weight: &weight, bias: &bias };
        let error = output.cross_entropy(x, &[3]).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "token 3 is outside the vocabulary of 3");
    }
}
