//! Every cell and memory of the list, tested from outside. The kernel of memories is tested here, too, where it
//! is compiled unoptimised: for ten kinds of terms, in two precisions, for three kinds of processors.

mod conformance;
mod counted;
mod documentation;
mod every;
mod fixture;
mod golden;
mod identities;
mod memory_kernel;
mod memory_layers;
mod naive;
mod plain;
mod stack;
mod wrong_cells;
mod wrong_layers;
