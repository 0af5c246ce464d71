//! The whole program on stand-in machinery: from an experiment file to the report and back.

use super::dispatch;
use crate::cli::Cli;
use clap::Parser;
use experiment::role::Role;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use testkit::FakeEngine;

pub(super) const FILE: &str = "\
question: Which is best?
notes: [Widths were chosen by eye.]
data: {name: builtin}
model: {layers: 1, hidden: 8, embedding: 16, tied: true, init: 0.1}
train: {batch: 20, unroll: 35, epochs: 1, learning_rate: 1}
probe: {lags: 1, sequences: 1}
sweep:
  cell: [rnn, lstm, gru]
  seed: [1, 2, 3]
tuning: search
";

pub(super) struct Bench {
    folder: tempfile::TempDir,
    engine: FakeEngine,
}

impl Bench {
    pub(super) fn new(text: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), engine: FakeEngine::default() };
        fs::write(bench.path("study.yaml"), text).unwrap();
        bench
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it all happens.
    pub(super) fn folder(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(super) fn call(&self, arguments: &[&str]) -> Result<(ExitCode, String), String> {
        let cli = Cli::try_parse_from(["rnnlab"].iter().chain(arguments))
            .map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        let code = dispatch(cli, &self.engine, &mut out).map_err(|error| format!("{error:#}"))?;
        Ok((code, String::from_utf8(out).unwrap()))
    }

    pub(super) fn run(&self) -> Result<(ExitCode, String), String> {
        self.run_with(&["--jobs", "2"])
    }

    pub(super) fn run_with(&self, options: &[&str]) -> Result<(ExitCode, String), String> {
        let (file, results) = (self.path("study.yaml"), self.path("results"));
        let start = ["run", file.to_str().unwrap(), "--results", results.to_str().unwrap()];
        self.call(&[&start, options].concat())
    }

    pub(super) fn trainings(&self) -> usize {
        self.engine.trainings.swap(0, Ordering::Relaxed)
    }
}

pub(super) fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_run_leaves_tables_figures_and_a_report_and_is_not_repeated() {
    let bench = Bench::new(FILE);
    let (code, out) = bench.run().unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(out.starts_with("9 done, 0 diverged, 0 failed"), "{out}");
    assert_eq!(bench.trainings(), 9);
    let study = bench.path("results/study");
    let expected = ["experiment.json", "figures", "report.html", "report.md", "runs", "tables"];
    assert_eq!(names(&study), expected.map(str::to_owned).into());
    assert_eq!(names(&study.join("tables")).len(), 24);
    // Six figures twice, and the list of them.
    assert_eq!(names(&study.join("figures")).len(), 13);

    bench.run().unwrap();
    assert_eq!(bench.trainings(), 0);
    let record = fs::read_to_string(study.join("experiment.json")).unwrap();
    assert_eq!(
        record.matches("\"peak_memory_bytes\"").count(),
        1,
        "a session without work is no session"
    );

    let report = fs::read_to_string(study.join("report.html")).unwrap();
    for expected in [
        "Which is best?",
        "Widths were chosen by eye.",
        "Not real data.",
        "unigram",
        "lstm is better than rnn",
        "Trials missing.",
        "<svg",
    ] {
        assert!(report.contains(expected), "{expected}");
    }
    // Nothing is fetched.
    assert!(
        !report.contains("src=") && !report.contains("href=\"http") && !report.contains("url(")
    );
}

#[test]
fn published_results_make_the_same_report_without_the_runs() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let study = bench.path("results/study");
    let before = fs::read_to_string(study.join("report.md")).unwrap();
    fs::remove_dir_all(study.join("runs")).unwrap();
    fs::remove_dir_all(study.join("figures")).unwrap();
    fs::remove_file(study.join("report.md")).unwrap();
    bench.call(&["report", study.to_str().unwrap()]).unwrap();
    assert_eq!(fs::read_to_string(study.join("report.md")).unwrap(), before);
    assert!(!study.join("runs").exists());
}

#[test]
fn broken_runs_are_counted_and_the_others_go_on() {
    let bench = Bench::new(&FILE.replace("[1, 2, 3]", "[1, 13, 14, 15]"));
    let (code, out) = bench.run().unwrap();
    assert_eq!(code, ExitCode::FAILURE);
    assert!(out.starts_with("3 done, 3 diverged, 6 failed"), "{out}");
    let report = fs::read_to_string(bench.path("results/study/report.md")).unwrap();
    assert!(report.contains("3 runs diverged and 6 failed, of 12."), "{report}");
    assert!(report.contains("index out of bounds") && report.contains("out of memory"), "{report}");
    // Failed runs are tried again, diverged ones are results.
    bench.trainings();
    bench.run().unwrap();
    assert_eq!(bench.trainings(), 6);
}

#[test]
fn the_report_lists_the_trials_of_the_tuning_experiment() {
    let bench = Bench::new(FILE);
    let search = FILE
        .replace("seed: [1, 2, 3]", "train.learning_rate: [1, 2]")
        .replace("tuning: search\n", "");
    fs::write(bench.path("search.yaml"), search).unwrap();
    let (file, results) = (bench.path("search.yaml"), bench.path("results"));
    bench.call(&["run", file.to_str().unwrap(), "--results", results.to_str().unwrap()]).unwrap();
    bench.run().unwrap();
    let report = fs::read_to_string(bench.path("results/study/report.md")).unwrap();
    assert!(report.contains("Every cell had the same budget: 2 trials."), "{report}");
}

const TUNED: &str = "\
data: {name: builtin}
model: {layers: 1, hidden: 8, embedding: 16, tied: true, init: 0.1}
train: {batch: 20, unroll: 35, epochs: 4}
tune:
  trials: 6
  seed: 100
  space: {train.learning_rate: {from: 0.001, to: 1, scale: log}}
sweep:
  cell: [rnn, gru]
  seed: [1, 2, 3]
";

/// All trials of an experiment: arm and learning rate, the best on the validation split first.
fn tried(study: &Path) -> Vec<(String, f64)> {
    let mut rows: Vec<sweep::tables::RunRow> =
        sweep::tables::read(&study.join("trials/tables")).unwrap();
    assert!(rows.iter().all(|row| row.test_loss.is_none()), "a trial met the test split");
    rows.sort_by(|one, two| one.valid_loss.unwrap().total_cmp(&two.valid_loss.unwrap()));
    rows.into_iter().map(|row| (row.cell, row.learning_rate)).collect()
}

#[test]
fn trials_choose_on_validation_and_every_one_is_published() {
    let bench = Bench::new(TUNED);
    let file = bench.path("study.yaml");
    let (_, out) = bench.call(&["plan", file.to_str().unwrap()]).unwrap();
    assert!(out.contains("tuning first: 12 trials, of each arm 6 of 4 epochs"), "{out}");
    let (code, out) = bench.run().unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(out.starts_with("6 done, 0 diverged, 0 failed"), "{out}");
    assert_eq!(bench.trainings(), 12 + 6);

    let study = bench.path("results/study");
    let tried = tried(&study);
    let best = |cell: &str| tried.iter().find(|(of, _)| of == cell).unwrap().1;
    let rates = |cell: &str| {
        tried.iter().filter(|(of, _)| of == cell).map(|(_, rate)| *rate).collect::<Vec<_>>()
    };
    assert_eq!(rates("rnn"), rates("gru"), "both cells try the same values");
    let runs: Vec<sweep::tables::RunRow> = sweep::tables::read(&study.join("tables")).unwrap();
    for run in &runs {
        assert_eq!(run.learning_rate, best(&run.cell), "{}", run.run);
        assert!(run.test_loss.is_some() && run.arm == run.cell, "{}", run.arm);
    }
    let report = fs::read_to_string(study.join("report.md")).unwrap();
    assert!(
        report.contains("6 trials of 4 epochs, 24 epochs in all, by random search"),
        "{report}"
    );
    assert_eq!(report.matches("| chosen |").count(), 2, "{report}");

    // Nothing is done twice, and without the trials' folders the report is the same.
    bench.run().unwrap();
    assert_eq!(bench.trainings(), 0);
    fs::remove_dir_all(study.join("trials/runs")).unwrap();
    bench.call(&["report", study.to_str().unwrap()]).unwrap();
    assert_eq!(fs::read_to_string(study.join("report.md")).unwrap(), report);
}

#[test]
fn halving_trains_the_best_trials_longer() {
    let halving = "method: halving\n  factor: 2\n  epochs: 1\n  trials: 6";
    let bench = Bench::new(&TUNED.replace("trials: 6", halving));
    bench.run().unwrap();
    // Of each cell 6 of one epoch, then 3 of two; then the runs.
    assert_eq!(bench.trainings(), 2 * (6 + 3) + 6);
    let study = bench.path("results/study");
    let rows: Vec<sweep::tables::RunRow> =
        sweep::tables::read(&study.join("trials/tables")).unwrap();
    let of = |epochs: u64| {
        let rows = rows.iter().filter(|row| row.cell == "gru" && row.epochs == epochs);
        let mut rates: Vec<f64> = rows.map(|row| row.learning_rate).collect();
        // The engine's losses are the better the nearer the rate is to 0.01.
        rates.sort_by(|one, two| (one.log10() + 2.0).abs().total_cmp(&(two.log10() + 2.0).abs()));
        rates
    };
    assert_eq!(of(1).len(), 6);
    assert_eq!(of(1)[..3], of(2)[..]);
    let runs: Vec<sweep::tables::RunRow> = sweep::tables::read(&study.join("tables")).unwrap();
    assert!(runs.iter().all(|run| run.epochs == 4 && run.learning_rate == of(1)[0]));
}

#[test]
fn trials_without_a_result_choose_nothing() {
    let bench = Bench::new(&TUNED.replace("seed: 100\n", "seed: 14\n"));
    let error = bench.run().unwrap_err();
    assert!(error.contains("no trial of rnn ended with a result"), "{error}");
    let shard =
        ["run", bench.path("study.yaml").to_str().unwrap(), "--shard", "1/2"].map(str::to_owned);
    let error = bench.call(&shard.each_ref().map(String::as_str)).unwrap_err();
    assert!(error.contains("--shard is not allowed with `tune`"), "{error}");
}

#[test]
fn what_is_included_set_and_on_several_threads_stands_in_the_record() {
    let bench = Bench::new(
        &format!("include: base.yaml\n{FILE}").replace("probe: {lags: 1, sequences: 1}\n", ""),
    );
    fs::write(bench.path("base.yaml"), "probe: {lags: 2, sequences: 1}\n").unwrap();
    bench.run_with(&["--set", "sweep.cell=[gru]", "--threads-per-run", "3"]).unwrap();
    assert_eq!(bench.trainings(), 3);
    let results = names(&bench.path("results"));
    let name = results.first().filter(|name| name.starts_with("study-sweep.cell__gru_-")).unwrap();
    let study = bench.path("results").join(name);
    let experiment = sweep::description::Experiment::read(&study).unwrap();
    assert_eq!(experiment.set, ["sweep.cell=[gru]"]);
    assert!(experiment.included[0].file.ends_with("base.yaml"), "{:?}", experiment.included);
    assert_eq!(experiment.source().unwrap().merged()["probe"]["lags"], 2);
    assert_eq!(experiment.sessions[0].threads, 3);
    let (_, folder) = sweep::records::RunFolder::all(&study).unwrap().remove(0);
    assert_eq!(folder.status().unwrap().unwrap().threads.get(), 3);
    let report = fs::read_to_string(study.join("report.md")).unwrap();
    assert!(report.contains("study.yaml --set 'sweep.cell=[gru]'"), "{report}");
    assert!(report.contains("3 threads each"), "{report}");
}

#[test]
fn only_what_learnt_from_the_same_data_is_compared() {
    let copy = FILE
        .replace("{name: builtin}", "{name: copy, sequences: {train: 60, valid: 20, test: 20}}")
        .replace("tied: true, ", "")
        .replace(", unroll: 35", "")
        .replace("cell: [rnn, lstm, gru]", "cell: [rnn, lstm]\n  data.delay: [3, 5]");
    let bench = Bench::new(&copy);
    bench.run().unwrap();
    let report = fs::read_to_string(bench.path("results/study/report.md")).unwrap();
    for delay in [3, 5] {
        let pair = format!("lstm, delay {delay} is better than rnn, delay {delay} here");
        assert!(report.contains(&pair), "{pair}: {report}");
        assert!(report.contains(&format!("| without memory, delay {delay} |")), "{report}");
    }
    assert!(!report.contains("delay 3 is better than rnn, delay 5"), "{report}");
    assert!(!report.contains("delay 5 is better than rnn, delay 3"), "{report}");
}

#[test]
fn sizes_for_equal_time_are_measured_once_and_then_kept() {
    let bench = Bench::new(
        &FILE.replace("hidden: 8, ", "").replace("train:", "match: {wall_clock: 60}\ntrain:"),
    );
    let error = bench.run().unwrap_err();
    assert!(error.contains("is not measured yet"), "{error}");
    let (file, results) = (bench.path("study.yaml"), bench.path("results"));
    let calibrate = ["calibrate", file.to_str().unwrap(), "--results", results.to_str().unwrap()];
    let (_, out) = bench.call(&calibrate).unwrap();
    // The stand-in's step takes a millisecond for each gate of each unit.
    assert!(out.contains("gru: hidden size 20 takes 60.0 ms a step, of 60 asked for"), "{out}");
    bench.trainings();
    bench.call(&calibrate).unwrap();
    assert_eq!(bench.trainings(), 0, "nothing is measured twice");
    bench.run().unwrap();
    let runs: Vec<sweep::tables::RunRow> =
        sweep::tables::read(&bench.path("results/study/tables")).unwrap();
    let sizes: Vec<(&str, u64)> = runs
        .iter()
        .filter(|run| run.seed == 1)
        .map(|run| (run.cell.as_str(), run.hidden))
        .collect();
    assert_eq!(sizes, [("rnn", 60), ("lstm", 15), ("gru", 20)]);

    let other = [&calibrate[..], &["--set", "match.wall_clock=0.5"]].concat();
    let error = bench.call(&other).unwrap_err();
    assert!(
        error.contains("rnn: no hidden size takes 0.5 ms a step; measured were 1: 1.00 ms,")
            && error.contains("even the smallest, 1, takes 1.00 ms: ask for that or more"),
        "{error}"
    );
}

#[test]
fn plan_and_bad_files_leave_nothing_behind() {
    let bench = Bench::new(FILE);
    let file = bench.path("study.yaml");
    let (_, out) = bench.call(&["plan", file.to_str().unwrap()]).unwrap();
    assert!(out.starts_with("study: 9 runs on built-in") && out.contains("lstm-s3-"), "{out}");
    fs::write(&file, FILE.replace("hidden: 8", "hidden: 0")).unwrap();
    let error = bench.run().unwrap_err();
    assert!(
        error.contains(
            "study.yaml:4: model.hidden: `0` is not allowed; a whole number above 0 is\n"
        ),
        "{error}"
    );
    assert_eq!(names(bench.folder.path()), ["study.yaml".to_owned()].into());
    assert_eq!(bench.trainings(), 0);
}

#[test]
fn a_results_folder_that_takes_no_files_is_told_before_training() {
    let bench = Bench::new(FILE);
    // A file in the folder's place: also root cannot write into it.
    fs::write(bench.path("results"), "").unwrap();
    let error = bench.run().unwrap_err();
    assert!(error.contains("the results folder cannot be written"), "{error}");
    assert_eq!(bench.trainings(), 0);
}

/// The runs of the study as its tables have them.
fn rows(bench: &Bench) -> Vec<sweep::tables::RunRow> {
    sweep::tables::read(&bench.path("results/study/tables")).unwrap()
}

fn report(bench: &Bench) -> String {
    fs::read_to_string(bench.path("results/study/report.md")).unwrap()
}

#[test]
fn rates_that_go_with_cells_leave_a_comparison() {
    let sweep = "zip: {cell: [rnn, gru], train.learning_rate: [0.01, 0.02]}";
    let text = FILE
        .replace("cell: [rnn, lstm, gru]", sweep)
        .replace("tuning: search\n", "")
        .replace("{name: builtin}", "{name: text, path: learning_rate.txt}");
    let bench = Bench::new(&text);
    let file = bench.path("learning_rate.txt");
    fs::write(&file, "a learning rate is what a text may be about ".repeat(500)).unwrap();
    let text = text.replace("learning_rate.txt", file.to_str().unwrap());
    fs::write(bench.path("study.yaml"), text).unwrap();
    bench.run().unwrap();
    let rows = rows(&bench);
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.role == Role::Comparison && row.test_loss.is_some()));
    let report = report(&bench);
    assert!(
        report.contains("| test perplexity |") || report.contains("| test bits per"),
        "{report}"
    );
    assert!(!report.contains("are trials"), "{report}");
}

/// What is chosen among settings is not shown on the test split, and the file can say that nothing is.
#[test]
fn settings_swept_within_a_cell_are_trials_unless_they_are_the_question() {
    for (axis, path) in [
        ("model.hidden: [4, 8]", "model.hidden"),
        ("model.dropout: [0.0, 0.5]", "model.dropout"),
        ("train.clip: [1, 5]", "train.clip"),
        ("train.learning_rate: [0.1, 1]", "train.learning_rate"),
    ] {
        let text = FILE
            .replace("cell: [rnn, lstm, gru]", &format!("cell: [rnn, gru]\n  {axis}"))
            .replace("tuning: search\n", "");
        let bench = Bench::new(&text);
        let file = bench.path("study.yaml");
        let said = format!("These runs are trials, for a cell takes several values of `{path}`");
        let (_, plan) = bench.call(&["plan", file.to_str().unwrap()]).unwrap();
        assert!(plan.contains(&said) && plan.contains("`role: comparison`"), "{plan}");
        assert!(!plan.contains("will be decided"), "{plan}");
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 12);
        let trials = rows(&bench);
        assert!(
            trials.iter().all(|row| row.role == Role::Trial && row.test_loss.is_none()),
            "{path}"
        );
        let words = report(&bench);
        assert!(words.contains(&said) && !words.contains("| test perplexity |"), "{words}");
        assert!(words.contains("**Best on the validation split, of each cell: gru, "), "{words}");

        fs::write(&file, format!("role: comparison\n{text}")).unwrap();
        bench.run().unwrap();
        assert_eq!(bench.trainings(), 12, "what meets the test split is trained anew");
        let compared = rows(&bench);
        assert!(compared.iter().all(|row| row.role == Role::Comparison && row.test_loss.is_some()));
        let words = report(&bench);
        assert!(words.contains("| test perplexity |"), "{words}");
        assert!(
            words.contains(&format!("compare values of `{path}` on the test split")),
            "{words}"
        );
        assert!(words.contains("setting that is best on the validation split"), "{words}");
    }
}

#[test]
fn what_seeds_can_decide_is_said_before_and_after() {
    let text = FILE.replace("[rnn, lstm, gru]", "[rnn, gru]").replace("[1, 2, 3]", "[7]");
    let bench = Bench::new(&text);
    let file = bench.path("study.yaml");
    let plan =
        |set: &[&str]| bench.call(&[&["plan", file.to_str().unwrap()], set].concat()).unwrap().1;
    let said = plan(&[]);
    assert!(
        said.contains("1 seed cannot tell a difference from chance, so hardly anything"),
        "{said}"
    );
    // scipy.stats.t.ppf(0.975, 4) / 5 ** 0.5 = 1.24, and of 3, 4 degrees: 1.59
    assert!(said.contains("5 seeds would reach 1.24"), "{said}");
    assert!(said.contains("study.yaml --set 'sweep.seed={range: [7, 11]}'`"), "{said}");
    let said = plan(&["--set", "sweep.seed={range: [7, 11]}"]);
    assert!(said.contains("will be told from chance") && !said.contains("hardly"), "{said}");
    let said = plan(&["--set", "sweep.cell=[rnn, gru, lstm]", "--set", "sweep.seed=[1, 2]"]);
    assert!(said.contains("corrected for 3 pairs, reaches 27.0 standard deviations"), "{said}");
    assert!(
        said.contains("--set 'sweep.cell=[rnn, gru, lstm]' --set 'sweep.seed={range: [1, 6]}'`"),
        "{said}"
    );

    bench.run().unwrap();
    let report = report(&bench);
    assert!(
        report.contains("**Which is best is not decided: gru has the lowest test perplexity"),
        "{report}"
    );
    assert!(report.contains("--set 'sweep.seed={range: [7, 11]}'"), "{report}");
}

#[test]
fn the_report_begins_with_the_answer_and_marks_the_best() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let words = report(&bench);
    let answer = words.split("## The answer").nth(1).unwrap().trim_start();
    assert!(answer.starts_with("**lstm is best: a perplexity of "), "{answer}");
    let order: Vec<usize> = ["| lstm (best) |", "| gru |", "| rnn |"]
        .iter()
        .map(|row| answer.find(row).unwrap())
        .collect();
    assert!(order.is_sorted(), "{answer}");
    assert!(
        words.contains("one learning rate, 1, which was not tuned")
            || words.contains("Trials missing")
    );
}

#[test]
fn a_question_about_probes_is_answered_by_them() {
    let bench = Bench::new(&format!("answer: probes\n{FILE}"));
    bench.run().unwrap();
    let words = report(&bench);
    let answer = words.split("## The answer").nth(1).unwrap().trim_start();
    assert!(
        answer.starts_with("**After training, more than 1 % of the gradient is left"),
        "{answer}"
    );
    assert!(answer.find("| after training |").unwrap() < answer.find("lstm is best").unwrap());
    fs::write(
        bench.path("study.yaml"),
        format!("answer: probes\n{FILE}").replace("probe: {lags: 1, sequences: 1}\n", ""),
    )
    .unwrap();
    let error = bench.run().unwrap_err();
    assert!(error.contains("study.yaml:1: answer: nothing is probed"), "{error}");
}
