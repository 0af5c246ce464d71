//! What can go wrong.

use std::path::{Path, PathBuf};

/// Why something could not be measured, compared or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// Not a failure: this side has nothing to measure.
    #[error("{0}")]
    Missing(String),
    /// No cell has this name.
    #[error("no cell is called `{name}`; there are {}", known.join(", "))]
    UnknownCell {
        /// The name asked for.
        name: String,
        /// All names.
        known: Vec<&'static str>,
    },
    /// A result is not a number: what was timed is not what was meant.
    #[error("outputs or gradients are not finite")]
    NotFinite,
    /// The system does not tell how much memory is held.
    #[error("this system does not tell a process how much memory it holds (/proc/self/status)")]
    NoMemory,
    /// A worker did not answer as it should.
    #[error("{side}: {problem}; what it said is in {}", log.display())]
    Worker {
        /// The side.
        side: String,
        /// What happened.
        problem: String,
        /// Where its error output went.
        log: PathBuf,
    },
    /// A layer refused.
    #[error(transparent)]
    Layer(#[from] sequence::SequenceError),
    /// A model refused.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// A training step refused.
    #[error(transparent)]
    Train(#[from] train::TrainError),
    /// A loss of labels refused.
    #[error(transparent)]
    Labels(#[from] ctc::CtcError),
    /// Data could not be loaded.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A figure could not be made.
    #[error(transparent)]
    Plot(#[from] plot::PlotError),
    /// Text that is not the JSON expected.
    #[error("{what}: {source}")]
    Json {
        /// What was read or written.
        what: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file, folder or program.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl BenchError {
    /// Names the file, folder or program in an error of the system.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Names what was read or written in an error of JSON.
    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.into();
        move |source| Self::Json { what, source }
    }
}
