//! Scoring a whole split.

use crate::TrainError;
use data::LanguageBatches;
use model::{LanguageModel, Window};

/// How a split is scored: in how many streams side by side, and how many steps at a time (the
/// state is carried, so this changes speed only).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
}

/// Validation: twenty streams, as is usual; each starts from a zero state.
pub(crate) const VALIDATION: Streams = Streams { batch: 20, steps: 35 };
/// Test: one stream, the state carried through the whole split.
pub(crate) const TEST: Streams = Streams { batch: 1, steps: 256 };

/// Mean negative log-likelihood per token over a whole split, every token but the first scored
/// once, in nats.
pub(crate) fn split_nll(
    model: &LanguageModel,
    tokens: &[u32],
    streams: Streams,
) -> Result<f64, TrainError> {
    let batches = LanguageBatches::evaluation(tokens, streams.batch, streams.steps)?;
    let mut state = model.initial_state(streams.batch)?;
    let (mut nll, mut targets) = (0.0, 0);
    for batch in batches.iter() {
        let scored = model.score(window(&batch), &state)?;
        nll += scored.nll;
        targets += scored.targets;
        state = scored.state;
    }
    Ok(nll / targets.max(1) as f64)
}

/// A batch as the model reads it.
pub(crate) fn window(batch: &data::Batch) -> Window<'_> {
    Window {
        steps: batch.steps,
        batch: batch.batch,
        inputs: &batch.inputs,
        targets: &batch.targets,
    }
}

// Both crates mark a target that is not scored; neither knows the other.
const _: () = assert!(data::IGNORE == model::IGNORE);
