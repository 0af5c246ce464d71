//! Runs any [`cell::Cell`] over a sequence as **one** operation on dfdx's tape.
//!
//! A [`Layer`] owns a cell's parameters as dfdx tensors. Its sizes are dfdx dimensions: known to
//! the compiler (`Const<20>`), where a mismatch does not compile, or known at run time (`usize`,
//! as sizes from an experiment file are), through the same code. [`Layer::forward`] puts a single
//! entry on the tape for the whole sequence, whose backward pass is the engine's.
//!
//! Shapes: `[time, batch, features]`; T time steps, B batch, I input size, H hidden size.

mod dropout;
mod dynamics;
mod element;
mod engine;
mod entry;
mod error;
mod init;
mod layer;
mod parameter;
mod probe;
mod runtime;
mod stack;
mod state;

pub mod conformance;
pub mod plain;

pub use dropout::{Dropout, Share};
pub use dynamics::{Dynamics, GateValues};
pub use element::{Element, OnCpu, elements_of};
pub use engine::{
    Gradients as EngineGradients, How, Keep, LayerSizes, PARAMETERS, PackedWeights, Parameter,
    Pass, Purpose, Sizes, Weights, backward, forward, rows_mut,
};
pub use entry::{Build, Entry};
pub use error::SequenceError;
pub use init::{BiasInit, Init, LayerInit, RememberBias};
pub use layer::{Layer, Ran, Sequence, reads_hidden};
pub use parameter::{AnyParameter, Moments};
pub use probe::StateGradients;
pub use runtime::{AnyState, LayerCosts, RuntimeLayer, Taped, Untaped};
pub use stack::{Driven, Stack, StackOptions, StackRun, StackState, layer_name};
pub use state::State;
