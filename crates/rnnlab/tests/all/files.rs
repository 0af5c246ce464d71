//! The published experiment files.

use std::fs;
use std::path::{Path, PathBuf};

/// The published experiment files.
pub(crate) fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments")
}

/// The text of `smoke.yaml` with one text replaced.
#[track_caller]
pub(crate) fn smoke(from: &str, to: &str) -> String {
    let text = fs::read_to_string(experiments().join("smoke.yaml")).expect("smoke.yaml");
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}
