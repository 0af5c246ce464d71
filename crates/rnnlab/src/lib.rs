//! The program `rnnlab`, as a library, so that a program with cells of its own can be one too:
//! `fn main() -> std::process::ExitCode { rnnlab::main_with(Zoo::standard().with::<MyCell>()) }`. Such
//! a program needs this crate only; what a cell is made of is in [`cell`], its test in
//! [`conformance`].
//!
//! An experiment file passes through these stations, each a crate: [`experiment`] (as written, then
//! complete, validated runs) -> [`sweep`] (training, side by side; what runs leave; tables) ->
//! [`report`]. Errors are typed in all of them; only [`commands`] puts them together.

pub mod cli;
pub mod commands;
mod output;
pub mod progress;
mod tensorboard;
mod trainer;

pub use trainer::Trainer;
pub use {cell, conformance, sequence, zoo};

use anyhow::Context;
use clap::FromArgMatches;
use output::Output;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use sweep::Engine;

/// The whole program, with the cells of `zoo`; it ends with the fault of a cell that the list does not take.
pub fn main_with(zoo: Result<zoo::Zoo, zoo::Refused>) -> ExitCode {
    match zoo {
        Ok(zoo) => main_with_engine(&Trainer::new(zoo)),
        Err(refused) => {
            progress::say(&format!("error: {refused}"));
            ExitCode::FAILURE
        }
    }
}

/// The whole program, on any machinery.
pub fn main_with_engine(engine: &dyn Engine) -> ExitCode {
    few_table_threads();
    machine::keep_freed_memory();
    // The parser has exited where the command line is wrong or asks for help.
    let cli = match cli::Cli::from_arg_matches(&cli::command(&machine::program()).get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    // A model's text is passed on as it is, but for a terminal.
    let raw = matches!(cli.command, cli::Command::Generate(_)) && !io::stdout().is_terminal();
    let all_there_is = matches!(
        cli.command,
        cli::Command::Generate(_) | cli::Command::Translate(_) | cli::Command::Transcribe(_)
    );
    let mut out = Output::new(io::stdout()).raw(raw).all_there_is(all_there_is);
    let result = commands::dispatch(cli, engine, &mut out);
    // Nobody reads any more: what there was to do is done.
    let result = match out.is_closed() && all_there_is {
        true => Ok(ExitCode::SUCCESS),
        false => result,
    };
    let printed = out.finish().context("what there is to say cannot be written");
    match result.and_then(|code| printed.map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            progress::say(&format!("error: {}", told(&error)));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each told once: a message may contain that of its cause already.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match () {
        () if told.is_empty() => cause,
        () if told.contains(&cause) => told,
        () => format!("{told}: {cause}"),
    })
}

/// Starts this program again, in the same process, with an environment that gives polars a few threads
/// only: it takes one for each core, however small the table or the limit of processes is, and learns
/// otherwise by its environment alone.
fn few_table_threads() {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        use std::{env, process, thread};

        /// Enough for tables of some thousands of rows.
        const THREADS: usize = 4;
        const VARIABLE: &str = "POLARS_MAX_THREADS";
        let many = thread::available_parallelism().is_ok_and(|cores| cores.get() > THREADS);
        if many
            && env::var_os(VARIABLE).is_none()
            && let Ok(program) = env::current_exe()
        {
            let mut arguments = env::args_os();
            let mut command = process::Command::new(program);
            if let Some(name) = arguments.next() {
                command.arg0(name);
            }
            // It comes back only where it cannot be done, and then all works with more threads.
            let _ = command.args(arguments).env(VARIABLE, THREADS.to_string()).exec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let cause = || io::Error::other("no room");
        let error = anyhow::Error::new(cause()).context("a.txt: no room").context("it failed");
        assert_eq!(told(&error), "it failed: a.txt: no room");
    }
}
