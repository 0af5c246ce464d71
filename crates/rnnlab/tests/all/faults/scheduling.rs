//! Workers that do one run at a time, and no more of them than runs.

use super::{STUDY, study_in};
use crate::common::{command, rnnlab, said};
use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

/// Runs that wait for nothing but each other: what a worker took up while it waited would show.
#[test]
fn a_worker_does_one_run_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), &STUDY.replace("seed: [1, 2]", "seed: [1, 2, 3]"));
    let output = rnnlab(folder.path(), &["run", "study.yaml", "--jobs", "1"]);
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output);
    let (mut open, mut ended) = (BTreeSet::new(), 0);
    for line in text.lines() {
        if let Some(run) = line.strip_suffix(": started") {
            assert!(open.is_empty(), "{run} starts inside of {open:?}:\n{text}");
            open.insert(run);
        }
        if let Some((count, rest)) = line.split_once("] ")
            && let Some((run, _)) = rest.split_once(": done in ")
        {
            ended += 1;
            assert_eq!(count, format!("[{ended}/6"), "in order");
            assert!(open.remove(run), "{run} ends without having started:\n{text}");
        }
    }
    assert_eq!((open.len(), ended), (0, 6), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn there_are_no_more_workers_than_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    let mut child = command(folder.path(), &["run", "study.yaml", "--jobs", "100000", "--quiet"])
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let tasks = format!("/proc/{}/task", child.id());
    let mut most = 0;
    while child.try_wait().expect("known").is_none() {
        most = most.max(fs::read_dir(&tasks).map_or(0, Iterator::count));
        std::thread::yield_now();
    }
    // Four workers, one thread for signals or two, polars' threads at the end.
    assert!((2..40).contains(&most), "{most} threads for four runs");
}

/// Threads beyond what a process has room for would end it without a word.
#[test]
fn threads_beyond_reason_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    for threads in ["257", "20000", "99999999999999999999", "0"] {
        let output = rnnlab(folder.path(), &["run", "study.yaml", "--threads-per-run", threads]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--threads-per-run <K>'") && said.contains("256"), "{said}");
    }
    assert!(!folder.path().join("results").exists(), "nothing is made");
    let output = command(folder.path(), &["run", "study.yaml", "--quiet"])
        .env("POLARS_MAX_THREADS", "1000000")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("cannot be started: at most 1024"), "{}", said(&output));
}

/// A processor's time goes into all arms alike.
#[test]
fn arms_take_turns() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    let output = rnnlab(folder.path(), &["run", "study.yaml", "--jobs", "1"]);
    let text = said(&output);
    let started = text.lines().filter_map(|line| line.strip_suffix(": started"));
    let arms: Vec<&str> = started.filter_map(|run| run.split('-').next()).collect();
    assert_eq!(arms, ["lstm", "rnn", "lstm", "rnn"], "{text}");
}
