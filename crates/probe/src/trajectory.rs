//! One sequence run through a system, ready to be gone back through.

use sequence::Dynamics;

/// The states that a system went through, with what drove it.
pub struct Trajectory<'a> {
    system: &'a dyn Dynamics,
    /// `[T, I]`.
    inputs: &'a [f64],
    width: usize,
    /// `[T, S]`: the state before each step.
    before: Vec<f64>,
}

impl<'a> Trajectory<'a> {
    /// Runs `inputs`, of `width` numbers a step, from `state`.
    pub fn new(
        system: &'a dyn Dynamics,
        inputs: &'a [f64],
        width: usize,
        state: Vec<f64>,
    ) -> Self {
        let steps = inputs.len() / width.max(1);
        let mut before = state;
        let length = before.len();
        before.extend(system.run(inputs, &before));
        before.truncate(steps * length);
        Self { system, inputs, width, before }
    }

    /// The system.
    pub(crate) fn system(&self) -> &dyn Dynamics {
        self.system
    }

    /// Time steps T.
    pub fn steps(&self) -> usize {
        self.inputs.len() / self.width.max(1)
    }

    /// Multiplies `rows` `[K, S]` from the right by the Jacobian of time step `t`.
    pub(crate) fn pull_back(&self, t: usize, rows: &mut Vec<f64>) {
        let length = self.system.state_len();
        let input = &self.inputs[t * self.width..(t + 1) * self.width];
        self.system.pull_back(input, &self.before[t * length..(t + 1) * length], rows);
    }
}
