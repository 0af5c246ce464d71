//! What a language model is made of, as plain data.

use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Sizes and choices of a language model: embedding, recurrent layers, output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Name of the recurrent cell, as the zoo lists it.
    pub cell: String,
    /// Stacked recurrent layers.
    pub layers: NonZeroUsize,
    /// Hidden size H of every layer.
    pub hidden: NonZeroUsize,
    /// Embedding size E.
    pub embedding: NonZeroUsize,
    /// Output weights are the embedding's (through a projection H -> E where they differ).
    pub tied: bool,
    /// Share of activations dropped on non-recurrent connections, in [0, 1).
    #[serde(default)]
    pub dropout: Fraction,
    /// Embedding, projection and output weights are drawn from U(-init, init); biases start at 0.
    pub init: PositiveReal,
    /// Weights of the recurrent layers are drawn from U(-layer_init, layer_init); absent: 1/√H,
    /// as in PyTorch.
    #[serde(default)]
    pub layer_init: Option<PositiveReal>,
    /// Added at the start to the bias of the gate that remembers, in its direction.
    /// Cells without such a gate ignore it.
    #[serde(default)]
    pub remember_bias: f32,
}

/// A number in [0, 1).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Fraction(f32);

impl Fraction {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Fraction {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        if (0.0..1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not allowed here: at least 0 and below 1"))
        }
    }
}

impl From<Fraction> for f32 {
    fn from(value: Fraction) -> f32 {
        value.0
    }
}

/// A finite number above 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct PositiveReal(f32);

impl PositiveReal {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for PositiveReal {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not allowed here: a finite number above 0"))
        }
    }
}

impl From<PositiveReal> for f32 {
    fn from(value: PositiveReal) -> f32 {
        value.0
    }
}
