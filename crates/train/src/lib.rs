//! The training loop.

mod config;
mod events;

pub use config::{Optimizer, ProbeConfig, Schedule, TrainConfig};
pub use events::{Evaluation, Event, GradientFlow, Outcome, Step};
