//! Embedding, dropout, pooling, output layer and loss around recurrent layers: one [`Model`] for
//! every task. A [`TaskShape`] says what goes in and what is to be answered; a [`ModelConfig`] what
//! stands in between.
//!
//! **The loss is the mean over what is scored** (tokens, steps or sequences), in nats or as squared
//! error. Published learning rates and clipping thresholds often belong to a loss summed over the T
//! steps of a window (Zaremba et al. 2014): there, `lr 1, clip 5` with T = 20 is `lr 20, clip 0.25`
//! here.

mod choices;
mod config;
mod costs;
mod embed;
mod error;
mod input;
mod linear;
mod losses;
mod model;
mod output;
mod pool;
mod real;
mod shape;

pub use choices::{
    AboveTwo, BiasChoice, Finite, InitChoice, LayerInitChoice, NamedBias, NamedInit,
    NamedOutputBias, OutputBiasChoice, RememberChoice,
};
pub use config::{Fraction, ModelConfig, PositiveReal};
pub use costs::{Costs, costs};
pub use error::ModelError;
pub use input::Inputs;
pub use model::{Model, Scored, Targets, Window};
pub use pool::Pooling;
pub use shape::{InputKind, TargetKind, TaskShape};

use dfdx::prelude::{Cpu, Tensor};

/// `[T, B, features]` with tape `T`.
type Sequence<T> = Tensor<(usize, usize, usize), f32, Cpu, T>;
/// A single number with tape `T`.
type Scalar<T> = Tensor<(), f32, Cpu, T>;

/// A target that is not scored.
pub const IGNORE: u32 = u32::MAX;
