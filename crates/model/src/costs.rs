//! What a model costs, known before it is built.

use crate::embedding::Embedding;
use crate::model::entry_of;
use crate::modules::PooledSteps;
use crate::readout::Readout;
use crate::{ModelConfig, ModelError, encoder_decoder};
use sequence::Slot;
use task::{TargetKind, TaskShape};
use zoo::{Entry, Zoo};

/// What a model costs. Parameters are counted once where they are shared (tied output). A token is
/// a time step of a sequence; where it is answered with another one, a step of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Parameters of the recurrent layers.
    pub cell_parameters: usize,
    /// All parameters.
    pub parameters: usize,
    /// Floating-point operations of the recurrent layers, forward, per token.
    pub cell_flops_per_token: f64,
    /// Floating-point operations of the whole model, forward, per token; an output made once for a
    /// whole sequence is left out.
    pub flops_per_token: f64,
    /// Numbers kept per token for the backward pass.
    pub kept_per_token: usize,
}

/// The costs of the model that `config` describes, for a task: the sum over its modules.
pub fn costs(config: &ModelConfig, shape: &TaskShape, zoo: &Zoo) -> Result<Costs, ModelError> {
    let entry = entry_of(config, zoo)?;
    config.require(shape, entry)?;
    if matches!(shape.target, TargetKind::Sequence { .. }) {
        let decoder = entry_of(&config.of_decoder(), zoo)?;
        return Ok(encoder_decoder::costs(config, shape, entry, decoder));
    }
    let widths = (config.stack_width(), config.output_width());
    Ok(Embedding::costs(config, shape)
        .and(layers(config, config.input_width(shape), entry))
        .and(PooledSteps::costs(config, shape))
        .and(projection(config, shape))
        .and(Readout::costs(config, shape, widths)))
}

impl Costs {
    /// The costs of a module around the recurrent layers: parameters, operations and kept numbers per
    /// token.
    pub(crate) fn around_layers(parameters: usize, flops: usize, kept: usize) -> Self {
        Self {
            cell_parameters: 0,
            parameters,
            cell_flops_per_token: 0.0,
            flops_per_token: flops as f64,
            kept_per_token: kept,
        }
    }

    /// The costs of two parts of a model.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            cell_parameters: self.cell_parameters + other.cell_parameters,
            parameters: self.parameters + other.parameters,
            cell_flops_per_token: self.cell_flops_per_token + other.cell_flops_per_token,
            flops_per_token: self.flops_per_token + other.flops_per_token,
            kept_per_token: self.kept_per_token + other.kept_per_token,
        }
    }
}

/// The costs of the recurrent layers, the first of which reads `first` numbers.
pub(crate) fn layers(config: &ModelConfig, first: usize, entry: &Entry) -> Costs {
    let (mut parameters, mut flops, mut kept) = (0, 0, 0);
    let directions = config.directions();
    for layer in 0..config.layers.get() {
        let sizes = config.layer_sizes(layer, first);
        let costs = entry.costs(sizes);
        let dropped = if layer + 1 < config.layers.get() { config.stack_width() } else { 0 };
        let slots: Vec<usize> = entry.state(sizes).iter().map(Slot::width).collect();
        let learned = if config.learned_state { slots.iter().sum() } else { 0 };
        parameters += directions * (costs.parameters + learned);
        flops += directions * costs.flops_per_token;
        kept += directions * (sizes.input + costs.kept_per_token + zoned_out(config, &slots));
        kept += masked(config, dropped);
    }
    Costs {
        cell_parameters: parameters,
        cell_flops_per_token: flops as f64,
        ..Costs::around_layers(parameters, flops, kept)
    }
}

/// The costs of the linear map before a tied output, where there is one.
fn projection(config: &ModelConfig, shape: &TaskShape) -> Costs {
    let weights = config.projection_shape().map_or(0, |(rows, columns)| rows * columns);
    // What is made once for a whole sequence is left out.
    let flops = if shape.is_pooled() { 0 } else { 2 * weights };
    Costs::around_layers(weights, flops, 0)
}

/// Numbers of a dropout mask for `width` activations of a step: none to speak of where all steps share
/// one.
pub(crate) fn masked(config: &ModelConfig, width: usize) -> usize {
    match config.dropout.get() > 0.0 && !config.locked_dropout {
        true => width,
        false => 0,
    }
}

/// Numbers of zoneout masks for a step of a layer in one direction whose state has slots of these widths.
fn zoned_out(config: &ModelConfig, slots: &[usize]) -> usize {
    let Some((hidden, memory)) = slots.split_first() else { return 0 };
    let hidden = if config.zoneout.get() > 0.0 { *hidden } else { 0 };
    let memory = if config.zoneout_memory.get() > 0.0 { memory.iter().sum() } else { 0 };
    hidden + memory
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use task::InputKind;

    /// Costs of an LSTM on ten classes or, as a language model, on ten words.
    fn of(pooled: bool, choices: Value) -> Costs {
        let mut config =
            json!({"cell": "lstm", "layers": 2, "hidden": 6, "embedding": 4, "init": 0.1});
        for (key, value) in choices.as_object().unwrap() {
            config[key] = value.clone();
        }
        let shape = match pooled {
            true => TaskShape {
                input: InputKind::Tokens { types: 10 },
                target: TargetKind::Class { classes: 10 },
                predicts_input: false,
            },
            false => TaskShape::language(10),
        };
        costs(&serde_json::from_value(config).unwrap(), &shape, &Zoo::standard()).unwrap()
    }

    #[test]
    fn pooling_counts_what_it_does() {
        let of = |pooling: &str| {
            let costs = of(true, json!({"pooling": pooling}));
            costs.flops_per_token - costs.cell_flops_per_token
        };
        assert_eq!(["last", "max", "mean", "attention"].map(of), [0.0, 6.0, 12.0, 27.0]);
    }

    /// Dropout masks for the embedding, between the layers, and for the last outputs; a zoneout mask for
    /// each slot of each layer.
    #[test]
    fn masks_are_kept() {
        let kept = |choices: Value| of(false, choices).kept_per_token;
        let none = kept(json!({}));
        assert_eq!(kept(json!({"dropout": 0.5})) - none, 4 + 6 + 6);
        assert_eq!(kept(json!({"dropout": 0.5, "locked_dropout": true})), none);
        assert_eq!(kept(json!({"zoneout": 0.1})) - none, 6 + 6);
        assert_eq!(kept(json!({"zoneout": 0.1, "zoneout_memory": 0.1})) - none, 24);
        let pooled = |choices: Value| of(true, choices).kept_per_token;
        assert_eq!(pooled(json!({"dropout": 0.5})) - pooled(json!({})), 4 + 6);
    }

    /// 4 pre-activations, 2 states, 8 normalised products and a normalised state of each unit.
    #[test]
    fn layer_normalisation_keeps_what_it_normalised() {
        let [plain, normalised] =
            ["lstm", "lstm_ln"].map(|cell| of(false, json!({"cell": cell})).kept_per_token);
        assert_eq!(normalised - plain, 2 * 9 * 6);
    }
}
