//! Losses of outputs that are no classes: yes or no, numbers, and labels at no known steps.

use crate::output::Total;
use crate::{ModelError, Scalar, Sequence};
use ctc::Logits;
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tape, TensorFromVec};
use sequence::elements_of;

/// The summed cross-entropy of the answers yes (1) or no (0) `answers` `[T, B, N]` under
/// independent chances σ(x), `x` `[T, B, N]`, in nats: its mean over the steps that are scored
/// (those whose answers are numbers), with `x`'s tape, and the total over them.
pub(crate) fn bernoulli<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    answers: &[f32],
) -> Result<(Scalar<T>, Total), ModelError> {
    let (_, _, width) = *x.shape();
    loss_of_answers(x, answers, |x, y, gradient| {
        let positions = x.chunks_exact(width).zip(y.chunks_exact(width));
        let (mut total, mut count) = (0.0, 0);
        for ((x, y), gradient) in positions.zip(gradient.chunks_exact_mut(width)) {
            if y.iter().any(|answer| answer.is_nan()) {
                continue;
            }
            count += 1;
            for ((&x, &y), gradient) in x.iter().zip(y).zip(gradient) {
                // ln(1 + e^x) - y x, without overflow.
                let softplus = x.max(0.0) + (-x.abs()).exp().ln_1p();
                total += f64::from(softplus - y * x);
                *gradient = 1.0 / (1.0 + (-x).exp()) - y;
            }
        }
        (total, count)
    })
}

/// The squared error of `x` `[1, B, 1]` against `values` `[B]`: its mean, with `x`'s tape, and the
/// total.
pub(crate) fn squared_error<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    values: &[f32],
) -> Result<(Scalar<T>, Total), ModelError> {
    loss_of_answers(x, values, |x, y, gradient| {
        let mut total = 0.0;
        for ((x, y), gradient) in x.iter().zip(y).zip(gradient) {
            total += f64::from(x - y).powi(2);
            *gradient = 2.0 * (x - y);
        }
        (total, y.len())
    })
}

/// -ln of the chance of each sequence's labels (connectionist temporal classification), `x` `[T, B, V]`
/// having the blank last: its mean over all labels, with `x`'s tape, and the total over them. Infinite
/// where a sequence has fewer steps than its labels need.
pub(crate) fn of_labels<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    labels: &[Vec<u32>],
    lengths: &[usize],
) -> Result<(Scalar<T>, Total), ModelError> {
    let (steps, batch, types) = *x.shape();
    let count = labels.iter().map(Vec::len).sum();
    let labels: Vec<&[u32]> = labels.iter().map(Vec::as_slice).collect();
    mean_loss(x, |x, gradient| {
        let logits = Logits::new(x, [steps, batch, types], types - 1)?;
        let losses = match T::OWNS_TAPE {
            true => ctc::loss_and_gradient(logits, lengths, &labels, gradient)?,
            false => ctc::losses(logits, lengths, &labels)?,
        };
        Ok((losses.iter().sum(), count))
    })
}

/// A loss of one answer to each output: `each` gets outputs, answers and room for the gradient of the
/// total.
fn loss_of_answers<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    answers: &[f32],
    each: impl FnOnce(&[f32], &[f32], &mut [f32]) -> Total,
) -> Result<(Scalar<T>, Total), ModelError> {
    let (steps, batch, width) = *x.shape();
    if steps * batch * width != answers.len() {
        return Err(ModelError::Window { problem: "as many answers as outputs are needed" });
    }
    mean_loss(x, |x, gradient| Ok(each(x, answers, gradient)))
}

/// A loss whose gradient is found with it: `each` gets outputs and room for the gradient of the total.
fn mean_loss<T: Tape<f32, Cpu>>(
    x: Sequence<T>,
    each: impl FnOnce(&[f32], &mut [f32]) -> Result<Total, ModelError>,
) -> Result<(Scalar<T>, Total), ModelError> {
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let values = elements_of(&x);
    let mut gradient = vec![0.0; values.len()];
    let (total, count) = each(&values, &mut gradient)?;
    let mean = (total / count.max(1) as f64) as f32;
    let out = x.device().try_tensor_from_vec(vec![mean], ())?;
    if T::OWNS_TAPE {
        let (of_x, of_out) = (x.ghost(), out.ghost());
        tape.add_backward_op(move |gradients| {
            let factor = gradients.get_or_alloc_mut(&of_out)?[0] / count.max(1) as f32;
            let d_x = gradients.get_or_alloc_mut(&of_x)?;
            d_x.iter_mut().zip(&gradient).for_each(|(to, from)| *to += factor * from);
            Ok(())
        });
    }
    Ok((out.put_tape(tape), (total, count)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::Draws;
    use dfdx::prelude::*;

    const T: usize = 3;
    const B: usize = 2;
    const N: usize = 5;
    const LENGTHS: [usize; B] = [3, 1];

    fn draws(name: &str, len: usize) -> Vec<f32> {
        Draws::new(3).uniform(name, len, 2.0)
    }

    fn close(a: Vec<f32>, b: Vec<f32>) {
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?}\n{b:?}");
    }

    #[test]
    fn yes_or_no_agrees_with_dfdx_where_it_is_scored() {
        let device = Cpu::default();
        let logits = draws("x", T * B * N);
        let answers: Vec<f32> =
            draws("y", T * B * N).iter().map(|y| f32::from(u8::from(*y > 0.5))).collect();
        let scored = |k: usize| k / N / B < LENGTHS[k / N % B];
        let x: Sequence<NoneTape> = device.tensor_from_vec(logits.clone(), (T, B, N));
        let marked: Vec<f32> = answers
            .iter()
            .enumerate()
            .map(|(k, answer)| if scored(k) { *answer } else { f32::NAN })
            .collect();
        let (loss, (total, count)) = bernoulli(x.leaky_trace(), &marked).unwrap();
        assert_eq!(count, 4);
        assert!((total / 4.0 - f64::from(loss.array())).abs() < 1e-6);
        let value = loss.array();
        let found = loss.backward().get(&x).as_vec();

        // dfdx's loss is the mean over everything; the unscored is taken out by a mask.
        let mask: Vec<f32> = (0..T * B * N).map(|k| f32::from(u8::from(scored(k)))).collect();
        let x: Tensor<Rank3<T, B, N>, f32, _> =
            device.tensor_from_vec(logits, (Const, Const, Const));
        let y: Tensor<Rank3<T, B, N>, f32, _> =
            device.tensor_from_vec(answers, (Const, Const, Const));
        let mask: Tensor<Rank3<T, B, N>, f32, _> =
            device.tensor_from_vec(mask, (Const, Const, Const));
        let p = x.leaky_trace().sigmoid();
        let no = (p.with_empty_tape().negate() + 1.0).ln() * (y.clone().negate() + 1.0);
        let loss = ((p.ln() * y + no).negate() * mask).sum::<Rank0, _>() / 4.0;
        assert!((loss.array() - value).abs() < 1e-5);
        close(found, loss.backward().get(&x).as_vec());
    }

    #[test]
    fn large_outputs_overflow_nothing() {
        let device = Cpu::default();
        let x: Sequence<NoneTape> = device.tensor_from_vec(vec![200.0, -200.0], (1, 1, 2));
        let (loss, (total, _)) = bernoulli(x.leaky_trace(), &[0.0, 1.0]).unwrap();
        assert_eq!(total, 400.0);
        assert_eq!(loss.backward().get(&x).as_vec(), [1.0, -1.0]);
    }

    #[test]
    fn squared_error_agrees_with_dfdx() {
        let device = Cpu::default();
        let (x, y) = (draws("x", 4), draws("y", 4));
        let ours: Sequence<NoneTape> = device.tensor_from_vec(x.clone(), (1, 4, 1));
        let (loss, (total, count)) = squared_error(ours.leaky_trace(), &y).unwrap();
        let theirs: Tensor<Rank1<4>, f32, _> = device.tensor_from_vec(x, (Const::<4>,));
        let y: Tensor<Rank1<4>, f32, _> = device.tensor_from_vec(y, (Const::<4>,));
        let reference = mse_loss(theirs.leaky_trace(), y);
        assert!((loss.array() - reference.array()).abs() < 1e-6);
        assert!((total / count as f64 - f64::from(loss.array())).abs() < 1e-6);
        close(loss.backward().get(&ours).as_vec(), reference.backward().get(&theirs).as_vec());
    }

    #[test]
    fn answers_that_do_not_fit_are_an_error() {
        let x: Sequence<NoneTape> = Cpu::default().zeros_like(&(1, 2, 1));
        let error = squared_error(x, &[1.0]).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("as many answers"), "{error}");
    }
}
