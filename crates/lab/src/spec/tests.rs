//! What each kind of bad file is answered, through to the composed runs.

use super::Spec;
use crate::plan::{DataFacts, complete, compose};
use crate::testing::FakeEngine;

const GOOD: &str = "\
data: {name: ptb}
model: {layers: 1, embedding: 16, tied: true, init: 0.1}
match:
  parameters: 20_000
train:
  batch: 20
  unroll: 35
  epochs: 1
  learning_rate: 1
sweep:
  cell: [rnn, gru]
  seed: [1, 2]
settings:
  - when: {cell: gru}
    set: {train.learning_rate: 5}
    reason: tried
profiles:
  long:
    train: {epochs: 3}
";

fn answered(text: &str, profile: Option<&str>) -> Result<crate::plan::Plan, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("study.yaml");
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    let facts = DataFacts {
        data: "ptb".into(),
        shape: model::TaskShape::language(1000),
        sequences: None,
        train_tokens: 100_000,
        valid_tokens: 1000,
        test_tokens: 1000,
        fingerprint: String::new(),
    };
    let engine = FakeEngine::default();
    let plan = Spec::read(&file, profile)
        .and_then(|spec| complete(&spec, &compose(&spec, &engine)?, &facts, &engine));
    plan.map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "."))
}

/// `GOOD` with one text replaced is answered by an error that starts like this.
#[track_caller]
fn refused(from: &str, to: &str, answer: &str) {
    assert!(GOOD.contains(from), "{from}");
    let error =
        answered(&GOOD.replacen(from, to, 1), None).map(|plan| plan.runs.len()).unwrap_err();
    assert!(error.starts_with(answer), "\n got: {error}\nwant: {answer}");
}

#[test]
fn a_good_file_becomes_runs() {
    let plan = answered(GOOD, None).unwrap();
    let runs: Vec<(&str, u64, f32)> = plan
        .runs
        .iter()
        .map(|run| (run.model.cell.as_str(), run.seed, run.train.learning_rate.get()))
        .collect();
    assert_eq!(runs, [("rnn", 1, 1.0), ("rnn", 2, 1.0), ("gru", 1, 5.0), ("gru", 2, 5.0)]);
    assert!(plan.runs[0].id.starts_with("rnn-s1-"), "{}", plan.runs[0].id);
    assert_eq!(plan.runs[2].reasons["train.learning_rate"], "tried");
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    for run in &plan.runs {
        let off = run.costs.parameters as f64 / 20_000.0 - 1.0;
        assert!(off.abs() < 0.02, "{} has {}", run.id, run.costs.parameters);
    }
}

#[test]
fn names_of_runs_change_with_what_matters() {
    let ids = |text: &str, profile| -> Vec<String> {
        answered(text, profile).unwrap().runs.into_iter().map(|run| run.id).collect()
    };
    assert_eq!(ids(GOOD, None), ids(&GOOD.replace("tried", "read"), None));
    assert!(
        ids(GOOD, None).iter().zip(ids(GOOD, Some("long"))).all(|(short, long)| *short != long)
    );
}

#[test]
fn yaml_faults() {
    refused("data: {name: ptb}", "data: {name: ptb", "./study.yaml:2: not valid YAML: ");
    refused(
        "  unroll: 35",
        "  batch: 35",
        "./study.yaml:6: not valid YAML: train: duplicate entry with key \"batch\"",
    );
    assert!(answered("", None).unwrap_err().contains("a mapping of keys to values"));
}

#[test]
fn unknown_keys_and_wrong_types() {
    refused(
        "epochs: 1",
        "epoch: 1",
        "./study.yaml:8: train.epoch: unknown key `epoch` (did you mean `epochs`?); allowed: batch, ",
    );
    refused(
        "data: {name: ptb}",
        "data: {name: ptb}\nseeds: 3",
        "./study.yaml:2: seeds: unknown key `seeds` (did you mean `seed`?); allowed: question, ",
    );
    refused(
        "  unroll: 35",
        "  unroll: long",
        "./study.yaml:7: train.unroll: string \"long\" is not allowed; a whole number above 0 is",
    );
    refused(
        "tied: true",
        "tied: 1",
        "./study.yaml:2: model.tied: `1` is not allowed; true or false is",
    );
    refused("  batch: 20\n", "", "./study.yaml:5: train: `batch` is missing");
    refused(
        "train: {epochs: 3}",
        "train: {epochs: 3}\n  bad: 3",
        "./study.yaml:20: profiles.bad: a profile is a mapping",
    );
}

#[test]
fn cells_and_datasets() {
    refused(
        "[rnn, gru]",
        "[rnn, grru]",
        "./study.yaml:11: sweep.cell[2]: there is no cell `grru` (did you mean `gru`?); the cells are: rnn, lstm, gru",
    );
    refused(
        "when: {cell: gru}",
        "when: {cell: lsmt}",
        "./study.yaml:14: settings[1].when.cell: there is no cell `lsmt` (did you mean `lstm`?)",
    );
    refused(
        "{name: ptb}",
        "{name: pbt}",
        "./study.yaml:1: data.name: there is no dataset `pbt` (did you mean `ptb`?)",
    );
    refused(
        "{name: ptb}",
        "{name: imdb, when_missing: builtin}",
        "./study.yaml:1: data.when_missing: unknown key `when_missing`; allowed: cutoff, max_length, valid, seed",
    );
    refused(
        "{name: ptb}",
        "{name: copy, sequences: {train: many}}",
        "./study.yaml:1: data.sequences.train: string \"many\" is not allowed; a whole number, 0 or more, is",
    );
    refused("{name: ptb}", "{name: text}", "./study.yaml:1: data: `path` is missing");
    refused(
        "{name: ptb}",
        "{name: ptb, max_length: 3}",
        "./study.yaml:1: data.max_length: unknown key `max_length`; allowed: when_missing",
    );
    refused("{name: ptb}", "{path: a.txt}", "./study.yaml:1: data: `name` is missing");
}

/// Choices that the task decides are checked when it is known.
#[test]
fn choices_that_do_not_fit_the_task() {
    refused(
        "tied: true",
        "tied: true, pooling: mean",
        "./study.yaml:2: model.pooling: this task has an answer at each step",
    );
    refused(
        "tied: true",
        "tied: true, bidirectional: true",
        "./study.yaml:2: model.bidirectional: this task predicts its own inputs",
    );
    refused(
        "embedding: 16, ",
        "",
        "./study.yaml:2: model.embedding: it is missing; this task's inputs are tokens",
    );
    refused("  unroll: 35\n", "", "./study.yaml:6: train.unroll: it is missing");
    refused(
        "tied: true",
        "tied: true, pooling: best",
        "./study.yaml:2: model.pooling: unknown name `best`; allowed: last, mean, max, attention",
    );
    refused(
        "train:\n",
        "probe: {lags: 5, sequences: 2, spectrum: 1}\ntrain:\n",
        "./study.yaml:5: probe.spectrum: unknown key `spectrum` (did you mean `spectra`?)",
    );
}

#[test]
fn sizes() {
    refused(
        "match:\n  parameters: 20_000",
        "",
        "./study.yaml:2: model: no size is given; give model.hidden, or match.parameters",
    );
    refused(
        "layers: 1,",
        "layers: 1, hidden: 8,",
        "./study.yaml:2: model.hidden: the size is given here and by `match`",
    );
    refused(
        "20_000",
        "12_000",
        "./study.yaml:4: match.parameters: 12000 parameters are too few for `rnn` with 1000 words and embedding 16; at least 17034 are needed",
    );
    let hidden = GOOD
        .replace("match:\n  parameters: 20_000", "")
        .replace("cell: [rnn, gru]", "model.hidden: [4, 0]")
        .replace("layers: 1", "cell: gru, layers: 1");
    assert_eq!(
        answered(&hidden, None).map(|_| ()).unwrap_err(),
        "./study.yaml:10: sweep.model.hidden[2]: `0` is not allowed; a whole number above 0 is"
    );
}

#[test]
fn sweeps() {
    refused("[1, 2]", "[]", "./study.yaml:12: sweep.seed: the list is empty");
    refused("[1, 2]", "[1, 2, 1]", "./study.yaml:12: sweep.seed[3]: 1 is given twice");
    refused("[1, 2]", "4", "./study.yaml:12: sweep.seed: a swept field needs a list of values");
    refused(
        "seed: [1, 2]",
        "sede: [1, 2]",
        "./study.yaml:12: sweep.sede: no field of a run has this name",
    );
    refused(
        "seed: [1, 2]",
        "model.hiden: [1, 2]",
        "./study.yaml:12: sweep.model.hiden[1]: unknown key `hiden` (did you mean `hidden`?)",
    );
    refused(
        "seed: [1, 2]",
        "model.cell: [rnn]",
        "./study.yaml:12: sweep.model.cell: this field is already swept by `cell`",
    );
    refused(
        "  cell: [rnn, gru]\n  seed: [1, 2]\n",
        "  {}\n",
        "./study.yaml:10: sweep: the sweep is empty",
    );
}

#[test]
fn settings_and_profiles() {
    refused(
        "{train.learning_rate: 5}",
        "{train.learning_rate: -5}",
        "./study.yaml:15: settings[1].set.train.learning_rate: -5 is not allowed here: a finite number above 0",
    );
    refused(
        "{train.learning_rate: 5}",
        "{seed: 5}",
        "./study.yaml:15: settings[1].set.seed: this would overwrite the swept field `seed`",
    );
    refused("    reason: tried\n", "", "./study.yaml:14: settings[1]: `reason` is missing");
    let bad_profile = GOOD.replace("epochs: 3", "epochs: 0");
    assert_eq!(
        answered(&bad_profile, Some("long")).map(|_| ()).unwrap_err(),
        "./study.yaml:19: train.epochs: `0` is not allowed; a whole number above 0 is"
    );
    assert!(
        answered(GOOD, Some("lnog"))
            .unwrap_err()
            .ends_with("there is no profile `lnog`; the file has: long")
    );
    let idle = answered(&GOOD.replace("when: {cell: gru}", "when: {cell: lstm}"), None).unwrap();
    assert_eq!(idle.warnings, ["settings[1] applies to no run of this sweep"]);
}
