//! The text of an experiment file: its profiles, and the place of every value in it.

use super::error::SpecError;
use crate::yaml::{self, Step};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// An experiment file with one profile merged over it.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    text: String,
    document: Value,
    merged: Value,
    profile: Option<String>,
}

impl Source {
    /// Reads the file and merges the profile.
    pub fn read(path: &Path, profile: Option<&str>) -> Result<Self, SpecError> {
        let text = std::fs::read_to_string(path).map_err(|error| SpecError {
            file: path.to_owned(),
            line: None,
            field: String::new(),
            problem: match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "there is no such file; give the path of an experiment file (.yaml)".to_owned()
                }
                std::io::ErrorKind::InvalidData => {
                    "this is not a text file; an experiment file is YAML in UTF-8".to_owned()
                }
                _ => format!("the file cannot be read: {error}"),
            },
        })?;
        Self::new(path.to_owned(), text, profile)
    }

    pub(super) fn new(
        path: PathBuf,
        text: String,
        profile: Option<&str>,
    ) -> Result<Self, SpecError> {
        let document = yaml::parse(&text).map_err(|error| SpecError {
            file: path.clone(),
            line: error.line,
            field: String::new(),
            problem: format!("not valid YAML: {}", error.message),
        })?;
        let mut source = Self { path, text, merged: document.clone(), document, profile: None };
        if !source.document.is_object() {
            return Err(source.error(
                &[],
                "an experiment file is a mapping of keys to values: data, model, train, ...",
            ));
        }
        source.merge(profile)?;
        Ok(source)
    }

    fn merge(&mut self, name: Option<&str>) -> Result<(), SpecError> {
        let Value::Object(mut base) = self.document.clone() else {
            return Ok(());
        };
        let at = |parts: &[&str]| -> Vec<Step> {
            parts.iter().map(|&part| Step::Key(part.to_owned())).collect()
        };
        let profiles = match base.shift_remove("profiles") {
            None => Map::new(),
            Some(Value::Object(profiles)) => profiles,
            Some(_) => {
                return Err(self.error(
                    &at(&["profiles"]),
                    "profiles are a mapping of names to the keys they change",
                ));
            }
        };
        for (profile, keys) in &profiles {
            let place = at(&["profiles", profile]);
            let Value::Object(keys) = keys else {
                return Err(self.error(&place, "a profile is a mapping of the keys it changes"));
            };
            if keys.contains_key("profiles") {
                return Err(self.error(&place, "a profile cannot hold profiles"));
            }
        }
        if let Some(name) = name {
            let Some(profile) = profiles.get(name) else {
                let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
                let known = if known.is_empty() {
                    "the file has none".to_owned()
                } else {
                    format!("the file has: {}", known.join(", "))
                };
                return Err(self
                    .error(&at(&["profiles"]), format!("there is no profile `{name}`; {known}")));
            };
            let mut merged = Value::Object(base);
            overlay(&mut merged, profile);
            self.merged = merged;
            self.profile = Some(name.to_owned());
        } else {
            self.merged = Value::Object(base);
        }
        Ok(())
    }

    /// The file with the profile merged in, without its profiles.
    pub fn merged(&self) -> &Value {
        &self.merged
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The profile merged in.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The file's name without its ending.
    pub fn name(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("experiment")
    }

    /// An error at a path of the merged document, told with the line of whoever wrote it: the
    /// profile, or the file's body.
    pub fn error(&self, path: &[Step], problem: impl Into<String>) -> SpecError {
        SpecError {
            file: self.path.clone(),
            line: self.line(path),
            field: dotted(path),
            problem: problem.into(),
        }
    }

    fn line(&self, path: &[Step]) -> Option<usize> {
        if let Some(profile) = &self.profile {
            let mut inside = vec![Step::Key("profiles".to_owned()), Step::Key(profile.clone())];
            inside.extend_from_slice(path);
            if exists(&self.document, &inside) {
                return yaml::line_of(&self.text, &inside);
            }
        }
        yaml::line_of(&self.text, path)
    }
}

fn exists(document: &Value, path: &[Step]) -> bool {
    path.iter()
        .try_fold(document, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Item(position) => value.get(position),
        })
        .is_some()
}

/// `sweep.seed[2]`
fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            // People count from 1.
            Step::Item(position) => text.push_str(&format!("[{}]", position + 1)),
        }
    }
    text
}

/// Mappings are merged key by key; everything else is replaced; an empty value takes the key away.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                if value.is_null() {
                    base.shift_remove(key);
                } else {
                    overlay(base.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(profile: Option<&str>) -> Result<Source, SpecError> {
        let text = "train:\n  epochs: 1\n  clip: 2\nprofiles:\n  full:\n    train:\n      epochs: 13\n      clip:\n";
        Source::new("x/study.yaml".into(), text.to_owned(), profile)
    }

    #[test]
    fn a_profile_is_merged_deeply_and_keeps_its_places() {
        let source = source(Some("full")).unwrap();
        assert_eq!(source.merged(), &json!({"train": {"epochs": 13}}));
        let epochs = [Step::Key("train".to_owned()), Step::Key("epochs".to_owned())];
        assert_eq!(
            source.error(&epochs, "wrong").to_string(),
            "x/study.yaml:7: train.epochs: wrong"
        );
    }

    #[test]
    fn an_unknown_profile_is_told_with_the_known_ones() {
        let error = source(Some("ful")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "x/study.yaml:4: profiles: there is no profile `ful`; the file has: full"
        );
    }
}
