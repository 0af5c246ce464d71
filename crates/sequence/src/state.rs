//! The state carried from one piece of a sequence to the next.

use crate::{AnyParameter, Element, LayerSizes, OnCpu, SequenceError};
use cell::Facts;
use dfdx::prelude::{Cpu, Dim, HasShape, Tensor, TensorFromVec};

/// State of a layer: the hidden state h `[B, P]` (P = H unless it is projected), and the cell's
/// other slots `[B, H]`.
///
/// A layer accumulates the gradient with respect to the tensors that it starts from, and reads that
/// of the state that it ends with. So an initial state can be learned, and on one tape a layer that
/// starts where another ended sends its gradient back through that one (an encoder and its decoder).
/// On another tape a carried state is a constant: what happened before is cut off (truncated
/// backpropagation).
#[derive(Debug, Clone)]
pub struct State<B: Dim, H: Dim, E: Element = f32, P: Dim = H>
where
    Cpu: OnCpu<E>,
{
    hidden: Tensor<(B, P), E, Cpu>,
    memory: Vec<Tensor<(B, H), E, Cpu>>,
}

impl<B: Dim, H: Dim, E: Element, P: Dim> State<B, H, E, P>
where
    Cpu: OnCpu<E>,
{
    /// A state from the hidden state and the cell's other slots.
    pub fn new(hidden: Tensor<(B, P), E, Cpu>, memory: Vec<Tensor<(B, H), E, Cpu>>) -> Self {
        Self { hidden, memory }
    }

    /// All zeros, for a cell with these facts.
    pub fn zeros(
        facts: &Facts,
        device: &Cpu,
        batch: B,
        hidden: H,
        output: P,
    ) -> Result<Self, SequenceError> {
        let zeros = |k: usize| {
            let width = if k == 0 { output.size() } else { hidden.size() };
            vec![E::default(); batch.size() * width]
        };
        let slots = (0..facts.state.len()).map(zeros).collect();
        Self::from_slices(device, batch, hidden, output, slots)
    }

    /// The hidden state h `[B, P]`.
    pub fn hidden(&self) -> &Tensor<(B, P), E, Cpu> {
        &self.hidden
    }

    /// The other slots (an LSTM's memory c), each `[B, H]`.
    pub fn memory(&self) -> &[Tensor<(B, H), E, Cpu>] {
        &self.memory
    }

    /// Every slot, the hidden state first, to be read or changed.
    pub fn for_each_slot(&mut self, visit: &mut dyn FnMut(usize, &mut dyn AnyParameter<E>)) {
        visit(0, &mut self.hidden);
        for (k, slot) in self.memory.iter_mut().enumerate() {
            visit(k + 1, slot);
        }
    }

    pub(crate) fn from_slices(
        device: &Cpu,
        batch: B,
        hidden: H,
        output: P,
        slots: Vec<Vec<E>>,
    ) -> Result<Self, SequenceError> {
        let mut slots = slots.into_iter();
        let first = slots.next().unwrap_or_default();
        let tensor = |slot| device.try_tensor_from_vec(slot, (batch, hidden));
        Ok(Self {
            hidden: device.try_tensor_from_vec(first, (batch, output))?,
            memory: slots.map(tensor).collect::<Result<_, _>>()?,
        })
    }

    /// The slots' elements, after checking that they are what a cell with these facts needs.
    pub(crate) fn elements(
        &self,
        facts: &Facts,
        batch: usize,
        sizes: LayerSizes,
    ) -> Result<Vec<Vec<E>>, SequenceError> {
        let slots = 1 + self.memory.len();
        SequenceError::check("state slots", &[facts.state.len()], &[slots])?;
        let mut all = vec![elements(&self.hidden, [batch, sizes.output])?];
        for slot in &self.memory {
            all.push(elements(slot, [batch, sizes.hidden])?);
        }
        Ok(all)
    }
}

fn elements<B: Dim, N: Dim, E: Element>(
    slot: &Tensor<(B, N), E, Cpu>,
    expected: [usize; 2],
) -> Result<Vec<E>, SequenceError>
where
    Cpu: OnCpu<E>,
{
    let (b, n) = *slot.shape();
    SequenceError::check("state", &expected, &[b.size(), n.size()])?;
    let mut all = vec![E::default(); b.size() * n.size()];
    slot.copy_into(&mut all);
    Ok(all)
}
