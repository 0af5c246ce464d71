//! Tests of `plot` from outside.

mod degenerate;
mod golden;
mod ink;
mod samples;
