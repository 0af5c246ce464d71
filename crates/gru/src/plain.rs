//! Both forms of the GRU in dfdx operations.

use dfdx::prelude::{Const, Device, Dim, HasErr, SplitTape, Tape, Tensor, TryAdd, TryMul};
use sequence::plain::{Batch, Gate, Matrix, begin, finish, linear};

/// One step of the GRU (reset before), op by op: the equations of
/// [`GruResetBefore`](crate::GruResetBefore), line by line. A weight for the concatenation
/// `[h', x]` is held as its two parts, since stable Rust cannot write the sum of two sizes.
#[derive(Debug, Clone)]
pub struct PlainGru<const I: usize, const H: usize, D: Device<f32>> {
    /// Reset gate: W_r `[H, I]`, U_r `[H, H]`, b_r `[H]`.
    pub reset: Gate<I, H, D>,
    /// Update gate z.
    pub update: Gate<I, H, D>,
    /// Candidate h~.
    pub candidate: Gate<I, H, D>,
}

impl<const I: usize, const H: usize, D: Device<f32>> PlainGru<I, H, D> {
    /// Input `[B, I]` and state h' `[B, H]` to the new state `[B, H]`.
    pub fn step<B: Dim, T: Tape<f32, D>>(
        &self,
        x: Batch<B, I, D, T>,
        h: Batch<B, H, D, T>,
    ) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
        let (x, h, tape) = begin(x, h);
        let r = self.reset.apply(x.retaped::<T>(), h.retaped::<T>())?.try_sigmoid()?;
        let z = self.update.apply(x.retaped::<T>(), h.retaped::<T>())?.try_sigmoid()?;
        let reset_h = r.try_mul(h.clone())?;
        let candidate = self.candidate.apply(x.retaped::<T>(), reset_h)?.try_tanh()?;
        // (1 - z) h' + z h~ = h' + z (h~ - h')
        let change = z.try_mul(candidate.try_add(h.retaped::<T>().try_negate()?)?)?;
        Ok(finish(change.try_add(h)?, tape))
    }
}

/// One step of the GRU (reset after), op by op: the equations of
/// [`GruResetAfter`](crate::GruResetAfter).
#[derive(Debug, Clone)]
pub struct PlainTorchGru<const I: usize, const H: usize, D: Device<f32>> {
    /// Reset gate r.
    pub reset: Gate<I, H, D>,
    /// Update gate z.
    pub update: Gate<I, H, D>,
    /// Candidate: W_n `[H, I]`.
    pub w: Matrix<H, I, D>,
    /// b_n `[H]`.
    pub b: Tensor<(Const<H>,), f32, D>,
    /// U_m `[H, H]`.
    pub u: Matrix<H, H, D>,
    /// b_m `[H]`, inside the reset gate's reach.
    pub b_state: Tensor<(Const<H>,), f32, D>,
}

impl<const I: usize, const H: usize, D: Device<f32>> PlainTorchGru<I, H, D> {
    /// Input `[B, I]` and state h' `[B, H]` to the new state `[B, H]`.
    pub fn step<B: Dim, T: Tape<f32, D>>(
        &self,
        x: Batch<B, I, D, T>,
        h: Batch<B, H, D, T>,
    ) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
        let (x, h, tape) = begin(x, h);
        let r = self.reset.apply(x.retaped::<T>(), h.retaped::<T>())?.try_sigmoid()?;
        let z = self.update.apply(x.retaped::<T>(), h.retaped::<T>())?.try_sigmoid()?;
        let m = linear(h.retaped::<T>(), &self.u, &self.b_state)?;
        let from_input = linear(x.retaped::<T>(), &self.w, &self.b)?;
        let n = from_input.try_add(r.try_mul(m)?)?.try_tanh()?;
        // (1 - z) n + z h' = n + z (h' - n); n is used twice, so its tape goes with the first use.
        let (n, n_tape) = n.split_tape();
        let back = h.retaped::<T>().try_add(n.retaped::<T>().try_negate()?)?;
        let new = z.try_mul(back)?.try_add(n)?;
        Ok(finish(finish(new, n_tape), tape))
    }
}
