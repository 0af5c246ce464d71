//! What a model costs, known before it is built.

use crate::{ModelConfig, ModelError};
use zoo::Zoo;

/// What a model costs. Parameters are counted once where they are shared (tied output).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Parameters of the recurrent layers.
    pub cell_parameters: usize,
    /// All parameters.
    pub parameters: usize,
    /// Floating-point operations of the recurrent layers, forward, per token.
    pub cell_flops_per_token: f64,
    /// Floating-point operations of the whole model, forward, per token.
    pub flops_per_token: f64,
    /// Numbers kept per token for the backward pass.
    pub kept_per_token: usize,
}

/// The costs of the model that `config` describes, for a vocabulary of `vocabulary` types.
pub fn costs(config: &ModelConfig, vocabulary: usize, zoo: &Zoo) -> Result<Costs, ModelError> {
    let entry = zoo
        .get(&config.cell)
        .ok_or_else(|| ModelError::UnknownCell { name: config.cell.clone(), known: zoo.names() })?;
    if config.projection.is_some() {
        config.check_projection(entry)?;
    }
    let (h, e) = (config.state_width(), config.embedding.get());
    let mut all = Costs {
        cell_parameters: 0,
        parameters: 0,
        cell_flops_per_token: 0.0,
        flops_per_token: 0.0,
        kept_per_token: e,
    };
    for layer in 0..config.layers.get() {
        let sizes = config.layer_sizes(layer);
        let costs = entry.costs(sizes);
        let state = sizes.output + (entry.facts().state.len() - 1) * sizes.hidden;
        all.cell_parameters += costs.parameters + if config.learned_state { state } else { 0 };
        all.cell_flops_per_token += costs.flops_per_token as f64;
        all.kept_per_token += sizes.input + costs.kept_per_token;
    }
    let read = config.output_width();
    let projection = if config.has_projection() { h * e } else { 0 };
    let output = vocabulary + if config.tied { 0 } else { vocabulary * h };
    all.parameters = vocabulary * e + all.cell_parameters + projection + output;
    // Output: the product, the bias, and three operations a logit for the softmax.
    let output_flops = 2 * projection + vocabulary * (2 * read + 4);
    all.flops_per_token = all.cell_flops_per_token + output_flops as f64;
    all.kept_per_token += 2 * read;
    Ok(all)
}
