//! Layers of any cell with sizes known at run time, behind one object-safe face.

use crate::dynamics::LayerDynamics;
use crate::{AnyParameter, How, Keep, Layer, LayerSizes, PARAMETERS, SequenceError, State};
use crate::{Dynamics, Sequence, StateGradients};
use cell::{Cell, Facts, pointwise_flops};
use dfdx::prelude::{Cpu, NoneTape, OwnedTape};

/// A sequence `[T, B, features]` with a tape.
pub type Taped = Sequence<usize, usize, usize, f32, OwnedTape<f32, Cpu>>;
/// A sequence `[T, B, features]` without a tape.
pub type Untaped = Sequence<usize, usize, usize, f32, NoneTape>;
/// The state of a layer whose sizes were chosen at run time.
pub type AnyState = State<usize, usize>;

/// What one layer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerCosts {
    /// Parameters.
    pub parameters: usize,
    /// Floating-point operations forward, per token: two for each weight of a product, one for each
    /// bias, and pointwise work.
    pub flops_per_token: usize,
    /// Elements kept per token for the backward pass.
    pub kept_per_token: usize,
}

impl LayerCosts {
    /// The costs of cell `C` in a layer of the given sizes; a projection is no larger than H.
    pub fn of<C: Cell>(sizes: LayerSizes) -> Self {
        let facts = C::FACTS;
        let LayerSizes { input, hidden, output } = sizes;
        let kept = facts.pre.len() + facts.state.len() + facts.modulated.len();
        let projected = if sizes.projected() { output } else { 0 };
        let saved = 2 * facts.recurrent.len() * hidden * (hidden - output);
        // A normalised number is summed, centred, squared, summed again and scaled; that of a
        // product is multiplied by its gain besides. It is kept, too.
        let products = match facts.normalised_products {
            true => facts.input_matrices(input, hidden).len() + facts.recurrent.len(),
            false => 0,
        };
        let state = usize::from(facts.normalised_state.is_some());
        let normalised = 6 * products + 5 * state;
        Self {
            parameters: PARAMETERS.iter().map(|parameter| parameter.len::<C>(sizes)).sum(),
            flops_per_token: facts.product_flops(input, hidden) - saved
                + 2 * projected * hidden
                + hidden * (facts.biased().len() + normalised + pointwise_flops::<C>()),
            kept_per_token: (kept + products + state) * hidden + projected,
        }
    }
}

/// A recurrent layer whose cell and sizes were chosen at run time.
pub trait RuntimeLayer: Send {
    /// Facts of its cell.
    fn facts(&self) -> Facts;

    /// Its sizes.
    fn sizes(&self) -> LayerSizes;

    /// The zero state for a batch.
    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError>;

    /// [`Layer::forward_as`] with a tape.
    fn train(
        &self,
        how: How<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError>;

    /// [`Layer::forward_as`] without a tape.
    fn infer(
        &self,
        how: How<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError>;

    /// The layer as a dynamical system, with its parameters as they are now; `zoneout` as in [`How`].
    fn dynamics(&self, zoneout: Vec<Keep<f64>>) -> Box<dyn Dynamics>;

    /// Every parameter that the layer has, with its name.
    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>));
}

impl<C: Cell> RuntimeLayer for Layer<C, usize, usize, f32> {
    fn facts(&self) -> Facts {
        C::FACTS
    }

    fn sizes(&self) -> LayerSizes {
        Layer::sizes(self)
    }

    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        let (_, hidden, output) = self.dims();
        State::zeros::<C>(self.device(), batch, hidden, output)
    }

    fn train(
        &self,
        how: How<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError> {
        self.forward_as(how, x, state, watch)
    }

    fn infer(
        &self,
        how: How<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError> {
        self.forward_as(how, x, state, None)
    }

    fn dynamics(&self, zoneout: Vec<Keep<f64>>) -> Box<dyn Dynamics> {
        Box::new(LayerDynamics::<C>::new(&self.weights(), Layer::sizes(self), zoneout))
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        Layer::for_each_parameter(self, visit);
    }
}
