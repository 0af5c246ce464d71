//! What all tests of the whole program need.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The program, about to be started in `folder`, with no data and no network within its reach.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rnnlab"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("RNNLAB_DATA", folder.join("no-data"))
        .env("XDG_CACHE_HOME", folder.join("no-cache"))
        .env("HOME", folder.join("no-home"))
        .env("RNNLAB_OFFLINE", "1");
    command
}

/// Runs the program to its end.
pub(crate) fn rnnlab(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the program starts")
}

/// What the program said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names in a folder, in order.
pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
