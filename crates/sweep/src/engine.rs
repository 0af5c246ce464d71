//! What a sweep needs of the machinery below it: a training, a score, a text.

use data::Split;
use experiment::{Catalogue, EngineError};
use model::ModelConfig;
use std::ops::ControlFlow;
use std::path::Path;
use task::{TaskShape, Window};
use train::{Beam, Dataset, Event, Halt, Outcome, RunSpec, Sampling, Score};

/// Answers a sequence of tokens with another one.
pub type Writer<'a> = Box<dyn Fn(&[u32]) -> Result<Vec<u32>, EngineError> + 'a>;

/// Knows what cells cost, and trains them.
///
/// A trait, so that tests put a fast stand-in here.
pub trait Engine: Catalogue {
    /// Trains one model, continuing from the checkpoint if there is one. `None` if `on_event` asked
    /// it to stop and it did.
    fn train(
        &self,
        run: RunSpec<'_>,
        dataset: &Dataset,
        checkpoint: &Path,
        on_event: &mut dyn FnMut(Event) -> ControlFlow<Halt>,
    ) -> Result<Option<Outcome>, EngineError>;

    /// Scores a trained model on a split; answers that are searched for, with this beam.
    fn score(
        &self,
        model: SavedModel<'_>,
        dataset: &Dataset,
        split: Split,
        beam: Beam,
    ) -> Result<Score, EngineError>;

    /// Scores a trained language model on a text.
    fn score_text(&self, model: SavedModel<'_>, tokens: &[u32]) -> Result<Score, EngineError>;

    /// What a trained model with one answer for a sequence, or one at each step, puts out for a window,
    /// `[B, outputs]` or `[T, B, outputs]`.
    fn outputs(&self, model: SavedModel<'_>, window: &Window) -> Result<Vec<f32>, EngineError>;

    /// Draws tokens from a trained language model for as long as `each` goes on.
    fn generate(
        &self,
        model: SavedModel<'_>,
        sampling: Sampling<'_>,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<(), EngineError>;

    /// A trained model that answers sequences with sequences.
    fn writer(&self, model: SavedModel<'_>, beam: Beam) -> Result<Writer<'_>, EngineError>;
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
