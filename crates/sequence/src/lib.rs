//! Runs any [`cell::Cell`], or another [`Recurrence`], over a sequence as **one** operation on dfdx's tape.
//!
//! A [`Layer`] owns a cell's parameters as dfdx tensors; it is a [`DynLayer`], whose cell is chosen at run
//! time. Its sizes are dfdx dimensions: known to
//! the compiler (`Const<20>`), where a mismatch does not compile, or known at run time (`usize`,
//! as sizes from an experiment file are), through the same code. [`DynLayer::forward`] puts a single
//! entry on the tape for the whole sequence, whose backward pass is the engine's.
//!
//! Shapes: `[time, batch, features]`; T time steps, B batch, I input size, H hidden size.

mod block;
mod dropout;
mod dyn_layer;
mod dynamics;
mod element;
mod entry;
mod error;
mod init;
mod layer;
mod parameter;
mod probe;
mod runtime;
mod stack;
mod state;

pub mod engine;
pub mod plain;

pub use block::{Block, Mode};
pub use dropout::{Dropout, Share};
pub use dyn_layer::{DynLayer, Ran, Sequence};
pub use dynamics::{Dynamics, GateValues};
pub use element::{Element, OnCpu, elements_of};
pub use engine::{
    CompiledCell, Keep, LayerSizes, PARAMETERS, Parameter, PassOptions, Sizes, Weights, WrongFacts,
    rows_mut,
};
pub use entry::{Build, Entry, Feature, Recurrence};
pub use error::SequenceError;
pub use init::{BiasInit, Init, LayerInit, RememberBias, start};
pub use layer::Layer;
pub use parameter::{AnyParameter, Moments};
pub use probe::StateGradients;
pub use runtime::{LayerCosts, RuntimeLayer, Taped, Untaped};
pub use stack::{Driven, Stack, StackOptions, StackRun, StackState, layer_name};
pub use state::{AnyState, Slot, State};
