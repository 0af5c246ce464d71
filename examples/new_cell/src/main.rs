//! rnnlab with one cell more.

mod cfn;

use lab::zoo::Zoo;
use std::process::ExitCode;

fn main() -> ExitCode {
    lab::main_with(Zoo::standard().with::<cfn::Cfn>())
}

#[cfg(test)]
lab::sequence::conformance_test!(cfn::Cfn);
