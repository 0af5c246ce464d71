//! One run's folder.

use super::sealed::Sealed;
use super::{MetricsLog, RecordError, read_metrics, write_atomically, write_unsynced};
use experiment::plan::{Axes, PlannedRun, RunConfig, StartRecord};
use experiment::role::Role;
use experiment::yaml;
use machine::Environment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use train::Event;

const STATUS: &str = "status.json";

/// Times that the copying of a folder is begun again because one of its files is gone.
const COPIES: usize = 5;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Not started yet.
    Planned,
    /// Started, and not ended: at work, or cut off.
    Running,
    /// Ended with a result.
    Done,
    /// Ended because its loss stopped being finite. A result, too.
    Diverged,
    /// Broken off by an error.
    Failed,
    /// Stopped by a person or the system, after a checkpoint.
    Interrupted,
}

impl RunState {
    /// All states, in the order in which a run can meet them.
    pub const ALL: [Self; 6] =
        [Self::Planned, Self::Running, Self::Interrupted, Self::Failed, Self::Diverged, Self::Done];

    /// The state with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether there is nothing left to do.
    pub fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Diverged)
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "unfinished",
            Self::Done => "done",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a run's folder tells of it apart from its measurements: all that tables need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Name of the run.
    pub run: String,
    /// Where the run stands.
    pub state: RunState,
    /// Why it failed.
    pub error: Option<String>,
    /// Position in the sweep, from 0.
    pub position: usize,
    /// What the run is made for.
    pub role: Role,
    /// What it is compared as.
    pub arm: String,
    /// Values of the swept fields.
    pub axes: Axes,
    /// Fields that a setting changed, with the reason.
    pub reasons: Map<String, Value>,
    /// The model, training and seed.
    pub model: model::ModelConfig,
    /// How it is trained.
    pub train: train::TrainConfig,
    /// What it starts from, if not from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartRecord>,
    /// Seed of every random draw.
    pub seed: u64,
    /// Parameters of the recurrent layers.
    pub cell_parameters: usize,
    /// All parameters.
    pub parameters: usize,
    /// Floating-point operations of the recurrent layers, forward, per token.
    pub cell_flops_per_token: f64,
    /// Floating-point operations of the whole model, forward, per token.
    pub flops_per_token: f64,
    /// Threads that it uses.
    pub threads: NonZeroUsize,
    /// Where and when the run (its last part) was started.
    pub environment: Environment,
}

impl Status {
    /// The status of a run that is about to start, here and now.
    pub fn planned(
        run: &PlannedRun,
        position: usize,
        here: &Environment,
        threads: NonZeroUsize,
    ) -> Self {
        Self {
            run: run.id.clone(),
            state: RunState::Planned,
            error: None,
            position,
            role: run.role,
            arm: run.arm.clone(),
            axes: run.axes.clone(),
            reasons: run.reasons.clone(),
            model: run.config.model.clone(),
            train: run.config.train.clone(),
            start: run.start.as_ref().map(|start| start.record.clone()),
            seed: run.config.seed,
            cell_parameters: run.costs.cell_parameters,
            parameters: run.costs.parameters,
            cell_flops_per_token: run.costs.cell_flops_per_token,
            flops_per_token: run.costs.flops_per_token,
            threads,
            environment: here.now(),
        }
    }
}

/// One run's folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    pub(super) path: PathBuf,
    /// The run whose folder it is, as its place says; `None` where the folder was taken elsewhere.
    id: Option<String>,
}

impl RunFolder {
    /// The folder of a run of the experiment.
    pub fn of(experiment: &Path, run_id: &str) -> Self {
        Self { path: experiment.join("runs").join(run_id), id: Some(run_id.to_owned()) }
    }

    /// This folder.
    pub fn at(path: &Path) -> Self {
        // In an experiment's `runs`, folders have the names of their runs.
        let whole = path.canonicalize().ok();
        let of_experiment = |place: &Path| {
            place.ends_with("runs") && place.with_file_name("experiment.json").is_file()
        };
        let name = whole
            .filter(|whole| whole.parent().is_some_and(of_experiment))
            .and_then(|whole| whole.file_name().map(OsStr::to_owned));
        Self { path: path.to_owned(), id: name.map(|name| name.to_string_lossy().into_owned()) }
    }

    /// All run folders of an experiment, by name.
    pub fn all(experiment: &Path) -> Result<Vec<(String, Self)>, RecordError> {
        let runs = experiment.join("runs");
        let mut found = Vec::new();
        for entry in fs::read_dir(&runs).map_err(RecordError::io(&runs))? {
            let entry = entry.map_err(RecordError::io(&runs))?;
            if entry.path().join(STATUS).is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                found.push((name.clone(), Self { path: entry.path(), id: Some(name) }));
            }
        }
        found.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(found)
    }

    /// Makes the folder and writes what is known at the start. What a killed process left half
    /// written is taken away.
    pub fn begin(&self, config: &RunConfig, status: &Status) -> Result<(), RecordError> {
        machine::make_folder(&self.path).map_err(RecordError::io(&self.path))?;
        machine::remove_parts(&self.path).map_err(RecordError::io(&self.path))?;
        let (path, text) = self.resolved(config)?;
        if !fs::read(&path).is_ok_and(|recorded| recorded == text.as_bytes()) {
            write_unsynced(&path, text.as_bytes())?;
        }
        self.write_status(status)
    }

    /// Makes sure that a folder which holds a run already holds this one, and no other of its name. A
    /// configuration that a power cut took is written again.
    pub fn require(&self, config: &RunConfig) -> Result<(), RecordError> {
        let (path, text) = self.resolved(config)?;
        match fs::read(&path) {
            Ok(recorded) if recorded == text.as_bytes() => Ok(()),
            Ok(recorded) if is_mapping(&recorded) => Err(RecordError::OtherRun { path }),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(RecordError::Io { path, error })
            }
            _ => write_unsynced(&path, text.as_bytes()),
        }
    }

    /// Puts on the disk all that makes up an ended run, before its checkpoints go. Its state follows: of
    /// a run that ended, the outcome tells, too.
    pub fn settle(&self) -> Result<(), RecordError> {
        let files = [
            self.config_path(),
            self.data_path(),
            self.metrics(),
            self.model(),
            self.outcome_path(),
        ];
        let there: Vec<&Path> =
            files.iter().map(PathBuf::as_path).filter(|path| path.exists()).collect();
        machine::sync(&there).map_err(RecordError::io(&self.path))
    }

    fn config_path(&self) -> PathBuf {
        self.path.join("config.yaml")
    }

    /// The file of a run's resolved configuration, and what belongs into it.
    fn resolved(&self, config: &RunConfig) -> Result<(PathBuf, String), RecordError> {
        let path = self.config_path();
        let text = yaml::to_text(config).map_err(|error| RecordError::unreadable(&path, error))?;
        Ok((path, text))
    }

    /// What the run does; an error that says what is wanted if there is no run.
    pub fn config(&self) -> Result<RunConfig, RecordError> {
        serde_json::from_value(self.config_fields()?)
            .map_err(|error| RecordError::damaged(&self.config_path(), error))
    }

    /// The same as its file has it.
    pub fn config_fields(&self) -> Result<Value, RecordError> {
        let path = self.config_path();
        match fs::read(&path) {
            Ok(bytes) => {
                let unreadable = |problem: String| RecordError::unreadable(&path, problem);
                let text =
                    String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
                yaml::parse(&text).map_err(|error| unreadable(error.message))
            }
            // A file, such as the run's model, is no folder.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Err(RecordError::NoRun { path: self.path.clone() })
            }
            Err(error) => Err(RecordError::Io { path, error }),
        }
    }

    /// Writes where the run stands.
    pub fn write_status(&self, status: &Status) -> Result<(), RecordError> {
        let path = self.path.join(STATUS);
        let sealed = Sealed::of(status).map_err(|error| RecordError::unreadable(&path, error))?;
        write_json(&path, &sealed)
    }

    /// Where the run stands; `None` if it never started. An error if it is another run's.
    pub fn status(&self) -> Result<Option<Status>, RecordError> {
        let path = self.path.join(STATUS);
        let status: Option<Status> = match fs::read(&path) {
            Ok(text) => {
                Some(Sealed::read(&text).map_err(|problem| RecordError::damaged(&path, problem))?)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(RecordError::Io { path, error }),
        };
        match (&status, &self.id) {
            (Some(status), Some(id)) if status.run != *id => {
                Err(RecordError::OfOtherRun { path, run: status.run.clone(), wanted: id.clone() })
            }
            _ => Ok(status),
        }
    }

    /// Takes away what an ended run does not need: checkpoints, and what was left half written.
    pub fn tidy(&self) -> Result<(), RecordError> {
        machine::remove_parts(&self.path).map_err(RecordError::io(&self.path))?;
        train::checkpoint_files(&self.checkpoint()).iter().try_for_each(|path| remove(path))
    }

    /// Forgets what was trained and measured, so that the run starts anew.
    pub fn forget(&self) -> Result<(), RecordError> {
        remove(&self.metrics())?;
        remove(&self.history())?;
        remove(&self.outcome_path())?;
        remove(&self.model())?;
        self.tidy()
    }

    /// Copies every file into another run's folder, as if it had been at work there.
    pub fn copy_to(&self, other: &Self) -> Result<(), RecordError> {
        if self.path == other.path {
            return Ok(());
        }
        machine::make_folder(&other.path).map_err(RecordError::io(&other.path))?;
        machine::remove_parts(&other.path).map_err(RecordError::io(&other.path))?;
        // A run that is at work replaces its checkpoints meanwhile: what is there then is copied.
        for _ in 0..COPIES {
            match self.copy_files_to(other) {
                Err(RecordError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {}
                copied => return copied,
            }
        }
        self.copy_files_to(other)
    }

    fn copy_files_to(&self, other: &Self) -> Result<(), RecordError> {
        // The status last: without it, the run counts as not started.
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(RecordError::io(&self.path))? {
            names.push(entry.map_err(RecordError::io(&self.path))?.file_name());
        }
        names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
        names.sort_by_key(|name| *name == *STATUS);
        for name in names {
            let path = self.path.join(&name);
            let bytes = fs::read(&path).map_err(RecordError::io(&path))?;
            write_atomically(&other.path.join(&name), &bytes)?;
        }
        Ok(())
    }

    /// The log, ready to be continued.
    pub fn log(&self) -> Result<MetricsLog, RecordError> {
        MetricsLog::open(&self.metrics())
    }

    /// All recorded events.
    pub fn events(&self) -> Result<Vec<Event>, RecordError> {
        read_metrics(&self.metrics())
    }

    /// Where the run's events are logged.
    pub(super) fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Where an ended run has its steps and evaluations as a table.
    pub fn history(&self) -> PathBuf {
        self.path.join("metrics.parquet")
    }

    /// Where a finished training leaves its model.
    pub fn model(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// Where the training keeps its checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
    }
}

/// Whether a configuration is one, not what a power cut left of it.
fn is_mapping(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| yaml::parse(text).is_ok_and(|value| value.is_object()))
}

pub(super) fn remove(path: &Path) -> Result<(), RecordError> {
    match machine::remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(RecordError::Io { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RecordError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| RecordError::unreadable(path, error))?;
    text.push('\n');
    write_unsynced(path, text.as_bytes())
}
