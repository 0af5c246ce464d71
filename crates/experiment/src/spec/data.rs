//! What an experiment trains on: the file's `data`, a dataset's name and its settings.

use super::schema::of;
use super::suggest::meant;
use super::typed::{FieldError, typed, typed_by};
use data::{SequenceDataset, TextSettings, WhenMissing};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What to train on.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // there are a few of them in a program
pub enum DataSpec {
    /// A corpus, for language modelling.
    Corpus {
        /// Name, as `rnnlab list datasets` shows it.
        name: String,
        /// What to do where the files are neither here nor to be had.
        when_missing: WhenMissing,
    },
    /// A text file of the user's own (`name: text`), for language modelling.
    Text {
        /// The file.
        path: PathBuf,
        /// How it is read.
        settings: TextSettings,
    },
    /// Sequences with what is to be answered to each.
    Sequences(SequenceDataset),
}

/// Settings of a corpus.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CorpusSettings {
    #[serde(default)]
    when_missing: WhenMissing,
}

/// The kind that a file of the user's own is called by.
const TEXT: &str = "text";

impl DataSpec {
    /// Reads the mapping.
    pub fn read(mut settings: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let at = |key: &str, problem: String| vec![FieldError::at(key, problem)];
        let Some(name) = settings.remove("name") else {
            return Err(vec![FieldError::here("`name` is missing")]);
        };
        let Some(name) = name.as_str().map(str::to_owned) else {
            return Err(at("name", format!("{name} is not allowed; a dataset's name is")));
        };
        if name == TEXT {
            let path = match settings.remove("path") {
                Some(Value::String(path)) => path.into(),
                Some(other) => {
                    return Err(at("path", format!("{other} is not allowed; a file's path is")));
                }
                None => {
                    return Err(vec![FieldError::here("`path` is missing; give the text file")]);
                }
            };
            return Ok(Self::Text { path, settings: typed(&Value::Object(settings))? });
        }
        let task = data::datasets().iter().find(|info| info.name == name).map(|info| info.task);
        match task {
            Some(data::Task::LanguageModelling) => {
                let CorpusSettings { when_missing } = typed(&Value::Object(settings))?;
                Ok(Self::Corpus { name, when_missing })
            }
            None if !SequenceDataset::OWN.contains(&name.as_str()) => {
                Err(at("name", unknown(&name)))
            }
            _ => {
                let settings = Value::Object(settings);
                let schema = || self::settings(&name);
                typed_by(&settings, schema, |settings| SequenceDataset::named(&name, settings))
                    .map(Self::Sequences)
            }
        }
    }

    /// The same, the path of a file of the user's own taken as relative to a folder.
    pub fn beside(mut self, folder: &Path) -> Self {
        for path in self.own_files_mut() {
            if !path.as_os_str().is_empty() {
                *path = folder.join(&*path);
            }
        }
        self
    }

    /// The same, the paths of files of the user's own from the root.
    pub fn whole(mut self) -> Self {
        for path in self.own_files_mut() {
            // Where even the current folder is not known, as it is.
            *path = std::path::absolute(&*path).unwrap_or_else(|_| path.clone());
        }
        self
    }

    /// The files of the user's own that it names, each with the key that does.
    pub fn own_files(&self) -> Vec<(&'static str, &Path)> {
        match self {
            Self::Text { path, .. } => vec![("path", path)],
            Self::Sequences(SequenceDataset::Table(settings)) => vec![("path", &settings.path)],
            Self::Sequences(SequenceDataset::Speech(settings)) => vec![("path", &settings.path)],
            Self::Sequences(SequenceDataset::Pairs(settings)) => {
                let files = settings.files();
                let paths = files.flat_map(|(key, files)| {
                    files.paths().iter().map(move |path| (key, path.as_path()))
                });
                paths.collect()
            }
            Self::Corpus { .. } | Self::Sequences(_) => Vec::new(),
        }
    }

    fn own_files_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Text { path, .. } => vec![path],
            Self::Sequences(SequenceDataset::Table(settings)) => vec![&mut settings.path],
            Self::Sequences(SequenceDataset::Speech(settings)) => vec![&mut settings.path],
            Self::Sequences(SequenceDataset::Pairs(settings)) => {
                settings.files_mut().flat_map(|files| files.paths_mut()).collect()
            }
            Self::Corpus { .. } | Self::Sequences(_) => Vec::new(),
        }
    }

    /// The mapping that [`read`](Self::read) reads, with all settings.
    pub fn to_value(&self) -> Value {
        // Plain data with text keys: they can be written as JSON.
        let mapping = |value: serde_json::Result<Value>| value.unwrap_or_default();
        match self {
            Self::Corpus { name, when_missing } => {
                json!({"name": name, "when_missing": when_missing})
            }
            Self::Text { path, settings } => {
                let mut fields = json!({"name": TEXT, "path": path});
                if let (Some(fields), Value::Object(settings)) =
                    (fields.as_object_mut(), mapping(serde_json::to_value(settings)))
                {
                    fields.extend(settings);
                }
                fields
            }
            Self::Sequences(dataset) => mapping(serde_json::to_value(dataset)),
        }
    }

    /// The dataset's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Corpus { name, .. } => name,
            Self::Text { .. } => TEXT,
            Self::Sequences(dataset) => dataset.name(),
        }
    }
}

/// The names that `data` can have.
pub(super) fn names() -> Vec<&'static str> {
    data::datasets()
        .iter()
        .map(|info| info.name)
        .chain([TEXT])
        .chain(SequenceDataset::OWN)
        .collect()
}

/// The JSON Schema of a dataset's settings.
fn settings(name: &str) -> Value {
    match SequenceDataset::schema(name) {
        Some(schema) => schema.to_value(),
        None if name == TEXT => {
            let mut schema = of::<TextSettings>();
            schema["properties"]["path"] = json!({"type": "string", "description": "The file; the path is relative to the file in which it is written."});
            schema
        }
        None => of::<CorpusSettings>(),
    }
}

/// The JSON Schema of `data`: one alternative for all datasets that have the same settings.
pub(super) fn schema() -> Value {
    let mut alternatives: Vec<(Value, Vec<&str>)> = Vec::new();
    for name in names() {
        let settings = settings(name);
        match alternatives.iter_mut().find(|(known, _)| *known == settings) {
            Some((_, names)) => names.push(name),
            None => alternatives.push((settings, vec![name])),
        }
    }
    let named = |(mut schema, names): (Value, Vec<&str>)| {
        schema["properties"]["name"] = json!({"enum": names});
        schema
    };
    json!({"anyOf": alternatives.into_iter().map(named).collect::<Vec<_>>()})
}

fn unknown(name: &str) -> String {
    let known = names();
    let meant = meant(name, known.iter().copied());
    format!("there is no dataset `{name}`{meant}; the datasets are: {}", known.join(", "))
}
