//! Translation: trained, scored, shown, and put to use without the data.

use crate::common::{command, entries, rnnlab, said};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Pairs of sentences that a small model learns: each word has one translation.
fn table() -> String {
    let pairs =
        [("ein", "a"), ("Hund", "dog"), ("Mann", "man"), ("rennt", "runs"), ("schläft", "sleeps")];
    let word = |k: usize| pairs[k % pairs.len()];
    let mut table = String::new();
    for k in 0..120 {
        let words = [word(k), word(k / 5), word(k / 25 + k % 3)];
        let side = |of: fn((&'static str, &'static str)) -> &'static str| words.map(of).join(" ");
        let number = k % 12;
        writeln!(table, "{} {number}.\t{} {number}.", side(|pair| pair.0), side(|pair| pair.1))
            .expect("text");
    }
    table
}

fn study(folder: &Path, name: &str, data: &str, model: &str) -> PathBuf {
    let study = format!(
        "data: {data}\nmodel: {{cell: gru, layers: 1, hidden: 16, embedding: 8, init: 0.1{model}}}\n\
         train: {{batch: 10, epochs: 3, optimizer: adam, learning_rate: 0.02}}\nsweep: {{seed: [1, 2]}}\n"
    );
    fs::write(folder.join(format!("{name}.yaml")), study).expect("written");
    let output = rnnlab(folder, &["run", &format!("{name}.yaml"), "--quiet"]);
    assert!(output.status.success(), "{name}: {}", said(&output));
    folder.join("results").join(name)
}

fn first_run(results: &Path) -> PathBuf {
    let runs = results.join("runs");
    let run = entries(&runs).into_iter().find(|run| runs.join(run).is_dir()).expect("a run");
    runs.join(run)
}

/// The lines that `translate` writes for some lines.
fn translated(folder: &Path, run: &Path, options: &[&str], lines: &str) -> Vec<String> {
    let run = run.to_str().expect("text");
    let mut program = command(folder, &[&["translate", run], options].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    program.stdin.take().expect("open").write_all(lines.as_bytes()).expect("read");
    let output = program.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn sentences_of_one_s_own_are_learnt_shown_and_translated() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("a.tsv"), table()).expect("written");
    let data = "{name: pairs, train: a.tsv, tokeniser: cased_prose, subwords: 20, cutoff: {min_count: 1}, reversed: true}";
    let results =
        study(folder, "own", data, ", bidirectional: true, decoder: {context: luong_general}");
    let report = fs::read_to_string(results.join("report.md")).expect("a report");
    for told in [
        "BLEU of lower-cased tokens",
        "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp",
        "Sentences of the test split, evenly spaced",
        "translated worst",
    ] {
        assert!(report.contains(told), "{told}: {report}");
    }
    for figure in ["bleu_by_length.svg", "attention.svg"] {
        assert!(results.join("figures").join(figure).is_file(), "{figure}");
    }

    let run = first_run(&results);
    let scored = || {
        let output = rnnlab(folder, &["eval", run.to_str().expect("text")]);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(scored().contains("BLEU"), "{}", scored());
    // A line for each line, also without the data, by the record alone.
    let lines = "ein Hund rennt 3.\n\nunbekanntes Wort\n";
    let here = translated(folder, &run, &[], lines);
    assert_eq!(here.len(), 3);
    assert_eq!(here[1], "");
    fs::remove_file(folder.join("a.tsv")).expect("removed");
    assert_eq!(translated(folder, &run, &[], lines), here);
    assert_eq!(translated(folder, &run, &["--beam", "1"], lines), here);
    assert_eq!(translated(folder, &run, &[], &format!("\u{feff}{lines}")), here);
    assert_eq!(translated(folder, &run, &["--beam", "4"], lines).len(), 3);
    for penalty in ["nan", "inf", "-1", "101"] {
        for option in ["--length-penalty", "--coverage-penalty"] {
            let run = run.to_str().expect("text");
            let arguments = ["translate", run, "--beam", "2", &format!("{option}={penalty}")];
            let told = said(&rnnlab(folder, &arguments));
            assert!(told.contains("a number from 0 to 100 is allowed"), "{told}");
        }
    }
}

/// A beam as wide as one word is what training scores; a wider one is told of.
#[test]
fn a_model_is_scored_by_a_beam() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("a.tsv"), table()).expect("written");
    let results = study(folder, "own", "{name: pairs, train: a.tsv, tokeniser: words}", "");
    let run = first_run(&results);
    let scored = |options: &[&str]| {
        let output = rnnlab(folder, &[&["eval", run.to_str().expect("text")], options].concat());
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            said(&output),
        )
    };
    let (_, greedy, _) = scored(&[]);
    assert_eq!(scored(&["--beam", "1"]).1, greedy);
    let (done, wide, _) = scored(&["--beam", "3", "--length-penalty", "0.5"]);
    let told = "answers by a beam of 3, length penalty 0.5, coverage penalty 0";
    assert!(done && wide.contains(told), "{wide}");
    let loss = |text: &str| text.lines().find(|line| line.contains("  loss")).map(str::to_owned);
    assert!(loss(&wide).is_some() && loss(&wide) == loss(&greedy), "{wide}{greedy}");
    let (done, _, told) = scored(&["--beam", "3", "--coverage-penalty", "1"]);
    assert!(!done && told.contains("this one has no attention"), "{told}");
    let (done, _, told) = scored(&["--beam", "1", "--length-penalty", "0.5"]);
    assert!(!done && told.contains("with --beam 1 there is one"), "{told}");
}

/// A test that was trained on.
#[test]
fn a_test_that_stands_in_the_training_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("a.tsv"), table()).expect("written");
    let plan = |data: &str| {
        let study = format!(
            "data: {data}\nmodel: {{cell: gru, layers: 1, hidden: 4, embedding: 4, init: 0.1}}\ntrain: {{batch: 10, epochs: 1, learning_rate: 1}}\n"
        );
        fs::write(folder.join("p.yaml"), study).expect("written");
        let output = rnnlab(folder, &["plan", "p.yaml"]);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let same = plan(
        "{name: pairs, train: a.tsv, valid: a.tsv, test: a.tsv, tokeniser: words, cutoff: {min_count: 1}}",
    );
    for (one, other) in [("test", "training"), ("validation", "training"), ("validation", "test")] {
        let told = format!("of the {one} split stand in the {other} split, too");
        assert!(same.contains(&told), "{same}");
    }
    let apart = plan("{name: pairs, train: a.tsv, tokeniser: words, cutoff: {min_count: 1}}");
    assert!(!apart.contains("split stand in the"), "{apart}");
}

/// What a stand-in was used for knows the stand-in, and is scored on it again.
#[test]
fn a_stand_in_is_labelled_and_scored_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let data = "{name: multi30k-tokenised, when_missing: builtin, pairs: 200, longest: 12}";
    let results = study(folder, "lacking", data, "");
    let report = fs::read_to_string(results.join("report.md")).expect("a report");
    assert!(
        report.contains("Not real data.") && report.contains("built-in stand-in pair"),
        "{report}"
    );
    let run = first_run(&results);
    let output = rnnlab(folder, &["eval", run.to_str().expect("text"), "--split", "valid"]);
    assert!(output.status.success(), "{}", said(&output));
    let plan = rnnlab(folder, &["plan", "lacking.yaml"]);
    let plan = String::from_utf8(plan.stdout).expect("text");
    assert!(plan.contains("The files of `multi30k-tokenised` are not on this machine"), "{plan}");
}

/// Each before anything is trained, with file and line.
#[test]
fn faulty_pairs_are_told_before_anything_is_trained() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for (name, data, files, expected) in [
        (
            "tab",
            "{name: pairs, train: a.tsv}",
            &[("a.tsv", "x\ty\nz\n")][..],
            "a.tsv, line 2: there is no tab",
        ),
        (
            "lines",
            "{name: pairs, train: [a.de, a.en]}",
            &[("a.de", "x\ny\n"), ("a.en", "u\n")],
            "a.en, line 2: the file has 1 line",
        ),
        ("absent", "{name: pairs, train: [a.de, b.en]}", &[("a.de", "x\n")], "b.en"),
        ("none", "{name: pairs}", &[], "the file or the two files of pairs to train on"),
        (
            "few",
            "{name: pairs, train: c.tsv, cutoff: {min_count: 1}}",
            &[("c.tsv", "x\ty\nv\tw\n")],
            "nothing to score",
        ),
    ] {
        for (file, text) in files {
            fs::write(folder.join(file), text).expect("written");
        }
        let study = format!(
            "data: {data}\nmodel: {{cell: gru, layers: 1, hidden: 4, embedding: 4, init: 0.1}}\n\
             train: {{batch: 2, epochs: 1, optimizer: adam, learning_rate: 0.01}}\n"
        );
        fs::write(folder.join(format!("{name}.yaml")), study).expect("written");
        let output = rnnlab(folder, &["run", &format!("{name}.yaml"), "--quiet"]);
        let message = said(&output);
        assert!(!output.status.success() && message.contains(expected), "{name}: {message}");
        assert!(message.contains(&format!("{name}.yaml:1")), "{name}: {message}");
    }
    assert!(!folder.join("results").exists());
}
