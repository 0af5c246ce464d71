//! The program `rnnlab` as a user meets it: exit codes, messages, what it leaves behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments")
}

/// Runs the program in `folder`, with no data and no network within its reach.
fn rnnlab(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rnnlab"))
        .args(arguments)
        .current_dir(folder)
        .env("RNNLAB_DATA", folder.join("no-data"))
        .env("XDG_CACHE_HOME", folder.join("no-cache"))
        .env("RNNLAB_OFFLINE", "1")
        .output()
        .expect("the program starts")
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// `smoke.yaml` with one text replaced is refused with a message that holds `expected`, and
/// nothing is left behind.
#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(experiments().join("smoke.yaml")).expect("smoke.yaml");
    assert!(text.contains(from), "{from}");
    fs::write(folder.path().join("bad.yaml"), text.replacen(from, to, 1)).expect("written");
    for command in ["plan", "run"] {
        let output = rnnlab(folder.path(), &[command, "bad.yaml"]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.starts_with("error: bad.yaml:") && message.contains(expected), "{message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(entries(folder.path()), ["bad.yaml"]);
}

#[test]
fn bad_experiment_files_are_refused_with_the_place_and_the_fix() {
    refused("epochs: 1", "epoch: 1", "train.epoch: unknown key `epoch` (did you mean `epochs`?)");
    refused("batch: 256", "batch: lots", "train.batch: string \"lots\" is not allowed");
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
}

#[test]
fn a_missing_file_and_an_unknown_profile_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = rnnlab(folder.path(), &["run", "nowhere.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("nowhere.yaml: there is no such file")
    );
    let smoke = experiments().join("smoke.yaml");
    let output = rnnlab(folder.path(), &["run", &smoke.display().to_string(), "--profile", "ful"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("there is no profile `ful`; the file has: matched")
    );
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn missing_data_are_told_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(experiments().join("smoke.yaml")).expect("smoke.yaml");
    fs::write(folder.path().join("study.yaml"), text.replace("{name: builtin}", "{name: ptb}"))
        .expect("written");
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("RNNLAB_DATA") && message.contains("ptb.train.txt"), "{message}");
    assert_eq!(entries(folder.path()), ["study.yaml"]);
}

#[test]
fn a_truncated_data_file_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(experiments().join("smoke.yaml")).expect("smoke.yaml");
    fs::write(
        folder.path().join("study.yaml"),
        text.replace("{name: builtin}", "{name: ptb, when_missing: builtin}"),
    )
    .expect("written");
    let data = folder.path().join("data/ptb");
    fs::create_dir_all(&data).expect("made");
    for split in ["train", "valid", "test"] {
        fs::write(data.join(format!("ptb.{split}.txt")), " the cat \n").expect("written");
    }
    let output = rnnlab(folder.path(), &["run", "study.yaml"]);
    let message = String::from_utf8_lossy(&output.stderr);
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
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        for expected in ["rnn-s1-", "lstm-s2-", "gru-s3-", "parameters", "roughly"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn every_published_experiment_file_can_be_planned() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in entries(&experiments()) {
        let file = experiments().join(&name);
        let output = rnnlab(folder.path(), &["plan", &file.display().to_string()]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn lists_name_every_cell_and_dataset() {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        |what| String::from_utf8_lossy(&rnnlab(folder.path(), &["list", what]).stdout).into_owned();
    for cell in ["rnn: ", "lstm: ", "gru: ", "gru_reset_after: "] {
        assert!(text("cells").contains(cell), "{cell}");
    }
    for dataset in ["ptb: ", "wikitext-2: ", "builtin: "] {
        assert!(text("datasets").contains(dataset), "{dataset}");
    }
}

#[test]
fn smoke_from_file_to_report_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let smoke = experiments().join("smoke.yaml").display().to_string();
    let output = rnnlab(folder.path(), &["run", &smoke, "--jobs", "2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = folder.path().join("results/smoke");
    for file in [
        "report.html",
        "report.md",
        "experiment.json",
        "tables/runs.csv",
        "tables/steps.parquet",
        "figures/learning_curves_steps.svg",
    ] {
        assert!(results.join(file).is_file(), "{file}");
    }
    let report = fs::read_to_string(results.join("report.md")).expect("report.md");
    assert!(report.contains("2 / 0 / 0"), "{report}");

    let again = rnnlab(folder.path(), &["run", &smoke]);
    assert_eq!(String::from_utf8_lossy(&again.stderr).matches("done already").count(), 4);

    fs::remove_dir_all(results.join("runs")).expect("removed");
    let output = rnnlab(folder.path(), &["report", "results/smoke"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(results.join("report.md")).expect("report.md"), report);
}
