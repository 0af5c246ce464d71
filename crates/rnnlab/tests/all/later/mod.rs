//! What a trained model is later: its score is the one of its training, whatever became of the
//! data, and its text is in the words and lines of its training.

use crate::common::{command, entries, rnnlab, said};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use sweep::records::{RunData, RunFolder};
use train::{Metric, value};

/// A text of which the last tenth of the lines is the last tenth of the tokens of every tokeniser:
/// all lines have as many characters and words.
fn text() -> String {
    let mut text = String::new();
    for k in 0..300_usize {
        let a = ["King", "duke", "PAGE", "lord"][(7 * k + k / 13) % 4];
        let b = ["ash", "elm", "fir", "oak", "yew"][(3 * k + k / 7) % 5];
        let c = ["A", "C", "G", "T"][(5 * k + k / 3) % 4];
        writeln!(text, "The {a}\u{a0}says it's {b}, la\u{202f}la {c} {c} T!").expect("text");
    }
    text
}

fn table(rows: usize, words: [&str; 2]) -> String {
    let mut table = "text,label\n".to_owned();
    for k in 0..rows {
        let sign = [",", "!", "?"][k % 3];
        writeln!(table, "\"it was {} number {}{sign}\",{}", words[k % 2], k / 2, words[k % 2])
            .expect("text");
    }
    table
}

/// Trains one run on `data` and gives its folder.
#[track_caller]
fn trained(folder: &Path, name: &str, data: &str) -> PathBuf {
    let (model, train) = match data.contains("name: text") {
        true => (", embedding: 8", ", unroll: 10"),
        false if data.contains("adding") => ("", ""),
        false => (", embedding: 8", ""),
    };
    let study = format!(
        "data: {data}\nmodel: {{cell: gru, layers: 1, hidden: 8, init: 0.1{model}}}\n\
         train: {{batch: 10, epochs: 2, optimizer: adam, learning_rate: 0.01{train}}}\n"
    );
    fs::write(folder.join(format!("{name}.yaml")), study).expect("written");
    let output = rnnlab(folder, &["run", &format!("{name}.yaml"), "--quiet"]);
    assert!(output.status.success(), "{name}: {}", said(&output));
    let runs = folder.join("results").join(name).join("runs");
    let run = entries(&runs).into_iter().find(|run| runs.join(run).is_dir()).expect("a run");
    runs.join(run)
}

/// What a command writes, started in `folder`; it has to end well.
#[track_caller]
fn told(folder: &Path, command: &str, run: &Path, options: &[&str]) -> String {
    let run = run.to_str().expect("text");
    let output = rnnlab(folder, &[&[command, run], options].concat());
    assert!(output.status.success(), "{command} {options:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// What a command says when it refuses.
#[track_caller]
fn refused(folder: &Path, command: &str, run: &Path, options: &[&str]) -> String {
    let run = run.to_str().expect("text");
    let output = rnnlab(folder, &[&[command, run], options].concat());
    assert_eq!(output.status.code(), Some(1), "{command} {options:?}");
    said(&output)
}

/// The lines with scores that `eval` has to write, by what the training left.
fn scores(run: &Path, split: &str, metric: Metric) -> String {
    let outcome = fs::read_to_string(run.join("outcome.json")).expect("an outcome");
    let outcome: Value = serde_json::from_str(&outcome).expect("JSON");
    let loss = outcome[format!("{split}_loss")].as_f64().expect("a loss");
    let metrics = outcome.get(format!("{split}_metrics"));
    let metrics: train::Metrics = metrics.map_or_else(train::Metrics::new, |metrics| {
        serde_json::from_value(metrics.clone()).expect("metrics")
    });
    let mut lines = format!("\n  loss {loss:.4}\n");
    let deciding = value(metric, loss, &metrics).expect("a score");
    let others = metrics.into_iter().filter(|(other, _)| *other != metric);
    for (metric, value) in [(metric, deciding)].into_iter().chain(others) {
        let value = report::written(metric, value);
        writeln!(lines, "  {} {value}", metric.title()).expect("text");
    }
    lines
}

/// Texts by every tokeniser, and every kind of answer.
#[test]
fn a_score_made_later_is_that_of_the_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let elsewhere = folder.join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    fs::write(folder.join("t.txt"), text()).expect("written");
    let lines: Vec<String> = text().lines().map(str::to_owned).collect();
    // Without a line end after the last one, and one tenth from the end as the splits have it.
    fs::write(folder.join("end.txt"), lines[270..].join("\n")).expect("written");
    fs::write(folder.join("t.csv"), table(200, ["dull", "fine"])).expect("written");

    for tokeniser in ["words", "characters", "spaced_characters", "prose"] {
        let data = format!(
            "{{name: text, path: t.txt, tokeniser: {tokeniser}, held_out: {{valid: 100, test: 100}}}}"
        );
        let metric = match tokeniser.contains("characters") {
            true => Metric::BITS_PER_CHARACTER,
            false => Metric::PERPLEXITY,
        };
        let run = trained(folder, tokeniser, &data);
        for split in ["valid", "test"] {
            let found = told(&elsewhere, "eval", &run, &["--split", split]);
            let expected = scores(&run, split, metric);
            assert!(found.ends_with(&expected), "{tokeniser}: {found} instead of {expected}");
        }
        if tokeniser != "characters" {
            let found = told(folder, "eval", &run, &["--data", "end.txt"]);
            let expected = scores(&run, "test", metric);
            assert!(found.ends_with(&expected), "{tokeniser}: {found} instead of {expected}");
        }
    }
    for (name, data, metric) in [
        ("table", "{name: table, path: t.csv, cutoff: {min_count: 2}}", Metric::ACCURACY),
        (
            "adding",
            "{name: adding, length: 6, sequences: {train: 40, valid: 9, test: 9}}",
            Metric::SQUARED_ERROR,
        ),
        (
            "dyck",
            "{name: dyck, length: 8, sequences: {train: 40, valid: 9, test: 9}}",
            Metric::CROSS_ENTROPY,
        ),
        (
            "parity",
            "{name: parity, length: 6, sequences: {train: 40, valid: 9, test: 9}}",
            Metric::CROSS_ENTROPY,
        ),
        (
            "reverse",
            "{name: reverse, longest: 5, sequences: {train: 40, valid: 9, test: 9}}",
            Metric::CROSS_ENTROPY,
        ),
    ] {
        let run = trained(folder, name, data);
        for split in ["valid", "test"] {
            let found = told(&elsewhere, "eval", &run, &["--split", split]);
            let expected = scores(&run, split, metric);
            assert!(found.ends_with(&expected), "{name}: {found} instead of {expected}");
        }
    }
}

#[test]
fn a_model_needs_no_data_to_write_and_to_be_scored_on_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("t.txt"), "First citizen\n\nAll of them\n\n".repeat(100))
        .expect("written");
    let run = trained(folder, "study", "{name: text, path: t.txt, tokeniser: words}");
    let sentence = ["--prompt", "First\n\nAll", "--length", "20"];
    let before = told(folder, "generate", &run, &sentence);
    assert!(before.starts_with("First\n\nAll") && !before.contains("<eos>"), "{before:?}");

    fs::write(folder.join("other.txt"), "All citizen\n").expect("written");
    let score = told(folder, "eval", &run, &["--data", "other.txt"]);
    assert!(score.starts_with("other.txt\n  tokens 3\n"), "{score}");
    fs::remove_file(folder.join("t.txt")).expect("removed");
    let elsewhere = folder.join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    assert_eq!(told(&elsewhere, "generate", &run, &sentence), before);
    let again = told(&elsewhere, "eval", &run, &["--data", "../other.txt"]);
    assert_eq!(again.replace("../", ""), score);
    let message = refused(folder, "eval", &run, &[]);
    assert!(
        message.contains("the data of the training cannot be read again")
            && message.contains("t.txt"),
        "{message}"
    );

    // A record that is not that of the model: with another word, and with more of them.
    let path = run.join("data.json");
    let record = fs::read_to_string(&path).expect("a record");
    fs::write(&path, record.replace("\"First\"", "\"Fifth\"")).expect("written");
    let message = refused(folder, "generate", &run, &sentence);
    assert!(message.contains("data.json: its checksum does not hold"), "{message}");
    let more = record.replace("\"First\"", "\"First\",\"Second\"");
    let more = more.replace("\"types\":6", "\"types\":7");
    let more: RunData = serde_json::from_str(&more).expect("a record");
    RunFolder::at(&run).keep_data(&more).expect("written");
    let message = refused(folder, "generate", &run, &sentence);
    assert!(
        message.contains("not a usable model") && message.contains("data.json has 7 types"),
        "{message}"
    );
}

#[test]
fn changed_data_are_told_and_read_in_the_numbers_of_the_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let text = text();
    fs::write(folder.join("t.txt"), &text).expect("written");
    let run = trained(folder, "study", "{name: text, path: t.txt}");
    let sentence = ["--prompt", "The ", "--length", "30"];
    let (score, before) =
        (told(folder, "eval", &run, &[]), told(folder, "generate", &run, &sentence));

    // Every letter another one, and as frequent as the one before: the same ids.
    let shifted: String = text
        .chars()
        .map(
            |c| if c.is_ascii_lowercase() { ((c as u8 - b'a' + 1) % 26 + b'a') as char } else { c },
        )
        .collect();
    fs::write(folder.join("t.txt"), &shifted).expect("written");
    let message = refused(folder, "eval", &run, &[]);
    assert!(message.contains("t.txt: changed since the training: t.txt was"), "{message}");
    assert!(message.contains("--changed-data"), "{message}");
    assert_eq!(told(folder, "generate", &run, &sentence), before);
    // The same letters in a shorter text: the vocabulary of today's file would be another.
    let half = &text[..text.char_indices().nth(text.chars().count() / 2).expect("half").0];
    fs::write(folder.join("t.txt"), half).expect("written");
    let changed = told(folder, "eval", &run, &["--changed-data"]);
    assert!(changed.contains("not the data of the training"), "{changed}");
    let bits = |told: &str| -> f64 {
        let (_, bits) = told.split_once("bits per character ").expect("a score");
        bits.trim().parse().expect("a number")
    };
    assert!((bits(&changed) - bits(&score)).abs() < 0.2, "{changed} after {score}");

    // A run on the changed text is another run.
    fs::write(folder.join("t.txt"), &shifted).expect("written");
    let other = trained(folder, "study", "{name: text, path: t.txt}");
    let runs = entries(&folder.join("results/study/runs"));
    assert_eq!(runs.iter().filter(|name| name.starts_with("gru")).count(), 2, "{runs:?} {other:?}");
}

#[test]
fn a_table_with_other_rows_is_told_and_keeps_its_classes() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("t.csv"), table(400, ["dull", "fine"])).expect("written");
    let data = "{name: table, path: t.csv, cutoff: {min_count: 3}}";
    let run = trained(folder, "study", data);
    // Other words come first, and another order of rows.
    let rows: Vec<String> =
        table(90, ["fine", "dull"]).lines().skip(1).map(str::to_owned).collect();
    fs::write(folder.join("t.csv"), format!("text,label\n{}\n", rows.join("\n"))).expect("written");
    let message = refused(folder, "eval", &run, &[]);
    assert!(message.contains("t.csv: changed since the training"), "{message}");
    for options in [&["--changed-data"][..], &["--data", "t.csv"]] {
        let found = told(folder, "eval", &run, options);
        assert!(found.contains("accuracy 100.0 %"), "{found}");
    }
    let message = refused(folder, "generate", &run, &["--prompt", "it"]);
    assert!(message.contains("only language models write text"), "{message}");
}

/// However long it is to be, a text is written as it comes.
#[test]
fn a_text_may_be_endless() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("t.txt"), text()).expect("written");
    let run = trained(folder, "study", "{name: text, path: t.txt, tokeniser: spaced_characters}");
    let run = run.to_str().expect("text");
    let length = u64::MAX.to_string();
    let mut child = command(folder, &["generate", run, "--prompt", "The ", "--length", &length])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut begun = vec![0; 300];
    let mut output = child.stdout.take().expect("output");
    output.read_exact(&mut begun).expect("a text");
    // Who has read enough goes away, and nothing is left to be done: it ends by itself.
    drop(output);
    assert!(child.wait().expect("an end").success());
    assert!(begun.starts_with(b"The "), "{}", String::from_utf8_lossy(&begun));
}

/// A test score of a trial is one more by which something may be chosen.
#[test]
fn the_test_score_of_a_trial_comes_with_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.txt"), text()).expect("written");
    let of = |name: &str, role: &str| {
        let run =
            trained(folder.path(), name, &format!("{{name: text, path: a.txt}}\nrole: {role}"));
        let run = run.to_str().expect("text").to_owned();
        ["test", "valid"].map(|split| {
            let output = rnnlab(folder.path(), &["eval", &run, "--split", split]);
            assert!(output.status.success(), "{}", said(&output));
            said(&output)
        })
    };
    let [test, valid] = of("tried", "trials");
    assert!(test.contains("is a trial") && test.contains("`--split valid`"), "{test}");
    assert_eq!(valid, "");
    assert_eq!(of("compared", "comparison"), ["", ""]);
}
