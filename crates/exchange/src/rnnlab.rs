//! Recurrent layers under rnnlab's own names: those of `Stack::for_each_parameter`, which
//! checkpoints have too.

use crate::recurrent::take;
use crate::{Counterpart, LayersError, ModuleSizes, ReadLayers, Recurrent, Tensor, Tensors, torch};
use sequence::{LayerSizes, PARAMETERS, Parameter, Weights, layer_name};

/// How our names look, for messages.
pub(crate) const NAMES: &str = "rnnlab's names of recurrent layers (`layer 0.input`)";

/// A name of ours: `layer {layer}.{parameter}`, or `layer {layer} backwards.{parameter}`.
#[derive(Debug, Clone, Copy)]
struct Name {
    layer: usize,
    direction: usize,
    parameter: Parameter,
}

impl Name {
    fn parse(name: &str) -> Option<Self> {
        let (head, tail) = name.split_once('.')?;
        let parameter = PARAMETERS.into_iter().find(|parameter| parameter.name() == tail)?;
        let layer = head.split(' ').nth(1)?.parse().ok()?;
        let direction = (0..2).find(|direction| layer_name(layer, *direction) == head)?;
        Some(Self { layer, direction, parameter })
    }

    fn text(&self) -> String {
        text(self.layer, self.direction, self.parameter)
    }
}

fn text(layer: usize, direction: usize, parameter: Parameter) -> String {
    format!("{}.{}", layer_name(layer, direction), parameter.name())
}

/// Whether some tensors have such names.
pub(crate) fn is_there(tensors: &Tensors) -> bool {
    tensors.named.keys().any(|name| Name::parse(name).is_some())
}

/// Whether a tensor with this name is meant as that of a layer whose name starts so, rightly or
/// not. In checkpoints, the optimiser's moments have a stroke in their names.
fn of_a_layer(name: &str, layer: &str) -> bool {
    name.starts_with(layer) && !name.contains('/')
}

impl Recurrent {
    /// The layers of a file with rnnlab's own names, for instance a checkpoint. `cell` is needed
    /// where neither the file nor the shapes tell it.
    pub fn from_rnnlab(tensors: &Tensors, cell: Option<&str>) -> Result<ReadLayers, LayersError> {
        let names: Vec<Name> = tensors.named.keys().filter_map(|name| Name::parse(name)).collect();
        if names.is_empty() {
            let instead = torch::is_there(tensors).then_some(torch::NAMES);
            return Err(LayersError::NoLayers { wanted: NAMES, instead });
        }
        // A number of a layer beyond that of the tensors is not believed.
        let names: Vec<_> =
            names.into_iter().filter(|name| name.layer < tensors.named.len()).collect();
        let size = |parameter: Parameter, dim: usize| {
            let mut alike = names.iter().filter(|name| name.parameter == parameter);
            alike.find_map(|name| {
                let Tensor { dims, .. } = tensors.named.get(&name.text())?;
                dims.get(dim).copied().filter(|size| *size > 0)
            })
        };
        // A block on the diagonal has the units of one head.
        let units = size(Parameter::Bias, 1).or(size(Parameter::Input, 1));
        if let (Some(units), Some(of_head)) = (units, size(Parameter::Recurrent, 1))
            && of_head < units
            && units.is_multiple_of(of_head)
        {
            return Err(LayersError::Heads { heads: units / of_head });
        }
        let hidden = size(Parameter::Recurrent, 1)
            .or(size(Parameter::Input, 1))
            .or(size(Parameter::Bias, 1))
            .unwrap_or(1);
        let fits = Counterpart::all().into_iter().filter(|fit| {
            PARAMETERS.into_iter().filter(|p| *p != Parameter::Projection).all(|parameter| {
                let blocks = fit.shape(parameter, LayerSizes::new(1, 1))[0];
                size(parameter, 0).is_none_or(|found| found == blocks)
            })
        });
        let first_layer = || {
            let first = tensors.named.keys().filter(|name| of_a_layer(name, &layer_name(0, 0)));
            first.filter_map(|name| tensors.shown(name)).collect()
        };
        let said = tensors.cell.as_deref();
        let counterpart = Counterpart::choose(fits.collect(), cell, said, first_layer)?;

        let output = size(Parameter::Recurrent, 2).filter(|_| counterpart.projectable());
        let sizes = ModuleSizes {
            layers: names.iter().map(|name| name.layer + 1).max().unwrap_or(1),
            directions: 1 + names.iter().map(|name| name.direction).max().unwrap_or(0),
            // Names are in the order of the alphabet, so the first layer comes first.
            input: size(Parameter::Input, 2).unwrap_or(1),
            hidden,
            output: output.unwrap_or(hidden),
        };
        let mut expected = Vec::new();
        for (k, direction) in sizes.places() {
            for parameter in PARAMETERS {
                let dims = counterpart.shape(parameter, sizes.layer(k));
                if dims[0] > 0 {
                    expected.push((text(k, direction, parameter), dims));
                }
            }
        }
        let (of_layers, left_out): (Vec<_>, Vec<_>) =
            tensors.named.keys().partition(|name| of_a_layer(name, "layer "));
        let described = counterpart.module(sizes);
        let taken = take(tensors, described, &expected, of_layers.into_iter())?;

        let mut taken = taken.into_iter();
        let weights = sizes.places().map(|(k, _)| {
            Weights(PARAMETERS.map(
                |parameter| match counterpart.shape(parameter, sizes.layer(k))[0] {
                    0 => Vec::new(),
                    _ => taken.next().unwrap_or_default().to_vec(),
                },
            ))
        });
        let weights = weights.collect();
        Ok(ReadLayers::new(Self { counterpart, sizes, weights }, tensors, &expected, left_out))
    }

    /// The tensors under rnnlab's own names.
    pub fn to_rnnlab(&self) -> Tensors {
        let Self { counterpart, sizes, weights } = self;
        let cell = Some(counterpart.cell().to_owned());
        let mut tensors = Tensors { cell, ..Tensors::default() };
        for ((k, direction), weights) in sizes.places().zip(weights) {
            for parameter in PARAMETERS {
                let dims = counterpart.shape(parameter, sizes.layer(k));
                if dims[0] > 0 {
                    let elements = weights.get(parameter).to_vec();
                    tensors.insert(text(k, direction, parameter), dims, elements);
                }
            }
        }
        tensors
    }
}
