//! One run's folder.

use super::{MetricsLog, RecordError, metrics, read_metrics, write_atomically};
use experiment::plan::{Axes, PlannedRun, ResolvedRun};
use experiment::role::Role;
use experiment::yaml;
use machine::Environment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use train::{Event, Outcome};

const STATUS: &str = "status.json";

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
    /// Events in its log, once it has ended with a result.
    pub logged: Option<usize>,
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
            state: RunState::Planned,
            error: None,
            position,
            role: run.role,
            arm: run.arm.clone(),
            axes: run.axes.clone(),
            reasons: run.reasons.clone(),
            model: run.model.clone(),
            train: run.train.clone(),
            seed: run.seed,
            cell_parameters: run.costs.cell_parameters,
            parameters: run.costs.parameters,
            cell_flops_per_token: run.costs.cell_flops_per_token,
            flops_per_token: run.costs.flops_per_token,
            threads,
            logged: None,
            environment: here.now(),
        }
    }
}

/// One run's folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    pub(super) path: PathBuf,
}

impl RunFolder {
    /// The folder of a run of the experiment.
    pub fn of(experiment: &Path, run_id: &str) -> Self {
        Self { path: experiment.join("runs").join(run_id) }
    }

    /// This folder.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// All run folders of an experiment, by name.
    pub fn all(experiment: &Path) -> Result<Vec<(String, Self)>, RecordError> {
        let runs = experiment.join("runs");
        let mut found = Vec::new();
        for entry in fs::read_dir(&runs).map_err(RecordError::io(&runs))? {
            let entry = entry.map_err(RecordError::io(&runs))?;
            if entry.path().join(STATUS).is_file() {
                found.push((
                    entry.file_name().to_string_lossy().into_owned(),
                    Self { path: entry.path() },
                ));
            }
        }
        found.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(found)
    }

    /// Makes the folder and writes what is known at the start. What a killed process left half
    /// written is taken away.
    pub fn begin(&self, config: &ResolvedRun<'_>, status: &Status) -> Result<(), RecordError> {
        fs::create_dir_all(&self.path).map_err(RecordError::io(&self.path))?;
        machine::remove_parts(&self.path).map_err(RecordError::io(&self.path))?;
        let (path, text) = self.resolved(config)?;
        write_atomically(&path, text.as_bytes())?;
        self.write_status(status)
    }

    /// Makes sure that a folder which holds a run already holds this one, and no other of its name.
    pub fn require(&self, config: &ResolvedRun<'_>) -> Result<(), RecordError> {
        let (path, text) = self.resolved(config)?;
        match fs::read_to_string(&path) {
            Ok(recorded) if recorded == text => Ok(()),
            Ok(_) => Err(RecordError::OtherRun { path }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                write_atomically(&path, text.as_bytes())
            }
            Err(error) => Err(RecordError::Io { path, error }),
        }
    }

    /// The file of a run's resolved configuration, and what belongs into it.
    fn resolved(&self, config: &ResolvedRun<'_>) -> Result<(PathBuf, String), RecordError> {
        let path = self.path.join("config.yaml");
        let text = yaml::to_text(config).map_err(|error| RecordError::unreadable(&path, error))?;
        Ok((path, text))
    }

    /// The resolved configuration; an error that says what is wanted if there is none.
    pub fn config(&self) -> Result<Value, RecordError> {
        let path = self.path.join("config.yaml");
        match fs::read_to_string(&path) {
            Ok(text) => {
                yaml::parse(&text).map_err(|error| RecordError::unreadable(&path, error.message))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(RecordError::NoRun { path: self.path.clone() })
            }
            Err(error) => Err(RecordError::Io { path, error }),
        }
    }

    /// Writes where the run stands.
    pub fn write_status(&self, status: &Status) -> Result<(), RecordError> {
        write_json(&self.path.join(STATUS), status)
    }

    /// Where the run stands; `None` if it never started.
    pub fn status(&self) -> Result<Option<Status>, RecordError> {
        read_json(&self.path.join(STATUS))
    }

    /// Writes what the training left. JSON has no number for what is not finite: such a loss is
    /// left out, such a time becomes 0.
    pub fn write_outcome(&self, outcome: &Outcome) -> Result<(), RecordError> {
        let finite = |number: f64| if number.is_finite() { number } else { 0.0 };
        let mut outcome = Outcome {
            valid_loss: outcome.valid_loss.filter(|loss| loss.is_finite()),
            test_loss: outcome.test_loss.filter(|loss| loss.is_finite()),
            train_seconds: finite(outcome.train_seconds),
            total_seconds: finite(outcome.total_seconds),
            tokens_per_second: finite(outcome.tokens_per_second),
            forward_tokens_per_second: outcome
                .forward_tokens_per_second
                .filter(|speed| speed.is_finite()),
            ..outcome.clone()
        };
        outcome.valid_metrics.retain(|_, value| value.is_finite());
        outcome.test_metrics.retain(|_, value| value.is_finite());
        write_json(&self.path.join("outcome.json"), &outcome)
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
        remove(&self.path.join("outcome.json"))?;
        self.tidy()
    }

    /// Copies every file into another run's folder, as if it had been at work there.
    pub fn copy_to(&self, other: &Self) -> Result<(), RecordError> {
        if self.path == other.path {
            return Ok(());
        }
        fs::create_dir_all(&other.path).map_err(RecordError::io(&other.path))?;
        machine::remove_parts(&other.path).map_err(RecordError::io(&other.path))?;
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

    /// What of an ended run's records is missing, or cannot be read. `None` where all is whole.
    pub fn flaw(&self) -> Option<String> {
        let told = |path: &Path, problem: &str| Some(format!("{}: {problem}", path.display()));
        let outcome = match self.outcome() {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return told(&self.path.join("outcome.json"), "missing"),
            Err(error) => return Some(error.to_string()),
        };
        if !self.metrics().is_file() {
            return told(&self.metrics(), "missing");
        }
        let events = match self.events() {
            Ok(events) => events.len(),
            Err(error) => return Some(error.to_string()),
        };
        let logged = self.status().ok().flatten().and_then(|status| status.logged);
        if logged != Some(events) {
            let problem = match logged {
                Some(logged) => format!("{events} events are left of {logged}"),
                None => "how many events it had is not known".to_owned(),
            };
            return told(&self.metrics(), &problem);
        }
        // A model that diverged is not kept.
        match outcome.diverged || self.model().is_file() {
            true => None,
            false => told(&self.model(), "missing"),
        }
    }

    /// Why a checkpoint here cannot be taken up: what was measured before it is missing, in part or
    /// whole, or cannot be read. `None` where nothing is in the way.
    pub fn gap(&self) -> Result<Option<String>, RecordError> {
        let log = self.metrics();
        let told = |problem: &str| Ok(Some(format!("{}: {problem}", log.display())));
        if !log.is_file() {
            let checkpoints = train::checkpoint_files(&self.checkpoint());
            return match checkpoints.iter().any(|file| file.is_file()) {
                true => told("missing, though there is a checkpoint"),
                false => Ok(None),
            };
        }
        let events = match self.events() {
            Ok(events) => events,
            Err(RecordError::Unreadable { problem, .. }) => return told(&problem),
            Err(error) => return Err(error),
        };
        let reached = train::checkpointed_step(&self.checkpoint()).unwrap_or(0);
        match metrics::missing_step(&events, reached) {
            Some(step) => {
                told(&format!("step {step} is missing, though the checkpoint is of step {reached}"))
            }
            None => Ok(None),
        }
    }

    /// What the training left.
    pub fn outcome(&self) -> Result<Option<Outcome>, RecordError> {
        read_json(&self.path.join("outcome.json"))
    }

    /// The log, ready to be continued.
    pub fn log(&self) -> Result<MetricsLog, RecordError> {
        MetricsLog::open(&self.metrics())
    }

    /// All recorded events.
    pub fn events(&self) -> Result<Vec<Event>, RecordError> {
        read_metrics(&self.metrics())
    }

    fn metrics(&self) -> PathBuf {
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

fn remove(path: &Path) -> Result<(), RecordError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RecordError::Io { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RecordError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| RecordError::unreadable(path, error))?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, RecordError> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| RecordError::unreadable(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RecordError::Io { path: path.to_owned(), error }),
    }
}
