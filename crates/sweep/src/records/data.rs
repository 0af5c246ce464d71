//! What a run's model needs of its data later: `data.json` in the run's folder.

use super::sealed::Sealed;
use super::{RecordError, RunFolder, write_unsynced};
use data::{FileSum, SpeechInput, Subwords, TextCodec, Tokeniser, Vocabulary};
use experiment::plan::DataFacts;
use experiment::spec::DataSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use task::{InputKind, TargetKind, TaskShape};
use train::{Dataset, Metric, RowNames};
use words::counted;

/// What a run was trained on, as far as its model has to know to be scored or to write: without
/// the data themselves, which need not be there any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunData {
    /// The dataset's name in prose.
    pub title: String,
    /// The dataset as an experiment file names it, with all settings; the path of a file is whole.
    pub dataset: Map<String, Value>,
    /// The folder or file that was read, its path whole; `None` for generated data.
    pub location: Option<PathBuf>,
    /// The files read.
    pub files: Vec<FileRecord>,
    /// The checksum of what was read or generated, as in the experiment's record.
    pub fingerprint: String,
    /// By what models are compared.
    pub metric: Metric,
    /// What the task asks of a model.
    pub shape: TaskShape,
    /// How text was cut into tokens, where there was text.
    pub tokeniser: Option<Tokeniser>,
    /// What the tokens stand for, in the order of their ids; empty where there was no text.
    pub vocabulary: Vocabulary,
    /// How tokens fell into pieces, where they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subwords: Option<Subwords>,
    /// Whether sentences were read backwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// The same of answers that are texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<TextCodec>,
    /// What the classes, or the labels, are called; empty where there were none.
    pub classes: Vec<String>,
    /// How recordings were read, where there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<SpeechInput>,
}

/// A file read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its checksum.
    pub sha256: String,
}

impl From<&FileSum> for FileRecord {
    fn from(file: &FileSum) -> Self {
        Self { name: file.name.clone(), bytes: file.bytes, sha256: file.sha256.clone() }
    }
}

const FILE: &str = "data.json";

impl RunData {
    /// What is to be remembered of loaded data.
    pub fn of(dataset: &Dataset, spec: &DataSpec, facts: &DataFacts) -> Self {
        let source = dataset.source();
        let (text, answers, classes) = match dataset {
            Dataset::Corpus(corpus) => {
                let text = TextCodec::new(corpus.tokeniser, corpus.vocabulary.clone());
                (Some(text), None, Vec::new())
            }
            Dataset::Sequences(data) => {
                let answers = data.answers.as_ref().map(|answers| answers.codec.clone());
                (data.text.clone(), answers, data.classes.clone())
            }
        };
        // Where a stand-in was used, it is what the model knows.
        let mut used = spec.clone().whole();
        if let DataSpec::Sequences(sequences) = &used
            && source.stand_in
            && let Some(stand_in) = sequences.stand_in()
        {
            used = DataSpec::Sequences(stand_in);
        }
        let mut settings = match used.to_value() {
            Value::Object(settings) => settings,
            _ => Map::new(),
        };
        settings.insert("name".to_owned(), Value::from(source.name.as_str()));
        let (tokeniser, subwords, reversed, vocabulary) = match text {
            None => (None, None, false, Vocabulary::default()),
            Some(TextCodec { tokeniser, subwords, reversed, vocabulary }) => {
                (Some(tokeniser), subwords, reversed, vocabulary)
            }
        };
        let generated = source.stand_in || source.files.is_empty();
        Self {
            title: source.title.clone(),
            dataset: settings,
            location: (!generated).then(|| whole(Path::new(&source.location))),
            files: source.files.iter().map(FileRecord::from).collect(),
            fingerprint: facts.fingerprint.clone(),
            metric: dataset.metric(),
            shape: dataset.shape(),
            tokeniser,
            vocabulary,
            subwords,
            reversed,
            answers,
            classes,
            speech: dataset.speech().map(|speech| speech.input.clone()),
        }
    }

    /// How a sentence is to be read, where inputs are texts.
    pub fn text(&self) -> Option<TextCodec> {
        let vocabulary = self.vocabulary.clone();
        let (subwords, reversed) = (self.subwords.clone(), self.reversed);
        self.tokeniser.map(|tokeniser| TextCodec { tokeniser, subwords, reversed, vocabulary })
    }

    /// What the rows of its model's weights stand for.
    pub fn row_names(&self) -> RowNames {
        let words = |vocabulary: &Vocabulary| vocabulary.words().map(str::to_owned).collect();
        let read: Vec<String> = words(&self.vocabulary);
        let written = match (&self.answers, self.shape.target) {
            (Some(answers), _) => words(&answers.vocabulary),
            (None, TargetKind::Class { .. } | TargetKind::Labels { .. }) => self.classes.clone(),
            (None, TargetKind::Tokens { .. }) if self.shape.predicts_input => read.clone(),
            (None, _) => Vec::new(),
        };
        RowNames { read, written }
    }

    /// What does not fit together in it, if anything.
    fn contradiction(&self) -> Option<String> {
        let text = !self.vocabulary.is_empty();
        let types = match self.shape.input {
            InputKind::Tokens { types } if text => types,
            _ => self.vocabulary.len(),
        };
        let classes = match self.shape.target {
            TargetKind::Class { classes } | TargetKind::Labels { types: classes }
                if !self.classes.is_empty() =>
            {
                classes
            }
            _ => self.classes.len(),
        };
        let written = match (&self.answers, self.shape.target) {
            (Some(answers), TargetKind::Sequence { types }) => (answers.vocabulary.len(), types),
            _ => (0, 0),
        };
        match () {
            () if written.0 != written.1 => Some(format!(
                "the vocabulary of its answers has {}, and the model writes {}",
                counted(written.0, "type"),
                written.1
            )),
            () if types != self.vocabulary.len() => Some(format!(
                "its vocabulary has {}, and the model reads {types}",
                counted(self.vocabulary.len(), "type")
            )),
            () if classes != self.classes.len() => Some(format!(
                "it names {}, and the model tells {classes} apart",
                match self.classes.len() {
                    1 => "1 class".to_owned(),
                    several => format!("{several} classes"),
                }
            )),
            () if text != self.tokeniser.is_some() => {
                Some("it has a tokeniser or a vocabulary, but not both".to_owned())
            }
            () => None,
        }
    }
}

/// The path from the root. Where even the current folder is not known, as it is.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

impl RunFolder {
    /// The file with what the run was trained on.
    pub fn data_path(&self) -> PathBuf {
        self.path.join(FILE)
    }

    /// Remembers what the run is trained on.
    pub fn keep_data(&self, data: &RunData) -> Result<(), RecordError> {
        let path = self.data_path();
        let unreadable = |error| RecordError::unreadable(&path, error);
        let mut text =
            Sealed::of(data).and_then(|sealed| serde_json::to_vec(&sealed)).map_err(unreadable)?;
        text.push(b'\n');
        if fs::read(&path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        write_unsynced(&path, &text)
    }

    /// What the run was trained on.
    pub fn data(&self) -> Result<RunData, RecordError> {
        let path = self.data_path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(RecordError::NoRunData { path });
            }
            Err(error) => return Err(RecordError::Io { path, error }),
        };
        let damaged = |problem| RecordError::DamagedRunData { path: path.clone(), problem };
        let data: RunData = Sealed::read(&text).map_err(damaged)?;
        match data.contradiction() {
            Some(problem) => Err(damaged(problem)),
            None => Ok(data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(types: usize, words: &[&str]) -> Value {
        json!({
            "title": "a.txt", "dataset": {"name": "text", "path": "/a.txt"}, "location": "/a.txt",
            "files": [], "fingerprint": "0", "metric": "perplexity",
            "shape": TaskShape::language(types), "tokeniser": "words", "vocabulary": words,
            "classes": [],
        })
    }

    #[test]
    fn a_record_that_contradicts_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::at(folder.path());
        let sealed = |value: &Value| serde_json::to_string(&Sealed::of(value).unwrap()).unwrap();
        let read = |value: Value| {
            fs::write(run.data_path(), sealed(&value)).unwrap();
            run.data().map_err(|error| error.to_string())
        };
        assert!(read(record(2, &["a", "b"])).is_ok());
        for (value, expected) in [
            (record(3, &["a", "b"]), "its vocabulary has 2 types, and the model reads 3"),
            (record(2, &["a", "a"]), "stands in the vocabulary twice"),
            (json!({"title": 1}), "invalid type"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains("data.json") && error.contains(expected), "{error}");
        }
        // A word changed, with as many as before.
        let changed = sealed(&record(2, &["a", "b"])).replace("\"b\"", "\"c\"");
        fs::write(run.data_path(), changed).unwrap();
        let error = run.data().unwrap_err().to_string();
        assert!(error.contains("its checksum does not hold"), "{error}");
        fs::remove_file(run.data_path()).unwrap();
        assert!(run.data().unwrap_err().to_string().contains("train the run again"));
    }
}
