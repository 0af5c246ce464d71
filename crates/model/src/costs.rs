//! What a model costs, known before it is built.

use crate::model::entry_of;
use crate::{ModelConfig, ModelError, Pooling};
use sequence::Slot;
use std::num::NonZeroUsize;
use task::{InputKind, TargetKind, TaskShape};
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

/// The costs of the model that `config` describes, for a task.
pub fn costs(config: &ModelConfig, shape: &TaskShape, zoo: &Zoo) -> Result<Costs, ModelError> {
    let entry = entry_of(config, zoo)?;
    config.require(shape, entry)?;
    let TargetKind::Sequence { types } = shape.target else {
        return Ok(reading(config, shape, entry).and(answering(config, shape)));
    };
    // The decoder starts from the encoder's state, so it learns none of its own.
    let tokens = TaskShape {
        input: InputKind::Tokens { types },
        target: TargetKind::Tokens { types },
        predicts_input: false,
    };
    let decoder = ModelConfig { learned_state: false, ..config.clone() };
    let writing = reading(&decoder, &tokens, entry).and(answering(&decoder, &tokens));
    Ok(reading(config, shape, entry).and(writing))
}

impl Costs {
    /// The costs of two parts of a model.
    fn and(self, other: Self) -> Self {
        Self {
            cell_parameters: self.cell_parameters + other.cell_parameters,
            parameters: self.parameters + other.parameters,
            cell_flops_per_token: self.cell_flops_per_token + other.cell_flops_per_token,
            flops_per_token: self.flops_per_token + other.flops_per_token,
            kept_per_token: self.kept_per_token + other.kept_per_token,
        }
    }
}

/// The costs of embedding and recurrent layers.
fn reading(config: &ModelConfig, shape: &TaskShape, entry: &Entry) -> Costs {
    let embedding = config.embedding_shape(shape).map_or(0, |(rows, columns)| rows * columns);
    let mut all = Costs {
        cell_parameters: 0,
        parameters: embedding,
        cell_flops_per_token: 0.0,
        flops_per_token: 0.0,
        kept_per_token: config.layer_sizes(0, shape).input,
    };
    let directions = config.directions();
    for layer in 0..config.layers.get() {
        let sizes = config.layer_sizes(layer, shape);
        let costs = entry.costs(sizes);
        let dropped = if layer + 1 < config.layers.get() { config.stack_width() } else { 0 };
        let slots: Vec<usize> = entry.state(sizes).iter().map(Slot::width).collect();
        let learned = if config.learned_state { slots.iter().sum() } else { 0 };
        all.cell_parameters += directions * (costs.parameters + learned);
        all.cell_flops_per_token += (directions * costs.flops_per_token) as f64;
        all.kept_per_token += directions * (sizes.input + costs.kept_per_token);
        all.kept_per_token += directions * zoned_out(config, &slots);
        all.kept_per_token += masked(config, dropped);
    }
    all.parameters += all.cell_parameters;
    // Tokens pick their row; numbers are multiplied.
    let mapped = match shape.input {
        InputKind::Tokens { .. } => 0,
        InputKind::Features { .. } => 2 * embedding,
    };
    all.flops_per_token = all.cell_flops_per_token + mapped as f64;
    all.kept_per_token += masked(config, config.embedding.map_or(0, NonZeroUsize::get));
    all
}

/// The costs of what follows the recurrent layers. Output: the product, the bias, and three operations
/// an output for the softmax.
fn answering(config: &ModelConfig, shape: &TaskShape) -> Costs {
    let (read, outputs) = (config.output_width(), shape.outputs());
    let projection = config.projection_shape().map_or(0, |(rows, columns)| rows * columns);
    let output = outputs + if config.tied { 0 } else { outputs * config.stack_width() };
    let query = match config.pooling() {
        Pooling::Attention if shape.is_pooled() => config.stack_width(),
        _ => 0,
    };
    let flops = match shape.is_pooled() {
        true => pooled(config.pooling(), config.stack_width()),
        false => 2 * projection + outputs * (2 * read + 4),
    };
    let mask = if shape.is_pooled() { 0 } else { masked(config, config.stack_width()) };
    Costs {
        cell_parameters: 0,
        parameters: projection + query + output,
        cell_flops_per_token: 0.0,
        flops_per_token: flops as f64,
        kept_per_token: 2 * read + mask,
    }
}

/// Operations of pooling for a step of `width` numbers. The last output is picked; for the mean each
/// number is weighted and added; for the largest it is compared; for attention there are a product
/// with the query, three operations of the softmax, and the weighted sum.
fn pooled(pooling: Pooling, width: usize) -> usize {
    match pooling {
        Pooling::Last => 0,
        Pooling::Max => width,
        Pooling::Mean => 2 * width,
        Pooling::Attention => 4 * width + 3,
    }
}

/// Numbers of a dropout mask for `width` activations of a step: none to speak of where all steps share
/// one.
fn masked(config: &ModelConfig, width: usize) -> usize {
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
