//! An output that nobody reads, or that is full.

use super::{STUDY, study_in};
use crate::common::command;
use std::fs::File;
use std::process::Stdio;

#[cfg(target_os = "linux")]
#[test]
fn a_full_output_takes_nothing_from_the_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), STUDY);
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let output = command(folder.path(), &["run", "study.yaml"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("the program starts");
    assert!(results.join("report.html").is_file());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("error: what there is to say cannot be written: No space left"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_takes_nothing_from_the_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = study_in(folder.path(), STUDY);
    let mut child = command(folder.path(), &["run", "study.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().expect("it ends").success(), "a reader that goes is no failure");
    assert!(results.join("report.html").is_file());
}
