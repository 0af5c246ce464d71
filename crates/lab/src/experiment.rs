//! What the tables cannot say of an experiment: `experiment.json`.

use crate::engine::CellFacts;
use crate::plan::Plan;
use crate::records::{PlaceNames, RecordError, write_atomically};
use crate::spec::Spec;
use machine::Environment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use train::{BaselineScore, Dataset, Metric};

/// An experiment as its results folder describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Name of the experiment and of its folder.
    pub name: String,
    /// Name of the program that runs it.
    #[serde(default = "standard_program")]
    pub program: String,
    /// Its file, as a command could name it.
    pub file: String,
    /// Profile used.
    pub profile: Option<String>,
    /// What it asks.
    pub question: Option<String>,
    /// What its author wants readers of the results to know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The experiment whose trials chose the hyper-parameters.
    pub tuning: Option<String>,
    /// Names of all its runs, in order.
    pub runs: Vec<String>,
    /// Names in prose of its cells.
    #[serde(default)]
    pub cells: BTreeMap<String, String>,
    /// By what the runs are compared.
    #[serde(default)]
    pub metric: Metric,
    /// What was trained on.
    pub data: DataRecord,
    /// Every time it was worked on.
    pub sessions: Vec<Session>,
    /// The experiment file, word for word.
    pub text: String,
}

/// What was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The dataset asked for.
    pub requested: String,
    /// The dataset used.
    pub name: String,
    /// Its name in prose.
    pub title: String,
    /// It is the generated language, not real text.
    pub stand_in: bool,
    /// Why, or what else a reader should know.
    pub note: Option<String>,
    /// The place it was read from, without the names of this machine's folders; `None` where it was
    /// generated (and in descriptions by the first versions of this program).
    pub location: Option<String>,
    /// Terms of use.
    pub licence: String,
    /// Number of words (0 where the input is numbers).
    pub vocabulary: usize,
    /// Tokens (time steps of sequences) for training, validation and test.
    pub tokens: [usize; 3],
    /// Sequences of each split, where they are no streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequences: Option<[usize; 3]>,
    /// Files read.
    pub files: Vec<FileRecord>,
    /// What is reached without recurrent layers, by the experiment's metric.
    #[serde(default)]
    pub baselines: Vec<BaselineScore>,
    /// How earlier versions wrote the only baseline there was, in nats per token.
    #[serde(default, skip_serializing)]
    unigram_valid_nll: Option<f64>,
    #[serde(default, skip_serializing)]
    unigram_test_nll: Option<f64>,
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

/// One time that the experiment was worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Where and when.
    pub environment: Environment,
    /// Runs side by side.
    pub jobs: usize,
    /// What came of it; `None` where it was cut off.
    pub end: Option<SessionEnd>,
}

/// What came of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionEnd {
    /// Runs worked on.
    pub runs: usize,
    /// Seconds that took.
    pub seconds: f64,
    /// Largest memory of the process, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// That of the first versions of this program, which did not record it.
fn standard_program() -> String {
    "rnnlab".to_owned()
}

impl Experiment {
    /// Describes an experiment; what earlier sessions left in `folder` is kept.
    pub fn describe(
        spec: &Spec,
        plan: &Plan,
        dataset: &Dataset,
        folder: &Path,
        cells: &[CellFacts],
    ) -> Self {
        let used = |cell: &&CellFacts| plan.runs.iter().any(|run| run.model.cell == cell.name);
        let runs: Vec<String> = plan.runs.iter().map(|run| run.id.clone()).collect();
        // What was done before counts as long as some of its runs still do: not if the data or the
        // configuration became another. A description that cannot be read only loses its sessions.
        let sessions = match Self::read(folder) {
            Ok(earlier) if earlier.runs.iter().any(|run| runs.contains(run)) => earlier.sessions,
            _ => Vec::new(),
        };
        let places = PlaceNames::here();
        Self {
            name: spec.experiment(),
            program: crate::program(),
            file: places.of_path(spec.source.path()),
            profile: spec.profile.clone(),
            question: spec.question.clone(),
            notes: spec.notes.clone(),
            tuning: spec.tuning.clone(),
            runs,
            cells: cells
                .iter()
                .filter(used)
                .map(|cell| (cell.name.clone(), cell.title.clone()))
                .collect(),
            metric: dataset.metric(),
            data: DataRecord::of(dataset, &places),
            sessions,
            text: spec.source.text().to_owned(),
        }
    }

    /// Reads the description in an experiment's folder.
    pub fn read(folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join("experiment.json");
        let text = fs::read_to_string(&path).map_err(RecordError::io(&path))?;
        let mut experiment: Self =
            serde_json::from_str(&text).map_err(|error| RecordError::unreadable(&path, error))?;
        experiment.data.modernise();
        Ok(experiment)
    }

    /// Writes the description.
    pub fn write(&self, folder: &Path) -> Result<(), RecordError> {
        let path = folder.join("experiment.json");
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| RecordError::unreadable(&path, error))?;
        text.push('\n');
        write_atomically(&path, text.as_bytes())
    }
}

impl DataRecord {
    /// What a step of it is called.
    pub fn unit(&self) -> &'static str {
        if self.sequences.is_some() { "step" } else { "token" }
    }

    /// Takes over what earlier versions wrote in another way.
    fn modernise(&mut self) {
        if let (Some(valid), Some(test)) =
            (self.unigram_valid_nll.take(), self.unigram_test_nll.take())
            && self.baselines.is_empty()
        {
            self.baselines.push(BaselineScore::unigram(Metric::Perplexity, valid, test));
        }
    }

    fn of(dataset: &Dataset, places: &PlaceNames) -> Self {
        let source = dataset.source();
        let (vocabulary, tokens, sequences) = match dataset {
            Dataset::Corpus(corpus) => {
                let tokens = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
                (corpus.vocabulary.len(), tokens, None)
            }
            Dataset::Sequences(data) => {
                let splits = [&data.train, &data.valid, &data.test];
                let tokens = splits.map(|split| split.lengths().sum());
                let types = match data.input {
                    data::InputKind::Tokens { size } => size,
                    data::InputKind::Features { .. } => 0,
                };
                (types, tokens, Some(splits.map(data::Sequences::len)))
            }
        };
        let licence =
            data::datasets().iter().find(|info| info.name == source.name).map(|info| info.licence);
        Self {
            requested: source.requested.clone(),
            name: source.name.clone(),
            title: source.title.clone(),
            stand_in: source.stand_in,
            note: source.note.as_ref().map(|note| places.in_text(note)),
            location: (!source.stand_in).then(|| places.of_path(Path::new(&source.location))),
            licence: licence.unwrap_or("unknown").to_owned(),
            vocabulary,
            tokens,
            sequences,
            files: source
                .files
                .iter()
                .map(|file| FileRecord {
                    name: file.name.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                })
                .collect(),
            baselines: train::baselines(dataset),
            unigram_valid_nll: None,
            unigram_test_nll: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unigram_model_of_earlier_versions_is_a_baseline() {
        let mut record: DataRecord = serde_json::from_value(serde_json::json!({
            "requested": "ptb", "name": "ptb", "title": "Penn Treebank", "stand_in": false,
            "note": null, "location": null, "licence": "LDC", "vocabulary": 3,
            "tokens": [3, 2, 1], "files": [], "unigram_valid_nll": 1.0, "unigram_test_nll": 2.0,
        }))
        .unwrap();
        record.modernise();
        let [unigram] = &record.baselines[..] else { panic!("{:?}", record.baselines) };
        assert_eq!((unigram.valid, unigram.test), (1.0_f64.exp(), 2.0_f64.exp()));
        let written = serde_json::to_value(&record).unwrap();
        assert!(written.get("unigram_test_nll").is_none());
        assert_eq!(serde_json::from_value::<DataRecord>(written).unwrap(), record);
    }
}
