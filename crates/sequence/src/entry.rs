//! A cell of a list.

use crate::{
    CompiledCell, DynLayer, LayerCosts, LayerInit, LayerSizes, RuntimeLayer, SequenceError,
    WrongFacts,
};
use cell::{Cell, Facts};
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

/// One cell of a list.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    cell: CompiledCell<f32>,
}

impl Entry {
    /// The entry of cell `C`, which [`check`](Self::check) says to be whole.
    pub fn of<C: Cell>() -> Self {
        Self { cell: CompiledCell::of::<C>() }
    }

    /// [`CompiledCell::check`] of the cell.
    pub fn check(&self) -> Result<(), WrongFacts> {
        self.cell.check()
    }

    /// Names, wiring and source.
    pub fn facts(&self) -> &'static Facts {
        self.cell.facts()
    }

    /// Costs of one layer.
    pub fn costs(&self, sizes: LayerSizes) -> LayerCosts {
        LayerCosts::of(self.cell, sizes)
    }

    /// The equations, written by the cell's own code, one a line.
    pub fn equations(&self) -> Vec<String> {
        self.cell.equations()
    }

    /// Names of the gates: what the equations compute with σ.
    pub fn gates(&self) -> Vec<String> {
        self.cell.gates()
    }

    /// A layer of this cell.
    pub fn layer(
        &self,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        let LayerSizes { input, hidden, output } = build.sizes;
        let dims = (input, hidden, output);
        let layer =
            DynLayer::initialised(self.cell, device, dims, build.draws, build.name, &build.init)?;
        Ok(Box::new(layer))
    }

    /// Whether its hidden state can be projected: not if the equations use it unit by unit.
    pub fn projectable(&self) -> bool {
        !self.cell.reads_hidden()
    }
}
