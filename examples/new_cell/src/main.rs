//! rnnlab with one cell more.

mod cfn;

use rnnlab::zoo::Zoo;
use std::process::ExitCode;

fn main() -> ExitCode {
    rnnlab::main_with(Zoo::standard().with::<cfn::Cfn>())
}

#[cfg(test)]
rnnlab::conformance::conformance_test!(cfn::Cfn);
