//! The program `rnnlab`, as a library, so that a program with cells of its own can be one too:
//! `fn main() -> std::process::ExitCode { lab::main_with(Zoo::standard().with::<MyCell>()) }`. Such
//! a program needs this crate only; what a cell is made of is in [`cell`], the conformance test in
//! [`sequence`].
//!
//! An experiment file passes through these stations, each a module:
//! [`spec`] (as written) -> [`plan`] (complete, validated runs) -> [`run`] (training, side by
//! side, behind [`engine`]) -> [`records`] (what runs leave) -> [`tables`] -> [`report`].
//! Errors are typed in all of them; only [`commands`] puts them together.

pub mod cli;
pub mod commands;
pub mod engine;
mod evidence;
pub mod experiment;
pub mod hash;
pub mod plan;
pub mod progress;
pub mod records;
pub mod report;
pub mod role;
pub mod run;
pub mod spec;
pub mod tables;
mod tensorboard;
#[cfg(test)]
mod testing;
mod words;
pub mod yaml;

pub use {cell, sequence, zoo};

use clap::FromArgMatches;
use engine::Engine;
use std::io::{self, Write};
use std::process::ExitCode;

/// The whole program, with the cells of `zoo`.
pub fn main_with(zoo: zoo::Zoo) -> ExitCode {
    main_with_engine(&engine::Trainer::new(zoo))
}

/// The whole program, on any machinery.
pub fn main_with_engine(engine: &dyn Engine) -> ExitCode {
    machine::keep_freed_memory();
    // The parser has exited where the command line is wrong or asks for help.
    let cli = match cli::Cli::from_arg_matches(&cli::command(&program()).get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let mut out = io::stdout();
    let result = commands::dispatch(cli, engine, &mut out)
        .and_then(|code| Ok(out.flush().map(|()| code)?));
    match result {
        Ok(code) => code,
        // `rnnlab list cells | head` is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The name of this program: that of a user's own, where one with cells of its own runs.
pub fn program() -> String {
    let name = std::env::current_exe().ok();
    let name = name.as_deref().and_then(std::path::Path::file_stem);
    name.map_or_else(|| "rnnlab".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
