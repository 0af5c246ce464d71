//! What the tables cannot say of an experiment: `experiment.json`.

use crate::records::{FileRecord, PlaceNames, RecordError, RunFolder, RunState, write_atomically};
use crate::run::Shard;
use crate::shell::{RESULTS, RunCommand, arguments};
use data::ClassCount;
use experiment::CellFacts;
use experiment::plan::{DataFacts, Drafts, Plan, StartRecord};
use experiment::role::RoleRecord;
use experiment::spec::{Answer, Method, Setting, Source, Spec, SpecError, written};
use machine::Environment;
use model::ModelConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use task::InputKind;
use train::{BaselineScore, Dataset, Metric};

/// An experiment as its results folder describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Name of the experiment and of its folder.
    pub name: String,
    /// Name of the program that runs it.
    pub program: String,
    /// Its file, as a command could name it.
    pub file: String,
    /// A checksum of where that file lies on the machine at work, by which other files of its name are
    /// told from it; `None` in published results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// These are published results, to which no run adds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
    /// The folder that holds the experiment's own, if not [`RESULTS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
    /// Profile used.
    pub profile: Option<String>,
    /// What it asks.
    pub question: Option<String>,
    /// What answers it.
    pub answer: Answer,
    /// What its runs are made for.
    pub role: RoleRecord,
    /// What its author wants readers of the results to know.
    pub notes: Vec<String>,
    /// Values for some runs only, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// The experiment whose trials chose the hyper-parameters.
    pub tuning: Option<String>,
    /// How hyper-parameters were chosen here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tune: Option<TuneRecord>,
    /// Names of all its runs, in order.
    pub runs: Vec<String>,
    /// Arms whose models are far from the number in which they were to be equal, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<String>,
    /// What is wrong with the splits of the data, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_splits: Vec<String>,
    /// The parts of the plan that are here, where not all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Shard>,
    /// Names in prose of its cells.
    pub cells: BTreeMap<String, String>,
    /// By what the runs are compared.
    pub metric: Metric,
    /// What was trained on.
    pub data: DataRecord,
    /// Where data are swept, what else was trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_data: Vec<DataRecord>,
    /// What runs start from, where some do not start from nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<StartOfArms>,
    /// The stage before, from whose models runs start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretraining: Option<PretrainingRecord>,
    /// Parameters that are trained at some step, of each run that does not train all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trained_parameters: BTreeMap<String, usize>,
    /// Every time it was worked on.
    pub sessions: Vec<Session>,
    /// The experiment file, word for word.
    pub text: String,
    /// The files that it includes, in the order in which one is laid over the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<IncludedFile>,
    /// What was set on the command line (`train.epochs=3`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
}

/// What the runs of some arms start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOfArms {
    /// The arms.
    pub arms: Vec<String>,
    /// What it is.
    #[serde(flatten)]
    pub start: StartRecord,
}

/// The stage before the runs, in the folder `pretraining`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainingRecord {
    /// What was trained on.
    pub data: Vec<DataRecord>,
    /// By what its runs are scored.
    pub metric: Metric,
    /// Names of its runs, in order.
    pub runs: Vec<String>,
    /// The run of the stage from which each run of the experiment starts.
    pub before: BTreeMap<String, String>,
}

/// How hyper-parameters were chosen, by trials in the folder `trials`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuneRecord {
    /// How the budget was spent.
    pub method: Method,
    /// Seed of the draws and of the trials' trainings.
    pub seed: u64,
    /// The fields that were chosen, each with what it was drawn from.
    pub space: Map<String, Value>,
    /// The rounds of trials.
    pub rounds: Vec<RoundRecord>,
    /// Names of all trials, in order.
    pub runs: Vec<String>,
    /// What each arm got.
    pub chosen: BTreeMap<String, ChosenTrial>,
}

/// A round of trials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRecord {
    /// Trials of each arm.
    pub trials: usize,
    /// Epochs of each trial.
    pub epochs: usize,
}

/// The trial that won.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenTrial {
    /// Its name.
    pub run: String,
    /// Its values.
    pub values: Map<String, Value>,
}

/// A file that the experiment file includes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedFile {
    /// The file, as a command could name it.
    pub file: String,
    /// Its text, word for word.
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
    /// A checksum of what was read or generated: all splits, token by token, and the words and
    /// classes that their numbers stand for. Equal for equal data, wherever their files lie; records
    /// with different ones are of different data, whatever their names.
    pub fingerprint: String,
    /// The dataset's name and all its settings (but for a file's path), as its runs keep them.
    pub settings: Value,
    /// What of the data is swept, with its values here.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub swept: Map<String, Value>,
    /// It is the generated language, not real text.
    pub stand_in: bool,
    /// Why, or what else a reader should know.
    pub note: Option<String>,
    /// The place it was read from, without the names of this machine's folders; `None` where it was
    /// generated.
    pub location: Option<String>,
    /// Terms of use.
    pub licence: String,
    /// Number of words (0 where the input is numbers).
    pub vocabulary: usize,
    /// The share of `<unk>` in the texts of each split: in those that are written, where answers are texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<[f64; 3]>,
    /// Tokens (time steps of sequences) for training, validation and test.
    pub tokens: [usize; 3],
    /// Sequences of each split, where they are no streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequences: Option<[usize; 3]>,
    /// Its classes, where a sequence is of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassCount>,
    /// Files read.
    pub files: Vec<FileRecord>,
    /// What is reached without recurrent layers, by the experiment's metric.
    pub baselines: Vec<BaselineScore>,
}

/// One time that the experiment was worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Where and when.
    pub environment: Environment,
    /// Runs side by side.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
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

/// The fields of data among swept fields.
pub fn swept_data(axes: &Map<String, Value>) -> Map<String, Value> {
    let of_data = axes.iter().filter(|(key, _)| key.starts_with("data."));
    of_data.map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Experiment {
    /// Describes an experiment that was not worked on yet.
    pub fn describe(
        drafts: &Drafts,
        plan: &Plan,
        datasets: &[Dataset],
        facts: &[DataFacts],
        cells: &[CellFacts],
    ) -> Self {
        let spec = &drafts.spec;
        let used =
            |cell: &&CellFacts| plan.runs.iter().any(|run| run.config.model.cell == cell.name);
        let runs: Vec<String> = plan.runs.iter().map(|run| run.id.clone()).collect();
        let places = PlaceNames::here();
        let mut data: Vec<DataRecord> = datasets
            .iter()
            .zip(facts)
            .map(|(dataset, facts)| DataRecord::of(dataset, facts, &places))
            .collect();
        for (position, record) in data.iter_mut().enumerate() {
            if let Some(run) = plan.runs.iter().find(|run| run.dataset == position) {
                record.swept = swept_data(&run.axes);
            }
        }
        let of_stage =
            |position: &usize| plan.pretraining.iter().any(|run| run.dataset == *position);
        let of_stage: Vec<usize> = (0..data.len()).filter(of_stage).collect();
        let pretraining = of_stage.first().map(|first| PretrainingRecord {
            data: of_stage.iter().map(|&position| data[position].clone()).collect(),
            metric: facts[*first].metric,
            runs: Vec::new(),
            before: BTreeMap::new(),
        });
        data.truncate(drafts.compared_data.max(1));
        let further_data = data.split_off(1);
        let mut files: Vec<IncludedFile> = spec
            .source
            .files()
            .map(|(path, text)| IncludedFile { file: places.of_path(path), text: text.to_owned() })
            .collect();
        let own = files.pop().map_or(String::new(), |own| own.text);
        let mut described = Self {
            name: spec.experiment(),
            program: machine::program(),
            file: places.of_path(spec.source.path()),
            place: place_of(spec.source.path()),
            published: false,
            results: None,
            profile: spec.profile.clone(),
            question: spec.question.clone(),
            answer: spec.answer,
            role: drafts.role.clone(),
            notes: spec.notes.iter().cloned().chain(starts(plan)).collect(),
            settings: drafts.settings_of_some(),
            tuning: spec.tuning.clone(),
            tune: None,
            runs,
            unmatched: plan.unmatched.clone(),
            of_splits: plan.of_splits.clone(),
            parts: Vec::new(),
            cells: cells
                .iter()
                .filter(used)
                .map(|cell| (cell.name.clone(), cell.title.clone()))
                .collect(),
            metric: plan.metric,
            data: data.swap_remove(0),
            further_data,
            starts: Vec::new(),
            pretraining,
            trained_parameters: BTreeMap::new(),
            sessions: Vec::new(),
            text: own,
            included: files,
            set: settings_of(spec),
        };
        described.set_starts(plan);
        described
    }

    /// Says of the runs of a plan what they start from, and what of them is trained.
    pub fn set_starts(&mut self, plan: &Plan) {
        self.starts.clear();
        for run in &plan.runs {
            let Some(start) = run.start.as_ref().map(|start| &start.record) else { continue };
            let known = self.starts.iter().position(|known| known.start == *start);
            let position = known.unwrap_or_else(|| {
                self.starts.push(StartOfArms { arms: Vec::new(), start: start.clone() });
                self.starts.len() - 1
            });
            let arms = &mut self.starts[position].arms;
            if !arms.contains(&run.arm) {
                arms.push(run.arm.clone());
            }
        }
        if let Some(pretraining) = &mut self.pretraining {
            pretraining.runs = plan.pretraining.iter().map(|run| run.id.clone()).collect();
            let before = plan
                .runs
                .iter()
                .filter_map(|run| Some((run.id.clone(), run.start.as_ref()?.run.clone()?)));
            pretraining.before = before.collect();
        }
        let partly = plan.runs.iter().filter(|run| run.trained_parameters < run.costs.parameters);
        self.trained_parameters =
            partly.map(|run| (run.id.clone(), run.trained_parameters)).collect();
    }

    /// The description in a results folder that is to be worked on, if there is one. Refused are those
    /// that cannot be read, which would lose its sessions, and those of other experiments, whose tables
    /// and report would be replaced.
    pub fn earlier(folder: &Path, spec: &Spec) -> Result<Option<Self>, RecordError> {
        let earlier = match Self::read(folder) {
            Err(RecordError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(RecordError::Unreadable { path, problem }) => {
                return Err(RecordError::DamagedExperiment { path, problem });
            }
            other => other?,
        };
        match earlier.is_of(spec) {
            true => Ok(Some(earlier)),
            false => {
                let holder = earlier.command_arguments();
                let arguments = arguments(spec.profile.as_deref(), &settings_of(spec));
                let file = PlaceNames::here().of_path(spec.source.path());
                let (mut file, path) = (file + &arguments, folder.to_owned());
                // Each is called so where one stands.
                if file == holder {
                    file = format!("another {file}");
                }
                Err(RecordError::Another { path, holder, file })
            }
        }
    }

    /// Whether it describes the experiment of this file: with the same profile and settings, and of the
    /// same file, changed or not, or the same text, moved or not.
    fn is_of(&self, spec: &Spec) -> bool {
        let here = place_of(spec.source.path());
        let same_file = here.is_some() && here == self.place;
        self.profile == spec.profile
            && self.set == settings_of(spec)
            && (same_file || self.has_text_of(spec))
    }

    /// Whether it is of the experiment as it is written now, all that is included with it.
    fn has_text_of(&self, spec: &Spec) -> bool {
        let now = spec.source.files().map(|(_, text)| text);
        self.included.iter().map(|file| &*file.text).chain([&*self.text]).eq(now)
    }

    /// The sessions, as far as what came of them counts and is here: one of the plan's runs, or of the
    /// trials or the stage before it, must have been begun in `folder`. What a copied description tells of another
    /// machine's work says nothing of the runs that are yet to be made here.
    pub fn sessions_of(self, plan: &Plan, drafts: &Drafts, folder: &Path) -> Vec<Session> {
        let begun = |run: &RunFolder| {
            let status = run.status().ok().flatten();
            status.is_some_and(|status| status.state != RunState::Planned)
        };
        let mut runs = plan.runs.iter().map(|run| RunFolder::of(folder, &run.id));
        let tuned = || {
            let trials = RunFolder::all(&folder.join(TRIALS)).unwrap_or_default();
            // Its runs are not known before its trials have ended.
            drafts.spec.tune.is_some()
                && self.has_text_of(&drafts.spec)
                && trials.iter().any(|(_, run)| begun(run))
        };
        let before = folder.join(PRETRAINING);
        let mut stage = plan.pretraining.iter().map(|run| RunFolder::of(&before, &run.id));
        match runs.any(|run| begun(&run)) || stage.any(|run| begun(&run)) || tuned() {
            true => self.sessions,
            false => Vec::new(),
        }
    }

    /// A sentence for all data whose content is another than at `earlier` work in this folder.
    pub fn changed_data(&self, earlier: &Self) -> Vec<String> {
        let left_out = earlier.runs.iter().filter(|run| !self.runs.contains(run)).count();
        let changed = |data: &&DataRecord| {
            let before = earlier.all_data().filter(|before| before.settings == data.settings);
            before.map(|before| &before.fingerprint).any(|before| *before != data.fingerprint)
        };
        let sentence = |data: &DataRecord| {
            format!(
                "{} is not what it was at the earlier work in this folder: of its {}, those on other content ({left_out} of all) are left out and trained anew",
                data.title,
                words::counted(earlier.runs.len(), "run")
            )
        };
        self.all_data().filter(changed).map(sentence).collect()
    }

    /// A sentence for each trained model from which runs start whose file is another than at `earlier` work in this
    /// folder.
    pub fn changed_weights(&self, earlier: &Self) -> Vec<String> {
        let before = |start: &StartOfArms| {
            let same = |known: &&StartOfArms| known.start.source == start.start.source;
            earlier.starts.iter().filter(same).any(|known| known.start.sha256 != start.start.sha256)
        };
        let changed = self.starts.iter().filter(|start| before(start));
        let sentence = |start: &StartOfArms| {
            Some(format!(
                "the weights of {} are not what they were at the earlier work in this folder: runs that start from them are made anew",
                start.start.source.as_ref()?
            ))
        };
        changed.filter_map(sentence).collect()
    }

    /// Reads the description in an experiment's folder.
    pub fn read(folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join("experiment.json");
        let text = fs::read(&path).map_err(RecordError::io(&path))?;
        serde_json::from_slice(&text).map_err(|error| RecordError::unreadable(&path, error))
    }

    /// The experiment as it was read.
    pub fn source(&self) -> Result<Source, SpecError> {
        let included =
            self.included.iter().map(|file| (PathBuf::from(&file.file), file.text.clone()));
        let own = (PathBuf::from(&self.file), self.text.clone());
        Source::recorded(included.chain([own]), self.profile.as_deref(), &self.set)
    }

    /// Names the folder that holds the experiment's own, where commands have to.
    pub fn set_results(&mut self, folder: &Path) {
        self.results = (folder != Path::new(RESULTS)).then(|| PlaceNames::here().of_path(folder));
    }

    /// The command that runs it.
    pub fn command(&self) -> String {
        self.command_without("")
    }

    /// The same without what was set of a field (`sweep.seed`), for it to be set otherwise.
    pub fn command_without(&self, field: &str) -> String {
        let command = RunCommand {
            program: &self.program,
            file: &self.file,
            profile: self.profile.as_deref(),
            set: &self.set,
            results: self.results.as_deref(),
        };
        command.without(field)
    }

    /// What follows `run` in the command that runs it.
    fn command_arguments(&self) -> String {
        format!("{}{}", self.file, arguments(self.profile.as_deref(), &self.set))
    }

    /// What was trained on, in prose.
    pub fn data_title(&self) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for data in self.all_data() {
            if !titles.contains(&data.title.as_str()) {
                titles.push(&data.title);
            }
        }
        // Titles that differ tell the data apart by themselves.
        if titles.len() == self.all_data().count() {
            return with_common_beginning(&titles);
        }
        let labels: Vec<String> =
            self.all_data().map(DataRecord::label).filter(|label| !label.is_empty()).collect();
        match labels.is_empty() {
            true => titles.join("; "),
            false => format!("{} ({})", titles.join("; "), labels.join("; ")),
        }
    }

    /// What is reached without recurrent layers on all data, by the experiment's metric.
    pub fn baselines(&self) -> Vec<BaselineScore> {
        let of = |data: &DataRecord| {
            let label = data.label();
            let named = move |baseline: &BaselineScore| match label.is_empty() {
                true => baseline.clone(),
                false => BaselineScore {
                    name: format!("{}, {label}", baseline.name),
                    ..baseline.clone()
                },
            };
            data.baselines.iter().map(named).collect::<Vec<_>>()
        };
        self.all_data().flat_map(of).collect()
    }

    /// All that was trained on.
    pub fn all_data(&self) -> impl Iterator<Item = &DataRecord> {
        [&self.data].into_iter().chain(&self.further_data)
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
    /// What tells it from the experiment's other data, such as `delay 5`.
    pub fn label(&self) -> String {
        let part = |(key, value): (&String, &Value)| {
            format!("{} {}", words::last_part(key), written(value))
        };
        self.swept.iter().map(part).collect::<Vec<_>>().join(", ")
    }

    /// What a step of it is called.
    pub fn unit(&self) -> &'static str {
        if self.sequences.is_some() { "step" } else { "token" }
    }

    fn of(dataset: &Dataset, facts: &DataFacts, places: &PlaceNames) -> Self {
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
                    InputKind::Tokens { types } => types,
                    InputKind::Features { .. } => 0,
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
            fingerprint: facts.fingerprint.clone(),
            settings: facts.data.clone(),
            swept: Map::new(),
            stand_in: source.stand_in,
            note: source.note.as_ref().map(|note| places.in_text(note)),
            location: (!source.stand_in).then(|| places.of_path(Path::new(&source.location))),
            licence: licence.unwrap_or("unknown").to_owned(),
            vocabulary,
            unknown: match dataset {
                Dataset::Corpus(corpus) => corpus.unknown(),
                Dataset::Sequences(data) => data.unknown(),
            },
            tokens,
            sequences,
            classes: match dataset {
                Dataset::Corpus(_) => Vec::new(),
                Dataset::Sequences(data) => data.class_counts(),
            },
            files: source.files.iter().map(FileRecord::from).collect(),
            baselines: train::baselines(dataset),
        }
    }
}

/// The folder of an experiment's trials, within its own.
pub const TRIALS: &str = "trials";

/// The folder of the stage before an experiment's runs, within its own.
pub const PRETRAINING: &str = "pretraining";

/// What stands for the place of a file without naming its folders.
fn place_of(file: &Path) -> Option<String> {
    let whole = file.canonicalize().ok()?;
    Some(experiment::hash::text(&whole.to_string_lossy())[..16].to_owned())
}

/// What is set on the command line.
fn settings_of(spec: &Spec) -> Vec<String> {
    spec.source.overrides().iter().map(ToString::to_string).collect()
}

/// A sentence on where biases start, if some do not start as they do by default.
fn starts(plan: &Plan) -> Option<String> {
    let of_all = |choice: &dyn Fn(&ModelConfig) -> Value| -> String {
        let mut all: Vec<String> = Vec::new();
        for run in &plan.runs {
            let text = format!("`{}`", written(&choice(&run.config.model)));
            if !all.contains(&text) {
                all.push(text);
            }
        }
        all.join(", ")
    };
    // A name or a number: both can be written as JSON.
    let layers = of_all(&|model| json!(model.bias_init));
    let output = of_all(&|model| json!(model.output_bias));
    let usual = layers == "`zero`" && output == "`log_frequencies`";
    (!usual).then(|| {
        format!("Biases of layers start at {layers}, those of the output at {output}, as the experiment file says (model.bias_init, model.output_bias).")
    })
}

/// Titles with what all of them begin with, up to a comma, said once.
fn with_common_beginning(titles: &[&str]) -> String {
    let (first, others) = match titles {
        [] => return String::new(),
        [first, others @ ..] => (*first, others),
    };
    let shared = |end: &usize| others.iter().all(|title| title.starts_with(&first[..*end]));
    let ends = first.match_indices(", ").map(|(at, comma)| at + comma.len());
    let end = match others.is_empty() {
        true => 0,
        false => ends.filter(shared).last().unwrap_or(0),
    };
    let rest: Vec<&str> = titles.iter().map(|title| &title[end..]).collect();
    format!("{}{}", &first[..end], rest.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_titles_begin_with_is_said_once() {
        let speakers = ["Digits, 2 copies, bob left out", "Digits, 2 copies, eve left out"];
        assert_eq!(
            with_common_beginning(&speakers),
            "Digits, 2 copies, bob left out; eve left out"
        );
        assert_eq!(with_common_beginning(&["Digits, a", "Letters, a"]), "Digits, a; Letters, a");
        assert_eq!(with_common_beginning(&["Digits, a"]), "Digits, a");
    }
}
