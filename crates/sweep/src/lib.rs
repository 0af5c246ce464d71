//! The runs of a plan, side by side, and what they leave.
//!
//! [`run`] does the runs through an [`Engine`], tells an [`Observer`](run::Observer), and is cut off at any
//! moment without losing anything; [`records`] are the files of one run, [`description`] what the tables
//! cannot say of the whole experiment (`experiment.json`), [`tables`] the records of all runs, as Parquet and
//! CSV: whoever has these and the description can make every figure again.

pub mod description;
mod engine;
pub mod records;
pub mod run;
mod shell;
pub mod tables;

pub use engine::{Engine, SavedModel, Writer};
pub use shell::{RESULTS, RunCommand};
