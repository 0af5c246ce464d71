//! Embedding, dropout, output layer and loss around recurrent layers: a word-level language model.
//!
//! **The loss is the mean over scored tokens**, in nats. Published learning rates and clipping
//! thresholds often belong to a loss summed over the T steps of a window (Zaremba et al. 2014):
//! there, `lr 1, clip 5` with T = 20 is `lr 20, clip 0.25` here.

mod choices;
mod config;
mod costs;
mod embed;
mod error;
mod language_model;
mod linear;
mod output;

pub use choices::{AboveTwo, InitChoice, LayerInitChoice, NamedInit, RememberChoice};
pub use config::{Fraction, ModelConfig, PositiveReal};
pub use costs::{Costs, costs};
pub use error::ModelError;
pub use language_model::{LanguageModel, Scored, Window};

use dfdx::prelude::{Cpu, Tensor};

/// `[T, B, features]` with tape `T`.
type Sequence<T> = Tensor<(usize, usize, usize), f32, Cpu, T>;
/// A single number with tape `T`.
type Scalar<T> = Tensor<(), f32, Cpu, T>;

/// A target that is not scored.
pub const IGNORE: u32 = u32::MAX;
