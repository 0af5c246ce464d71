//! Layers of any recurrence with sizes known at run time, behind one object-safe face.

use crate::dynamics::LayerDynamics;
use crate::{
    AnyParameter, AnyState, CompiledCell, DynLayer, Keep, LayerSizes, PARAMETERS, PassOptions,
    SequenceError, Slot,
};
use crate::{Dynamics, Sequence, StateGradients};
use dfdx::prelude::{Cpu, NoneTape, OwnedTape};

/// A sequence `[T, B, features]` with a tape.
pub type Taped = Sequence<usize, usize, usize, f32, OwnedTape<f32, Cpu>>;
/// A sequence `[T, B, features]` without a tape.
pub type Untaped = Sequence<usize, usize, usize, f32, NoneTape>;

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
        let LayerSizes { input, hidden, output, heads } = sizes;
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
            flops_per_token: facts.product_flops(input, hidden, heads) - saved
                + 2 * projected * hidden
                + hidden * (facts.biased().len() + normalised + cell.pointwise_flops()),
            kept_per_token: (kept + products + state) * hidden + projected,
        }
    }
}

/// A recurrent layer whose recurrence and sizes were chosen at run time.
pub trait RuntimeLayer: Send {
    /// Name of its cell or memory.
    fn name(&self) -> &'static str;

    /// Its sizes.
    fn sizes(&self) -> LayerSizes;

    /// The parts of its state.
    fn slots(&self) -> Vec<Slot>;

    /// The state before the first step, for a batch.
    fn initial_state(&self, batch: usize) -> Result<AnyState, SequenceError>;

    /// Runs a sequence `[T, B, I]` with a tape, as [`DynLayer::forward_as`] does.
    fn train(
        &self,
        options: PassOptions<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError>;

    /// The same without a tape.
    fn infer(
        &self,
        options: PassOptions<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError>;

    /// The layer as a dynamical system, with its parameters as they are now; `zoneout` as in [`PassOptions`].
    /// `None` where it cannot be looked at as one.
    fn dynamics(&self, zoneout: Vec<Keep<f64>>) -> Option<Box<dyn Dynamics>>;

    /// Every parameter that the layer has, with its name.
    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>));
}

impl RuntimeLayer for DynLayer<usize, usize> {
    fn name(&self) -> &'static str {
        self.cell().facts().name
    }

    fn slots(&self) -> Vec<Slot> {
        Slot::of_cell(self.cell().facts(), DynLayer::sizes(self))
    }

    fn sizes(&self) -> LayerSizes {
        DynLayer::sizes(self)
    }

    fn initial_state(&self, batch: usize) -> Result<AnyState, SequenceError> {
        AnyState::initial(self.device(), &self.slots(), batch)
    }

    fn train(
        &self,
        options: PassOptions<f32>,
        x: Taped,
        state: &AnyState,
        watch: Option<&StateGradients>,
    ) -> Result<(Taped, AnyState), SequenceError> {
        let (y, last) = self.forward_as(options, x, &state.of_cell()?, watch)?;
        Ok((y, last.into()))
    }

    fn infer(
        &self,
        options: PassOptions<f32>,
        x: Untaped,
        state: &AnyState,
    ) -> Result<(Untaped, AnyState), SequenceError> {
        let (y, last) = self.forward_as(options, x, &state.of_cell()?, None)?;
        Ok((y, last.into()))
    }

    fn dynamics(&self, zoneout: Vec<Keep<f64>>) -> Option<Box<dyn Dynamics>> {
        let cell = self.cell().double();
        Some(Box::new(LayerDynamics::new(cell, &self.weights(), DynLayer::sizes(self), zoneout)))
    }

    fn for_each_parameter(&mut self, visit: &mut dyn FnMut(&str, &mut dyn AnyParameter<f32>)) {
        DynLayer::for_each_parameter(self, visit);
    }
}
