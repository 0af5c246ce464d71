//! The one list of all cells.
//!
//! A cell in the list has a name in experiment files, a line in `rnnlab list cells`, and the
//! conformance tests. A program of your own can add cells to it with [`Zoo::with`].

use cell::{Cell, Facts, equations, gates};
use dfdx::prelude::Cpu;
pub use sequence::LayerSizes;
use sequence::conformance::{self, Check};
use sequence::{Draws, Layer, LayerCosts, LayerInit, RuntimeLayer, SequenceError, reads_hidden};

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

/// One cell of the list.
#[derive(Debug, Clone)]
pub struct Entry {
    facts: Facts,
    costs: fn(LayerSizes) -> LayerCosts,
    equations: fn() -> Vec<String>,
    gates: fn() -> Vec<String>,
    layer: MakeLayer,
    conformance: fn() -> Vec<Check>,
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
            conformance: conformance::run::<C>,
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

    /// Runs the conformance checks.
    pub fn conformance(&self) -> Vec<Check> {
        (self.conformance)()
    }
}

/// A list of cells with different names.
#[derive(Debug, Clone)]
pub struct Zoo {
    entries: Vec<Entry>,
}

impl Zoo {
    /// All cells of rnnlab.
    pub fn standard() -> Self {
        let entries = vec![
            Entry::of::<vanilla::TanhRnn>(),
            Entry::of::<vanilla::ReluRnn>(),
            Entry::of::<vanilla::IndRnn>(),
            Entry::of::<vanilla::FastRnn>(),
            Entry::of::<lstm::StandardLstm>(),
            Entry::of::<lstm::LstmPeephole>(),
            Entry::of::<lstm::LstmCifg>(),
            Entry::of::<lstm::LstmNoInputGate>(),
            Entry::of::<lstm::LstmNoForgetGate>(),
            Entry::of::<lstm::LstmNoOutputGate>(),
            Entry::of::<lstm::LstmLayerNorm>(),
            Entry::of::<lstm::Janet>(),
            Entry::of::<lstm::MinLstm>(),
            Entry::of::<gru::GruResetBefore>(),
            Entry::of::<gru::GruResetAfter>(),
            Entry::of::<gru::GruLayerNorm>(),
            Entry::of::<gru::Mgu>(),
            Entry::of::<gru::Ugrnn>(),
            Entry::of::<gru::LiGru>(),
            Entry::of::<gru::MinGru>(),
            Entry::of::<gru::FastGrnn>(),
            Entry::of::<gru::Ran>(),
            Entry::of::<gru::Sru>(),
            Entry::of::<gru::Mut1>(),
            Entry::of::<gru::Mut2>(),
            Entry::of::<gru::Mut3>(),
        ];
        Self { entries }
    }

    /// The list with cell `C` added; it takes the place of one with the same name.
    pub fn with<C: Cell>(mut self) -> Self {
        self.entries.retain(|entry| entry.facts.name != C::FACTS.name);
        self.entries.push(Entry::of::<C>());
        self
    }

    /// All entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All names, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.facts.name).collect()
    }

    /// The cell called `name`.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.facts.name == name)
    }
}
