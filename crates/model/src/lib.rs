//! Models, put together from modules: embedding, recurrent layers, pooling, linear map, output layer with
//! its loss. A [`TaskShape`](task::TaskShape) says what goes in and what is to be answered, a
//! [`ModelConfig`] what stands in between. A [`Model`] answers a sequence once or at each step, an
//! [`EncoderDecoder`] with another sequence.
//!
//! **The loss is the mean over what is scored** (tokens, steps or sequences), in nats or as squared
//! error. Published learning rates and clipping thresholds often belong to a loss summed over the T
//! steps of a window (Zaremba et al. 2014): there, `lr 1, clip 5` with T = 20 is `lr 20, clip 0.25`
//! here.

mod any_model;
mod choices;
mod config;
mod costs;
mod decoder_config;
mod embed;
mod embedding;
mod encoder_decoder;
mod error;
mod joins;
mod linear;
mod losses;
mod model;
mod modules;
mod output;
mod part;
mod pool;
mod readout;
mod real;

pub use any_model::AnyModel;
pub use choices::{
    AboveTwo, BiasChoice, Finite, InitChoice, LayerInitChoice, NamedBias, NamedInit,
    NamedOutputBias, OutputBiasChoice, RememberChoice,
};
pub use config::{Fraction, ModelConfig, PositiveReal, Probability};
pub use costs::{Costs, costs};
pub use decoder_config::{Context, DecoderConfig};
pub use encoder_decoder::{EncoderDecoder, OwnTokens, TrainingPass};
pub use error::ModelError;
pub use model::{Model, WindowScore};
pub use output::Total;
pub use part::{Part, depth, parameters};
pub use pool::Pooling;
pub use search::{Beam, Hypothesis};

use dfdx::prelude::{Cpu, OwnedTape, Tensor};

/// `[T, B, features]` with tape `T`.
type Sequence<T> = Tensor<(usize, usize, usize), f32, Cpu, T>;
/// A single number with tape `T`.
type Scalar<T> = Tensor<(), f32, Cpu, T>;
/// A mean loss with its tape.
pub type Loss = Scalar<OwnedTape<f32, Cpu>>;
