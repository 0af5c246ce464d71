//! Runs any [`cell::Cell`] over a sequence as **one** operation on dfdx's tape.
//!
//! A [`Layer`] owns a cell's parameters as dfdx tensors. Its sizes are dfdx dimensions: known to
//! the compiler (`Const<20>`), where a mismatch does not compile, or known at run time (`usize`,
//! as sizes from an experiment file are), through the same code. [`Layer::forward`] puts a single
//! entry on the tape for the whole sequence, whose backward pass is the engine's.
//!
//! Shapes: `[time, batch, features]`; T time steps, B batch, I input size, H hidden size.

mod draws;
mod engine;
mod error;
mod float;
mod layer;
mod parameter;
mod probe;
mod runtime;
mod state;
mod vectorised;

pub mod conformance;
pub mod matmul;
pub mod plain;

pub use draws::Draws;
pub use engine::{
    Gradients as EngineGradients, PARAMETERS, Parameter, Pass, Sizes, Weights, backward, forward,
    zero_state,
};
pub use error::SequenceError;
pub use float::{Float, OnCpu};
pub use layer::Layer;
pub use parameter::{AnyParameter, Moments};
pub use probe::StateGradients;
pub use runtime::{LayerCosts, RuntimeLayer, Taped, Untaped};
pub use state::State;
pub use vectorised::{Kernel, vectorised};
