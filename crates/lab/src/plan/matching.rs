//! Hidden sizes for equal parameters.

use super::{Draft, PlannedRun};
use crate::engine::{Engine, EngineError};
use model::{ModelConfig, TaskShape};
use std::num::NonZeroUsize;

/// Warn when a matched model is further than this from the target.
const TOLERANCE: f64 = 0.02;

/// Why no hidden size fits.
#[derive(Debug)]
pub(super) enum MatchError {
    /// Even one hidden unit has more parameters than asked for; carries the smallest possible number.
    TooFew(usize),
    /// No hidden size in a sensible range reaches the number.
    TooMany,
    /// The costs cannot be computed.
    Engine(EngineError),
}

/// Largest hidden size tried.
const LARGEST: usize = 1 << 16;

/// The hidden size whose model comes nearest to `target` parameters.
pub(super) fn hidden_for(
    target: usize,
    model: &ModelConfig,
    shape: &TaskShape,
    engine: &dyn Engine,
) -> Result<NonZeroUsize, MatchError> {
    let mut trial = model.clone();
    let mut parameters = |hidden| {
        trial.hidden = hidden;
        engine.costs(&trial, shape).map(|costs| costs.parameters).map_err(MatchError::Engine)
    };
    // Every size is tried in turn: the count does not always grow with it (a tied output needs no
    // projection exactly where hidden and embedding sizes are equal).
    let mut best: Option<(usize, NonZeroUsize)> = None;
    let mut smallest = usize::MAX;
    let first = model.projection.map_or(1, |projection| projection.get() + 1);
    for size in first..=LARGEST {
        let Some(hidden) = NonZeroUsize::new(size) else {
            continue;
        };
        let count = parameters(hidden)?;
        smallest = smallest.min(count);
        if best.is_none_or(|(gap, _)| count.abs_diff(target) < gap) {
            best = Some((count.abs_diff(target), hidden));
        }
        if count > target && model.embedding.is_none_or(|embedding| hidden > embedding) {
            break;
        }
        if size == LARGEST && count < target {
            return Err(MatchError::TooMany);
        }
    }
    match best {
        Some((_, hidden)) if smallest <= target => Ok(hidden),
        _ => Err(MatchError::TooFew(smallest)),
    }
}

/// A sentence for every arm whose model is far from the number asked for.
pub(super) fn far_off(drafts: &[Draft], runs: &[PlannedRun]) -> Vec<String> {
    let mut sentences = Vec::new();
    for (draft, run) in drafts.iter().zip(runs) {
        let Some(target) = draft.target else { continue };
        let off = run.costs.parameters as f64 / target as f64 - 1.0;
        if off.abs() > TOLERANCE {
            let sentence = format!(
                "{}: the nearest hidden size, {}, has {} parameters, {:+.1} % off the {target} asked for",
                run.arm,
                run.model.hidden,
                run.costs.parameters,
                100.0 * off
            );
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}
