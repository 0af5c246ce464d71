//! Tests of `data` from outside.

mod batches;
mod builtin;
mod generated;
mod real_data;
