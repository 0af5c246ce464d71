//! Recurrent layers under PyTorch's names.

use crate::recurrent::take;
use crate::{
    Counterpart, LayersError, ModuleSizes, ReadLayers, Recurrent, Tensor, Tensors, rnnlab,
};
use sequence::{PARAMETERS, Parameter, Weights};
use std::collections::BTreeSet;

/// How PyTorch's names look, for messages.
pub(crate) const NAMES: &str = "PyTorch's names of recurrent layers (`weight_ih_l0`)";

/// Kinds of tensors of a layer.
const STEMS: [&str; 5] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];

/// A name of PyTorch's: `{module}{stem}_l{layer}`, and `_reverse` for the way backwards; of a single
/// cell (`nn.LSTMCell`), `{module}{stem}`.
#[derive(Debug, Clone, Copy)]
struct Name<'a> {
    /// Name of the module with a point behind it; empty for the module itself.
    prefix: &'a str,
    stem: &'static str,
    layer: usize,
    direction: usize,
    /// It is the name of a single cell's tensor.
    single: bool,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (prefix, leaf) = name.split_at(name.rfind('.').map_or(0, |point| point + 1));
        let stem = |found: &str| STEMS.into_iter().find(|stem| *stem == found);
        if let Some(stem) = stem(leaf).filter(|stem| *stem != "weight_hr") {
            return Some(Self { prefix, stem, layer: 0, direction: 0, single: true });
        }
        let forwards = leaf.strip_suffix("_reverse");
        let (found, layer) = forwards.unwrap_or(leaf).rsplit_once("_l")?;
        let name = Self {
            prefix,
            stem: stem(found)?,
            layer: layer.parse().ok()?,
            direction: usize::from(forwards.is_some()),
            single: false,
        };
        (name.leaf() == leaf).then_some(name)
    }

    fn leaf(&self) -> String {
        match self.single {
            true => self.stem.to_owned(),
            false => leaf(self.stem, self.layer, self.direction),
        }
    }

    fn module(&self) -> String {
        self.prefix.trim_end_matches('.').to_owned()
    }
}

fn leaf(stem: &str, layer: usize, direction: usize) -> String {
    format!("{stem}_l{layer}{}", if direction == 0 { "" } else { "_reverse" })
}

/// Whether some tensors have such names.
pub(crate) fn is_there(tensors: &Tensors) -> bool {
    tensors.named.keys().any(|name| Name::parse(name).is_some())
}

impl Recurrent {
    /// The layers of a `state_dict`: of the module itself, or of a larger model, in which `module`
    /// picks one of several. `cell` is needed where shapes do not tell it: nn.RNN may be with tanh
    /// (`rnn`) or relu (`rnn_relu`).
    ///
    /// PyTorch's two biases of a gate become one, their sum, where only that matters. Without any
    /// biases (`bias=False`) ours are 0.
    pub fn from_torch(
        tensors: &Tensors,
        cell: Option<&str>,
        module: Option<&str>,
    ) -> Result<ReadLayers, LayersError> {
        let names: Vec<Name<'_>> =
            tensors.named.keys().filter_map(|name| Name::parse(name)).collect();
        let module = the_module(&names, module, tensors)?;
        let names = names.into_iter().filter(|name| name.module() == module);
        // A number of a layer beyond that of the tensors is not believed.
        let mut names: Vec<_> = names.filter(|name| name.layer < tensors.named.len()).collect();
        // Beside names with layers, those of a single cell are too many.
        let single = names.iter().all(|name| name.single);
        names.retain(|name| name.single == single);
        let leaf = |stem: &'static str, layer, direction| {
            Name { prefix: "", stem, layer, direction, single }.leaf()
        };
        let prefix = if module.is_empty() { module } else { format!("{module}.") };

        let tensor = |name: &Name<'_>| tensors.named.get(&format!("{prefix}{}", name.leaf()));
        let size = |stem: &str, dim: usize| {
            let mut alike = names.iter().filter(|name| name.stem == stem).filter_map(tensor);
            alike.find_map(|Tensor { dims, .. }| dims.get(dim).copied().filter(|size| *size > 0))
        };
        let rows = size("weight_ih", 0).or(size("bias_ih", 0)).or(size("weight_hh", 0));
        let hidden = size("weight_hr", 1).or(size("weight_hh", 1));
        let mut fits = Vec::from(Counterpart::all());
        fits.retain(|fit| rows.is_some() && rows == hidden.map(|h| h * fit.gates().len()));
        let first_layer = || {
            let first = names.iter().filter(|name| (name.layer, name.direction) == (0, 0));
            first.filter_map(|name| tensors.shown(&format!("{prefix}{}", name.leaf()))).collect()
        };
        let counterpart = Counterpart::choose(fits, cell, tensors.cell.as_deref(), first_layer)?;

        let gates = counterpart.gates().len();
        let whole = rows.filter(|rows| rows % gates == 0).map(|rows| rows / gates);
        let hidden = whole.or(hidden).unwrap_or(1);
        let sizes = ModuleSizes {
            layers: names.iter().map(|name| name.layer + 1).max().unwrap_or(1),
            directions: 1 + names.iter().map(|name| name.direction).max().unwrap_or(0),
            // Names are in the order of the alphabet, so the first layer comes first.
            input: size("weight_ih", 1).unwrap_or(1),
            hidden,
            output: size("weight_hr", 0).filter(|_| counterpart.projectable()).unwrap_or(hidden),
        };
        let biased = names.iter().any(|name| name.stem.starts_with("bias"));
        let mut expected = Vec::new();
        for (k, direction) in sizes.places() {
            for (stem, dims) in shapes(&counterpart, sizes, k) {
                if biased || !stem.starts_with("bias") {
                    expected.push((format!("{prefix}{}", leaf(stem, k, direction)), dims));
                }
            }
        }
        let (of_module, left_out): (Vec<_>, Vec<_>) =
            tensors.named.keys().partition(|name| name.starts_with(&prefix));
        let described = match single {
            true => counterpart.single(sizes),
            false => counterpart.module(sizes),
        };
        let taken = take(tensors, described, &expected, of_module.into_iter())?;

        let mut taken = taken.into_iter();
        let weights = sizes.places().map(|(k, _)| {
            let mut weights = zeros(&counterpart, sizes, k);
            for (stem, dims) in shapes(&counterpart, sizes, k) {
                if biased || !stem.starts_with("bias") {
                    let from = taken.next().unwrap_or_default();
                    add(&counterpart, stem, &dims, from, &mut weights);
                }
            }
            weights
        });
        let weights = weights.collect();
        Ok(ReadLayers::new(Self { counterpart, sizes, weights }, tensors, &expected, left_out))
    }

    /// The `state_dict` of PyTorch's module. Where one of a gate's two biases is redundant, it is
    /// the recurrent one that is 0.
    pub fn to_torch(&self) -> Tensors {
        let Self { counterpart, sizes, weights } = self;
        let cell = Some(counterpart.cell().to_owned());
        let mut tensors = Tensors { cell, ..Tensors::default() };
        for ((k, direction), weights) in sizes.places().zip(weights) {
            for (stem, dims) in shapes(counterpart, *sizes, k) {
                let elements = torch_elements(counterpart, stem, &dims, weights);
                tensors.insert(leaf(stem, k, direction), dims, elements);
            }
        }
        tensors
    }
}

/// The module meant: the one asked for, or the only one.
fn the_module(
    names: &[Name<'_>],
    asked: Option<&str>,
    tensors: &Tensors,
) -> Result<String, LayersError> {
    let modules: BTreeSet<String> = names.iter().map(Name::module).collect();
    let modules: Vec<String> = modules.into_iter().collect();
    match (modules.as_slice(), asked) {
        ([], _) => {
            let instead = rnnlab::is_there(tensors).then_some(rnnlab::NAMES);
            Err(LayersError::NoLayers { wanted: NAMES, instead })
        }
        (_, Some(asked)) if modules.iter().any(|module| module == asked) => Ok(asked.to_owned()),
        (_, Some(asked)) => Err(LayersError::NoModule { asked: asked.to_owned(), modules }),
        ([one], None) => Ok(one.clone()),
        (_, None) => Err(LayersError::SeveralModules { modules }),
    }
}

/// Kinds and shapes of the tensors of layer `k`, in one direction.
fn shapes(
    counterpart: &Counterpart,
    sizes: ModuleSizes,
    k: usize,
) -> Vec<(&'static str, Vec<usize>)> {
    let layer = sizes.layer(k);
    let rows = counterpart.gates().len() * layer.hidden;
    let mut shapes = vec![
        ("weight_ih", vec![rows, layer.input]),
        ("weight_hh", vec![rows, layer.output]),
        ("bias_ih", vec![rows]),
        ("bias_hh", vec![rows]),
    ];
    if layer.projected() {
        shapes.push(("weight_hr", vec![layer.output, layer.hidden]));
    }
    shapes
}

fn zeros(counterpart: &Counterpart, sizes: ModuleSizes, k: usize) -> Weights<f32> {
    let layer = sizes.layer(k);
    let len = |parameter| counterpart.shape(parameter, layer).iter().product();
    Weights(PARAMETERS.map(|parameter| vec![0.0; len(parameter)]))
}

/// Where a tensor's gates lie in our parameter: the parameter, and for each gate the index among
/// its blocks. None for the projection, which has no gates.
fn places(counterpart: &Counterpart, stem: &str) -> (Parameter, Option<Vec<usize>>) {
    let facts = counterpart.facts();
    let (parameter, side, first) = match stem {
        "weight_ih" => (Parameter::Input, 0, facts.input.start),
        "weight_hh" => (Parameter::Recurrent, 1, facts.recurrent.start),
        "bias_ih" => (Parameter::Bias, 0, 0),
        "bias_hh" => (Parameter::Bias, 1, 0),
        _ => return (Parameter::Projection, None),
    };
    let blocks = counterpart.gates().iter().map(|gate| gate[side] - first).collect();
    (parameter, Some(blocks))
}

/// Adds a tensor of PyTorch's to our parameters.
fn add(
    counterpart: &Counterpart,
    stem: &str,
    dims: &[usize],
    from: &[f32],
    weights: &mut Weights<f32>,
) {
    let (parameter, blocks) = places(counterpart, stem);
    let to = &mut weights.0[parameter as usize];
    let Some(blocks) = blocks else { return to.copy_from_slice(from) };
    let len = dims.iter().product::<usize>() / blocks.len();
    for (gate, block) in from.chunks_exact(len).zip(blocks) {
        for (to, from) in to[block * len..].iter_mut().zip(gate) {
            *to += from;
        }
    }
}

/// The elements of a tensor of PyTorch's from our parameters.
fn torch_elements(
    counterpart: &Counterpart,
    stem: &str,
    dims: &[usize],
    weights: &Weights<f32>,
) -> Vec<f32> {
    let (parameter, blocks) = places(counterpart, stem);
    let from = weights.get(parameter);
    let Some(blocks) = blocks else { return from.to_vec() };
    let len = dims.iter().product::<usize>() / blocks.len();
    let mut elements = Vec::with_capacity(len * blocks.len());
    for (block, gate) in blocks.into_iter().zip(counterpart.gates()) {
        // Both biases of a gate that has one block here: the first has it all.
        if stem == "bias_hh" && gate[0] == gate[1] {
            elements.resize(elements.len() + len, 0.0);
        } else {
            elements.extend_from_slice(&from[block * len..][..len]);
        }
    }
    elements
}
