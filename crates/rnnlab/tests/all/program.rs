//! The program `rnnlab` as a user meets it: exit codes, messages, what it leaves behind.

use crate::common::{command, entries, rnnlab, said};
use crate::files::{experiments, smoke};
use std::fs;

/// `smoke.yaml` with one text replaced is refused with a message that holds `expected`, and
/// nothing is left behind.
#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad.yaml"), smoke(from, to)).expect("written");
    for command in ["plan", "run"] {
        let output = rnnlab(folder.path(), &[command, "bad.yaml"]);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.starts_with("error: bad.yaml:") && message.contains(expected), "{message}");
        let lines: Vec<&str> = message.trim_end().lines().collect();
        // The message, and where it is known the line with a pointer.
        assert!([1, 4].contains(&lines.len()), "{message}");
        assert_eq!(
            lines.len() == 4,
            lines.last().is_some_and(|line| line.ends_with('^')),
            "{message}"
        );
        assert!(output.stdout.is_empty());
    }
    assert_eq!(entries(folder.path()), ["bad.yaml"]);
}

/// Printed commands name the folder of results where that is another.
#[test]
fn printed_commands_name_the_folder_of_results() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tiny.yaml"), smoke("seed: [1, 2]", "seed: [1]"))
        .expect("written");
    let output = rnnlab(folder.path(), &["run", "tiny.yaml", "--quiet", "--results", "my results"]);
    assert!(output.status.success(), "{}", said(&output));
    let report = folder.path().join("my results/tiny/report.md");
    let report = fs::read_to_string(report).expect("a report");
    assert!(report.contains("run tiny.yaml --results 'my results'"), "{report}");
}

/// A class that is held out alone, and settings that reach no run.
#[test]
fn what_no_model_can_learn_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: String = (0..30).map(|k| format!("t{k},{}\n", ["x", "y"][k % 2])).collect();
    fs::write(folder.path().join("t.csv"), format!("text,label\n{rows}once,z\n")).expect("written");
    let plan = |seed: u64| {
        let study = format!(
            "data: {{name: table, path: t.csv, seed: {seed}}}\nmodel: {{cell: gru, layers: 1, hidden: 4, embedding: 4, init: 0.1, pooling: last}}\ntrain: {{batch: 4, epochs: 1, learning_rate: 1}}\n"
        );
        fs::write(folder.path().join("study.yaml"), study).expect("written");
        let output = rnnlab(folder.path(), &["plan", "study.yaml"]);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let plans: Vec<String> = (0..24).map(plan).collect();
    assert!(plans.iter().all(|plan| plan.contains("3 classes: x, y, z")), "{}", plans[0]);
    let told =
        |plan: &&String| plan.contains("no sequence of class \"z\" is in the training split");
    let held_out = plans.iter().filter(told).count();
    assert!((1..24).contains(&held_out), "{held_out}");
}

#[test]
fn bad_experiment_files_are_refused_with_the_place_and_the_fix() {
    refused("epochs: 1", "epoch: 1", "train.epoch: unknown key `epoch` (did you mean `epochs`?)");
    refused(
        "batch: 256",
        "batch: lots",
        "train.batch: \"lots\" is not allowed; a whole number above 0 is",
    );
    refused("[rnn, gru]", "[rnn, grru]", "there is no cell `grru` (did you mean `gru`?)");
    refused(
        "hidden: 8",
        "hidden: 0",
        "model.hidden: `0` is not allowed; a whole number above 0 is",
    );
    refused("[1, 2]", "[]", "sweep.seed: the list is empty");
    refused("[1, 2]", "[1, 1]", "sweep.seed[2]: 1 is given twice");
    refused("{name: builtin}", "{name: builtin", "not valid YAML");
    refused("{name: builtin}", "{name: bultin}", "did you mean `builtin`?");
    refused("probe: {", "match: {parameters: 1_000_000}\nprobe: {", "give one of the two");
    refused("\ntrain:", "\ntrian:", "unknown key `trian` (did you mean `train`?)");
    refused("epochs: 1", "epochs: 1.5", "train.epochs: `1.5` is not allowed");
    refused("learning_rate: 1", "learning_rate: -1", "train.learning_rate: `-1` is not allowed");
    refused("seed: [1, 2]", "seed: 3", "sweep.seed: a swept field needs a list of values");
    refused(
        "seed: [1, 2]",
        "sed: [1, 2]",
        "sweep.sed: no field of a run is called `sed` (did you mean `seed`?)",
    );
    refused("[rnn, gru]", "[rnn, 3]", "sweep.cell[2]: `3` is not allowed; a text is");
}

#[test]
fn sizes_that_cannot_be_had_are_refused() {
    refused("batch: 256", "batch: 2_000_000", "train.batch: 2000000 sequences side by side leave");
    refused("unroll: 35", "unroll: 1_000_000", "train.unroll: 1000000 time steps are more than");
    refused("hidden: 8", "hidden: 9_000_000_000_000_000_000", "model.hidden: 9000000000000000000");
    refused("layers: 1", "layers: 1_000_000_000", "at most 1024 is");
}

#[test]
fn layers_that_cannot_be_had_are_refused() {
    refused(
        "hidden: 8",
        "hidden: 8\n  projection: 4",
        "model.projection: not allowed with `gru`: its equations",
    );
    refused(
        "hidden: 8",
        "hidden: 8\n  layer_init: orthonormal",
        "model.layer_init: \"orthonormal\" is not allowed (did you mean `orthogonal`?); a number a above 0",
    );
    refused(
        "hidden: 8",
        "hidden: 8\n  remember_bias: {chrono: 2}",
        "model.remember_bias.chrono: `2` is not allowed; a number above 2 is",
    );
    refused("hidden: 8", "hidden: 8\n  zoneout: 1", "model.zoneout: `1` is not allowed");
}

/// A file of the given content is refused by this message, and nothing is left behind.
#[track_caller]
fn refused_file(content: &[u8], expected: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad.yaml"), content).expect("written");
    let output = rnnlab(folder.path(), &["run", "bad.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(said(&output).trim_end(), format!("error: bad.yaml{expected}"));
    assert_eq!(entries(folder.path()), ["bad.yaml"]);
}

#[test]
fn files_that_are_no_experiments_are_refused() {
    refused_file(
        b"",
        ": there is nothing in this file; an experiment file is a mapping of keys to values: data, model, train, ...",
    );
    refused_file(
        b"[1, 2]",
        ":1: an experiment file is a mapping of keys to values: data, model, train, ...",
    );
    refused_file(
        b"model: 1\n\ttrain: 2\n",
        ":2: not valid YAML: lines are indented by blanks, not by tabs\n  |\n2 | \ttrain: 2\n  | ^",
    );
    refused_file(
        b"\x7fELF\x02\x01\xff\xfe",
        ": an experiment file is YAML in UTF-8: bad.yaml, line 1: not valid UTF-8 (0xFF, byte 7 of the file); convert it, if it is in an older encoding such as Latin-1 (`iconv -f LATIN1 -t UTF-8 bad.yaml > bad.utf8.yaml`); else it is damaged or no text",
    );
}

#[test]
fn an_impossible_number_of_parameters_is_refused() {
    for (parameters, expected) in [
        ("100", "100 parameters are too few for `rnn` with 3,954 words and embedding 8; at least"),
        ("900_000_000_000", "no hidden size of `rnn` reaches 900,000,000,000 parameters"),
        ("0", "`0` is not allowed; a whole number above 0 is"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("bad.yaml"), smoke("37_000", parameters)).expect("written");
        let output = rnnlab(folder.path(), &["run", "bad.yaml", "--profile", "matched"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let problem = format!(": match.parameters: {expected}");
        assert!(said(&output).starts_with("error: bad.yaml:"), "{}", said(&output));
        assert!(said(&output).contains(&problem), "{}", said(&output));
        assert_eq!(entries(folder.path()), ["bad.yaml"]);
    }
}

/// One run is left of a sweep whose every axis is taken away on the command line.
#[test]
fn a_sweep_can_be_taken_away_axis_by_axis() {
    let folder = tempfile::tempdir().expect("a folder");
    let smoke = experiments().join("smoke.yaml").display().to_string();
    let options = ["--set", "sweep.cell=", "--set", "sweep.seed=", "--set", "model.cell=gru"];
    let output = rnnlab(folder.path(), &[&["plan", &smoke], &options[..]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let plan = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(plan.contains("1 run"), "{plan}");
}

#[test]
fn results_folders_that_take_no_files_are_told_before_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let smoke = experiments().join("smoke.yaml").display().to_string();
    fs::write(folder.path().join("taken"), "mine").expect("written");
    // A file in the way, and where there is one a folder that takes nothing even from root.
    let mut places = vec!["taken", "taken/inside"];
    places.extend(cfg!(target_os = "linux").then_some("/proc/results"));
    for place in places {
        let output = rnnlab(folder.path(), &["run", &smoke, "--results", place]);
        assert_eq!(output.status.code(), Some(1), "{place}: {}", said(&output));
        let start = format!("error: {place}/smoke: the results folder cannot be written (");
        assert!(said(&output).starts_with(&start), "{}", said(&output));
    }
    assert_eq!(entries(folder.path()), ["taken"]);
    assert_eq!(fs::read_to_string(folder.path().join("taken")).expect("there"), "mine");
}

#[test]
fn a_missing_file_and_an_unknown_profile_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = rnnlab(folder.path(), &["run", "nowhere.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("nowhere.yaml: there is no such file"));
    let smoke = experiments().join("smoke.yaml");
    let output = rnnlab(folder.path(), &["run", &smoke.display().to_string(), "--profile", "ful"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("there is no profile `ful`; the file has: matched"));
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn missing_data_are_told_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = smoke("{name: builtin}", "{name: ptb, when_missing: error}");
    fs::write(folder.path().join("study.yaml"), text).expect("written");
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("RNNLAB_DATA") && message.contains("ptb.train.txt"), "{message}");
    assert_eq!(entries(folder.path()), ["study.yaml"]);
}

#[test]
fn a_truncated_data_file_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = smoke("{name: builtin}", "{name: ptb, when_missing: builtin}");
    fs::write(folder.path().join("study.yaml"), text).expect("written");
    let data = folder.path().join("data/ptb");
    fs::create_dir_all(&data).expect("made");
    for split in ["train", "valid", "test"] {
        fs::write(data.join(format!("ptb.{split}.txt")), " the cat \n").expect("written");
    }
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("ptb.train.txt") && message.contains("929,589"), "{message}");
    assert_eq!(entries(folder.path()), ["data", "study.yaml"]);
}

#[test]
fn plan_shows_the_runs_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = experiments().join("gru_vs_lstm.yaml").display().to_string();
    for profile in [&[][..], &["--profile", "full"]] {
        let arguments = [&["plan", &study][..], profile].concat();
        let output = rnnlab(folder.path(), &arguments);
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8_lossy(&output.stdout);
        for expected in ["rnn-s1-", "lstm-s2-", "gru-s3-", "parameters", "roughly"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
    assert!(entries(folder.path()).is_empty());
}

/// With the data of those that have no stand-in, where `RNNLAB_DATA` names it; without, up to there.
#[test]
fn every_published_experiment_file_can_be_planned() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = std::env::var_os("RNNLAB_DATA");
    for name in entries(&experiments()) {
        let file = experiments().join(&name).display().to_string();
        let mut plan = command(folder.path(), &["plan", &file]);
        if let Some(data) = &data {
            plan.env("RNNLAB_DATA", data);
        }
        let output = plan.output().expect("the program starts");
        let missing = data.is_none() && said(&output).contains("was not found and not downloaded");
        assert!(output.status.success() || missing, "{name}: {}", said(&output));
    }
}

#[test]
fn lists_name_every_cell_and_dataset() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = |what: &[&str]| rnnlab(folder.path(), &[&["list"], what].concat());
    let text = |what: &[&str]| String::from_utf8_lossy(&list(what).stdout).into_owned();
    let cells = text(&["cells"]);
    let line = cells.lines().find(|line| line.starts_with("gru ")).unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().take(5).collect();
    assert_eq!(words, ["gru", "240,600", "482,200", "r", "z"], "{cells}");
    assert!(cells.lines().count() >= 26, "{cells}");
    let one = text(&["cells", "mgu"]);
    assert!(one.starts_with("mgu: MGU\n") && one.contains("h = (1 − f) ⊙ h' + f ⊙ n"), "{one}");
    assert!(!one.contains("lstm"), "{one}");
    let unknown = list(&["cells", "lstmm"]);
    let start = "error: there is no cell `lstmm` (did you mean `lstm`?); there are: rnn, ";
    assert!(said(&unknown).starts_with(start), "{}", said(&unknown));
    for dataset in ["ptb: ", "wikitext-2: ", "builtin: "] {
        assert!(text(&["datasets"]).contains(dataset), "{dataset}");
    }
}
