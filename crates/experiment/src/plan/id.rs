//! Names of runs.

use super::{DataFacts, RunConfig};
use crate::hash;
use crate::role::Role;
use crate::spec::{plain, written};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;
use words::last_part;

/// Raised when a change to the program changes what a recorded run means, so that old records are
/// not taken for new ones.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Identity<'a> {
    format: u32,
    /// A trial leaves no test scores: what compares is trained anew.
    #[serde(skip_serializing_if = "Role::is_comparison")]
    role: Role,
    data: &'a str,
    run: &'a RunConfig,
}

/// `lstm-s1-1a2b3c4d5e6f`: the swept values for people, a hash of everything that determines the
/// result for the program.
pub(super) fn run_id(
    axes: &Map<String, Value>,
    role: Role,
    run: &RunConfig,
    facts: &DataFacts,
) -> String {
    let identity = Identity { format: FORMAT, role, data: &facts.fingerprint, run };
    // Plain data with text keys: writing it as JSON cannot fail.
    let text = serde_json::to_string(&identity).unwrap_or_default();
    let mut parts: Vec<String> = axes.iter().map(|(key, value)| plain(&part(key, value))).collect();
    if parts.is_empty() {
        parts.push(plain(&run.model.cell));
    }
    let mut readable = parts.join("-");
    readable.truncate(80);
    format!("{readable}-{}", &hash::text(&text)[..12])
}

/// What a run is compared as: its swept values but the seed.
pub fn arm(axes: &Map<String, Value>, cell: &str) -> String {
    let parts: Vec<String> = axes
        .iter()
        .filter(|(key, _)| *key != "seed")
        .map(|(key, value)| match is_cell(key) {
            true => written(value),
            false => format!("{} {}", last_part(key), value_named(key, value)),
        })
        .collect();
    match parts.is_empty() {
        true => cell.to_owned(),
        false => parts.join(", "),
    }
}

fn part(key: &str, value: &Value) -> String {
    match key {
        "seed" => format!("s{}", written(value)),
        _ if is_cell(key) => written(value),
        _ => format!("{}{}", last_part(key), value_named(key, value)),
    }
}

/// A value in a name; a folder or file that runs start from by its last name.
fn value_named(key: &str, value: &Value) -> String {
    let last = |value: &Value| {
        let name = Path::new(value.as_str()?).file_name()?;
        Some(name.to_string_lossy().into_owned())
    };
    let parts = |value: &Value| match value {
        Value::Array(parts) => parts.iter().map(written).collect::<Vec<_>>().join(" "),
        other => written(other),
    };
    match (key, value) {
        ("start_from", Value::Object(fields)) => {
            let mut parts = fields.iter().map(|(key, value)| match key.as_str() {
                "run" | "file" => last(value).unwrap_or_else(|| written(value)),
                key => format!("{key} {}", parts(value)),
            });
            let first = parts.next().unwrap_or_default();
            parts.fold(first, |all, part| format!("{all} {part}"))
        }
        ("start_from.run" | "start_from.file", value) => {
            last(value).unwrap_or_else(|| written(value))
        }
        ("start_from.parts" | "pretrain.parts", value) => parts(value),
        _ => written(value),
    }
}

fn is_cell(key: &str) -> bool {
    key == "cell" || key == "model.cell"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_for_people() {
        let data = json!({"data.seed": 2, "seed": 3});
        assert_eq!(arm(data.as_object().unwrap(), "gru"), "data.seed 2");
        let axes = json!({"cell": "lstm", "train.learning_rate": 2.5, "seed": 3});
        let axes = axes.as_object().unwrap();
        assert_eq!(arm(axes, "lstm"), "lstm, learning_rate 2.5");
        let axes = json!({"data.split": {"leave_out": "theo"}, "train.schedule": {"name": "step_decay", "after": 2}});
        let axes = axes.as_object().unwrap();
        assert_eq!(arm(axes, "gru"), "split leave_out theo, schedule step_decay after 2");
        let start = json!({"cell": "gru", "start_from": {"run": "../results/lm/runs/gru-s1", "parts": ["layers", "output"]}});
        assert_eq!(
            arm(start.as_object().unwrap(), "gru"),
            "gru, start_from gru-s1 parts layers output"
        );
        assert_eq!(part("start_from", &json!("none")), "start_fromnone");
        assert_eq!(part("seed", &json!(3)), "s3");
        assert_eq!(plain("../a b"), ".._a_b");
        assert_eq!(arm(&Map::new(), "gru"), "gru");
    }
}
