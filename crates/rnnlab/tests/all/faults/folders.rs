//! Results folders: whose they are, what is missing from them, what cannot name one.

use super::{STUDY, study_in};
use crate::common::{entries, rnnlab, said};
use std::fs;
use std::path::Path;

#[test]
fn another_experiment_of_the_same_name_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (place, seed) in [("a", "1"), ("b", "2")] {
        let place = folder.path().join(place);
        fs::create_dir(&place).expect("made");
        let study = STUDY.replace("seed: [1, 2]", &format!("seed: [{seed}]"));
        study_in(
            &place,
            &study.replace("text.txt", place.join("text.txt").to_str().expect("text")),
        );
    }
    let output = rnnlab(folder.path(), &["run", "a/study.yaml", "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    let report = folder.path().join("results/study/report.md");
    let before = fs::read(&report).expect("a report");
    let output = rnnlab(folder.path(), &["run", "b/study.yaml", "--quiet"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains(
            "results/study: here are the results of a/study.yaml, which those of b/study.yaml would replace; \
             give another folder with --results DIR"
        ),
        "{}",
        said(&output)
    );
    assert_eq!(fs::read(&report).expect("a report"), before);
    // The same file by another way is the same experiment.
    let output = rnnlab(folder.path(), &["run", "b/../a/study.yaml", "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
}

/// Of the runs in a folder, those on what the file was before are left out, and it is said.
#[test]
fn data_that_changed_between_runs_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    let run = |options: &[&str]| {
        let output = rnnlab(folder.path(), &[&["run", "study.yaml", "--quiet"], options].concat());
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let changed = "text.txt is not what it was at the earlier work in this folder";
    assert!(!run(&[]).contains(changed));
    assert!(!run(&["--set", "sweep.seed=[1]"]).contains(changed));
    let text = folder.path().join("text.txt");
    let words = fs::read_to_string(&text).expect("a text").replace("cell", "rest");
    fs::write(&text, words).expect("written");
    let told = run(&["--set", "sweep.seed=[1]"]);
    assert!(told.contains(changed), "{told}");
}

/// Each is called `study.yaml` where one stands.
#[test]
fn files_of_one_name_are_told_apart_from_their_own_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let places = ["a", "b"].map(|place| folder.path().join(place));
    for (place, seed) in places.iter().zip(["1", "2"]) {
        fs::create_dir(place).expect("made");
        study_in(place, &STUDY.replace("seed: [1, 2]", &format!("seed: [{seed}]")));
    }
    let run = |place: &Path| rnnlab(place, &["run", "study.yaml", "--quiet", "--results", "../r"]);
    let output = run(&places[0]);
    assert!(output.status.success(), "{}", said(&output));
    let report = folder.path().join("r/study/report.md");
    let before = fs::read(&report).expect("a report");
    let output = run(&places[1]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told =
        "here are the results of study.yaml, which those of another study.yaml would replace";
    assert!(said(&output).contains(told), "{}", said(&output));
    assert_eq!(fs::read(&report).expect("a report"), before);
}

#[test]
fn names_that_lead_out_of_the_results_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    fs::copy(folder.path().join("study.yaml"), folder.path().join("..yaml")).expect("copied");
    for (file, profile) in [("evil.yaml", "../../evil"), ("empty.yaml", "")] {
        let text = format!("{STUDY}profiles: {{\"{profile}\": {{train: {{epochs: 1}}}}}}\n");
        fs::write(folder.path().join(file), text).expect("written");
    }
    let before = entries(folder.path());
    for arguments in [
        &["run", "evil.yaml", "--profile", "../../evil"][..],
        &["run", "empty.yaml", "--profile", ""],
        &["run", "empty.yaml"],
        &["run", "..yaml"],
    ] {
        let output = rnnlab(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains("cannot name a folder"), "{}", said(&output));
    }
    assert_eq!(entries(folder.path()), before, "nothing is made");
}

#[test]
fn what_is_missing_from_merged_parts_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), STUDY);
    let run = |part: &str| {
        let output = rnnlab(folder.path(), &["run", "study.yaml", "--shard", part, "--quiet"]);
        assert!(output.status.success(), "{}", said(&output));
    };
    let merged = |parts: &[&str]| {
        let arguments = [&["merge"], parts, &["--into", "results/study"]].concat();
        let output = rnnlab(folder.path(), &arguments);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.success(), !told.contains("missing"), "{}", said(&output));
        told
    };
    run("2/3");
    let told = merged(&["results/study.part-2-of-3"]);
    assert!(
        told.contains("missing: parts 1/3, 3/3; `rnnlab run study.yaml --shard 1/3`"),
        "{told}"
    );
    run("1/3");
    // What is in the folder already counts.
    let told = merged(&["results/study.part-1-of-3"]);
    assert!(told.contains("missing: part 3/3;"), "{told}");
    run("3/3");
    let told = merged(&["results/study.part-3-of-3"]);
    assert!(told.starts_with("4 runs of 3 parts, 4 done") && !told.contains("missing"), "{told}");
}

#[test]
fn one_unreadable_experiment_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    study_in(folder.path(), &STUDY.replace("seed: [1, 2]", "seed: [1]"));
    let output = rnnlab(folder.path(), &["run", "study.yaml", "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    let damaged = folder.path().join("results/damaged");
    fs::create_dir(&damaged).expect("made");
    fs::write(damaged.join("experiment.json"), "{\"name\": ").expect("written");
    let output = rnnlab(folder.path(), &["index"]);
    assert!(output.status.success(), "{}", said(&output));
    let page = fs::read_to_string(folder.path().join("results/index.html")).expect("a page");
    assert!(page.contains("study/report.html"), "{page}");
    assert!(page.contains("damaged cannot be read."), "{page}");
}
