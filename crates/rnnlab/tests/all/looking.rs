//! Parts of a plan joined, and results looked at in the terminal.

use crate::common::{command, entries, rnnlab, said};
use crate::records::{assert_same, records};
use std::fs;
use std::path::Path;

const STUDY: &str = "\
data: {name: adding, length: 10, sequences: {train: 400, valid: 40, test: 40}}
model: {layers: 1, hidden: 4, init: 0.1}
train: {batch: 20, epochs: 2, optimizer: adam, learning_rate: 0.01}
sweep:
  cell: [rnn, gru]
  seed: [1, 2, 3]
";

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("study.yaml"), STUDY).expect("written");
    folder
}

/// What a command writes; it has to end well.
#[track_caller]
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = rnnlab(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// What a command says when it refuses.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = rnnlab(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    said(&output)
}

#[test]
fn parts_joined_are_the_whole() {
    let folder = study();
    let folder = folder.path();
    told(folder, &["run", "study.yaml"]);
    let whole = records(&folder.join("results/study"));

    let dry = told(folder, &["run", "study.yaml", "--shard", "1/4", "--dry-run"]);
    assert!(
        dry.starts_with("study: 2 runs on ") && dry.contains("\npart 1/4 of 6 runs\n"),
        "{dry}"
    );
    let mut merge = vec!["merge"];
    let parts: Vec<String> =
        (1..=4).map(|part| format!("results/study.part-{part}-of-4")).collect();
    for part in 1..=4 {
        told(folder, &["run", "study.yaml", "--shard", &format!("{part}/4")]);
        assert!(!folder.join(&parts[part - 1]).join("report.md").exists());
    }
    // Some first, the others later.
    merge.extend([parts[3].as_str(), &parts[0], "--into", "joined"]);
    let output = rnnlab(folder, &merge);
    assert_eq!(output.status.code(), Some(1), "parts are missing");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("3 runs of 2 parts, 3 done\n") && text.contains("2/4, 3/4"), "{text}");
    merge.push("--partial");
    assert!(told(folder, &merge).contains("missing: parts 2/4, 3/4"));
    let rest = ["merge", &parts[1], &parts[2], "--into", "joined"];
    assert!(told(folder, &rest).starts_with("6 runs of 4 parts, 6 done\n"));
    assert_same(&records(&folder.join("joined")), &whole);
    assert!(folder.join("joined/report.md").exists());

    // Another experiment's runs are not taken in.
    fs::write(folder.join("study.yaml"), STUDY.replace("epochs: 2", "epochs: 1")).expect("written");
    told(folder, &["run", "study.yaml", "--shard", "1/4"]);
    let message = refused(folder, &["merge", &parts[0], &parts[1], "--into", "mixed"]);
    assert!(message.contains("are of other versions of the experiment file"), "{message}");
    assert!(!folder.join("mixed").exists());
}

#[test]
fn results_can_be_looked_at() {
    let folder = study();
    let folder = folder.path();
    told(folder, &["run", "study.yaml", "--quiet"]);
    let shown = told(folder, &["show", "results/study"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("study: 6 runs on "), "{shown}");
    assert!(lines[2].contains("best"), "the answer first: {shown}");
    let table = lines.iter().position(|line| line.contains("done / diverged / failed"));
    let table = &lines[table.expect("a table")..];
    assert!(table[0].contains("test squared error"), "{shown}");
    assert!(table[2..4].iter().all(|line| line.ends_with("3 / 0 / 0")), "{shown}");
    assert!(table[2..4].iter().any(|line| line.starts_with("rnn")), "{shown}");
    assert!(shown.contains(" to "), "intervals: {shown}");

    let runs = folder.join("results/study/runs");
    let best = told(folder, &["best", "results/study"]);
    let name = best.lines().next().expect("a run");
    assert!(entries(&runs).contains(&name.to_owned()), "{best}");
    assert!(best.contains(&format!("results/study/runs/{name}/model.safetensors")), "{best}");

    let with_seed_1 = |cell: &str| {
        let found = entries(&runs).into_iter().find(|name| name.starts_with(&format!("{cell}-s1")));
        format!("results/study/runs/{}", found.expect("a run"))
    };
    let diff = told(folder, &["diff", &with_seed_1("rnn"), &with_seed_1("gru")]);
    assert!(diff.starts_with("data: 0 of ") && diff.contains("\nconfiguration: 1 of "), "{diff}");
    assert!(diff.contains("\n  model.cell  rnn | gru\n"), "{diff}");
    assert!(diff.contains("test_loss"), "{diff}");

    // The same with other names is the same.
    let other = folder.join("other.yaml");
    fs::write(&other, STUDY.replace("[1, 2, 3]", "[2, 3, 4]")).expect("written");
    told(folder, &["run", "other.yaml", "--quiet"]);
    let compared = told(folder, &["compare", "results/study", "results/other"]);
    assert!(compared.contains("- results/other: runs that compare; 6 runs"), "{compared}");
    let flowing: Vec<&str> = compared.split_whitespace().collect();
    assert!(flowing.join(" ").contains("is the same with each of 2 paired seeds"), "{compared}");

    for command in ["show", "best"] {
        let message = refused(folder, &[command, "results"]);
        assert!(
            message.contains("there are no results here; give an experiment's folder"),
            "{message}"
        );
    }
    let message = refused(folder, &["diff", "results/study", "results/other"]);
    assert!(message.contains("there is no run here; give a run's folder"), "{message}");
}

#[test]
fn runs_are_told_of_as_json_lines() {
    let folder = study();
    let output = rnnlab(folder.path(), &["run", "study.yaml", "--json", "--jobs", "2"]);
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(
        ["run_started", "step", "evaluation", "run_ended", "sweep_ended"].map(count),
        [6, 240, 18, 6, 1]
    );
    let ended = events.iter().find(|event| event["event"] == "run_ended").expect("an end");
    assert!(ended["run"].is_string() && ended["outcome"]["test_loss"].is_number(), "{ended}");
    assert_eq!(events.last().expect("events")["done"], 6);
}

#[test]
fn help_manual_and_completions_are_there() {
    let folder = study();
    let help = told(folder.path(), &["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = told(folder.path(), &[command, "--help"]);
        assert!(help.contains("Example"), "{command}: {help}");
    }
    let manual = told(folder.path(), &["man"]);
    assert!(manual.contains(".TH rnnlab 1") && manual.contains(".TH rnnlab-run 1"), "{manual}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(told(folder.path(), &["completions", shell]).contains("rnnlab"), "{shell}");
    }
}

#[test]
fn trained_models_are_scored_again_and_write_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let text = "a cell keeps what it needs, and forgets the rest\n".repeat(200);
    fs::write(folder.join("text.txt"), &text).expect("written");
    let study = "\
data: {name: text, path: text.txt}
model: {layers: 1, hidden: 16, embedding: 8, init: 0.1}
train: {batch: 10, unroll: 20, epochs: 2, optimizer: adam, learning_rate: 0.01}
sweep: {cell: [gru, rnn], seed: [1]}
";
    fs::write(folder.join("study.yaml"), study).expect("written");
    told(folder, &["run", "study.yaml", "--quiet"]);
    let runs = folder.join("results/study/runs");
    let gru = entries(&runs).into_iter().find(|name| name.starts_with("gru")).expect("a run");
    let outcome = fs::read_to_string(runs.join(&gru).join("outcome.json")).expect("an outcome");
    let outcome: serde_json::Value = serde_json::from_str(&outcome).expect("JSON");
    let run = format!("results/study/runs/{gru}");

    let loss = |name: &str| format!("\n  loss {:.4}\n", outcome[name].as_f64().expect("a loss"));
    let test = told(folder, &["eval", &run]);
    assert!(test.contains(&loss("test_loss")) && test.contains("bits per character"), "{test}");
    assert!(told(folder, &["eval", &run, "--split", "valid"]).contains(&loss("valid_loss")));
    fs::write(folder.join("other.txt"), "rest the forgets and\n".repeat(20)).expect("written");
    let other = told(folder, &["eval", &run, "--data", "other.txt"]);
    assert!(other.starts_with("other.txt\n") && !other.contains(&loss("test_loss")), "{other}");

    let write = |seed: &str| {
        let arguments = ["generate", &run, "--prompt", "a cell ", "--length", "60", "--seed", seed];
        told(folder, &arguments)
    };
    let first = write("1");
    assert!(first.starts_with("a cell ") && first.chars().count() == 7 + 60 + 1, "{first}");
    assert_eq!(write("1"), first);
    assert_ne!(write("2"), first);

    let message = refused(folder, &["generate", &run, "--prompt", ""]);
    assert!(message.contains("the prompt is empty"), "{message}");
    let message = refused(folder, &["generate", &run, "--prompt", "a", "--temperature", "-1"]);
    assert!(message.contains("--temperature -1 is not allowed"), "{message}");
    let model = runs.join(&gru).join("model.safetensors");
    let bytes = fs::read(&model).expect("a model");
    fs::write(&model, &bytes[..bytes.len() / 2]).expect("written");
    let message = refused(folder, &["eval", &run]);
    assert!(message.contains("model.safetensors: it has "), "{message}");
    let message = refused(folder, &["eval", &format!("{run}/model.safetensors")]);
    assert!(message.contains("there is no run here; give a run's folder"), "{message}");
    fs::remove_file(&model).expect("removed");
    let message = refused(folder, &["eval", &run]);
    assert!(message.contains("model.safetensors: missing; restore it, or run the"), "{message}");
}

#[test]
fn event_files_are_written_for_every_run() {
    let folder = study();
    let folder = folder.path();
    told(folder, &["run", "study.yaml", "--quiet"]);
    let said = told(folder, &["tensorboard", "results/study"]);
    assert!(said.starts_with("event files of 6 runs: results/study/tensorboard\n"), "{said}");
    let runs = entries(&folder.join("results/study/tensorboard"));
    assert_eq!(runs.len(), 6);
    let file = format!("results/study/tensorboard/{}/events.out.tfevents.0.rnnlab", runs[0]);
    let bytes = fs::read(folder.join(file)).expect("an event file");
    let has = |tag: &str| bytes.windows(tag.len()).any(|part| part == tag.as_bytes());
    assert!(has("train/loss") && has("valid/squared error") && has("train/learning rate"));
    assert!(refused(folder, &["tensorboard", "results"]).contains("there are no results here"));
}

#[test]
fn all_experiments_have_one_index() {
    let folder = study();
    let folder = folder.path();
    told(folder, &["run", "study.yaml", "--quiet"]);
    assert_eq!(told(folder, &["index"]), "experiments: 1\nindex: results/index.html\n");
    let page = fs::read_to_string(folder.join("results/index.html")).expect("a page");
    assert!(page.contains("<a href=\"study/report.html\">study</a>"), "{page}");
    assert!(page.contains("of rnn and gru: ") && page.contains("6 runs: 6 done"), "{page}");
    assert!(refused(folder, &["index", "nowhere"]).contains("nowhere: No such file"));
}

#[cfg(target_os = "linux")]
#[test]
fn reports_are_opened_on_request() {
    use std::os::unix::fs::PermissionsExt;
    let folder = study();
    let folder = folder.path();
    told(folder, &["run", "study.yaml", "--quiet"]);
    let open = |program: &str| {
        let programs = folder.join("programs");
        fs::create_dir_all(&programs).expect("made");
        let opener = programs.join("xdg-open");
        fs::write(&opener, program).expect("written");
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("set");
        let report = ["report", "results/study", "--open"];
        command(folder, &report).env("PATH", &programs).output().expect("the program starts")
    };
    let output = open("#!/bin/sh\necho \"$1\" > opened\n");
    assert!(output.status.success(), "{}", said(&output));
    let opened = fs::read_to_string(folder.join("opened")).expect("opened");
    assert!(opened.trim_end().ends_with("/results/study/report.html"), "{opened}");
    let output = open("#!/bin/sh\nexit 3\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("could not be opened (`xdg-open` ended with"),
        "{}",
        said(&output)
    );
}
