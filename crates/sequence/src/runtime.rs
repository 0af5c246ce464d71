//! Layers of any cell with sizes known at run time, behind one object-safe face.

use crate::{AnyParameter, Layer, SequenceError, State, StateGradients};
use cell::{Cell, Facts, pointwise_flops};
use dfdx::prelude::{Cpu, NoneTape, OwnedTape, Tensor};

/// A sequence `[T, B, features]` with a tape.
pub type Taped = Tensor<(usize, usize, usize), f32, Cpu, OwnedTape<f32, Cpu>>;
/// A sequence `[T, B, features]` without a tape.
pub type Untaped = Tensor<(usize, usize, usize), f32, Cpu, NoneTape>;
type AnyState = State<usize, usize, f32>;

/// What one layer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerCosts {
    /// Parameters.
    pub parameters: usize,
    /// Floating-point operations forward, per token: products and pointwise work.
    pub flops_per_token: usize,
    /// Elements kept per token for the backward pass.
    pub kept_per_token: usize,
}

impl LayerCosts {
    /// The costs of cell `C` at an input and a hidden size.
    pub fn of<C: Cell>(input: usize, hidden: usize) -> Self {
        let facts = C::FACTS;
        let kept = facts.pre.len() + facts.state.len() + facts.modulated.len();
        Self {
            parameters: facts.parameters(input, hidden),
            flops_per_token: facts.product_flops(input, hidden)
                + hidden * (facts.pre.len() + pointwise_flops::<C>()),
            kept_per_token: kept * hidden,
        }
    }
}

/// A recurrent layer whose cell and sizes were chosen at run time.
pub trait RuntimeLayer: Send {
    /// Facts of its cell.
    fn facts(&self) -> Facts;

    /// The zero state for a batch.
    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError>;

    /// [`Layer::forward`] with a tape, watched if asked for.
    fn train(
        &self,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError>;

    /// [`Layer::forward`] without a tape.
    fn infer(&self, x: Untaped, state: &AnyState) -> Result<(Untaped, AnyState), SequenceError>;

    /// Every parameter that the cell has, with its name.
    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>));
}

impl<C: Cell> RuntimeLayer for Layer<C, usize, usize, f32> {
    fn facts(&self) -> Facts {
        C::FACTS
    }

    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        State::zeros::<C>(self.device(), batch, self.sizes().1)
    }

    fn train(
        &self,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError> {
        match watch {
            Some(watch) => self.forward_watched(x, state, watch),
            None => self.forward(x, state),
        }
    }

    fn infer(&self, x: Untaped, state: &AnyState) -> Result<(Untaped, AnyState), SequenceError> {
        self.forward(x, state)
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        Layer::for_each_parameter(self, &mut |name, parameter| {
            if !parameter.dims().contains(&0) {
                visit(name, parameter);
            }
        });
    }
}
