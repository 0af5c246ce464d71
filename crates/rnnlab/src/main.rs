//! `rnnlab`: compares recurrent network cells.

use std::process::ExitCode;

fn main() -> ExitCode {
    rnnlab::main_with(Ok(zoo::Zoo::standard()))
}
