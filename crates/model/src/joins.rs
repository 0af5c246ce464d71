//! Sequences put together, on a tape: sequences without one go in and come out, and what was done to them is
//! on the tape beside them.

use crate::{ModelError, Sequence};
use cell::{Lanes, Real};
use compute::{Float, Kernel, vectorised};
use dfdx::prelude::{
    Cpu, HasShape, NoneTape, PutTape, ReshapeTo, SplitTape, Tape, Tensor, TensorFromVec,
};
use sequence::{SequenceError, elements_of};

/// `[T, B, N]`, whose tape is elsewhere.
pub(crate) type Off = Sequence<NoneTape>;

/// Does `work` to `x` on `tape`.
pub(crate) fn on<T: Tape<f32, Cpu>, E>(
    tape: &mut T,
    x: Off,
    work: impl FnOnce(Sequence<T>) -> Result<Sequence<T>, E>,
) -> Result<Off, E> {
    let (y, after) = work(x.put_tape(std::mem::take(tape)))?.split_tape();
    *tape = after;
    Ok(y)
}

/// `[T, B, N]`, `[T, B, M]`, ... side by side, `[T, B, N + M + ...]`.
pub(crate) fn beside<T: Tape<f32, Cpu>>(all: &[&Off], tape: &mut T) -> Result<Off, ModelError> {
    let [first, ..] = all else {
        return Err(ModelError::Window { problem: "nothing to put side by side" });
    };
    let (steps, batch, _) = *first.shape();
    let rows = steps * batch;
    let mut widths = Vec::with_capacity(all.len());
    for x in all {
        let (t, b, width) = *x.shape();
        SequenceError::check("steps and sequences", &[steps, batch], &[t, b])?;
        widths.push(width);
    }
    let width: usize = widths.iter().sum();
    let mut joined = vec![0.0; rows * width];
    let mut at = 0;
    for (x, &own) in all.iter().zip(&widths) {
        let x = elements_of(*x);
        for (to, from) in joined.chunks_exact_mut(width.max(1)).zip(x.chunks_exact(own.max(1))) {
            to[at..at + own].copy_from_slice(from);
        }
        at += own;
    }
    let out = first.device().try_tensor_from_vec(joined, (steps, batch, width))?;
    if T::OWNS_TAPE {
        let of_out = out.ghost();
        let parts: Vec<_> = all.iter().map(|x| x.ghost()).zip(widths).collect();
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let mut at = 0;
            for (of_x, own) in &parts {
                let d_x = gradients.get_or_alloc_mut(of_x)?;
                let rows = d_x.chunks_exact_mut((*own).max(1)).zip(d_out.chunks_exact(width));
                for (to, from) in rows {
                    add(to, &from[at..at + own]);
                }
                at += own;
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out)
}

/// `[S_1, B, N]`, `[S_2, B, N]`, ... after one another, `[S_1 + S_2 + ..., B, N]`.
pub(crate) fn after_one_another<T: Tape<f32, Cpu>>(
    all: &[Off],
    tape: &mut T,
) -> Result<Off, ModelError> {
    let [first, ..] = all else {
        return Err(ModelError::Window { problem: "nothing to put after one another" });
    };
    let (_, batch, width) = *first.shape();
    let mut joined = Vec::new();
    for x in all {
        let (_, b, n) = *x.shape();
        SequenceError::check("sequences and numbers", &[batch, width], &[b, n])?;
        joined.extend_from_slice(&elements_of(x));
    }
    let steps = all.iter().map(|x| x.shape().0).sum();
    let out = first.device().try_tensor_from_vec(joined, (steps, batch, width))?;
    if T::OWNS_TAPE {
        let of_out = out.ghost();
        let parts: Vec<_> = all.iter().map(|x| x.ghost()).collect();
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let mut at = 0;
            for of_x in &parts {
                let d_x = gradients.get_or_alloc_mut(of_x)?;
                let end = at + d_x.len();
                add(d_x, &d_out[at..end]);
                at = end;
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out)
}

/// The same `[1, B, N]` at each of `steps` steps.
pub(crate) fn at_each_step<T: Tape<f32, Cpu>>(
    x: &Off,
    steps: usize,
    tape: &mut T,
) -> Result<Off, ModelError> {
    after_one_another(&vec![x.clone(); steps], tape)
}

/// `[B, N]` as one step, `[1, B, N]`.
pub(crate) fn as_step<T: Tape<f32, Cpu>>(
    x: &Tensor<(usize, usize), f32, Cpu>,
    tape: &mut T,
) -> Result<Off, ModelError> {
    let (batch, width) = *x.shape();
    let x = x.clone().put_tape(std::mem::take(tape));
    let (x, after) = x.try_reshape_like(&(1, batch, width))?.split_tape();
    *tape = after;
    Ok(x)
}

/// One step `[1, B, N]` as `[B, N]`.
pub(crate) fn as_rows<T: Tape<f32, Cpu>>(
    x: Off,
    tape: &mut T,
) -> Result<Tensor<(usize, usize), f32, Cpu>, ModelError> {
    let (_, batch, width) = *x.shape();
    let x = x.put_tape(std::mem::take(tape));
    let (x, after) = x.try_reshape_like(&(batch, width))?.split_tape();
    *tape = after;
    Ok(x)
}

/// Rows of `[1, B, N]`, in this order; off any tape.
pub(crate) fn select(x: &Off, rows: &[usize]) -> Result<Off, ModelError> {
    let (_, _, width) = *x.shape();
    let all = elements_of(x);
    let picked = rows.iter().flat_map(|&row| &all[row * width..(row + 1) * width]);
    Ok(x.device().try_tensor_from_vec(picked.copied().collect(), (1, rows.len(), width))?)
}

/// tanh of every number.
pub(crate) fn tanh<T: Tape<f32, Cpu>>(x: Sequence<T>) -> Result<Sequence<T>, ModelError> {
    let shape = *x.shape();
    let (x, mut tape) = x.try_contiguous()?.split_tape();
    let mut y = elements_of(&x).into_vec();
    vectorised(Tanh(&mut y));
    let out = x.device().try_tensor_from_vec(y.clone(), shape)?;
    if T::OWNS_TAPE {
        let (of_x, of_out) = (x.ghost(), out.ghost());
        tape.add_backward_op(move |gradients| {
            let d_out = std::mem::take::<Vec<f32>>(gradients.get_or_alloc_mut(&of_out)?);
            let d_x = gradients.get_or_alloc_mut(&of_x)?;
            for ((to, &d), &y) in d_x.iter_mut().zip(&d_out).zip(&y) {
                *to += d * (1.0 - y * y);
            }
            **gradients.get_or_alloc_mut(&of_out)? = d_out;
            Ok(())
        });
    }
    Ok(out.put_tape(tape))
}

struct Tanh<'a>(&'a mut [f32]);

impl Kernel for Tanh<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for part in self.0.chunks_mut(Lanes::WIDTH) {
            let y = f32::load(part).tanh();
            f32::store(y, part);
        }
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}
