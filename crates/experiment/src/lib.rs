//! From an experiment file to complete, validated runs.
//!
//! [`spec`] is the file as written, plain data with one profile merged in; [`plan`] makes every run of it
//! complete: [`plan::compose`] expands the sweep and checks every run without touching data,
//! [`plan::complete`] matches sizes and counts costs once the data are known. Nothing starts before both
//! have succeeded for every run, and all faults of a file are told at once, each with its line.

mod catalogue;
pub mod hash;
pub mod plan;
pub mod role;
pub mod spec;
pub mod yaml;

pub use catalogue::{Catalogue, CellFacts, EngineError, LISTED_SIZE};
