//! Tests of `train` from outside.

mod checkpoints;
mod pretrained;
mod sequences;
mod training;
