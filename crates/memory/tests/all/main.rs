//! Tests of `memory` from outside.

mod kernel;
mod memories;
