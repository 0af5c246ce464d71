//! A recurrence of a list.

use crate::{
    CompiledCell, DynLayer, LayerCosts, LayerInit, LayerSizes, RuntimeLayer, SequenceError, Slot,
    WrongFacts,
};
use cell::{Cell, Facts};
use compute::Draws;
use dfdx::prelude::Cpu;
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

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

/// What not every recurrence can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Several heads.
    Heads,
    /// A projection of the hidden state.
    Projection,
    /// Zoneout of the hidden state.
    Zoneout,
    /// Zoneout of the other slots of the state.
    MemoryZoneout,
    /// An initial state that is learned.
    LearnedState,
    /// To be looked at as a dynamical system ([`Dynamics`](crate::Dynamics)).
    Dynamics,
}

/// A recurrence that layers are made of: a cell, or a memory.
pub trait Recurrence: Debug + Send + Sync {
    /// Name in experiment files.
    fn name(&self) -> &'static str;

    /// Name in figures and tables.
    fn title(&self) -> &'static str;

    /// Paper, and any known deviation.
    fn source(&self) -> &'static str;

    /// Its type.
    fn kind(&self) -> &'static str;

    /// An error unless names, wiring and array lengths fit together.
    fn check(&self) -> Result<(), WrongFacts> {
        Ok(())
    }

    /// The equations, written by its own code, one a line.
    fn equations(&self) -> Vec<String>;

    /// Names of the gates.
    fn gates(&self) -> Vec<String>;

    /// The parts of a layer's state.
    fn state(&self, sizes: LayerSizes) -> Vec<Slot>;

    /// Costs of one layer.
    fn costs(&self, sizes: LayerSizes) -> LayerCosts;

    /// Why it cannot do something; `None` where it can.
    fn lacks(&self, feature: Feature) -> Option<&'static str>;

    /// A layer.
    fn layer(&self, device: &Cpu, build: Build<'_>)
    -> Result<Box<dyn RuntimeLayer>, SequenceError>;

    /// Names, wiring and source, if it is a cell.
    fn cell(&self) -> Option<&'static Facts> {
        None
    }

    /// Its kernels, if it is a cell.
    fn compiled(&self) -> Option<CompiledCell<f32>> {
        None
    }
}

/// One recurrence of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    recurrence: Arc<dyn Recurrence>,
}

impl Entry {
    /// The entry of cell `C`, which [`check`](Recurrence::check) says to be whole.
    pub fn of<C: Cell>() -> Self {
        Self::new(CompiledCell::<f32>::of::<C>())
    }

    /// The entry of any recurrence.
    pub fn new(recurrence: impl Recurrence + 'static) -> Self {
        Self { recurrence: Arc::new(recurrence) }
    }
}

impl Deref for Entry {
    type Target = dyn Recurrence;

    fn deref(&self) -> &Self::Target {
        self.recurrence.as_ref()
    }
}

impl Recurrence for CompiledCell<f32> {
    fn name(&self) -> &'static str {
        self.facts().name
    }

    fn title(&self) -> &'static str {
        self.facts().title
    }

    fn source(&self) -> &'static str {
        self.facts().source
    }

    fn kind(&self) -> &'static str {
        CompiledCell::kind(*self)
    }

    fn compiled(&self) -> Option<CompiledCell<f32>> {
        Some(*self)
    }

    fn check(&self) -> Result<(), WrongFacts> {
        CompiledCell::check(*self)
    }

    fn equations(&self) -> Vec<String> {
        CompiledCell::equations(*self)
    }

    fn gates(&self) -> Vec<String> {
        CompiledCell::gates(*self)
    }

    fn state(&self, sizes: LayerSizes) -> Vec<Slot> {
        Slot::of_cell(self.facts(), sizes)
    }

    fn costs(&self, sizes: LayerSizes) -> LayerCosts {
        LayerCosts::of(*self, sizes)
    }

    fn lacks(&self, feature: Feature) -> Option<&'static str> {
        let facts = self.facts();
        match feature {
            Feature::Heads if facts.recurrent.is_empty() && facts.modulated.is_empty() => {
                Some("it has no matrices on its state")
            }
            Feature::Projection if self.reads_hidden() => {
                Some("its equations use the hidden state unit by unit")
            }
            Feature::MemoryZoneout | Feature::LearnedState => {
                facts.unbounded_start().map(|_| "a part of its state starts at −∞")
            }
            _ => None,
        }
    }

    fn layer(
        &self,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        let LayerSizes { input, hidden, output, heads } = build.sizes;
        let dims = ((input, hidden, output), heads);
        let layer = DynLayer::in_heads(*self, device, dims, build.draws, build.name, &build.init)?;
        Ok(Box::new(layer))
    }

    fn cell(&self) -> Option<&'static Facts> {
        Some(self.facts())
    }
}
