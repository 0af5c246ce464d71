//! Settings of the command line: `--set train.learning_rate=0.5`.

use super::error::SpecError;
use super::suggest::meant;
use crate::yaml::{self, Step};
use serde_json::{Map, Value};
use std::fmt;

/// The keys of an experiment file that can be set.
const ROOTS: [&str; 16] = [
    "question",
    "notes",
    "role",
    "answer",
    "data",
    "model",
    "match",
    "train",
    "probe",
    "seed",
    "start_from",
    "pretrain",
    "sweep",
    "settings",
    "tune",
    "tuning",
];

/// Those among them that are lists, whose items have no keys.
const LISTS: [&str; 2] = ["notes", "settings"];

/// A value for a field of the experiment file, given on the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    text: String,
    keys: Vec<String>,
    value: Value,
}

impl Override {
    /// Reads `KEY=VALUE`: a dotted path, and YAML. An empty value takes the key away.
    pub(super) fn read(text: &str) -> Result<Self, SpecError> {
        let wrong = |problem: String| SpecError {
            file: format!("--set {text}").into(),
            line: None,
            field: String::new(),
            problem,
            excerpt: None,
        };
        let Some((key, value)) = text.split_once('=') else {
            return Err(wrong("KEY=VALUE is allowed, such as train.epochs=3".to_owned()));
        };
        let value = yaml::parse(value)
            .map_err(|error| wrong(format!("the value is not valid YAML: {}", error.message)))?;
        let key = if key == "cell" { "model.cell" } else { key };
        let (root, rest) =
            key.split_once('.').map_or((key, None), |(root, rest)| (root, Some(rest)));
        if !ROOTS.contains(&root) {
            let meant = meant(root, ROOTS);
            let known = ROOTS.join(", ");
            return Err(wrong(format!(
                "an experiment file has no `{root}`{meant}; allowed: {known}"
            )));
        }
        if rest.is_some() && LISTS.contains(&root) {
            return Err(wrong(format!(
                "`{root}` is a list, which can be set as a whole only: --set '{root}=[...]'"
            )));
        }
        let mut keys = vec![root.to_owned()];
        match (root, rest) {
            // Its keys are dotted paths themselves.
            ("sweep", Some(field)) => keys.push(field.to_owned()),
            (_, Some(rest)) => keys.extend(rest.split('.').map(str::to_owned)),
            (_, None) => {}
        }
        match keys.iter().all(|key| !key.is_empty()) {
            true => Ok(Self { text: text.to_owned(), keys, value }),
            false => Err(wrong("the key has an empty part".to_owned())),
        }
    }

    /// Puts the value in its place.
    pub(super) fn apply(&self, document: &mut Value) {
        let Some((last, way)) = self.keys.split_last() else { return };
        let mut place = document;
        for key in way {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(map) = place else { return };
            place = map.entry(key.clone()).or_insert(Value::Null);
        }
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else { return };
        match self.value {
            Value::Null => map.shift_remove(last),
            _ => map.insert(last.clone(), self.value.clone()),
        };
    }

    /// Whether it set a part of what a key of the file holds.
    pub(super) fn is_within(&self, root: &str) -> bool {
        self.keys.len() > 1 && self.keys[0] == root
    }

    /// Whether it gave the value at a path.
    pub(super) fn holds(&self, path: &[Step]) -> bool {
        self.covers(path) && !self.value.is_null()
    }

    /// Whether it set something within the value at a path.
    pub(super) fn reaches_into(&self, path: &[Step]) -> bool {
        let named = |(key, step): (&String, &Step)| matches!(step, Step::Key(name) if name == key);
        path.len() < self.keys.len() && self.keys.iter().zip(path).all(named)
    }

    /// Whether a path leads to or into the field that it sets.
    pub fn covers(&self, path: &[Step]) -> bool {
        let named = |(key, step): (&String, &Step)| matches!(step, Step::Key(name) if name == key);
        path.len() >= self.keys.len() && self.keys.iter().zip(path).all(named)
    }

    /// The value, and the dotted path of its field.
    pub fn field(&self) -> (String, &Value) {
        (self.keys.join("."), &self.value)
    }
}

impl fmt::Display for Override {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_and_takes_away() {
        let mut document = json!({"train": {"clip": 1}, "sweep": {"train.batch": [1]}});
        for text in [
            "train.clip=",
            "train.schedule={name: constant}",
            "sweep.train.batch=[2, 3]",
            "cell=gru",
        ] {
            Override::read(text).unwrap().apply(&mut document);
        }
        assert_eq!(
            document,
            json!({"train": {"schedule": {"name": "constant"}}, "sweep": {"train.batch": [2, 3]},
                "model": {"cell": "gru"}})
        );
    }

    #[test]
    fn refuses_what_sets_nothing() {
        for (text, problem) in [
            ("train.epochs", "KEY=VALUE is allowed"),
            ("trian.epochs=3", "an experiment file has no `trian` (did you mean `train`?)"),
            ("profiles.full=3", "an experiment file has no `profiles`"),
            ("train..epochs=3", "the key has an empty part"),
            ("settings.0.reason=x", "`settings` is a list, which can be set as a whole only"),
            ("notes.1=x", "`notes` is a list"),
            ("train.epochs=[3", "the value is not valid YAML"),
        ] {
            let error = Override::read(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("--set {text}: {problem}")), "{error}");
        }
    }
}
