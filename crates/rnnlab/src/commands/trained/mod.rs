//! `rnnlab eval`, `generate`, `transcribe` and `translate`: trained models put to use. What a model's numbers stand for
//! is read from the run's own folder, and nowhere else.

mod eval;
mod generate;
mod transcribe;
mod translate;

pub(super) use eval::eval;
pub(super) use generate::generate;
pub(super) use transcribe::transcribe;
pub(super) use translate::translate;

use anyhow::{anyhow, bail};
use experiment::EngineError;
use experiment::role::Role;
use model::{Context, ModelConfig};
use std::path::{Path, PathBuf};
use sweep::SavedModel;
use sweep::records::{RunData, RunFolder, RunState};

/// A run with its model and what it was trained on.
pub(super) struct TrainedRun {
    pub(super) config: ModelConfig,
    pub(super) data: RunData,
    data_path: PathBuf,
    pub(super) model: PathBuf,
    /// What it was made for; `None` where its status is gone.
    role: Option<Role>,
    /// Where it stands; `None` where its status is gone.
    pub(super) state: Option<RunState>,
}

impl TrainedRun {
    /// Whether it writes by attending to what it read.
    fn attends(&self) -> bool {
        !matches!(self.config.decoder.context, Context::Start | Context::EveryStep)
    }

    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let run = RunFolder::at(folder);
        let config = run.config()?;
        let model = run.model();
        let status = run.status()?;
        let state = status.as_ref().map(|status| status.state);
        if !model.is_file() && state != Some(RunState::Done) {
            let why = match state {
                Some(RunState::Diverged) => "the run diverged, so it left none",
                _ => "the run is not done",
            };
            bail!("{}: there is no trained model; {why}", model.display());
        }
        let data = match &status {
            Some(status) => {
                run.check_model(status)?;
                run.checked_data(status)?
            }
            None => run.data()?,
        };
        if status.as_ref().is_some_and(|status| status.model != config.model) {
            bail!(
                "{}: this is not the configuration of the run's model; restore it, or train the run again",
                folder.join("config.yaml").display()
            );
        }
        let role = status.map(|status| status.role);
        let data_path = run.data_path();
        Ok(Self { config: config.model, data, data_path, model, role, state })
    }

    fn saved(&self) -> SavedModel<'_> {
        SavedModel { file: &self.model, config: &self.config, shape: self.data.shape }
    }

    /// An error of the model, with the record by which it was read: it may be that of another run.
    fn told(&self, error: EngineError) -> anyhow::Error {
        let types = self.data.vocabulary.len();
        match types {
            0 => anyhow!(error),
            _ => anyhow!("{error} ({} has {types} types)", self.data_path.display()),
        }
    }
}
