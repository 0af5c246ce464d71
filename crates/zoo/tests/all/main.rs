//! Tests of `zoo` from outside.

mod conformance;
mod counted;
mod documentation;
mod every;
mod fixture;
mod golden;
mod identities;
mod memories;
mod naive;
mod plain;
mod stack;
mod wrong_cells;
mod wrong_layers;
