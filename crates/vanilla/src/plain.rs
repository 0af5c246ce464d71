//! The tanh RNN in dfdx operations.

use dfdx::prelude::{Device, Dim, HasErr, Tape};
use sequence::plain::{Batch, Gate, begin, finish};

/// One step of the tanh RNN, op by op: h = tanh(W x + U h' + b).
#[derive(Debug, Clone)]
pub struct PlainRnn<const I: usize, const H: usize, D: Device<f32>>(pub Gate<I, H, D>);

impl<const I: usize, const H: usize, D: Device<f32>> PlainRnn<I, H, D> {
    /// Input `[B, I]` and state h' `[B, H]` to the new state `[B, H]`.
    pub fn step<B: Dim, T: Tape<f32, D>>(
        &self,
        x: Batch<B, I, D, T>,
        h: Batch<B, H, D, T>,
    ) -> Result<Batch<B, H, D, T>, <D as HasErr>::Err> {
        let (x, h, tape) = begin(x, h);
        Ok(finish(self.0.apply(x.retaped::<T>(), h.retaped::<T>())?.try_tanh()?, tape))
    }
}
