//! Layers of any cell with sizes known at run time, behind one object-safe face.

use crate::dynamics::LayerDynamics;
use crate::{
    AnyParameter, CompiledCell, DynLayer, How, Keep, LayerSizes, PARAMETERS, SequenceError, State,
};
use crate::{Dynamics, Sequence, StateGradients};
use cell::Facts;
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
    /// The costs of a cell in a layer of the given sizes; a projection is no larger than H.
    pub fn of(cell: CompiledCell<f32>, sizes: LayerSizes) -> Self {
        let facts = cell.facts();
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
            parameters: PARAMETERS.iter().map(|parameter| parameter.len(facts, sizes)).sum(),
            flops_per_token: facts.product_flops(input, hidden) - saved
                + 2 * projected * hidden
                + hidden * (facts.biased().len() + normalised + cell.pointwise_flops()),
            kept_per_token: (kept + products + state) * hidden + projected,
        }
    }
}

/// A recurrent layer whose cell and sizes were chosen at run time.
pub trait RuntimeLayer: Send {
    /// Facts of its cell.
    fn facts(&self) -> &'static Facts;

    /// Its sizes.
    fn sizes(&self) -> LayerSizes;

    /// The zero state for a batch.
    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError>;

    /// [`DynLayer::forward_as`] with a tape.
    fn train(
        &self,
        how: How<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError>;

    /// [`DynLayer::forward_as`] without a tape.
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

impl RuntimeLayer for DynLayer<usize, usize> {
    fn facts(&self) -> &'static Facts {
        self.cell().facts()
    }

    fn sizes(&self) -> LayerSizes {
        DynLayer::sizes(self)
    }

    fn zero_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        let (_, hidden, output) = self.dims();
        State::zeros(self.cell().facts(), self.device(), batch, hidden, output)
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
        Box::new(LayerDynamics::new(
            self.cell().double(),
            &self.weights(),
            DynLayer::sizes(self),
            zoneout,
        ))
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        DynLayer::for_each_parameter(self, visit);
    }
}
