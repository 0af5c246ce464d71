//! Tests of `model` from outside.

mod encoder_decoder;
mod tasks;
