//! The state carried from one piece of a sequence to the next.

use crate::{AnyParameter, Element, LayerSizes, OnCpu, SequenceError, elements_of};
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

    /// The state before the first step, for a cell with these facts: zeros, where it does not say otherwise.
    pub fn initial(
        facts: &Facts,
        device: &Cpu,
        batch: B,
        hidden: H,
        output: P,
    ) -> Result<Self, SequenceError> {
        let slot = |k: usize| {
            let width = if k == 0 { output.size() } else { hidden.size() };
            vec![E::nearest(facts.state_start(k)); batch.size() * width]
        };
        let slots = (0..facts.state.len()).map(slot).collect();
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

/// A part of the state of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its name.
    pub name: &'static str,
    /// Its shape for one sequence.
    pub shape: Vec<usize>,
    /// The value that all its numbers start at.
    pub start: f64,
}

impl Slot {
    /// Numbers for one sequence.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// The slots of a cell's state.
    pub(crate) fn of_cell(facts: &Facts, sizes: LayerSizes) -> Vec<Self> {
        let slot = |(k, &name): (usize, &&'static str)| {
            let width = if k == 0 { sizes.output } else { sizes.hidden };
            Self { name, shape: vec![width], start: facts.state_start(k) }
        };
        facts.state.iter().enumerate().map(slot).collect()
    }
}

/// The state of a layer whose recurrence and sizes were chosen at run time: its slots, each
/// `[B, width]`. Like [`State`] it is a constant on another tape than that of the layer that ended with it.
#[derive(Debug, Clone)]
pub struct AnyState {
    slots: Vec<Matrix>,
}

/// `[rows, columns]`.
type Matrix = Tensor<(usize, usize), f32, Cpu>;

impl AnyState {
    /// A state of these slots.
    pub fn new(slots: Vec<Matrix>) -> Self {
        Self { slots }
    }

    /// The state before the first step, for a batch.
    pub fn initial(device: &Cpu, slots: &[Slot], batch: usize) -> Result<Self, SequenceError> {
        let slot = |slot: &Slot| {
            let all = vec![slot.start as f32; batch * slot.width()];
            device.try_tensor_from_vec(all, (batch, slot.width()))
        };
        Ok(Self { slots: slots.iter().map(slot).collect::<Result<_, _>>()? })
    }

    /// The slots, in the order of [`RuntimeLayer::slots`](crate::RuntimeLayer::slots).
    pub fn slots(&self) -> &[Matrix] {
        &self.slots
    }

    /// Every slot, to be read or changed.
    pub fn for_each_slot(&mut self, visit: &mut dyn FnMut(usize, &mut dyn AnyParameter<f32>)) {
        for (k, slot) in self.slots.iter_mut().enumerate() {
            visit(k, slot);
        }
    }

    /// The states of some sequences, in this order; one may be picked several times.
    ///
    /// # Errors
    /// [`SequenceError::Row`] for a sequence beyond the batch.
    pub fn select(&self, rows: &[usize]) -> Result<Self, SequenceError> {
        let slot = |slot: &Matrix| {
            let (batch, width) = *slot.shape();
            if let Some(&row) = rows.iter().find(|&&row| row >= batch) {
                return Err(SequenceError::Row { row, batch });
            }
            let all = elements_of(slot);
            let of = |&row: &usize| &all[row * width..(row + 1) * width];
            let picked = rows.iter().flat_map(of).copied().collect();
            Ok(slot.device().try_tensor_from_vec(picked, (rows.len(), width))?)
        };
        Ok(Self { slots: self.slots.iter().map(slot).collect::<Result<_, _>>()? })
    }

    /// The elements of each slot, after checking that they are what a layer with these slots needs.
    pub fn elements(&self, slots: &[Slot], batch: usize) -> Result<Vec<Vec<f32>>, SequenceError> {
        SequenceError::check("state slots", &[slots.len()], &[self.slots.len()])?;
        let each = self.slots.iter().zip(slots);
        each.map(|(tensor, slot)| elements(tensor, [batch, slot.width()])).collect()
    }

    /// The same as the state of a cell's layer.
    pub(crate) fn of_cell(&self) -> Result<State<usize, usize>, SequenceError> {
        let Some((hidden, memory)) = self.slots.split_first() else {
            return Err(SequenceError::Shape {
                what: "state slots, at least",
                expected: vec![1],
                got: vec![0],
            });
        };
        Ok(State::new(hidden.clone(), memory.to_vec()))
    }
}

impl From<State<usize, usize>> for AnyState {
    fn from(State { hidden, mut memory }: State<usize, usize>) -> Self {
        memory.insert(0, hidden);
        Self { slots: memory }
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
