//! What runs write while they run, and what of it can be read back.
//!
//! ```text
//! results/<experiment>/
//!   runs/.lock                 held by the process that writes here
//!   runs/<run id>/config.yaml  the resolved configuration
//!   runs/<run id>/data.json    tokeniser, vocabulary, classes and checksums of its data
//!   runs/<run id>/status.json  where the run stands, its costs, where it ran
//!   runs/<run id>/metrics.jsonl, at the end metrics.parquet and outcome.json (with the checksums of
//!                              log and model)
//!   runs/<run id>/checkpoint.safetensors, checkpoint.before.safetensors, then model.safetensors
//! ```

mod calibration;
mod data;
mod folder;
mod gap;
mod lock;
mod metrics;
mod outcome;
mod places;
mod sealed;
mod write;

pub use calibration::{read_calibration, write_calibration};
pub use data::{FileRecord, RunData};
pub use folder::{RunFolder, RunState, Status};
pub use gap::Gap;
pub use lock::Lock;
pub use metrics::{MetricsLog, kept as kept_event, read as read_metrics};
pub use outcome::OutcomeRecord;
pub use places::PlaceNames;
pub(crate) use write::write_unsynced;
pub use write::{
    check_writable, check_writable_in_place, refuse_dangling, remove_leftovers, write_atomically,
};

use std::path::{Path, PathBuf};

/// A record could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The results folder takes no files.
    #[error("{}: the results folder cannot be written ({error}); {elsewhere}, or change its permissions", path.display())]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
        /// How to have the files written to another place.
        elsewhere: &'static str,
    },
    /// A folder is a link that leads nowhere.
    #[error("{}: this is a link to a place that does not exist; make that place, or remove the link", path.display())]
    DanglingLink {
        /// The link.
        path: PathBuf,
    },
    /// A file is not what this program writes.
    #[error("{}: {problem}; delete it to have it made again", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A record of a run is not as the run left it.
    #[error("{}: {problem}; restore it, or run the experiment again, which does this run anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A record of a run is that of another one.
    #[error("{}: this is a record of {run} in the place of {wanted}; put it back, or run the experiment again, which does this run anew", path.display())]
    OfOtherRun {
        /// The file.
        path: PathBuf,
        /// The run that it is of.
        run: String,
        /// The run whose record belongs there.
        wanted: String,
    },
    /// A run has no record of its data, so nobody knows what its model's numbers stand for.
    #[error("{}: there is no such record of the run's tokeniser, vocabulary and data; train the run again to have it made", path.display())]
    NoRunData {
        /// The file.
        path: PathBuf,
    },
    /// A run's record of its data is not what this program writes.
    #[error("{}: {problem}; the record is damaged or of another run: restore it, or train the run again", path.display())]
    DamagedRunData {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A folder is not that of a run.
    #[error("{}: there is no run here; give a run's folder, such as results/NAME/runs/RUN", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The description of an experiment cannot be read, and with it what was worked on it.
    #[error("{}: {problem}; restore it, or delete it to have it made again, without what it tells of the work so far", path.display())]
    DamagedExperiment {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A run's folder holds a run that is configured otherwise.
    #[error("{}: here is a run that is configured otherwise than the one of this name; restore the file, or delete the run's folder to have it trained anew", path.display())]
    OtherRun {
        /// The recorded configuration.
        path: PathBuf,
    },
    /// The folder has the results of another experiment.
    #[error("{}: here are the results of {holder}, which those of {file} would replace; give another folder with --results DIR, or another name to one of the files", path.display())]
    Another {
        /// The results folder.
        path: PathBuf,
        /// The experiment whose results are here.
        holder: String,
        /// The experiment that was to be run.
        file: String,
    },
    /// Another process is at work.
    #[error("{}: another rnnlab{} is writing here; wait for it to end, or choose another folder with --results DIR", path.display(), process(holder))]
    Locked {
        /// The experiment's folder.
        path: PathBuf,
        /// Its process, where that is known.
        holder: Option<u32>,
    },
}

fn process(holder: &Option<u32>) -> String {
    holder.map_or(String::new(), |number| format!(" (process {number})"))
}

impl RecordError {
    /// Names the file in an error of the file system.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }

    /// Names the file in an error of a run's record.
    pub fn damaged(path: &Path, problem: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.to_string() }
    }

    /// What is wrong, without what a person could do: for when the program does it.
    pub fn problem(&self) -> String {
        match self {
            Self::Damaged { path, problem } => format!("{}: {problem}", path.display()),
            Self::OfOtherRun { path, run, wanted } => {
                format!("{}: this is a record of {run} in the place of {wanted}", path.display())
            }
            other => other.to_string(),
        }
    }

    /// Names the file in an error of its content.
    pub fn unreadable(path: &Path, problem: impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), problem: problem.to_string() }
    }
}
