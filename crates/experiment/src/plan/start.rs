//! What runs start from: parts of a trained model, and whether they fit.

use super::{DataFacts, Draft, PlannedRun};
use crate::Catalogue;
use crate::role::Role;
use crate::spec::WeightsSource;
use model::ModelConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use task::TargetKind;
use train::{Part, Pretrained, RowMap, RowNames};
use words::{list, share, thousands};

/// What planning needs to know of a trained model from which runs start.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsFacts {
    /// Where it is, as a person elsewhere could name it.
    pub name: String,
    /// The file with its parameters.
    pub file: PathBuf,
    /// SHA-256 of that file, in hexadecimal digits.
    pub sha256: String,
    /// The cell of its layers, where it is known.
    pub cell: Option<String>,
    /// Names and sizes of its parameters.
    pub tensors: Vec<(String, Vec<usize>)>,
    /// What it is made of; of a run alone.
    pub model: Option<ModelConfig>,
    /// What its rows stand for; of a run alone.
    pub names: Option<RowNames>,
    /// Fingerprint of the data that it was trained on; of a run alone.
    pub data: Option<String>,
}

/// What a run starts from, as its configuration has it: which weights, by checksums, not where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartConfig {
    /// SHA-256 of the file with the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Fingerprint of the data that they were trained on, whose words their rows are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Name of the run of the stage before that makes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The parts that are taken over.
    pub parts: Vec<Part>,
}

/// What a run starts from, as its record tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    /// Where the weights were, as a person elsewhere could name it; none where the stage before makes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// SHA-256 of the file with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The parts that are taken over.
    pub parts: Vec<Part>,
    /// Words that are read, and how many of them are known there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<FoundRows>,
    /// Words or classes that are put out, where the output is taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<FoundRows>,
}

/// How many rows were found by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundRows {
    /// Those that are there, too.
    pub found: usize,
    /// All of them.
    pub of: usize,
}

impl FoundRows {
    fn of(map: &RowMap) -> Self {
        Self { found: map.found(), of: map.len() }
    }

    /// `812 of 1,000 (81.2 %)`, `all 1,000`
    fn shown(self) -> String {
        if self.found == self.of {
            return format!("all {}", thousands(self.of as u64));
        }
        let part = self.found as f64 / self.of.max(1) as f64;
        format!(
            "{} of {} ({})",
            thousands(self.found as u64),
            thousands(self.of as u64),
            share(part)
        )
    }
}

impl StartRecord {
    /// Where the weights are from, in a sentence.
    fn place(&self) -> String {
        match &self.source {
            Some(source) => format!("`{source}`"),
            None => "the stage before (`pretrain`), of the same seed".to_owned(),
        }
    }

    /// What is taken over from where, without a full stop.
    pub fn sentence(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.name()).collect();
        let mut said = format!("starts from {} of {}", list(&parts), self.place());
        if let Some(read) = self.read {
            said.push_str(&format!("; {} words here are known there", read.shown()));
        }
        if let Some(written) = self.written {
            let read = self.read.map(FoundRows::shown);
            match read == Some(written.shown()) {
                true => said.push_str(", as words that are put out, too"),
                false => {
                    said.push_str(&format!("; {} outputs here are known there", written.shown()));
                }
            }
        }
        let new = [self.read, self.written].into_iter().flatten().any(|rows| rows.found < rows.of);
        said.push_str(if new { "; new ones start as usual" } else { "" });
        said
    }

    /// A warning where hardly any words are the same.
    pub(super) fn hardly(&self) -> Option<String> {
        let few = |rows: &FoundRows| (rows.found as f64) < SHARED * rows.of as f64;
        let (what, rows) = [("words", self.read), ("outputs", self.written)]
            .into_iter()
            .find_map(|(what, rows)| Some((what, rows.filter(few)?)))?;
        Some(format!(
            "start_from: {} {what} here are known to {}; the others start as if there were no earlier training",
            rows.shown(),
            self.place()
        ))
    }
}

/// Less than this share of shared words is told.
const SHARED: f64 = 0.5;

/// What a run starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStart {
    /// The weights. Those of the stage before have no file yet.
    pub weights: Pretrained,
    /// The run of the stage before that makes them.
    pub run: Option<String>,
    /// What is told of it.
    pub record: StartRecord,
}

/// What a draft starts from.
#[derive(Debug, Clone)]
pub(super) struct DraftStart {
    pub(super) origin: DraftOrigin,
    pub(super) parts: Option<Vec<Part>>,
}

#[derive(Debug, Clone)]
pub(super) enum DraftOrigin {
    /// A trained model: its position among the [`Drafts::weights`](super::Drafts::weights), and what is known of it
    /// since it was read.
    Trained(usize, Option<Arc<WeightsFacts>>),
    /// The model of a stage before.
    Stage(Box<Draft>),
}

/// A problem with a start: under which key, and what is wrong and allowed.
pub(super) type StartProblem = (Option<&'static str>, String);

/// The parts of a trained model that are taken over, where they fit.
pub(super) fn taken_over(
    there: &WeightsFacts,
    parts: Option<&[Part]>,
    model: &ModelConfig,
    facts: &DataFacts,
    engine: &dyn Catalogue,
) -> Result<(Pretrained, StartRecord), StartProblem> {
    let parts = match parts {
        Some(parts) => parts.to_vec(),
        None => [Part::Embedding, Part::Layers].into_iter().filter(|p| p.is_in(model)).collect(),
    };
    if parts.is_empty() {
        return Err((Some("parts"), "no part is named; name one, or leave `parts` out".to_owned()));
    }
    if let Some(part) = parts.iter().find(|part| !part.is_in(model)) {
        let problem = format!("this model has no `{}`; leave it out of `parts`", part.name());
        return Err((Some("parts"), problem));
    }
    if let Some(problem) = unlike(there, &parts, model) {
        return Err((None, problem));
    }
    let answers = matches!(facts.shape.target, TargetKind::Sequence { .. });
    let has = |part: Part| parts.contains(&part);
    let read = has(Part::Embedding);
    let written = has(Part::Output) || read && answers;
    let names = there.names.as_ref();
    let map = |wanted: bool, ours: &[String], theirs: Option<&[String]>| {
        match theirs {
        _ if !wanted || ours.is_empty() && theirs.is_none_or(<[String]>::is_empty) => Ok(None),
        Some(theirs) if !theirs.is_empty() && !ours.is_empty() => {
            Ok(Some(RowMap::new(ours, theirs)))
        }
        Some(theirs) if !theirs.is_empty() => Err(
            "its rows stand for words or classes, and those of these data for none; leave them out of `parts`"
                .to_owned(),
        ),
        _ => Err(
            "it has no vocabulary, so nobody knows which row of its weights is whose; give the folder of its run, or \
             leave `embedding` and `output` out of `parts`"
                .to_owned(),
        ),
    }
    };
    let key = (!there.is_of_run()).then_some("file");
    let read = map(read, &facts.names.read, names.map(|names| &names.read[..]));
    let written = map(written, &facts.names.written, names.map(|names| &names.written[..]));
    let (read, written) = (read.map_err(|why| (key, why))?, written.map_err(|why| (key, why))?);
    let weights = Pretrained {
        file: there.file.clone(),
        sha256: there.sha256.clone(),
        parts: parts.clone(),
        read,
        written,
    };
    let ours = engine.parameters(model, &facts.shape).map_err(|error| (None, error.to_string()))?;
    for (name, dims) in ours.iter().filter(|(name, _)| weights.has(name)) {
        let wanted = weights.dims_there(name, dims);
        let found = there.tensors.iter().find(|(known, _)| known == name);
        let problem = match found {
            None => format!("it has no `{name}`, which this model's {} need", part_of(name)),
            Some((_, dims)) if *dims != wanted => {
                format!("its `{name}` has the sizes {dims:?}, and {wanted:?} are needed")
            }
            Some(_) => continue,
        };
        return Err((None, problem));
    }
    let record = StartRecord {
        source: (!there.name.is_empty()).then(|| there.name.clone()),
        sha256: (!there.sha256.is_empty()).then(|| there.sha256.clone()),
        parts,
        read: weights.read.as_ref().map(FoundRows::of),
        written: weights.written.as_ref().map(FoundRows::of),
    };
    Ok((weights, record))
}

fn part_of(parameter: &str) -> &'static str {
    match Part::of(parameter) {
        Part::Embedding => "embeddings",
        Part::Layers => "layers",
        Part::Attention => "attention and start",
        Part::Output => "outputs",
    }
}

impl WeightsFacts {
    fn is_of_run(&self) -> bool {
        self.model.is_some()
    }
}

/// In what a model is unlike the one whose parts it is to take over, if in anything: cell and sizes.
fn unlike(there: &WeightsFacts, parts: &[Part], model: &ModelConfig) -> Option<String> {
    let layers = parts.contains(&Part::Layers);
    if let Some(cell) = there.cell.as_ref().filter(|cell| layers && **cell != model.cell) {
        return Some(format!(
            "its layers are of `{cell}`, and this model's of `{}`; only weights of the same cell can be taken over",
            model.cell
        ));
    }
    let theirs = there.model.as_ref()?;
    // What layers are made of decides all parts above them, too.
    let compared: &[&str] = match layers || parts.contains(&Part::Output) {
        true => &[
            "layers",
            "hidden",
            "heads",
            "projection",
            "embedding",
            "bidirectional",
            "learned_state",
            "decoder",
        ],
        false => &["embedding"],
    };
    // Plain data with text keys: they can be written as JSON.
    let fields = |model: &ModelConfig| serde_json::to_value(model).unwrap_or_default();
    let (ours, theirs) = (fields(model), fields(theirs));
    let value = |fields: &Value, key: &str| fields.get(key).cloned().unwrap_or(Value::Null);
    let shown = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    };
    let differ: Vec<String> = compared
        .iter()
        .map(|key| (key, value(&theirs, key), value(&ours, key)))
        .filter(|(_, theirs, ours)| theirs != ours)
        .map(|(key, theirs, ours)| {
            format!("`{key}` is {} there and {} here", shown(&theirs), shown(&ours))
        })
        .collect();
    (!differ.is_empty()).then(|| {
        let differ: Vec<&str> = differ.iter().map(String::as_str).collect();
        format!("its model has other sizes: {}; equal ones are needed", list(&differ))
    })
}

impl Draft {
    /// The run of the stage before, which makes the weights that a run with this model starts from.
    pub(super) fn before(&self, model: &ModelConfig, stage: &Self) -> Self {
        let mut axes = Map::new();
        axes.insert("cell".to_owned(), json!(model.cell));
        let of_stage = self.axes.iter().filter(|(key, _)| key.starts_with("pretrain."));
        axes.extend(of_stage.map(|(key, value)| (key.clone(), value.clone())));
        axes.insert("seed".to_owned(), json!(self.seed));
        let sized = ModelConfig { hidden: model.hidden, ..stage.model.clone() };
        Self { role: Role::Pretraining, axes, model: sized, seed: self.seed, ..stage.clone() }
    }
}

/// What is known of the model of a stage before it is trained.
pub(super) fn of_stage(
    run: &PlannedRun,
    facts: &DataFacts,
    engine: &dyn Catalogue,
) -> Result<WeightsFacts, StartProblem> {
    let model = &run.config.model;
    let tensors =
        engine.parameters(model, &facts.shape).map_err(|error| (None, error.to_string()))?;
    Ok(WeightsFacts {
        name: String::new(),
        file: PathBuf::new(),
        sha256: String::new(),
        cell: Some(model.cell.clone()),
        tensors,
        model: Some(model.clone()),
        names: Some(facts.names.clone()),
        data: None,
    })
}

/// What is to be said of a run's folder or a file that is not there.
pub(super) fn absent(source: &WeightsSource) -> Option<String> {
    let path = source.path();
    let (what, there) = match source {
        WeightsSource::Run(_) => ("folder", path.is_dir()),
        WeightsSource::File(_) => ("file", path.is_file()),
    };
    (!there).then(|| {
        format!(
            "there is no {what} {}; a path is relative to the file in which it is written, that of `--set` to where you \
             stand",
            path.display()
        )
    })
}
