//! What an ended run left, and whether it is still as it was: `outcome.json`.

use super::folder::write_json;
use super::sealed::Sealed;
use super::{FileRecord, RecordError, RunData, RunFolder, RunState, Status};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use train::Outcome;
use words::thousands;

/// The outcome of a run with what ties it to the run: its name, and the checksums of its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeRecord {
    /// Name of the run.
    pub run: String,
    /// The trained model. A model that diverged is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<FileRecord>,
    /// The log.
    pub log: FileRecord,
    /// The fingerprint of the data that it was trained on.
    pub data: String,
    /// What the training left.
    #[serde(flatten)]
    pub outcome: Outcome,
}

fn bytes(number: u64) -> String {
    format!("{} byte{}", thousands(number), if number == 1 { "" } else { "s" })
}

impl FileRecord {
    /// A file as it is.
    fn of(path: &Path) -> Result<Self, RecordError> {
        let content = fs::read(path).map_err(RecordError::io(path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, bytes: content.len() as u64, sha256: experiment::hash::of_bytes(&content) })
    }

    /// Makes sure that a file is as it was.
    fn check(&self, path: &Path) -> Result<(), RecordError> {
        let now = match Self::of(path) {
            Err(RecordError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {
                return Err(RecordError::damaged(path, "missing"));
            }
            now => now?,
        };
        match () {
            () if now.bytes != self.bytes => Err(RecordError::damaged(
                path,
                format!(
                    "it has {}, and had {} when the run ended",
                    bytes(now.bytes),
                    thousands(self.bytes)
                ),
            )),
            () if now.sha256 != self.sha256 => Err(RecordError::damaged(
                path,
                "its checksum is not that of the run's end, so it was changed or is another run's",
            )),
            () => Ok(()),
        }
    }
}

impl RunFolder {
    /// Writes what the training of a run left. JSON has no number for what is not finite: such a loss
    /// is left out, such a time becomes 0.
    pub fn write_outcome(
        &self,
        run: &str,
        data: &RunData,
        outcome: &Outcome,
    ) -> Result<(), RecordError> {
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
        let model = match outcome.diverged {
            true => None,
            false => Some(FileRecord::of(&self.model())?),
        };
        let log = FileRecord::of(&self.metrics())?;
        let (run, data) = (run.to_owned(), data.fingerprint.clone());
        let record = OutcomeRecord { run, model, log, data, outcome };
        let path = self.outcome_path();
        let sealed = Sealed::of(&record).map_err(|error| RecordError::unreadable(&path, error))?;
        write_json(&path, &sealed)
    }

    /// What the training left, if it ended. An error if a run of this status leaves something else.
    pub fn outcome(&self, status: &Status) -> Result<Option<OutcomeRecord>, RecordError> {
        let path = self.outcome_path();
        let content = match fs::read(&path) {
            Ok(content) => Some(content),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(RecordError::Io { path, error }),
        };
        let Some(content) = content else {
            return match status.state.ended() {
                true => Err(RecordError::damaged(&path, "missing")),
                false => Ok(None),
            };
        };
        let record: OutcomeRecord =
            Sealed::read(&content).map_err(|problem| RecordError::damaged(&path, problem))?;
        if record.run != status.run {
            let (run, wanted) = (record.run, status.run.clone());
            return Err(RecordError::OfOtherRun { path, run, wanted });
        }
        let outcome = &record.outcome;
        let problem = match status.state {
            RunState::Done if outcome.diverged => "it says that the run diverged, which is done",
            RunState::Diverged if !outcome.diverged => {
                "it says that the run is done, which diverged"
            }
            RunState::Done if outcome.valid_loss.is_none() => {
                "it has no loss on the validation split"
            }
            RunState::Done if status.role.meets_test() && outcome.test_loss.is_none() => {
                "it has no loss on the test split"
            }
            _ => return Ok(Some(record)),
        };
        Err(RecordError::damaged(&path, problem))
    }

    /// Makes sure that the outcome and the log of a run, if it ended, are those that it left.
    pub fn check_log(&self, status: &Status) -> Result<Option<OutcomeRecord>, RecordError> {
        let record = self.outcome(status)?;
        if let Some(record) = record.as_ref().filter(|_| status.state.ended()) {
            record.log.check(&self.metrics())?;
        }
        Ok(record)
    }

    /// Makes sure that the model of a run, if it ended with one, is the one that it left.
    pub fn check_model(&self, status: &Status) -> Result<(), RecordError> {
        let record = self.outcome(status)?.filter(|_| status.state.ended());
        let Some(record) = record.filter(|record| !record.outcome.diverged) else { return Ok(()) };
        match record.model {
            Some(model) => model.check(&self.model()),
            None => {
                Err(RecordError::damaged(&self.outcome_path(), "it has no checksum of the model"))
            }
        }
    }

    /// What a run was trained on, made sure to be that of the outcome, if it ended.
    pub fn checked_data(&self, status: &Status) -> Result<RunData, RecordError> {
        let data = self.data()?;
        let record = self.outcome(status)?.filter(|_| status.state.ended());
        match record.is_some_and(|record| record.data != data.fingerprint) {
            true => Err(RecordError::DamagedRunData {
                path: self.data_path(),
                problem: "it is of other data than the run was trained on".to_owned(),
            }),
            false => Ok(data),
        }
    }

    /// Makes sure that all that a run left, if it ended, is there and whole.
    pub fn check(&self, status: &Status) -> Result<(), RecordError> {
        self.check_log(status)?;
        self.check_model(status)
    }

    /// The file with what the training left.
    pub(super) fn outcome_path(&self) -> PathBuf {
        self.path.join("outcome.json")
    }
}
