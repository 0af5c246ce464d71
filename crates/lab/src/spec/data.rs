//! What an experiment trains on: the file's `data`, a dataset's name and its settings.

use super::suggest::nearest;
use super::typed::{Misfit, typed, typed_by};
use crate::yaml::Step;
use data::{SequenceDataset, TextSettings};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to train on.
#[derive(Debug, Clone, PartialEq)]
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

/// What to do where the files of a dataset are neither here nor to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenMissing {
    /// Refuse to start.
    #[default]
    Error,
    /// Train on the built-in stand-in language, and say so everywhere.
    Builtin,
}

/// Settings of a corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CorpusSettings {
    #[serde(default)]
    when_missing: WhenMissing,
}

/// The kind that a file of the user's own is called by.
const TEXT: &str = "text";

impl DataSpec {
    /// Reads the mapping.
    pub fn read(mut settings: Map<String, Value>) -> Result<Self, Misfit> {
        let at =
            |key: &str, problem: String| Misfit { path: vec![Step::Key(key.to_owned())], problem };
        let Some(name) = settings.remove("name") else {
            return Err(Misfit { path: Vec::new(), problem: "`name` is missing".to_owned() });
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
                    let problem = "`path` is missing; give the text file".to_owned();
                    return Err(Misfit { path: Vec::new(), problem });
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
            None if name != "table" => Err(at("name", unknown(&name))),
            _ => {
                let settings = Value::Object(settings);
                typed_by(&settings, |settings| SequenceDataset::named(&name, settings))
                    .map(Self::Sequences)
            }
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

fn unknown(name: &str) -> String {
    let known = data::datasets().iter().map(|info| info.name);
    let known: Vec<&str> = known.chain([TEXT, "table"]).collect();
    let meant = nearest(name, known.iter().copied())
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default();
    format!("there is no dataset `{name}`{meant}; the datasets are: {}", known.join(", "))
}
