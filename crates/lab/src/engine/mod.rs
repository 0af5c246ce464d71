//! What the program needs from the machinery below it: what a model costs, and one training.
//!
//! A trait, so that tests put a fast stand-in here; `real` is the only place that calls the
//! crates which compute.

mod real;

pub use real::Trainer;

use data::Split;
use model::{Costs, ModelConfig, TaskShape};
use std::ops::ControlFlow;
use std::path::Path;
use train::{Dataset, Event, Halt, Outcome, RunSpec, Sampling, Score};

/// Input and hidden size of the layer whose costs a list of cells shows.
pub const LISTED_SIZE: usize = 200;

/// What a list of cells shows of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFacts {
    /// Name in experiment files.
    pub name: String,
    /// Name in prose.
    pub title: String,
    /// Names of the gates.
    pub gates: Vec<String>,
    /// Parameters of a layer with [`LISTED_SIZE`] inputs and hidden units.
    pub parameters: usize,
    /// Floating-point operations of one time step of it, forward, for one sequence.
    pub flops: usize,
    /// The paper.
    pub source: String,
    /// The equations of one time step.
    pub equations: Vec<String>,
}

/// The machinery refused or broke off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub String);

/// Computes costs and trains.
pub trait Engine: Sync {
    /// All cells, in the order to list them.
    fn cells(&self) -> Vec<CellFacts>;

    /// What a model costs for a task.
    fn costs(&self, model: &ModelConfig, shape: &TaskShape) -> Result<Costs, EngineError>;

    /// Trains one model, continuing from the checkpoint if there is one. `None` if `on_event` asked
    /// it to stop and it did.
    fn train(
        &self,
        run: RunSpec<'_>,
        dataset: &Dataset,
        checkpoint: &Path,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
    ) -> Result<Option<Outcome>, EngineError>;

    /// Scores a trained model on a split.
    fn score(
        &self,
        model: SavedModel<'_>,
        dataset: &Dataset,
        split: Split,
    ) -> Result<Score, EngineError>;

    /// Scores a trained language model on a text.
    fn score_text(&self, model: SavedModel<'_>, tokens: &[u32]) -> Result<Score, EngineError>;

    /// Draws tokens from a trained language model for as long as `each` goes on.
    fn generate(
        &self,
        model: SavedModel<'_>,
        sampling: Sampling<'_>,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), EngineError>;
}

/// A trained model as a run's folder keeps it.
#[derive(Debug, Clone, Copy)]
pub struct SavedModel<'a> {
    /// The file with its parameters.
    pub file: &'a Path,
    /// What it is made of.
    pub config: &'a ModelConfig,
    /// What its task asks of it.
    pub shape: TaskShape,
}
