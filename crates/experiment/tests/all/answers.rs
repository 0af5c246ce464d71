//! What each kind of bad file is answered, through to the composed runs.

use experiment::plan::{Calibration, DataFacts, Plan, complete, compose};
use experiment::spec::{Source, Spec, SpecError, SpecErrors};
use testkit::{FakeEngine, text_facts};

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

fn answered(text: &str, profile: Option<&str>) -> Result<Plan, String> {
    answered_with(text, profile, &[])
}

/// The plan, or the first lines of all errors.
fn answered_with(text: &str, profile: Option<&str>, set: &[&str]) -> Result<Plan, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("study.yaml");
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    // No two data are alike.
    let facts = |k: usize| DataFacts { fingerprint: k.to_string(), ..text_facts() };
    let engine = FakeEngine::default();
    let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
    let planned = |source| {
        let drafts = compose(source, &engine)?;
        complete(
            &drafts.spec,
            &drafts.runs,
            &(0..drafts.data.len()).map(facts).collect::<Vec<_>>(),
            &Calibration::default(),
            &engine,
        )
    };
    let plan = Source::read(&file, profile, &set).map_err(SpecErrors::from).and_then(planned);
    plan.map_err(|errors| {
        let first = |error: &SpecError| error.to_string().lines().next().unwrap_or("").to_owned();
        let lines: Vec<String> = errors.all().iter().map(first).collect();
        lines.join("\n").replace(&folder.path().display().to_string(), ".")
    })
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
        .map(|run| {
            (run.config.model.cell.as_str(), run.config.seed, run.config.train.learning_rate.get())
        })
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
        "./study.yaml:7: not valid YAML: the key `batch` stands here a second time; the first is in line 6",
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
        "./study.yaml:7: train.unroll: \"long\" is not allowed; a whole number above 0 is",
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
        "./study.yaml:1: data.sequences.train: \"many\" is not allowed; a whole number, 0 or more, is",
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
    refused("  unroll: 35\n", "", "./study.yaml:5: train.unroll: it is missing");
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
        "./study.yaml:4: match.parameters: 12,000 parameters are too few for `rnn` with 1,000 words and embedding 16; at least 17,034 are needed",
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

/// Hidden sizes by cell, where something is equal.
fn hidden(matched: &str) -> Vec<usize> {
    let text = GOOD.replace("parameters: 20_000", matched).replace("seed: [1, 2]", "seed: [1]");
    let plan = answered(&text, None).unwrap();
    plan.runs.iter().map(|run| run.config.model.hidden.get()).collect()
}

#[test]
fn what_can_be_equal() {
    assert_eq!(hidden("hidden: 24"), [24, 24]);
    // The stand-in's cells have 1 and 3 gates of H (H + 16 + 1) parameters.
    let near = |gates: usize, target: usize| {
        let off = |hidden: &usize| (gates * hidden * (hidden + 17)).abs_diff(target);
        (1..200).min_by_key(off).unwrap()
    };
    assert_eq!(hidden("recurrent_parameters: 5_000"), [near(1, 5_000), near(3, 5_000)]);
    assert_eq!(
        hidden("flops: 40_000"),
        hidden("parameters: 20_000"),
        "two FLOPs a parameter there"
    );
    refused(
        "parameters: 20_000",
        "wall_clock: 5",
        "./study.yaml:4: match.wall_clock: which size of `rnn` takes this time is not measured yet",
    );
    refused(
        "parameters: 20_000",
        "params: 20_000",
        "./study.yaml:4: match.params: unknown key `params`",
    );
    refused(
        "parameters: 20_000",
        "{parameters: 20_000, flops: 3}",
        "./study.yaml:3: match: this mapping is not allowed; a mapping with exactly one key is",
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
        "./study.yaml:12: sweep.sede: no field of a run is called `sede` (did you mean `seed`?)",
    );
    refused(
        "seed: [1, 2]",
        "model.hiden: [1, 2]",
        "./study.yaml:12: sweep.model.hiden: unknown key `hiden` (did you mean `hidden`?)",
    );
    refused(
        "seed: [1, 2]",
        "model.cell: [rnn]",
        "./study.yaml:12: sweep.model.cell: this field is already swept by `cell`",
    );
    refused(
        "  cell: [rnn, gru]\n  seed: [1, 2]\n",
        "  {}\n",
        "./study.yaml:2: model: `cell` is missing\n./study.yaml:10: sweep: the sweep is empty",
    );
}

/// Arms and seeds of a plan, in order.
fn arms(plan: &Plan) -> Vec<(&str, u64)> {
    plan.runs.iter().map(|run| (run.arm.as_str(), run.config.seed)).collect()
}

#[test]
fn rules_and_fields_that_go_together() {
    let ranged = answered(&GOOD.replace("[1, 2]", "{range: [2, 4]}"), None).unwrap();
    let seeds: Vec<u64> = ranged.runs.iter().map(|run| run.config.seed).collect();
    assert_eq!(seeds, [2, 3, 4, 2, 3, 4]);

    let zipped =
        "cell: [rnn, gru]\n  zip: {model.layers: [1, 2], train.batch: {range: [20, 10], by: -10}}";
    let zipped = GOOD.replace("cell: [rnn, gru]", zipped).replace("seed: [1, 2]", "seed: [1]");
    let plan = answered(&zipped, None).unwrap();
    assert_eq!(
        arms(&plan),
        [
            ("rnn, layers 1, batch 20", 1),
            ("rnn, layers 2, batch 10", 1),
            ("gru, layers 1, batch 20", 1),
            ("gru, layers 2, batch 10", 1)
        ]
    );
    refused(
        "seed: [1, 2]",
        "zip: [{seed: [1, 2], train.batch: [1, 2, 3]}, {seed: [1]}]",
        "./study.yaml:12: sweep.zip[1].train.batch: fields that go together need equally many values; this one has 3, `seed` has 2\n\
         ./study.yaml:12: sweep.zip[2].seed: this field is already swept by `seed`; sweep it once",
    );
    refused(
        "seed: [1, 2]",
        "seed: {draws: 3, from: 1, to: 2, seed: 1}",
        "./study.yaml:12: sweep.seed: the rule gives ",
    );
    refused(
        "seed: [1, 2]",
        "seed: {range: [1, two]}",
        "./study.yaml:12: sweep.seed.range[2]: \"two\" is not allowed; a number is",
    );
}

#[test]
fn data_are_swept_and_each_is_there_once() {
    let text = GOOD
        .replace("{name: ptb}", "{name: copy}")
        .replace("seed: [1, 2]", "data.delay: [5, 10]\n  seed: [1, 2]");
    let plan = answered(&text, None).unwrap();
    let datasets: Vec<usize> = plan.runs.iter().map(|run| run.dataset).collect();
    assert_eq!(datasets, [0, 0, 1, 1, 0, 0, 1, 1]);
    assert_eq!(plan.runs[2].arm, "rnn, delay 10");
    let wrong = answered(&text.replace("[5, 10]", "[5, ten]"), None).unwrap_err();
    let expected = "./study.yaml:12: sweep.data.delay[2]: \"ten\" is not allowed; a whole number, 0 or more, is";
    assert_eq!(wrong, expected);
}

#[test]
fn all_faults_of_a_file_are_told_at_once() {
    let text = GOOD
        .replace("tied: true", "tide: true")
        .replace("batch: 20", "batch: 0")
        .replace("[rnn, gru]", "[rnn, grru]")
        .replace("  epochs: 1\n", "")
        .replace("reason: tried", "why: tried")
        + "extra: 1\n";
    let told = answered(&text, None).unwrap_err();
    let starts = [
        "./study.yaml:15: settings[1].why: unknown key `why`",
        "./study.yaml:13: settings[1]: `reason` is missing",
        "./study.yaml:19: extra: unknown key `extra`",
        "./study.yaml:2: model.tide: unknown key `tide`",
        "./study.yaml:6: train.batch: `0` is not allowed",
        "./study.yaml:5: train: `epochs` is missing",
        "./study.yaml:10: sweep.cell[2]: there is no cell `grru`",
    ];
    for start in starts {
        assert!(told.lines().any(|line| line.starts_with(start)), "{start}\n{told}");
    }
    assert_eq!(told.lines().count(), starts.len(), "{told}");
}

#[test]
fn a_missing_part_is_told_once() {
    let told = answered(
        "data: {name: ptb}\ntrain: {batch: 20, unroll: 5, epochs: 1, learning_rate: 1}\n",
        None,
    );
    assert_eq!(told.map(|_| ()).unwrap_err(), "./study.yaml:1: `model` is missing");
}

#[test]
fn the_command_line_has_the_last_word() {
    let plan = answered_with(GOOD, None, &["train.learning_rate=0.5", "sweep.seed=[7]"]).unwrap();
    let runs: Vec<(u64, f32)> = plan
        .runs
        .iter()
        .map(|run| (run.config.seed, run.config.train.learning_rate.get()))
        .collect();
    assert_eq!(runs, [(7, 0.5), (7, 0.5)]);
    assert!(plan.runs[1].reasons.is_empty());
    let told = |set: &[&str]| answered_with(GOOD, None, set).map(|_| ()).unwrap_err();
    assert_eq!(
        told(&["train.batch=none"]),
        "--set train.batch=none: train.batch: \"none\" is not allowed; a whole number above 0 is"
    );
    assert!(
        told(&["seed=3"])
            .starts_with("--set seed=3: seed: the field is swept, so this would change")
    );
    let tuned = GOOD
        .replace("settings:", "tune: {trials: 1, seed: 9, space: {model.init: [1]}}\nsettings:");
    let error = answered_with(&tuned, None, &["model.init=2"]).map(|_| ()).unwrap_err();
    assert!(error.starts_with("--set model.init=2: model.init: trials choose it"), "{error}");
    assert!(answered_with(&tuned, None, &["model.init=2", "tune="]).is_ok());
}

#[test]
fn results_of_other_settings_go_to_another_folder() {
    let name = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
        let source =
            Source::recorded([("x/study.yaml".into(), GOOD.to_owned())], Some("long"), &set);
        Spec::of(source.unwrap()).0.unwrap().experiment()
    };
    assert_eq!(name(&[]), "study-long");
    let (one, two) = (name(&["model.init=0.5"]), name(&["model.init=0_5"]));
    assert!(one.starts_with("study-long-model.init_0.5-"), "{one}");
    assert_ne!(one, two);
}

#[test]
fn what_cannot_be_chosen() {
    let tuned = |tune: &str| {
        let text = GOOD.replace("settings:", &format!("tune: {{{tune}}}\nsettings:"));
        answered(&text, None).map(|_| ()).unwrap_err()
    };
    for (tune, problem) in [
        ("seed: 9, space: {model.init: [1]}", "tune: `trials` is missing"),
        (
            "trials: 3, seed: 9, space: {model.init: [1, 2]}",
            "tune.trials: only 2 different trials were found",
        ),
        (
            "trials: 2, seed: 2, space: {model.init: [1, 2]}",
            "tune.seed: 2 is one of the seeds that are compared",
        ),
        ("trials: 2, seed: 9, space: {}", "tune.space: there is nothing to choose"),
        (
            "trials: 1, seed: 9, factor: 2, space: {model.init: [1]}",
            "tune.factor: it is for `method: halving`",
        ),
        (
            "trials: 1, seed: 9, space: {model.int: [1]}",
            "tune.space.model.int: unknown key `int` (did you mean `init`?)",
        ),
        (
            "trials: 1, seed: 9, space: {model.init: [-1]}",
            "tune.space.model.init: `-1` is not allowed",
        ),
        (
            "trials: 2, seed: 9, space: {model.init: {from: 2, to: 1}}",
            "tune.space.model.init.to: 1 is not above `from`, 2",
        ),
        (
            "trials: 2, seed: 9, space: {seed: [1]}",
            "tune.space.seed: data, cell and seed are not chosen",
        ),
        (
            "trials: 2, seed: 9, space: {train.learning_rate: [1]}",
            "tune.space.train.learning_rate: this field is set by settings[1]",
        ),
        (
            "trials: 1, seed: 9, space: {train.epochs: [1]}",
            "tune.space.train.epochs: how long is trained is the budget",
        ),
        (
            "method: halving, trials: 1, seed: 9, space: {train.steps: [1]}",
            "tune.space.train.steps: how long is trained is the budget",
        ),
        (
            "method: grid, trials: 2, seed: 9, space: {model.init: [1]}",
            "tune.method: unknown name `grid`; allowed: random, halving",
        ),
    ] {
        let told = tuned(tune);
        assert!(told.starts_with(&format!("./study.yaml:13: {problem}")), "{tune}\n{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn settings_and_profiles() {
    refused(
        "{train.learning_rate: 5}",
        "{train.learning_rate: -5}",
        "./study.yaml:15: settings[1].set.train.learning_rate: `-5` is not allowed; a number above 0 is",
    );
    refused(
        "{train.learning_rate: 5}",
        "{seed: 5}",
        "./study.yaml:15: settings[1].set.seed: this would overwrite the swept field `seed`",
    );
    refused(
        "{train.learning_rate: 5}",
        "{data.delay: 5}",
        "./study.yaml:15: settings[1].set.data.delay: data can be swept, not set",
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
            .ends_with("there is no profile `lnog` (did you mean `long`?); the file has: long")
    );
    let idle = answered(&GOOD.replace("when: {cell: gru}", "when: {cell: lstm}"), None).unwrap();
    assert_eq!(idle.warnings, ["settings[1] applies to no run of this sweep"]);
}

/// What tells arms apart is what some of them have.
#[test]
fn settings_of_some_runs_are_those_that_reach_some_but_not_all() {
    let of_some = |when: &str| {
        let text = GOOD.replace("when: {cell: gru}", &format!("when: {{{when}}}"));
        let source = Source::recorded([("./study.yaml".into(), text)], None, &[]).unwrap();
        compose(source, &FakeEngine::default()).unwrap().settings_of_some().len()
    };
    assert_eq!(of_some("cell: gru"), 1);
    assert_eq!(of_some("cell: lstm"), 0, "it reaches none");
    assert_eq!(of_some("train.epochs: 1"), 0, "it reaches all");
}

#[test]
fn a_setting_that_another_takes_the_place_of_is_told() {
    let second = |field: &str| {
        let second = format!(
            "    reason: tried\n  - when: {{train.epochs: 1}}\n    set: {{{field}}}\n    reason: again\n"
        );
        answered(&GOOD.replace("    reason: tried\n", &second), None).unwrap()
    };
    assert!(second("train.clip: 2").warnings.is_empty());
    let plan = second("train.learning_rate: 7");
    let expected = "settings[2] sets `train.learning_rate` in runs in which settings[1] sets it, too: the later one holds";
    assert_eq!(plan.warnings, [expected]);
    let rates: Vec<f32> = plan
        .runs
        .iter()
        .filter(|run| run.config.model.cell == "gru" && run.config.seed == 1)
        .map(|run| run.config.train.learning_rate.get())
        .collect();
    assert_eq!(rates, [7.0]);
    let by_seed = answered(&GOOD.replace("when: {cell: gru}", "when: {seed: 1}"), None);
    let refused = by_seed.map(|_| ()).unwrap_err();
    assert!(refused.contains("a setting cannot go by the seed"), "{refused}");
}

#[test]
fn runs_that_are_the_same_are_refused() {
    let swept = |axis: &str| GOOD.replace("  seed: [1, 2]", &format!("  seed: [1, 2]\n  {axis}"));
    let told = |axis: &str| answered(&swept(axis), None).map(|plan| plan.runs.len()).unwrap_err();
    for axis in ["train.clip: [1, 1.0]", "model.remember_bias: [{chrono: 5}, {chrono: 5.0}]"] {
        let told = told(axis);
        assert!(told.contains("is given twice; every value may stand once"), "{axis}\n{told}");
    }
    // Numbers of the training have the precision of f32.
    let same = told("train.clip: [0.1, 0.10000000001]");
    assert!(
        same.starts_with("./study.yaml:13: sweep.train.clip[2]: this run is the same as another"),
        "{same}"
    );
    let same = told("zip: {train.clip: [1, 1], model.dropout: [0.1, 0.100000000001]}");
    assert!(same.contains("zip") && same.contains("this run is the same as another"), "{same}");
    // Two numbers of parameters, one size.
    let text = GOOD.replace("match:\n  parameters: 20_000\n", "");
    let text = text.replace("  seed: [1, 2]", "  match.parameters: [20_000, 20_001]");
    let same = answered(&text, None).map(|plan| plan.runs.len()).unwrap_err();
    assert!(same.contains("sweep.match.parameters[2]: this run is the same"), "{same}");
    let tuned = swept("train.unroll: [35]").replace(
        "sweep:",
        "tune:\n  trials: 2\n  seed: 9\n  space: {train.clip: [1, 1.0]}\nsweep:",
    );
    let told = answered(&tuned, None).map(|plan| plan.runs.len()).unwrap_err();
    assert!(told.contains("tune.space.train.clip[2]: 1.0 is given twice"), "{told}");
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let most = usize::MAX.to_string();
    refused(
        "epochs: 1",
        &format!("epochs: {most}"),
        "./study.yaml:8: train.epochs: 18446744073709551615 epochs of 143 steps are more steps than can be counted; at most ",
    );
    let short = GOOD.replace("epochs: 1", &format!("epochs: {most}\n  steps: 5"));
    assert!(answered(&short, None).unwrap().runs.iter().all(|run| run.steps == 5));
    refused(
        "epochs: 1",
        "epochs: 1\n  schedule: {name: step_decay, after: 0, factor: 0.5}",
        "./study.yaml:9: train.schedule.after: `0` is not allowed; a whole number above 0 is",
    );
    refused(
        "tied: true",
        "tied: true, remember_bias: 1e39",
        "./study.yaml:2: model.remember_bias: `1e+39` is not allowed; a number, or `{chrono: T}`",
    );
}

#[test]
fn a_probe_asks_for_what_the_data_have() {
    let probed = |probe: &str| {
        answered(&GOOD.replace("train:\n", &format!("probe: {{{probe}}}\ntrain:\n")), None)
    };
    for (probe, problem) in [
        (
            "lags: 200, sequences: 5",
            "probe.lags: 200 steps before the last are more than each of 5 pieces of the 999 validation tokens has; at most 198 are allowed",
        ),
        ("lags: 18446744073709551615, sequences: 1", "probe.lags: 18446744073709551615 steps"),
        (
            "lags: 1, sequences: 18446744073709551615",
            "probe.sequences: 18446744073709551615 pieces of 999 validation tokens are too short; at most 499 are allowed",
        ),
        (
            "lags: 1, sequences: 2, spectra: 3",
            "probe.spectra: 3 are more than the 2 sequences looked at; at most 2 are allowed",
        ),
        (
            "lags: 1, sequences: 2, context: 1000",
            "probe.context: 1000 tokens are more than the validation split can give; at most 999 are allowed",
        ),
        ("lags: 1, sequences: 2, text: 1000", "probe.text: 1000 tokens are more than"),
    ] {
        let told = probed(probe).map(|plan| plan.runs.len()).unwrap_err();
        assert!(told.starts_with(&format!("./study.yaml:5: {problem}")), "{probe}\n{told}");
    }
    let told = probed("lags: 999, sequences: 2, spectra: 3, text: 1000").map(|_| ()).unwrap_err();
    for field in ["spectra", "lags", "text"] {
        assert!(told.contains(&format!("./study.yaml:5: probe.{field}: ")), "{told}");
    }
    let plan = probed("lags: 198, sequences: 5, context: 999, text: 999, spectra: 5").unwrap();
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    let plan = probed("lags: 1, sequences: 5, during: 143").unwrap();
    assert_eq!(
        plan.warnings,
        ["probe.during: 143 measurements are asked for, and a run has 143 steps; one follows each"]
    );
    let often = GOOD.replace("epochs: 1", "epochs: 1\n  evaluations_per_epoch: 144");
    assert_eq!(
        answered(&often, None).unwrap().warnings,
        [
            "train.evaluations_per_epoch: 144 are asked for, and an epoch has 143 steps; one follows each"
        ]
    );
}
