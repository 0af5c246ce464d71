//! What passes between data and models: the shape of a task ([`TaskShape`]), and [`Window`]s of
//! sequences side by side with what is to be answered to them. Datasets make them, models read
//! them; neither knows the other.
//!
//! Layouts are time-major, `[time, batch, features]`: step t of sequence b is at `t * B + b`.

mod shape;
mod window;

pub use shape::{InputKind, TargetKind, TaskShape};
pub use window::{IGNORE, Inputs, TargetSequences, Targets, Window};
