//! Embedding, dropout, output layer and loss around recurrent layers.

mod config;

pub use config::{Fraction, ModelConfig, PositiveReal};

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
}
