//! Recurrences with a matrix state.

pub mod kernel;
