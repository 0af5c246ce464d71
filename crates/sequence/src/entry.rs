//! A cell behind functions, for lists of cells.

use crate::{Layer, LayerCosts, LayerInit, LayerSizes, RuntimeLayer, SequenceError, reads_hidden};
use cell::{Cell, Facts, equations, gates};
use compute::Draws;
use dfdx::prelude::Cpu;

/// How a layer is built from run-time choices.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// Its sizes.
    pub sizes: LayerSizes,
    /// Random streams.
    pub draws: &'a Draws,
    /// Name of the layer; it picks its random streams.
    pub name: &'a str,
    /// How its parameters start.
    pub init: LayerInit,
}

type MakeLayer = fn(&Cpu, Build<'_>) -> Result<Box<dyn RuntimeLayer>, SequenceError>;

/// One cell of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    facts: Facts,
    costs: fn(LayerSizes) -> LayerCosts,
    equations: fn() -> Vec<String>,
    gates: fn() -> Vec<String>,
    layer: MakeLayer,
    reads_hidden: fn() -> bool,
}

impl Entry {
    /// The entry of cell `C`.
    pub fn of<C: Cell>() -> Self {
        Self {
            facts: C::FACTS,
            costs: LayerCosts::of::<C>,
            equations: equations::<C>,
            gates: gates::<C>,
            layer: |device, b| {
                let LayerSizes { input, hidden, output } = b.sizes;
                let dims = (input, hidden, output);
                let layer =
                    Layer::<C, usize, usize>::initialised(device, dims, b.draws, b.name, &b.init)?;
                Ok(Box::new(layer))
            },
            reads_hidden: reads_hidden::<C>,
        }
    }

    /// Names, wiring and source.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Costs of one layer.
    pub fn costs(&self, sizes: LayerSizes) -> LayerCosts {
        (self.costs)(sizes)
    }

    /// The equations, written by the cell's own code, one a line.
    pub fn equations(&self) -> Vec<String> {
        (self.equations)()
    }

    /// Names of the gates: what the equations compute with σ.
    pub fn gates(&self) -> Vec<String> {
        (self.gates)()
    }

    /// A layer of this cell.
    pub fn layer(
        &self,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        (self.layer)(device, build)
    }

    /// Whether its hidden state can be projected: not if the equations use it unit by unit.
    pub fn projectable(&self) -> bool {
        !(self.reads_hidden)()
    }
}
