//! The program with the new cell, and the pages that show it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_new_cell"));
    command.args(arguments).current_dir(folder).output().expect("the program starts")
}

#[test]
fn the_new_cell_is_listed_and_planned_beside_the_others() {
    let text = |arguments: &[&str]| {
        let output = program(here(), arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let cells = text(&["list", "cells"]);
    assert!(cells.lines().any(|line| line.starts_with("cfn ")), "{cells}");
    let equations = text(&["list", "cells", "cfn"]);
    assert!(equations.contains("h = f ⊙ tanh(h') + i ⊙ n"), "{equations}");
    // It is a program of its own.
    let help = text(&["run", "--help"]);
    assert!(help.contains("new_cell run experiments/") && !help.contains("rnnlab run"), "{help}");
    let schema = text(&["schema"]);
    assert!(schema.contains("\"cfn\""), "{schema}");
    let plan = text(&["plan", "cfn_vs_gru.yaml"]);
    assert!(plan.contains("cfn") && plan.contains("gru"), "{plan}");
}

#[test]
fn the_new_cell_is_trained_by_the_same_runner() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(here().join("cfn_vs_gru.yaml")).expect("cfn_vs_gru.yaml");
    // One short run of the new cell.
    let short = text
        .replace("cell: [cfn, gru, rnn]", "cell: [cfn]")
        .replace("seed: [1, 2]", "seed: [1]")
        .replace("match: {parameters: 80_000}", "")
        .replace("embedding: 16", "embedding: 8\n  hidden: 8")
        .replace("batch: 128", "batch: 256");
    fs::write(folder.path().join("short.yaml"), short).expect("written");
    let output = program(folder.path(), &["run", "short.yaml"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = fs::read_to_string(folder.path().join("results/short/report.md")).expect("report");
    assert!(report.contains("cfn"), "{report}");
}

#[test]
fn contributing_shows_these_files() {
    let page = fs::read_to_string(here().join("../../CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    for file in ["src/cfn.rs", "src/main.rs"] {
        let path: PathBuf = here().join(file);
        let shown = fs::read_to_string(&path).expect(file);
        assert!(page.contains(&shown), "CONTRIBUTING.md should show {file} as it is");
    }
}
