//! Numbers of whole records, whatever is put in: of small random data and settings, each either is
//! refused before any work or leaves records in which every number is one.

use super::dispatch;
use crate::Trainer;
use crate::cli::Cli;
use clap::Parser;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Fields that are `null` where there is nothing to tell, none of which is a number that was computed.
const OPTIONAL: [&str; 22] = [
    "bound",
    "clip",
    "embedding",
    "end",
    "error",
    "forward_tokens_per_second",
    "layer_init",
    "location",
    "note",
    "peak_memory_bytes",
    "probe",
    "processor",
    "profile",
    "quoting",
    "projection",
    "question",
    "remember_bias",
    "revision",
    "steps",
    "tokeniser",
    "tuning",
    "unroll",
];

/// Data of a kind, written where an experiment finds them, as the experiment names them; and whether
/// they are read as one stream.
fn data(folder: &Path, kind: usize, letters: &[u8], held_out: [u32; 2]) -> (String, bool) {
    let [valid, test] = held_out;
    let held_out = format!("held_out: {{valid: {valid}, test: {test}}}");
    let words: Vec<String> =
        letters.iter().map(|&letter| char::from(b'a' + letter % 5).to_string()).collect();
    match kind {
        0..3 => {
            let tokeniser = ["words", "characters", "prose"][kind];
            fs::write(folder.join("a.txt"), words.join(" ")).unwrap();
            let data = format!("{{name: text, path: a.txt, tokeniser: {tokeniser}, {held_out}}}");
            (data, true)
        }
        3 => {
            let row = |pair: &[String]| format!("{} {},{}\n", pair[0], pair[1], pair[0]);
            let rows: String = words.chunks_exact(2).map(row).collect();
            fs::write(folder.join("a.csv"), format!("text,label\n{rows}")).unwrap();
            (format!("{{name: table, path: a.csv, {held_out}}}"), false)
        }
        _ => {
            let name = ["adding", "parity", "copy"][kind % 3];
            let length = if name == "copy" { "delay" } else { "length" };
            let (train, steps) = (letters.len(), 2 + letters.len() % 4);
            let data = format!(
                "{{name: {name}, {length}: {steps}, sequences: {{train: {train}, valid: {valid}, test: {test}}}}}"
            );
            (data, false)
        }
    }
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// Where a value is `null` that should be a number, if anywhere.
fn lacking(value: &Value, place: &str, may_lack_scores: bool) -> Option<String> {
    let optional = |key: &str| {
        OPTIONAL.contains(&key) || may_lack_scores && ["valid_loss", "test_loss"].contains(&key)
    };
    match value {
        Value::Null => Some(place.to_owned()),
        Value::Array(values) => {
            values.iter().find_map(|value| lacking(value, place, may_lack_scores))
        }
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, value)| !(value.is_null() && optional(key)))
            .find_map(|(key, value)| lacking(value, &format!("{place}.{key}"), may_lack_scores)),
        _ => None,
    }
}

fn assert_finite(study: &Path) {
    for file in files(study) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let lines = |text: String| -> Vec<Value> {
            let values = serde_json::Deserializer::from_str(&text).into_iter();
            values.map(|value| value.unwrap()).collect()
        };
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("json" | "jsonl") => {
                for value in lines(fs::read_to_string(&file).unwrap()) {
                    let diverged = value.get("diverged").is_some_and(|diverged| diverged == true);
                    assert_eq!(lacking(&value, &name, diverged), None, "{value:#}");
                    assert_ne!(value.get("state"), Some(&Value::from("failed")), "{value:#}");
                }
            }
            Some("csv") => {
                let text = fs::read_to_string(&file).unwrap();
                let odd = text
                    .split([',', '\n'])
                    .find(|field| ["nan", "inf", "-inf"].contains(&field.to_lowercase().as_str()));
                assert_eq!(odd, None, "{name}: {text}");
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "slow: `just test-all` runs it"]
    fn every_number_of_a_record_is_one(
        kind in 0_usize..7,
        letters in prop::collection::vec(any::<u8>(), 0..160),
        held_out in prop::array::uniform2(prop_oneof![Just(0_u32), Just(1), 20_u32..600]),
        batch in 1_usize..9,
        rate in prop_oneof![Just("0.01"), Just("3"), Just("1e12"), Just("1e38")],
        optimizer in prop_oneof![Just("sgd"), Just("adam")],
        probed in any::<bool>(),
        dropout in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (data, stream) = data(folder.path(), kind, &letters, held_out);
        let takes_tokens = kind != 6;
        let embedding = if takes_tokens { "embedding: 2, " } else { "" };
        let unroll = if stream { "unroll: 3, " } else { "" };
        let probe = if probed { "probe: {lags: 1, sequences: 1, spectra: 1, gates: true}\n" } else { "" };
        let dropout = if dropout { 0.5 } else { 0.0 };
        let text = format!(
            "data: {data}\nmodel: {{cell: gru, layers: 1, hidden: 2, {embedding}init: 0.1, dropout: {dropout}}}\n\
             train: {{batch: {batch}, {unroll}epochs: 2, clip: 5, optimizer: {optimizer}, learning_rate: {rate}}}\n{probe}"
        );
        fs::write(folder.path().join("study.yaml"), &text).unwrap();
        let (file, results) = (folder.path().join("study.yaml"), folder.path().join("results"));
        let arguments = [
            "rnnlab", "run", file.to_str().unwrap(), "--quiet", "--results", results.to_str().unwrap(),
        ];
        let cli = Cli::try_parse_from(arguments).unwrap();
        match dispatch(cli, &Trainer::new(zoo::Zoo::standard()), &mut Vec::new()) {
            Ok(_) => assert_finite(&results.join("study")),
            Err(error) => {
                prop_assert!(!results.join("study/experiment.json").exists(), "{error:#}\n{text}");
                prop_assert!(!format!("{error:#}").contains("internal"), "{error:#}");
            }
        }
    }
}
