//! Tests of `exchange` from outside.

mod common;
mod files;
mod others;
mod torch;
