//! One run's folder.

use super::{MetricsLog, RecordError, read_metrics, write_atomically};
use crate::plan::{PlannedRun, ResolvedRun};
use crate::yaml;
use machine::Environment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use train::{Event, Outcome};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Started, and not ended: at work, or cut off.
    Running,
    /// Ended with a result.
    Done,
    /// Ended because its loss stopped being finite. A result, too.
    Diverged,
    /// Broken off by an error.
    Failed,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "unfinished",
            Self::Done => "done",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
        }
    }
}

/// What a run's folder tells of it apart from its measurements: all that tables need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Where the run stands.
    pub state: State,
    /// Why it failed.
    pub error: Option<String>,
    /// Position in the sweep, from 0.
    pub position: usize,
    /// What it is compared as.
    pub arm: String,
    /// Values of the swept fields.
    pub axes: Map<String, Value>,
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
    /// Where and when the run (its last part) was started.
    pub environment: Environment,
}

impl Status {
    /// The status of a run that starts now.
    pub fn starting(run: &PlannedRun, position: usize) -> Self {
        Self {
            state: State::Running,
            error: None,
            position,
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
            environment: Environment::here(),
        }
    }
}

/// One run's folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder of a run of the experiment.
    pub fn of(experiment: &Path, run_id: &str) -> Self {
        Self { path: experiment.join("runs").join(run_id) }
    }

    /// All run folders of an experiment, by name.
    pub fn all(experiment: &Path) -> Result<Vec<(String, Self)>, RecordError> {
        let runs = experiment.join("runs");
        let mut found = Vec::new();
        for entry in fs::read_dir(&runs).map_err(RecordError::io(&runs))? {
            let entry = entry.map_err(RecordError::io(&runs))?;
            if entry.path().join("status.json").is_file() {
                found.push((
                    entry.file_name().to_string_lossy().into_owned(),
                    Self { path: entry.path() },
                ));
            }
        }
        found.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(found)
    }

    /// Makes the folder and writes what is known at the start.
    pub fn begin(&self, config: &ResolvedRun<'_>, status: &Status) -> Result<(), RecordError> {
        fs::create_dir_all(&self.path).map_err(RecordError::io(&self.path))?;
        let path = self.path.join("config.yaml");
        let text = yaml::to_text(config).map_err(|error| RecordError::unreadable(&path, error))?;
        write_atomically(&path, text.as_bytes())?;
        self.write_status(status)
    }

    /// Writes where the run stands.
    pub fn write_status(&self, status: &Status) -> Result<(), RecordError> {
        write_json(&self.path.join("status.json"), status)
    }

    /// Where the run stands; `None` if it never started.
    pub fn status(&self) -> Result<Option<Status>, RecordError> {
        read_json(&self.path.join("status.json"))
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
            ..outcome.clone()
        };
        outcome.valid_metrics.retain(|_, value| value.is_finite());
        outcome.test_metrics.retain(|_, value| value.is_finite());
        write_json(&self.path.join("outcome.json"), &outcome)
    }

    /// Takes the checkpoint away, if there is one.
    pub fn remove_checkpoint(&self) -> Result<(), RecordError> {
        let path = self.checkpoint();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(RecordError::Io { path, error })
            }
            _ => Ok(()),
        }
    }

    /// What the training left.
    pub fn outcome(&self) -> Result<Option<Outcome>, RecordError> {
        read_json(&self.path.join("outcome.json"))
    }

    /// The log, ready to be continued.
    pub fn log(&self) -> Result<MetricsLog, RecordError> {
        MetricsLog::open(&self.path.join("metrics.jsonl"))
    }

    /// All recorded events.
    pub fn events(&self) -> Result<Vec<Event>, RecordError> {
        read_metrics(&self.path.join("metrics.jsonl"))
    }

    /// Where the training keeps its checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint.safetensors")
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
