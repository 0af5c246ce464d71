//! The program `rnnlab-bench`: how fast rnnlab is, alone (`measure`) and beside other libraries
//! (`compare`).
//!
//! What is timed is a [`Case`]. [`ours`] makes of a case something that can be repeated, and
//! [`repeat`] repeats it. For a comparison, every library is a *worker*: a process that is asked
//! for cases one line at a time ([`protocol`]), so that all sides, ours among them, are measured
//! in turn within seconds of each other, whatever language they are written in. What they answer
//! goes into [`compare::Results`]; the tables and the figure are made from that file alone.
//!
//! Times are seconds, arithmetic is floating-point operations (a multiplication and an addition
//! are two), f32 throughout.

pub mod cli;
pub mod compare;
pub mod measure;
pub mod ours;
pub mod protocol;

mod case;
mod error;
mod markdown;
mod serve;
mod shape;
mod timing;
mod work;

pub use case::{Case, LabelSizes, LayerCase, ModelSizes, TranslationSizes};
pub use error::BenchError;
pub use serve::serve;
pub use shape::Shape;
pub use timing::{Effort, Summary, repeat};
pub use work::Work;

use clap::Parser;
use cli::{Cli, Command};
use compute::Threads;
use std::io::{stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

/// The whole program, with the cells of `zoo`.
pub fn main_with(zoo: &zoo::Zoo) -> ExitCode {
    machine::keep_freed_memory();
    let done = match Cli::parse().command {
        Command::Measure(options) => measure::run(&options, zoo),
        Command::Compare(options) => compare::run(&options, zoo),
        Command::Report { folder } => compare::report(&folder, zoo),
        Command::Serve { threads } => Threads::new(threads)
            .map_err(BenchError::io(Path::new("threads")))
            .and_then(|all| all.with(|| serve(&mut stdin().lock(), &mut stdout().lock(), zoo))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
