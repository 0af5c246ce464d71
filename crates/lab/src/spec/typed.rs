//! From open values to typed data, with errors a person can act on.

use super::suggest::nearest;
use crate::yaml::Step;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Segment, Track};

/// A value that does not fit where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where.
    pub path: Vec<Step>,
    /// What is wrong and what is allowed.
    pub problem: String,
}

/// Reads `value` as a `T`.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Misfit> {
    typed_by(value, |value| T::deserialize(value))
}

/// What keeps track of where in a value a reader is.
type Tracked<'a, 'b> = serde_path_to_error::Deserializer<'a, 'b, &'a Value>;

/// Reads `value` by `read`.
pub(super) fn typed_by<T>(
    value: &Value,
    read: impl FnOnce(Tracked<'_, '_>) -> Result<T, serde_json::Error>,
) -> Result<T, Misfit> {
    let mut track = Track::new();
    read(Tracked::new(value, &mut track)).map_err(|error| {
        let path = track.path().iter().filter_map(step).collect();
        Misfit { path, problem: explained(&error.to_string()) }
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Item(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Serde speaks of `usize`; a person who writes an experiment file should not have to.
fn explained(message: &str) -> String {
    if let Some((found, expected)) = message
        .strip_prefix("invalid value: ")
        .or_else(|| message.strip_prefix("invalid type: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    {
        return format!("{} is not allowed; {} is", plain_found(found), plain_expected(expected));
    }
    for (start, what) in [("unknown field `", "unknown key"), ("unknown variant `", "unknown name")]
    {
        if let Some((name, expected)) =
            message.strip_prefix(start).and_then(|rest| rest.split_once("`, "))
        {
            return unknown(what, name, expected);
        }
    }
    if let Some(name) = message.strip_prefix("missing field `") {
        return format!("`{} is missing", name);
    }
    message.to_owned()
}

fn unknown(what: &str, name: &str, expected: &str) -> String {
    let allowed: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let meant = nearest(name, allowed.iter().copied())
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default();
    match allowed[..] {
        [] => format!("{what} `{name}`; none is allowed here"),
        _ => format!("{what} `{name}`{meant}; allowed: {}", allowed.join(", ")),
    }
}

fn plain_found(found: &str) -> &str {
    match found {
        "null" | "unit value" | "Option value" => "an empty value",
        "map" => "a mapping",
        "sequence" => "a list",
        // integer `0`, string "abc": the value itself says enough
        _ => found.split_once(' ').map_or(found, |(kind, value)| match kind {
            "integer" | "boolean" => value,
            "floating" => value.strip_prefix("point ").unwrap_or(value),
            _ => found,
        }),
    }
}

fn plain_expected(expected: &str) -> &str {
    match expected {
        "a nonzero usize" => "a whole number above 0",
        "usize" | "u64" => "a whole number, 0 or more,",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "string" => "a text",
        "a sequence" => "a list",
        "a map" => "a mapping of keys to values",
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged enum ") => {
            "a mapping of its fields"
        }
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use train::TrainConfig;

    fn problem(change: Value) -> (Vec<Step>, String) {
        let mut value = json!({"batch": 20, "unroll": 35, "epochs": 1, "learning_rate": 1.0});
        for (key, new) in change.as_object().unwrap() {
            value[key] = new.clone();
        }
        let misfit = typed::<TrainConfig>(&value).unwrap_err();
        (misfit.path, misfit.problem)
    }

    #[test]
    fn names_the_field_and_what_is_allowed() {
        let batch = vec![Step::Key("batch".to_owned())];
        assert_eq!(
            problem(json!({"batch": 0})),
            (batch.clone(), "`0` is not allowed; a whole number above 0 is".to_owned())
        );
        assert_eq!(
            problem(json!({"batch": "many"})),
            (batch, "string \"many\" is not allowed; a whole number above 0 is".to_owned())
        );
        let (path, text) = problem(json!({"bacth": 1}));
        assert_eq!(path, [Step::Key("bacth".to_owned())]);
        assert!(
            text.starts_with("unknown key `bacth` (did you mean `batch`?); allowed: batch, unroll"),
            "{text}"
        );
        let (_, text) = problem(json!({"optimizer": "sdg"}));
        assert!(text.contains("unknown name `sdg`") && text.contains("sgd, adam"), "{text}");
        let (_, text) = problem(json!({"learning_rate": -1}));
        assert!(text.contains("a finite number above 0"), "{text}");
    }
}
