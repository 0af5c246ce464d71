//! `rnnlab-bench`: how fast rnnlab is, alone and beside other libraries.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::main_with(&zoo::Zoo::standard())
}
