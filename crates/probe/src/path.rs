//! The way of a state along a sequence.

use sequence::Dynamics;

/// A layer's states along one sequence.
pub(crate) struct Path<'a> {
    inputs: &'a [f64],
    /// `[T + 1, S]`, the state before the first step first.
    states: Vec<f64>,
    size: usize,
}

impl<'a> Path<'a> {
    pub(crate) fn new(layer: &dyn Dynamics, inputs: &'a [f64], state: &[f64]) -> Self {
        let states = [state.to_vec(), layer.run(inputs, state)].concat();
        Self { inputs, states, size: layer.state_len().max(1) }
    }

    /// Steps T.
    pub(crate) fn steps(&self) -> usize {
        self.states.len() / self.size - 1
    }

    /// The input of each step with the state before it, from the last step to the first.
    pub(crate) fn back(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        let steps = self.steps();
        let width = self.inputs.len() / steps.max(1);
        (0..steps).rev().map(move |t| {
            (&self.inputs[t * width..(t + 1) * width], &self.states[t * self.size..][..self.size])
        })
    }
}
