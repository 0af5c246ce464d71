//! The state carried from one piece of a sequence to the next.

use crate::{Float, OnCpu, SequenceError};
use cell::Cell;
use dfdx::prelude::{Cpu, Dim, HasShape, Tensor, TensorFromVec};

/// State of a layer: one tensor `[B, H]` per slot of the cell, the hidden state h first.
///
/// It carries no tape: what happened before is cut off (truncated backpropagation). A layer still
/// accumulates the gradient with respect to the tensors given here, so an initial state can be
/// learned.
#[derive(Debug, Clone)]
pub struct State<B: Dim, H: Dim, E: Float = f32>
where
    Cpu: OnCpu<E>,
{
    slots: Vec<Tensor<(B, H), E, Cpu>>,
}

impl<B: Dim, H: Dim, E: Float> State<B, H, E>
where
    Cpu: OnCpu<E>,
{
    /// A state from its slots, the hidden state first.
    pub fn new(slots: Vec<Tensor<(B, H), E, Cpu>>) -> Self {
        Self { slots }
    }

    /// All zeros, for cell `C`.
    pub fn zeros<C: Cell>(device: &Cpu, batch: B, hidden: H) -> Result<Self, SequenceError> {
        let zeros = vec![vec![E::default(); batch.size() * hidden.size()]; C::FACTS.state.len()];
        Self::from_slices(device, batch, hidden, zeros)
    }

    /// The slots, the hidden state h first.
    pub fn slots(&self) -> &[Tensor<(B, H), E, Cpu>] {
        &self.slots
    }

    /// The hidden state h.
    pub fn hidden(&self) -> &Tensor<(B, H), E, Cpu> {
        &self.slots[0]
    }

    pub(crate) fn from_slices(
        device: &Cpu,
        batch: B,
        hidden: H,
        slots: Vec<Vec<E>>,
    ) -> Result<Self, SequenceError> {
        let tensor = |slot| device.try_tensor_from_vec(slot, (batch, hidden));
        Ok(Self { slots: slots.into_iter().map(tensor).collect::<Result<_, _>>()? })
    }

    /// The slots' elements, after checking that they are what cell `C` needs.
    pub(crate) fn elements<C: Cell>(
        &self,
        batch: B,
        hidden: H,
    ) -> Result<Vec<Vec<E>>, SequenceError> {
        SequenceError::check("state slots", &[C::FACTS.state.len()], &[self.slots.len()])?;
        let expected = [batch.size(), hidden.size()];
        let elements = |slot: &Tensor<(B, H), E, Cpu>| {
            let (b, h) = *slot.shape();
            SequenceError::check("state", &expected, &[b.size(), h.size()])?;
            let mut all = vec![E::default(); b.size() * h.size()];
            slot.copy_into(&mut all);
            Ok(all)
        };
        self.slots.iter().map(elements).collect()
    }
}
