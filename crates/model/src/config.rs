//! What a language model is made of, as plain data.

use crate::ModelError;
use crate::choices::{LayerInitChoice, RememberChoice};
use sequence::{Init, LayerInit, LayerSizes, RememberBias, Share, StackOptions};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use zoo::Entry;

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
    /// How the weights of the recurrent layers start; absent: U(-1/√H, 1/√H), as in PyTorch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_init: Option<LayerInitChoice>,
    /// Added at the start to the bias of the gate that remembers, in its direction.
    /// Cells without such a gate ignore it.
    #[serde(default)]
    pub remember_bias: RememberChoice,
    /// Size of the hidden state after a projection (LSTMP); absent: not projected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<NonZeroUsize>,
    /// Dropout masks that stay the same over all steps of a window (variational dropout).
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked_dropout: bool,
    /// Share of the old hidden state that stays at random (zoneout), in [0, 1).
    #[serde(default, skip_serializing_if = "is_default")]
    pub zoneout: Fraction,
    /// The same for the other parts of the state, such as an LSTM's memory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zoneout_memory: Fraction,
    /// Every layer but the first adds its input to its output.
    #[serde(default, skip_serializing_if = "is_default")]
    pub residual: bool,
    /// The state at the beginning of a text is learned instead of zero.
    #[serde(default, skip_serializing_if = "is_default")]
    pub learned_state: bool,
}

// New choices do not change how configurations without them are written, so runs keep their names.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ModelConfig {
    /// Sizes of recurrent layer `k`.
    pub fn layer_sizes(&self, k: usize) -> LayerSizes {
        let hidden = self.hidden.get();
        let output = self.state_width();
        LayerSizes { input: if k == 0 { self.embedding.get() } else { output }, hidden, output }
    }

    /// How the recurrent layers start.
    pub(crate) fn layer_start(&self) -> LayerInit {
        let start = LayerInit::torch(self.hidden.get());
        let (input, recurrent) = match self.layer_init {
            None => (start.input, start.recurrent),
            Some(LayerInitChoice::Both(both)) => (both.into(), both.into()),
            Some(LayerInitChoice::Each { input, recurrent }) => (
                input.map_or(start.input, Init::from),
                recurrent.map_or(start.recurrent, Init::from),
            ),
        };
        let remember = match self.remember_bias {
            RememberChoice::Constant(value) => RememberBias::Constant(f64::from(value)),
            RememberChoice::Chrono { chrono } => RememberBias::Chrono(f64::from(chrono.get())),
        };
        LayerInit { input, recurrent, remember }
    }

    /// What stands between and around the recurrent layers.
    pub(crate) fn stack_options(&self) -> StackOptions {
        StackOptions {
            dropout: self.drop(),
            zoneout: self.zoneout.get(),
            zoneout_memory: self.zoneout_memory.get(),
            residual: self.residual,
            learned_state: self.learned_state,
        }
    }

    /// Dropout on non-recurrent connections.
    pub(crate) fn drop(&self) -> Share {
        Share { share: self.dropout.get(), locked: self.locked_dropout }
    }

    /// An error if the hidden state cannot be projected as asked.
    pub(crate) fn check_projection(&self, entry: &Entry) -> Result<(), ModelError> {
        let Some(projection) = self.projection else { return Ok(()) };
        if !entry.projectable() {
            return Err(ModelError::NotProjectable { cell: self.cell.clone() });
        }
        if projection >= self.hidden {
            return Err(ModelError::LargeProjection {
                projection: projection.get(),
                hidden: self.hidden.get(),
            });
        }
        Ok(())
    }

    /// Width of the hidden states.
    pub(crate) fn state_width(&self) -> usize {
        self.projection.unwrap_or(self.hidden).get()
    }

    /// Whether a projection to the embedding's width stands before a tied output.
    pub(crate) fn has_projection(&self) -> bool {
        self.tied && self.state_width() != self.embedding.get()
    }

    /// Width of what the output layer reads.
    pub(crate) fn output_width(&self) -> usize {
        if self.tied { self.embedding.get() } else { self.state_width() }
    }
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
