//! What is missing between a run's log and its checkpoints.

use super::folder::remove;
use super::{RecordError, RunFolder, metrics};

/// What stands between a log and the newest checkpoint beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What is wrong.
    pub problem: String,
    /// The step of an older checkpoint, before which nothing is missing: after a power cut, a checkpoint
    /// may be there that was not synced, and what was logged before it not.
    pub reached: Option<usize>,
}

impl RunFolder {
    /// Why a checkpoint here cannot be taken up: what was measured before it is missing, in part or
    /// whole, or cannot be read. `None` where nothing is in the way.
    pub fn gap(&self) -> Result<Option<Gap>, RecordError> {
        let log = self.metrics();
        let told = |problem: &str, reached: Option<usize>| {
            Ok(Some(Gap { problem: format!("{}: {problem}", log.display()), reached }))
        };
        if !log.is_file() {
            let checkpoints = train::checkpoint_files(&self.checkpoint());
            return match checkpoints.iter().any(|file| file.is_file()) {
                true => told("missing, though there is a checkpoint", None),
                false => Ok(None),
            };
        }
        let events = match self.events() {
            Ok(events) => events,
            Err(RecordError::Damaged { problem, .. }) => return told(&problem, None),
            Err(error) => return Err(error),
        };
        let whole = train::whole_checkpoints(&self.checkpoint());
        let Some((_, newest)) = whole.first() else { return Ok(None) };
        let Some(step) = metrics::missing_step(&events, *newest) else { return Ok(None) };
        let reached = whole.iter().map(|(_, step)| *step);
        let reached =
            reached.into_iter().find(|&step| metrics::missing_step(&events, step).is_none());
        told(&format!("step {step} is missing, though the checkpoint is of step {newest}"), reached)
    }

    /// Takes away the checkpoints that are later than a step.
    pub fn forget_after(&self, step: usize) -> Result<(), RecordError> {
        let later = train::whole_checkpoints(&self.checkpoint());
        later.iter().filter(|(_, of)| *of > step).try_for_each(|(file, _)| remove(file))
    }
}
