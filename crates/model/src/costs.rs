//! What a model costs, known before it is built.

use crate::{InputKind, ModelConfig, ModelError, Pooling, TaskShape};
use zoo::Zoo;

/// What a model costs. Parameters are counted once where they are shared (tied output). A token is
/// a time step of a sequence.
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
    let entry = zoo
        .get(&config.cell)
        .ok_or_else(|| ModelError::UnknownCell { name: config.cell.clone(), known: zoo.names() })?;
    config.require(shape)?;
    if config.projection.is_some() {
        config.check_projection(entry)?;
    }
    let matrix = |(rows, columns): (usize, usize)| rows * columns;
    let embedding = config.embedding_shape(shape).map_or(0, matrix);
    let mut all = Costs {
        cell_parameters: 0,
        parameters: 0,
        cell_flops_per_token: 0.0,
        flops_per_token: 0.0,
        kept_per_token: config.layer_sizes(0, shape).input,
    };
    let directions = config.directions();
    for layer in 0..config.layers.get() {
        let sizes = config.layer_sizes(layer, shape);
        let costs = entry.costs(sizes);
        let state = sizes.output + (entry.facts().state.len() - 1) * sizes.hidden;
        let learned = if config.learned_state { state } else { 0 };
        all.cell_parameters += directions * (costs.parameters + learned);
        all.cell_flops_per_token += (directions * costs.flops_per_token) as f64;
        all.kept_per_token += directions * (sizes.input + costs.kept_per_token);
    }
    let (read, outputs) = (config.output_width(), shape.outputs());
    let projection = config.projection_shape().map_or(0, matrix);
    let output = outputs + if config.tied { 0 } else { outputs * config.stack_width() };
    let query = match config.pooling() {
        Pooling::Attention if shape.is_pooled() => config.stack_width(),
        _ => 0,
    };
    all.parameters = embedding + all.cell_parameters + projection + query + output;
    // Tokens pick their row; numbers are multiplied. Output: the product, the bias, and three
    // operations an output for the softmax.
    let mapped = match shape.input {
        InputKind::Tokens { .. } => 0,
        InputKind::Features { .. } => 2 * embedding,
    };
    let after = match shape.is_pooled() {
        true => 2 * query + 2 * config.stack_width(),
        false => 2 * projection + outputs * (2 * read + 4),
    };
    all.flops_per_token = all.cell_flops_per_token + (mapped + after) as f64;
    all.kept_per_token += 2 * read;
    Ok(all)
}
