//! The training loop of a language model: truncated backpropagation with carried state, clipping,
//! schedules, evaluation, checkpoints, and the gradient-flow probe before and after.
//!
//! All randomness comes from (seed, name, step), so a run that continues from its checkpoint ends
//! where the undisturbed one would. The newest two checkpoints are kept, each with a checksum.

mod checkpoint;
mod checksum;
mod config;
mod error;
mod evaluate;
mod events;
mod flow;
mod optimizer;
mod run;
mod schedule;

pub use checkpoint::checkpoint_files;
pub use config::{Optimizer, ProbeConfig, Schedule, TrainConfig};
pub use error::TrainError;
pub use events::{Damaged, Evaluation, Event, GradientFlow, Halt, Outcome, Step};
pub use optimizer::{Updater, clip};
pub use run::{RunSpec, run, training_bytes};
