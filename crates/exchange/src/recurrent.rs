//! The parameters of a stack of recurrent layers, as PyTorch's modules can have them.

use crate::{Counterpart, LayersError, Problem, Surroundings, Tensors};
use dfdx::prelude::Cpu;
use sequence::{Block, LayerSizes, SequenceError, Stack, StackOptions, Weights};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Sizes of a stack whose layers are alike, as those of a module of PyTorch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleSizes {
    /// Layers.
    pub layers: usize,
    /// 1, or 2 for both directions.
    pub directions: usize,
    /// Input size I of the first layer.
    pub input: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// Size P of the hidden state: `proj_size` where it is projected, else H.
    pub output: usize,
}

impl ModuleSizes {
    /// Sizes of layer `k`, in each direction.
    pub fn layer(&self, k: usize) -> LayerSizes {
        let &Self { directions, input, hidden, output, .. } = self;
        let input = if k == 0 { input } else { directions * output };
        LayerSizes { input, hidden, output, heads: 1 }
    }

    /// Every layer and direction, in the order of a [`Stack`].
    pub(crate) fn places(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.layers).flat_map(move |k| (0..self.directions).map(move |d| (k, d)))
    }
}

/// Parameters of recurrent layers that PyTorch has too.
#[derive(Debug, Clone)]
pub struct Recurrent {
    pub(crate) counterpart: Counterpart,
    pub(crate) sizes: ModuleSizes,
    /// For each layer and direction, forwards first.
    pub(crate) weights: Vec<Weights<f32>>,
}

/// What was found among tensors.
#[derive(Debug, Clone)]
pub struct ReadLayers {
    /// The recurrent layers.
    pub recurrent: Recurrent,
    /// Names of the tensors that are no part of them.
    pub left_out: Vec<String>,
    /// The types other than F32 in which theirs are stored, each with how many tensors.
    pub converted: BTreeMap<String, usize>,
    /// Names of theirs that hold numbers which are NaN or infinite.
    pub not_finite: Vec<String>,
    /// What the layers had around them, which a module of PyTorch has not.
    pub surroundings: Surroundings,
}

impl ReadLayers {
    /// The layers, of which `expected` (names and shapes) are the tensors, and what else there is to say.
    pub(crate) fn new(
        recurrent: Recurrent,
        tensors: &Tensors,
        expected: &[(String, Vec<usize>)],
        left_out: Vec<&String>,
    ) -> Self {
        let mut converted = BTreeMap::new();
        for dtype in expected.iter().filter_map(|(name, _)| tensors.converted.get(name)) {
            *converted.entry(dtype.to_string()).or_insert(0) += 1;
        }
        let holds_others = |(name, _): &&(String, Vec<usize>)| {
            let elements = tensors.named.get(name).and_then(|found| found.elements.as_ref().ok());
            elements.is_some_and(|elements| elements.iter().any(|number| !number.is_finite()))
        };
        let not_finite = expected.iter().filter(holds_others).map(|(name, _)| name.clone());
        let not_finite = not_finite.collect();
        let learned = left_out.iter().any(|name| name.starts_with("initial state "));
        let mut surroundings = tensors.surroundings;
        surroundings.learned_state |= learned;
        let left_out = left_out.into_iter().cloned().collect();
        Self { recurrent, left_out, converted, not_finite, surroundings }
    }
}

impl Recurrent {
    /// The cell, here and in PyTorch.
    pub fn counterpart(&self) -> &Counterpart {
        &self.counterpart
    }

    /// The sizes.
    pub fn sizes(&self) -> ModuleSizes {
        self.sizes
    }

    /// The parameters of each layer and direction (forwards first), for
    /// [`Layer::from_weights`](sequence::Layer::from_weights).
    pub fn weights(&self) -> &[Weights<f32>] {
        &self.weights
    }

    /// The layers themselves.
    pub fn stack(&self, device: &Cpu, options: StackOptions) -> Result<Stack, SequenceError> {
        let mut layers: Vec<Vec<_>> = Vec::new();
        layers.resize_with(self.sizes.layers, Vec::new);
        for ((k, _), weights) in self.sizes.places().zip(&self.weights) {
            let sizes = self.sizes.layer(k);
            layers[k].push(self.counterpart.layer(device, sizes, weights.clone())?);
        }
        Stack::new(layers.into_iter().map(Block::bare).collect(), options)
    }

    /// The parameters of a stack. A learned initial state, which PyTorch's modules do not have, is
    /// left out. An error if the layers are not alike or of a cell that PyTorch does not have.
    pub fn of_stack(stack: &mut Stack) -> Result<ReadLayers, LayersError> {
        let names = stack.layers().map(|layer| layer.name().to_owned());
        let cells: BTreeSet<String> = names.collect();
        if cells.len() > 1 {
            return Err(LayersError::MixedCells { cells: cells.into_iter().collect() });
        }
        let mut tensors = Tensors { cell: cells.into_iter().next(), ..Tensors::default() };
        stack.for_each_parameter(&mut |name, parameter| {
            tensors.insert(name.to_owned(), parameter.dims(), parameter.read());
        });
        Self::from_rnnlab(&tensors, None)
    }
}

impl fmt::Display for Recurrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, `{}` in rnnlab",
            self.counterpart.module(self.sizes),
            self.counterpart.cell()
        )
    }
}

/// The elements of the `expected` tensors (names and shapes), in that order, if `tensors` has
/// all of them as they should be, and none of `extra`.
pub(crate) fn take<'t>(
    tensors: &'t Tensors,
    module: String,
    expected: &[(String, Vec<usize>)],
    extra: impl Iterator<Item = &'t String>,
) -> Result<Vec<&'t [f32]>, LayersError> {
    let mut problems = Vec::new();
    let mut taken = Vec::new();
    for (name, expected) in expected {
        let (name, expected) = (name.clone(), expected.clone());
        match tensors.named.get(&name) {
            None => problems.push(Problem::Missing { name, expected }),
            Some(tensor) if tensor.dims != expected => {
                problems.push(Problem::Shape { name, expected, got: tensor.dims.clone() });
            }
            Some(tensor) => match &tensor.elements {
                Ok(elements) => taken.push(elements.as_slice()),
                Err(why) => problems.push(Problem::Unreadable { name, why: *why }),
            },
        }
    }
    let known: BTreeSet<&String> = expected.iter().map(|(name, _)| name).collect();
    let extra = extra.filter(|name| !known.contains(name));
    problems.extend(extra.map(|name| Problem::Extra { name: name.clone() }));
    if problems.is_empty() { Ok(taken) } else { Err(LayersError::Tensors { module, problems }) }
}
