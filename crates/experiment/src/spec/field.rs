//! Dotted names of fields, such as `train.learning_rate`.

use super::schema;
use super::suggest::nearest;
use crate::yaml::Step;
use serde_json::{Map, Value};
use std::fmt;

/// The parts of a run that a sweep or a setting may change.
const ROOTS: [&str; 8] =
    ["data", "model", "match", "train", "probe", "seed", "start_from", "pretrain"];

/// Those that are a field themselves.
const LEAVES: [&str; 2] = ["seed", "start_from"];

/// A field of a run, by its dotted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field(Vec<String>);

impl Field {
    /// Reads a dotted path; `cell` is short for `model.cell`. The error says what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = match text {
            "cell" => vec!["model".to_owned(), "cell".to_owned()],
            _ => text.split('.').map(str::to_owned).collect(),
        };
        let plain = parts.iter().all(|part| !part.is_empty());
        let leaf = parts.len() > 1 || LEAVES.contains(&parts[0].as_str());
        if plain && leaf && ROOTS.contains(&parts[0].as_str()) {
            return Ok(Self(parts));
        }
        Err(format!(
            "no field of a run is called `{text}`{}; a dotted path such as train.learning_rate or \
             model.hidden is allowed (under data, model, match, train, probe, start_from or pretrain), as are cell, \
             seed and start_from",
            suggested(text)
        ))
    }

    /// The value there, if any.
    pub fn get<'a>(&self, fields: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(fields, |value, part| value.get(part))
    }

    /// Puts a value there, making the mappings on the way.
    pub fn set(&self, fields: &mut Value, new: Value) {
        let mut place = fields;
        for part in &self.0 {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(map) = place else { return };
            place = map.entry(part.clone()).or_insert(Value::Null);
        }
        *place = new;
    }

    /// One is the other, or a part of it.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, two)| one == two)
    }

    /// Whether a fault at `path` lies in this field.
    pub fn covers(&self, path: &[Step]) -> bool {
        let named = |(part, step): (&String, &Step)| matches!(step, Step::Key(key) if key == part);
        path.len() >= self.0.len() && self.0.iter().zip(path).all(named)
    }

    /// Whether it says something of the data.
    pub fn is_of_data(&self) -> bool {
        self.0.first().is_some_and(|root| root == "data")
    }

    /// Whether it says something of the weights that a run starts with.
    pub fn is_of_start(&self) -> bool {
        self.0.first().is_some_and(|root| ["start_from", "pretrain"].contains(&root.as_str()))
    }

    /// The same, as steps into a document.
    pub fn steps(&self) -> Vec<Step> {
        self.0.iter().cloned().map(Step::Key).collect()
    }
}

/// The field that was probably meant: by its path, or by its last part.
fn suggested(text: &str) -> String {
    let known = schema::fields();
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let whole = nearest(text, known.iter().map(String::as_str));
    let part = || {
        let parts: Vec<String> = known.iter().map(|path| last(path)).collect();
        let near = nearest(&last(text), parts.iter().map(String::as_str))?.to_owned();
        known.iter().find(|path| last(path) == near).map(String::as_str)
    };
    let found = whole.or_else(part);
    found.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_sets_and_compares() {
        let cell = Field::parse("cell").unwrap();
        assert_eq!(cell.to_string(), "model.cell");
        let mut fields = json!({"model": {"cell": "gru"}});
        assert_eq!(cell.get(&fields), Some(&json!("gru")));
        Field::parse("train.schedule.factor").unwrap().set(&mut fields, json!(0.5));
        assert_eq!(
            fields,
            json!({"model": {"cell": "gru"}, "train": {"schedule": {"factor": 0.5}}})
        );
        assert!(
            Field::parse("train.schedule")
                .unwrap()
                .overlaps(&Field::parse("train.schedule.name").unwrap())
        );
        assert!(!cell.overlaps(&Field::parse("seed").unwrap()));
    }

    #[test]
    fn refuses_what_is_no_field_of_a_run() {
        for name in ["", "hidden", "model", "tuning.name", "model..cell", "seed."] {
            assert!(Field::parse(name).is_err(), "{name}");
        }
        for (name, meant) in [
            ("hidden", "model.hidden"),
            ("lr", "train.learning_rate"),
            ("learning_rte", "train.learning_rate"),
            ("mdoel.hidden", "model.hidden"),
            ("sed", "seed"),
            ("optimizer.learning_rate", "train.learning_rate"),
        ] {
            let problem = Field::parse(name).unwrap_err();
            assert!(problem.contains(&format!("`{name}` (did you mean `{meant}`?)")), "{problem}");
        }
    }
}
