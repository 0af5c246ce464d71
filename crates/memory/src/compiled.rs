//! A memory behind an object-safe face: all that layers and lists have of it.

use crate::kernel::{Erase, Keep};
use crate::layer::{Gradients, PackedWeights, Pass, Weights, backward, forward};
use crate::memory::{equations, gates};
use crate::{Facts, Memory, MemoryLayer, MemorySizes, PassOptions, Purpose};
use dfdx::prelude::Cpu;
use sequence::{
    Build, Feature, LayerCosts, LayerSizes, Recurrence, RuntimeLayer, SequenceError, Slot,
};
use std::any::type_name;
use std::fmt::{Debug, Formatter};

type Forward =
    fn((usize, usize), &PassOptions, &PackedWeights<f32>, &[f32], &[f32], Purpose) -> Pass<f32>;
type Backward = fn(Pass<f32>, &PackedWeights<f32>, &[f32], &[f32], Gradients<'_, f32>);

/// A memory compiled, so that layers are written once for all memories.
#[derive(Clone, Copy)]
pub struct CompiledMemory {
    pub(crate) facts: &'static Facts,
    pub(crate) zeros: fn(MemorySizes) -> Weights<f32>,
    pub(crate) pack: fn(&Weights<f32>, MemorySizes) -> PackedWeights<f32>,
    pub(crate) forward: Forward,
    pub(crate) backward: Backward,
    pub(crate) slots: fn(MemorySizes) -> Vec<Slot>,
    costs: fn(MemorySizes) -> LayerCosts,
    kind: fn() -> &'static str,
    equations: fn() -> Vec<String>,
    gates: fn() -> Vec<String>,
}

impl CompiledMemory {
    /// Memory `M`.
    pub fn of<M: Memory>() -> Self {
        const { M::FACTS.check::<M>() };
        Self {
            facts: const { &M::FACTS },
            zeros: Weights::zeros::<M>,
            pack: PackedWeights::new::<M>,
            forward: forward::<M, f32>,
            backward: backward::<M, f32>,
            slots: slots::<M>,
            costs: costs::<M>,
            kind: type_name::<M>,
            equations: equations::<M>,
            gates: gates::<M>,
        }
    }
}

impl Debug for CompiledMemory {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CompiledMemory").field(&self.facts.name).finish()
    }
}

fn costs<M: Memory>(sizes: MemorySizes) -> LayerCosts {
    let MemorySizes { heads, key, .. } = sizes;
    let value = sizes.rows::<M>();
    let keep = match M::KEEP {
        Keep::All | Keep::Head => 0,
        Keep::Number => 1,
        Keep::Vector => key,
    };
    let erase = match M::ERASE {
        Erase::Nothing => 0,
        Erase::AlongKey => key + value,
        Erase::Along => 2 * key + value,
    };
    // Beside the projections: w, a, b and u, k, q, v, what was read, and a state every few steps.
    let head = keep + erase + 2 * key + 2 * value + (key * value).div_ceil(crate::kernel::STRETCH);
    LayerCosts {
        parameters: sizes.parameters::<M>(),
        flops_per_token: sizes.flops::<M>(),
        kept_per_token: sizes.projected::<M>() + heads * head,
    }
}

/// The sizes of a memory's heads in a layer of these sizes.
pub(crate) fn head_sizes(LayerSizes { input, hidden, heads, .. }: LayerSizes) -> MemorySizes {
    MemorySizes { input, heads, key: hidden / heads, value: hidden / heads }
}

/// A memory's state: S, the normaliser its last row, and the level of a stabilised one.
fn slots<M: Memory>(sizes: MemorySizes) -> Vec<Slot> {
    let MemorySizes { heads, key, .. } = sizes;
    let shape = vec![heads, sizes.rows::<M>(), key];
    let mut slots = vec![Slot { name: "S", shape, start: 0.0 }];
    if M::FACTS.stabilised {
        slots.push(Slot { name: "m", shape: vec![heads], start: 0.0 });
    }
    slots
}

impl Recurrence for CompiledMemory {
    fn name(&self) -> &'static str {
        self.facts.name
    }

    fn title(&self) -> &'static str {
        self.facts.title
    }

    fn source(&self) -> &'static str {
        self.facts.source
    }

    fn kind(&self) -> &'static str {
        (self.kind)()
    }

    fn equations(&self) -> Vec<String> {
        (self.equations)()
    }

    fn gates(&self) -> Vec<String> {
        (self.gates)()
    }

    fn state(&self, sizes: LayerSizes) -> Vec<Slot> {
        (self.slots)(head_sizes(sizes))
    }

    fn costs(&self, sizes: LayerSizes) -> LayerCosts {
        (self.costs)(head_sizes(sizes))
    }

    fn lacks(&self, feature: Feature) -> Option<&'static str> {
        match feature {
            Feature::Heads | Feature::LearnedState => None,
            Feature::Projection => Some("its state is a matrix, read by a query"),
            Feature::Zoneout | Feature::MemoryZoneout | Feature::Dynamics => {
                Some("its state is a matrix")
            }
        }
    }

    fn layer(
        &self,
        device: &Cpu,
        build: Build<'_>,
    ) -> Result<Box<dyn RuntimeLayer>, SequenceError> {
        Ok(Box::new(MemoryLayer::initialised(*self, device, build)?))
    }
}
