//! The LSTM in dfdx operations.

use dfdx::prelude::{Device, Dim, HasErr, NoneTape, SplitTape, Tape, TryAdd, TryMul};
use sequence::plain::{Batch, Gate, begin, finish};

/// One step of the LSTM, op by op; equations in [`StandardLstm`](crate::StandardLstm).
#[derive(Debug, Clone)]
pub struct PlainLstm<const I: usize, const H: usize, D: Device<f32>> {
    /// Input gate i.
    pub i: Gate<I, H, D>,
    /// Forget gate f.
    pub f: Gate<I, H, D>,
    /// Candidate g.
    pub g: Gate<I, H, D>,
    /// Output gate o.
    pub o: Gate<I, H, D>,
}

impl<const I: usize, const H: usize, D: Device<f32>> PlainLstm<I, H, D> {
    /// Input `[B, I]` and state h', c' `[B, H]` to the new h and c `[B, H]`. All that is on
    /// the tape goes on with h; c travels beside it.
    #[allow(clippy::type_complexity)] // shapes are the documentation here
    pub fn step<B: Dim, T: Tape<f32, D>>(
        &self,
        x: Batch<B, I, D, T>,
        h: Batch<B, H, D, T>,
        c: Batch<B, H, D, NoneTape>,
    ) -> Result<(Batch<B, H, D, T>, Batch<B, H, D, NoneTape>), <D as HasErr>::Err> {
        let (x, h, tape) = begin(x, h);
        let gate = |g: &Gate<I, H, D>| g.apply(x.retaped::<T>(), h.retaped::<T>());
        let i = gate(&self.i)?.try_sigmoid()?;
        let f = gate(&self.f)?.try_sigmoid()?;
        let g = gate(&self.g)?.try_tanh()?;
        let o = gate(&self.o)?.try_sigmoid()?;
        let new_c = f.try_mul(c)?.try_add(i.try_mul(g)?)?;
        let (new_c, c_tape) = new_c.split_tape();
        let h = o.try_mul(finish(new_c.retaped::<T>(), c_tape).try_tanh()?)?;
        Ok((finish(h, tape), new_c))
    }
}
