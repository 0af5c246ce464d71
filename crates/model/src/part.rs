//! The parts of a model, which start from another one, are frozen and have learning rates of their own.

use crate::{AnyModel, EncoderDecoder, Model, ModelConfig, ModelError};
use compute::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use task::{TargetKind, TaskShape};
use zoo::Zoo;

/// A part of a model, by its parameters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Embeddings.
    Embedding,
    /// Recurrent layers, learned first states among them.
    Layers,
    /// What stands between layers and output: attention, and what makes a decoder's first state.
    Attention,
    /// The output layer with its bias, and the projection before a tied one.
    Output,
}

/// What begins the name of a layer's parameters.
const LAYER: &str = "layer ";
/// What begins the name of a learned first state.
const STATE: &str = "initial state ";

impl Part {
    /// All parts, from below.
    pub const ALL: [Self; 4] = [Self::Embedding, Self::Layers, Self::Attention, Self::Output];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Layers => "layers",
            Self::Attention => "attention",
            Self::Output => "output",
        }
    }

    /// The part that a parameter belongs to.
    pub fn of(parameter: &str) -> Self {
        let (_, name) = stack_and_name(parameter);
        match name {
            "embedding" => Self::Embedding,
            "output" | "output bias" | "projection" => Self::Output,
            _ if name.starts_with(LAYER) || name.starts_with(STATE) => Self::Layers,
            _ => Self::Attention,
        }
    }

    /// Whether a model has parameters of this part.
    pub fn is_in(self, config: &ModelConfig) -> bool {
        self != Self::Embedding || config.embedding.is_some()
    }
}

/// The stack of layers that a parameter belongs to (`encoder`, `decoder`, or the only one), and its name
/// there.
fn stack_and_name(parameter: &str) -> (&str, &str) {
    for stack in ["encoder", "decoder"] {
        if let Some(name) = parameter.strip_prefix(stack).and_then(|rest| rest.strip_prefix(' ')) {
            return (stack, name);
        }
    }
    ("", parameter)
}

/// How many layers a parameter lies below the output: 0 for the output and what stands before it, 1 for the
/// topmost recurrent layer, more for those below, most for embeddings. An encoder lies below its decoder.
pub fn depth(parameter: &str, config: &ModelConfig) -> usize {
    let (stack, name) = stack_and_name(parameter);
    let layers = config.layers.get();
    let above = match stack {
        "encoder" => config.decoder.layers.unwrap_or(config.layers).get(),
        _ => 0,
    };
    let own = match stack {
        "decoder" => config.decoder.layers.unwrap_or(config.layers).get(),
        _ => layers,
    };
    match Part::of(parameter) {
        Part::Output | Part::Attention => 0,
        Part::Layers => above + own - layer(name, config, stack).min(own.saturating_sub(1)),
        Part::Embedding => {
            let below = if stack == "decoder" { layers } else { 0 };
            above + own + below + 1
        }
    }
}

/// The layer of a parameter of one, from 0, nearest to the input.
fn layer(name: &str, config: &ModelConfig, stack: &str) -> usize {
    let number = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<usize>().unwrap_or(0)
    };
    match name.strip_prefix(STATE) {
        // Learned first states are counted over the directions of all layers.
        Some(rest) if stack != "decoder" => number(rest) / config.directions(),
        Some(rest) => number(rest),
        None => name.strip_prefix(LAYER).map_or(0, number),
    }
}

/// Name and sizes of every parameter of the model that a configuration describes.
pub fn parameters(
    config: &ModelConfig,
    shape: TaskShape,
    zoo: &Zoo,
) -> Result<Vec<(String, Vec<usize>)>, ModelError> {
    let draws = Draws::new(0);
    let mut model: Box<dyn AnyModel> = match shape.target {
        TargetKind::Sequence { .. } => Box::new(EncoderDecoder::new(config, shape, zoo, &draws)?),
        _ => Box::new(Model::new(config, shape, zoo, &draws)?),
    };
    let mut all = Vec::new();
    model.for_each_parameter(&mut |name, parameter| all.push((name.to_owned(), parameter.dims())));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use task::InputKind;

    /// Every parameter of a model with its part and depth.
    fn of(config: serde_json::Value, target: TargetKind) -> Vec<(String, Part, usize)> {
        let config: ModelConfig = serde_json::from_value(config).unwrap();
        let input = InputKind::Tokens { types: 5 };
        let shape = TaskShape { input, target, predicts_input: false };
        let all = parameters(&config, shape, &Zoo::standard()).unwrap();
        let parts = all.into_iter().map(|(name, _)| {
            let (part, depth) = (Part::of(&name), depth(&name, &config));
            (name, part, depth)
        });
        parts.collect()
    }

    #[test]
    fn parts_are_told_from_names_and_counted_from_the_top() {
        let config = json!({"cell": "gru", "layers": 2, "hidden": 3, "embedding": 4, "init": 0.1,
            "bidirectional": true, "learned_state": true, "pooling": "attention"});
        let found = of(config, TargetKind::Class { classes: 2 });
        let place = |name: &str| {
            let (_, part, depth) = found.iter().find(|(known, _, _)| known == name).unwrap();
            (*part, *depth)
        };
        assert_eq!(place("embedding"), (Part::Embedding, 3));
        assert_eq!(place("layer 0 backwards.recurrent"), (Part::Layers, 2));
        assert_eq!(place("layer 1.bias"), (Part::Layers, 1));
        assert_eq!(place("initial state 1.0"), (Part::Layers, 2));
        assert_eq!(place("initial state 2.0"), (Part::Layers, 1));
        assert_eq!(place("attention"), (Part::Attention, 0));
        assert_eq!(place("output bias"), (Part::Output, 0));
    }

    #[test]
    fn an_encoder_lies_below_its_decoder() {
        let config = json!({"cell": "gru", "layers": 2, "hidden": 4, "embedding": 4, "init": 0.1,
            "decoder": {"layers": 1, "context": "luong_general"}});
        let found = of(config, TargetKind::Sequence { types: 6 });
        let depths = |part: Part| {
            let mut depths: Vec<usize> = found
                .iter()
                .filter_map(|(_, found, depth)| (*found == part).then_some(*depth))
                .collect();
            depths.sort_unstable();
            depths.dedup();
            depths
        };
        assert_eq!(depths(Part::Layers), [1, 2, 3]);
        assert_eq!(depths(Part::Embedding), [4]);
        assert_eq!((depths(Part::Attention), depths(Part::Output)), (vec![0], vec![0]));
        let decoder = found.iter().find(|(name, _, _)| name.starts_with("decoder layer")).unwrap();
        assert_eq!(decoder.2, 1, "{decoder:?}");
    }
}
