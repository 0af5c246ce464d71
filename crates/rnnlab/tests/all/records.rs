//! What a sweep left, times and places taken out: what has to be the same to the bit.

use crate::common::entries;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Fields that differ from one time to the next.
const TIMES: [&str; 8] = [
    "seconds",
    "train_seconds",
    "total_seconds",
    "tokens_per_second",
    "forward_tokens_per_second",
    "environment",
    // The checksums of what has times: of the log, and of the record itself.
    "log",
    "sha256",
];

/// Every record of the experiment's runs, as text; a model as its bytes.
pub(crate) fn of_runs(experiment: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for run in entries(&experiment.join("runs")) {
        let folder = experiment.join("runs").join(&run);
        for file in if folder.is_dir() { entries(&folder) } else { Vec::new() } {
            let bytes = fs::read(folder.join(&file)).expect("a record");
            let content = match file.rsplit_once('.') {
                Some((_, "json" | "jsonl")) => timeless(&String::from_utf8(bytes).expect("text")),
                // The same as in `metrics.jsonl`, with times.
                Some((_, "parquet")) => Vec::new(),
                _ => bytes,
            };
            found.push((format!("{run}/{file}"), content));
        }
    }
    found
}

/// These, and the experiment's tables.
pub(crate) fn records(experiment: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = of_runs(experiment);
    let mut tables = sweep::tables::Tables::read(&experiment.join("tables")).expect("tables");
    for run in &mut tables.runs {
        (run.train_seconds, run.total_seconds) = (None, None);
        (run.tokens_per_second, run.forward_tokens_per_second) = (None, None);
    }
    tables.evaluations.iter_mut().for_each(|row| row.seconds = 0.0);
    tables.steps.iter_mut().for_each(|row| row.seconds = 0.0);
    // The shortest decimals that give the numbers again: as good as their bits.
    found.push(("tables".to_owned(), format!("{tables:#?}").into_bytes()));
    found
}

/// JSON, one value or one a line.
fn timeless(text: &str) -> Vec<u8> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let line = |value: Result<Value, serde_json::Error>| {
        let mut value = value.expect("JSON");
        without_times(&mut value);
        if let Value::Object(fields) = &mut value {
            // The checksum of the record itself, times among it.
            fields.remove("sha256");
        }
        value.to_string() + "\n"
    };
    values.map(line).collect::<String>().into_bytes()
}

fn without_times(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|name, _| !TIMES.contains(&name.as_str()));
        fields.values_mut().for_each(without_times);
    }
}

/// Both left the same.
#[track_caller]
pub(crate) fn assert_same(one: &[(String, Vec<u8>)], two: &[(String, Vec<u8>)]) {
    let names = |records: &[(String, Vec<u8>)]| -> Vec<String> {
        records.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(one), names(two));
    for ((name, one), (_, two)) in one.iter().zip(two) {
        if one != two {
            let texts = [one, two].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let different = texts[0].lines().zip(texts[1].lines()).find(|(one, two)| one != two);
            panic!("{name}: {different:?}");
        }
    }
}
