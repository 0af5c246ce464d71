//! Tests of `train` from outside.

mod checkpoints;
mod sequences;
mod training;
