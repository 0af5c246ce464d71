//! The whole program on real (tiny) trainings: from an experiment file to a report, and on after a
//! kill.

use crate::common::{command, entries, rnnlab, said};
use crate::files::smoke;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes a tenth of it; a program that hangs is to fail the test, not to hang it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Two runs are the fewest that make a comparison.
fn two_runs() -> String {
    smoke("seed: [1, 2]", "seed: [1]")
}

/// One of them.
fn one_run() -> String {
    two_runs().replace("[rnn, gru]", "[gru]")
}

#[test]
fn from_file_to_report_with_and_without_a_kill() {
    let (whole, killed) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    thread::scope(|scope| {
        scope.spawn(|| undisturbed(whole.path()));
        scope.spawn(|| killed_and_continued(killed.path()));
    });
    let gru = |folder: &Path| {
        let runs = folder.join("results/tiny/runs");
        let name = entries(&runs).into_iter().find(|name| name.starts_with("gru")).expect("a run");
        let outcome = fs::read_to_string(runs.join(&name).join("outcome.json")).expect("outcome");
        let outcome: serde_json::Value = serde_json::from_str(&outcome).expect("JSON");
        let losses = ["valid_loss", "test_loss", "steps"].map(|key| outcome[key].clone());
        assert!(losses.iter().all(serde_json::Value::is_number), "{outcome}");
        (name, losses)
    };
    assert_eq!(gru(whole.path()), gru(killed.path()));
}

fn undisturbed(folder: &Path) {
    fs::write(folder.join("tiny.yaml"), two_runs()).expect("written");
    let output = rnnlab(folder, &["run", "tiny.yaml", "--jobs", "2"]);
    assert!(output.status.success(), "{}", said(&output));
    let results = folder.join("results/tiny");
    assert_eq!(
        entries(&results),
        ["experiment.json", "figures", "report.html", "report.md", "runs", "tables"]
    );
    assert_eq!(
        (entries(&results.join("tables")).len(), entries(&results.join("figures")).len()),
        // Fourteen figures twice, and the list of them.
        (24, 29)
    );
    let report = fs::read_to_string(results.join("report.md")).expect("report.md");
    for expected in [
        "1 / 0 / 0",
        "Not real data.",
        "rnnlab run tiny.yaml",
        "unigram model",
        // Of each probe a table or a caption.
        "| gru | after training | -",
        "largest Lyapunov exponent",
        "| gru | z | after training |",
        "within 1 % from",
        "coloured by the hidden state",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    // What is published names no folder of this machine.
    for file in ["report.md", "report.html", "experiment.json", "tables/runs.csv"] {
        let text = fs::read_to_string(results.join(file)).expect("text");
        assert!(!text.contains(&folder.display().to_string()), "{file}");
    }

    let again = rnnlab(folder, &["run", "tiny.yaml"]);
    assert!(again.status.success(), "{}", said(&again));
    assert_eq!(said(&again).matches("done already").count(), 2, "{}", said(&again));

    // The trained model is kept, and PyTorch can have its layers.
    let runs = results.join("runs");
    let name = entries(&runs).into_iter().find(|name| name.starts_with("rnn")).expect("a run");
    let model = runs.join(name).join("model.safetensors").display().to_string();
    let converted = rnnlab(folder, &["convert", "--to", "torch", &model, "rnn.safetensors"]);
    assert!(converted.status.success(), "{}", said(&converted));
    let told = String::from_utf8_lossy(&converted.stdout).into_owned();
    assert!(told.contains("nn.RNN(8, 8)"), "{told}");
    // Neither what is read nor a run's model is written over: it would lack what surrounds the layers.
    let before = fs::read(&model).expect("a model");
    for (input, problem) in [
        (model.as_str(), "this is what is read"),
        ("rnn.safetensors", "this is the model of a run"),
    ] {
        let refused = rnnlab(folder, &["convert", "--to", "torch", "--force", input, &model]);
        assert!(!refused.status.success());
        assert!(said(&refused).contains(problem), "{}", said(&refused));
        assert!(fs::read(&model).expect("a model") == before);
    }

    // As in a fresh clone, which has the tables but not what the runs left.
    let aside = folder.join("aside");
    fs::rename(results.join("runs"), &aside).expect("moved");
    let output = rnnlab(folder, &["report", "results/tiny"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(fs::read_to_string(results.join("report.md")).expect("report.md"), report);
    fs::rename(&aside, results.join("runs")).expect("moved back");
}

fn killed_and_continued(folder: &Path) {
    fs::write(folder.join("tiny.yaml"), one_run()).expect("written");
    let mut child = command(folder, &["run", "tiny.yaml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let runs = folder.join("results/tiny/runs");
    let begun = Instant::now();
    // The first checkpoint is that of the evaluation half-way.
    let checkpoint = loop {
        let run = runs.is_dir().then(|| entries(&runs).into_iter().find(|name| name != ".lock"));
        let checkpoint = run.flatten().map(|run| runs.join(run).join("checkpoint.safetensors"));
        if let Some(checkpoint) = checkpoint.filter(|path| path.exists()) {
            break checkpoint;
        }
        assert!(child.try_wait().expect("known").is_none(), "it ended before it could be killed");
        assert!(begun.elapsed() < PATIENCE, "no checkpoint");
        thread::sleep(Duration::from_millis(20));
    };
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(!folder.join("results/tiny/report.md").exists(), "it was killed too late");

    let output = rnnlab(folder, &["run", "tiny.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!checkpoint.exists(), "a finished run needs no checkpoint");
    let report = fs::read_to_string(folder.join("results/tiny/report.md")).expect("report.md");
    assert!(report.contains("cut off"), "{report}");
}
