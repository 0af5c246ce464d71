//! From open values to typed data, with errors a person can act on.

use super::fits::field_errors;
use super::schema::of;
use crate::yaml::Step;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Segment, Track};

/// A value that does not fit where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where.
    pub path: Vec<Step>,
    /// What is wrong and what is allowed.
    pub problem: String,
    /// It is the key that is wrong, not its value.
    pub key: bool,
}

impl FieldError {
    /// A fault of the whole that is read.
    pub(super) fn here(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: problem.into(), key: false }
    }

    /// A fault of the value at a key.
    pub(super) fn at(key: &str, problem: impl Into<String>) -> Self {
        Self::here(problem).under(key)
    }

    /// The same, seen from the mapping that holds what was read at `key`.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.path.insert(0, Step::Key(key.to_owned()));
        self
    }
}

/// Reads `value` as a `T`, or tells all that does not fit.
pub fn typed<T: DeserializeOwned + JsonSchema>(value: &Value) -> Result<T, Vec<FieldError>> {
    typed_by(value, of::<T>, |value| T::deserialize(value))
}

/// What keeps track of where in a value a reader is.
type Tracked<'a, 'b> = serde_path_to_error::Deserializer<'a, 'b, &'a Value>;

/// Reads `value` by `read`, or tells all that does not fit `schema`.
///
/// A reader stops at its first fault and speaks of Rust's types; the schema tells all. What the reader
/// refuses and the schema does not is told in the reader's words.
pub(super) fn typed_by<T>(
    value: &Value,
    schema: impl FnOnce() -> Value,
    read: impl FnOnce(Tracked<'_, '_>) -> Result<T, serde_json::Error>,
) -> Result<T, Vec<FieldError>> {
    let mut track = Track::new();
    read(Tracked::new(value, &mut track)).map_err(|error| {
        let errors = field_errors(value, &schema());
        if !errors.is_empty() {
            return errors;
        }
        let path = track.path().iter().filter_map(step).collect();
        vec![FieldError { path, problem: error.to_string(), key: false }]
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Item(*index)),
        // Of `{permuted: 1}`, the name is a key.
        Segment::Enum { variant } => Some(Step::Key(variant.clone())),
        Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Week {
        days: Vec<Day>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(try_from = "u8")]
    #[schemars(with = "u8")]
    struct Day;

    impl TryFrom<u8> for Day {
        type Error = String;

        fn try_from(day: u8) -> Result<Self, String> {
            if day < 7 { Ok(Self) } else { Err(format!("there is no day {day}")) }
        }
    }

    #[test]
    fn the_schema_tells_all_and_the_reader_what_is_left() {
        assert_eq!(typed::<Week>(&json!({"days": [0, 6]})).unwrap().days.len(), 2);
        let problems = |value: Value| -> Vec<String> {
            let errors = typed::<Week>(&value).unwrap_err();
            errors.into_iter().map(|error| error.problem).collect()
        };
        assert_eq!(problems(json!({"days": ["x", -1]})).len(), 2);
        assert_eq!(problems(json!({"days": [0, 7]})), ["there is no day 7"]);
    }
}
