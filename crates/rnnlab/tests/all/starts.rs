//! Runs that start from a finished run, from a file, and from a stage of their own.

use crate::common::{command, entries, rnnlab, said};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A language model of the generated language, small.
const BEFORE: &str = "\
data: {name: builtin}
model: {cell: gru, layers: 1, hidden: 6, embedding: 5, init: 0.1}
train: {batch: 256, unroll: 20, epochs: 1, steps: 10, learning_rate: 1, clip: 1}
";

/// Another text, some of whose words are those of the generated language.
fn study(more: &str) -> String {
    format!(
        "\
data: {{name: text, path: own.txt, tokeniser: words}}
model: {{cell: gru, layers: 1, hidden: 6, embedding: 5, init: 0.1}}
train: {{batch: 4, unroll: 5, epochs: 1, learning_rate: 0.5, clip: 1}}
{more}"
    )
}

fn out(folder: &Path, arguments: &[&str]) -> String {
    let output = rnnlab(folder, arguments);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned() + &said(&output)
}

/// The runs of an experiment.
fn run_names(results: &Path) -> Vec<String> {
    entries(&results.join("runs")).into_iter().filter(|name| !name.starts_with('.')).collect()
}

fn refused(folder: &Path, text: &str) -> String {
    fs::write(folder.join("wrong.yaml"), text).expect("written");
    let output = rnnlab(folder, &["plan", "wrong.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    said(&output)
}

/// Takes the only run of an experiment out of its place.
fn taken_out(results: &Path, to: &Path) {
    let run = run_names(results).pop().expect("a run");
    fs::rename(results.join("runs").join(run), to).expect("moved");
}

/// A folder with a finished run; its place there, and words that it knows.
fn trained() -> (tempfile::TempDir, String, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("before.yaml"), BEFORE).expect("written");
    out(folder.path(), &["run", "before.yaml", "--quiet"]);
    let run = "lm".to_owned();
    taken_out(&folder.path().join("results/before"), &folder.path().join(&run));
    let data = fs::read_to_string(folder.path().join(&run).join("data.json")).expect("data.json");
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    let words = data["vocabulary"].as_array().or(data["content"]["vocabulary"].as_array());
    let words: Vec<String> = words
        .expect("a vocabulary")
        .iter()
        .filter_map(|word| word.as_str().filter(|word| !word.starts_with('<')))
        .take(30)
        .map(str::to_owned)
        .collect();
    (folder, run, words)
}

/// Thirty lines of words that are known, and of ten that are not.
fn own_text(words: &[String]) -> String {
    let line = |k: usize| {
        let known = (0..6).map(|word| words[(k * 7 + word * 5) % words.len()].clone());
        let new = (0..2).map(|word| format!("neu{}", (k + word) % 10));
        known.chain(new).collect::<Vec<_>>().join(" ")
    };
    (0..60).map(|k| line(k) + "\n").collect()
}

#[test]
fn a_run_starts_from_another_and_what_does_not_fit_is_told() {
    let (folder, run, words) = trained();
    let folder = folder.path();
    fs::write(folder.join("own.txt"), own_text(&words)).expect("written");
    let start = format!("sweep: {{start_from: [none, {{run: {run}}}]}}\nrole: comparison\n");
    fs::write(folder.join("study.yaml"), study(&start)).expect("written");
    let plan = out(folder, &["plan", "study.yaml"]);
    let told = format!("starts from embedding and layers of `{run}`; ");
    assert!(plan.contains(&told) && plan.contains("new ones start as usual"), "{plan}");
    out(folder, &["run", "study.yaml", "--quiet"]);
    let results = folder.join("results/study");
    let runs = entries(&results.join("runs"));
    let started = runs.iter().find(|name| name.contains("start_fromlm")).expect("a run");
    let record = |file: &str| fs::read_to_string(results.join("runs").join(started).join(file));
    let config = record("config.yaml").expect("config.yaml");
    assert!(config.contains("start_from:") && config.contains("sha256: "), "{config}");
    assert!(!config.contains("lm"), "no place in what names a run: {config}");
    let status = record("status.json").expect("status.json");
    assert!(status.contains("\"source\": \"lm\"") && status.contains("\"found\":"), "{status}");
    let report = fs::read_to_string(results.join("report.md")).expect("report.md");
    assert!(report.contains(&format!("of `{run}`; ")), "{report}");

    // With the model of another run in its place, the start is another one, which is told.
    let first = run_names(&results);
    out(folder, &["run", "before.yaml", "--quiet", "--set", "train.learning_rate=2"]);
    let others = entries(&folder.join("results"));
    let other = others.iter().find(|name| name.starts_with("before-")).expect("results");
    let (there, kept) = (folder.join(&run), folder.join("kept"));
    fs::rename(&there, &kept).expect("moved");
    taken_out(&folder.join("results").join(other), &there);
    let told = rnnlab(folder, &["run", "study.yaml", "--quiet"]);
    assert!(told.status.success(), "{}", said(&told));
    let changed = format!("the weights of {run} are not what they were at the earlier work");
    assert!(said(&told).contains(&changed), "{}", said(&told));
    assert_eq!(run_names(&results).len(), first.len() + 1, "one is trained anew");
    fs::remove_dir_all(&there).expect("removed");
    fs::rename(&kept, &there).expect("moved");

    let from = |key: &str| format!("start_from: {{{key}}}\n");
    let run_key = format!("run: {run}");
    for (text, expected) in [
        (
            study(&from(&run_key)).replace("cell: gru", "cell: lstm"),
            "wrong.yaml:4: start_from: its layers are of `gru`, and this model's of `lstm`",
        ),
        (
            study(&from(&run_key)).replace("hidden: 6", "hidden: 7"),
            "wrong.yaml:4: start_from: its model has other sizes: `hidden` is 6 there and 7 here",
        ),
        (
            study(&from(&format!("file: {run}/model.safetensors"))),
            "wrong.yaml:4: start_from.file: it has no vocabulary",
        ),
        (study(&from(&format!("file: {run}/data.json"))), "it is no safetensors file"),
    ] {
        let told = refused(folder, &text);
        assert!(told.contains(expected), "{told}");
    }
    // Of a file, layers alone need no words.
    let layers = format!("file: {run}/model.safetensors, parts: [layers]");
    fs::write(folder.join("layers.yaml"), study(&from(&layers))).expect("written");
    assert!(out(folder, &["plan", "layers.yaml"]).contains("starts from layers of"));

    // Words that are hardly known.
    let strange: String = (0..60).map(|k| format!("a{} b{} c\n", k % 9, k % 7)).collect();
    fs::write(folder.join("own.txt"), strange).expect("written");
    let plan = out(folder, &["plan", "study.yaml"]);
    assert!(
        plan.contains("warning: start_from: 1 of ") && plan.contains(" %) words here"),
        "{plan}"
    );

    // A model that is not as its run left it, and a run that is not done.
    let model = folder.join(&run).join("model.safetensors");
    let content = fs::read(&model).expect("a model");
    fs::write(&model, &content[..content.len() - 4]).expect("written");
    let told = refused(folder, &study(&from(&run_key)));
    assert!(told.contains("start_from.run: ") && told.contains("when the run ended"), "{told}");
    fs::remove_file(&model).expect("removed");
    let told = refused(folder, &study(&from(&run_key)));
    assert!(told.contains("start_from.run: ") && told.contains("missing"), "{told}");
}

/// Both stages in one file.
fn two_stages() -> String {
    "\
data: {name: parity, length: 12, sequences: {train: 2000, valid: 50, test: 50}}
model: {cell: gru, layers: 1, hidden: 6, embedding: 5, init: 0.1}
train: {batch: 20, epochs: 2, optimizer: adam, learning_rate: 0.01, freeze: {parts: [layers], epochs: 1}}
pretrain:
  data: {name: copy, delay: 5, sequences: {train: 2000, valid: 50, test: 50}}
  train: {batch: 20, epochs: 2, optimizer: adam, learning_rate: 0.01}
  parts: [layers]
sweep: {start_from: [none, pretrain], seed: [1, 2]}
role: comparison
"
    .to_owned()
}

fn losses(folder: &Path) -> Vec<(String, serde_json::Value, Vec<u8>)> {
    let of = |runs: PathBuf| {
        let names = entries(&runs).into_iter().filter(|name| !name.starts_with('.'));
        let one = |name: String| {
            let run = runs.join(&name);
            let outcome = fs::read_to_string(run.join("outcome.json")).expect("outcome.json");
            let outcome: serde_json::Value = serde_json::from_str(&outcome).expect("JSON");
            let model = fs::read(run.join("model.safetensors")).expect("a model");
            (name, outcome["valid_loss"].clone(), model)
        };
        names.map(one).collect::<Vec<_>>()
    };
    let results = folder.join("results/two");
    [of(results.join("pretraining/runs")), of(results.join("runs"))].concat()
}

#[test]
fn two_stages_killed_at_several_moments_end_the_same() {
    let (whole, killed) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (whole, killed) = (whole.path(), killed.path());
    for folder in [whole, killed] {
        fs::write(folder.join("two.yaml"), two_stages()).expect("written");
    }
    let said = out(whole, &["run", "two.yaml", "--jobs", "1"]);
    assert!(said.contains("pre-training: 2 runs"), "{said}");
    let results = whole.join("results/two");
    let report = fs::read_to_string(results.join("report.md")).expect("report.md");
    assert!(report.contains("the stage before (`pretrain`), of the same seed"), "{report}");
    assert!(report.contains("Both stages"), "{report}");

    let begun = Instant::now();
    for wait in [60, 150, 300, 500] {
        let arguments = ["run", "two.yaml", "--quiet", "--jobs", "1"];
        let mut child = command(killed, &arguments).spawn().expect("the program starts");
        thread::sleep(Duration::from_millis(wait));
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    out(killed, &["run", "two.yaml", "--quiet", "--jobs", "1"]);
    assert!(losses(killed) == losses(whole), "after {:?}", begun.elapsed());
    // Nothing is left to do.
    let again = out(killed, &["run", "two.yaml", "--jobs", "1"]);
    assert!(again.contains("4 done"), "{again}");
}
