//! Sizes that make models equal in something: `match`.

use super::limits::LARGEST;
use super::{Calibration, DataFacts, Draft, PlannedRun};
use crate::{Catalogue, EngineError};
use model::{Costs, ModelConfig, PositiveReal};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroUsize;
use task::TaskShape;
use words::{figures, setting, thousands};

/// Warn when a matched model is further than this from the target.
const TOLERANCE: f64 = 0.02;

/// In what all models are to be equal: one number, for which each cell gets the hidden size that
/// comes nearest.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// All parameters of the model.
    Parameters(NonZeroUsize),
    /// Parameters of the recurrent layers alone.
    RecurrentParameters(NonZeroUsize),
    /// Floating-point operations of the whole model, forward, per token (time step).
    Flops(NonZeroUsize),
    /// The hidden size itself: equal width.
    Hidden(NonZeroUsize),
    /// Milliseconds of a training step on one thread, as `rnnlab calibrate` measured them.
    WallClock(PositiveReal),
}

impl Match {
    /// The name in experiment files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parameters(_) => "parameters",
            Self::RecurrentParameters(_) => "recurrent_parameters",
            Self::Flops(_) => "flops",
            Self::Hidden(_) => "hidden",
            Self::WallClock(_) => "wall_clock",
        }
    }

    /// What is counted, in prose.
    fn title(self) -> &'static str {
        match self {
            Self::Parameters(_) => "parameters",
            Self::RecurrentParameters(_) => "parameters in the cell",
            Self::Flops(_) => "FLOPs per token",
            Self::Hidden(_) => "hidden units",
            Self::WallClock(_) => "milliseconds a step",
        }
    }

    /// The number asked for.
    pub fn target(self) -> f64 {
        match self {
            Self::Parameters(target)
            | Self::RecurrentParameters(target)
            | Self::Flops(target)
            | Self::Hidden(target) => target.get() as f64,
            Self::WallClock(target) => f64::from(target.get()),
        }
    }

    /// The number asked for, as people read it.
    pub fn shown(self) -> String {
        match self {
            Self::Parameters(target)
            | Self::RecurrentParameters(target)
            | Self::Flops(target)
            | Self::Hidden(target) => thousands(target.get() as u64),
            // The shortest text that gives the number again, which a wider type does not keep.
            Self::WallClock(target) => {
                setting(target.get().to_string().parse().unwrap_or(self.target()))
            }
        }
    }

    /// The milliseconds asked for, where time is what is to be equal.
    pub fn milliseconds(self) -> Option<f64> {
        matches!(self, Self::WallClock(_)).then(|| self.target())
    }

    /// How much of it a model has, where that can be counted.
    fn measure(self, model: &ModelConfig, costs: &Costs) -> Option<f64> {
        Some(match self {
            Self::Parameters(_) => costs.parameters as f64,
            Self::RecurrentParameters(_) => costs.cell_parameters as f64,
            Self::Flops(_) => costs.flops_per_token,
            Self::Hidden(_) => model.hidden.get() as f64,
            Self::WallClock(_) => return None,
        })
    }

    /// The hidden size whose model comes nearest to the target; `calibrated` is the one that was
    /// measured.
    pub(super) fn hidden(
        self,
        model: &ModelConfig,
        shape: &TaskShape,
        calibrated: Option<NonZeroUsize>,
        engine: &dyn Catalogue,
    ) -> Result<NonZeroUsize, MatchError> {
        match self {
            Self::Hidden(hidden) if hidden.get() > LARGEST => return Err(MatchError::TooMany),
            Self::Hidden(hidden) => return Ok(hidden),
            Self::WallClock(_) => return calibrated.ok_or(MatchError::NotMeasured),
            _ => {}
        }
        let target = self.target();
        let mut trial = model.clone();
        // Every size is tried in turn: the count does not always grow with it (a tied output needs no
        // projection exactly where hidden and embedding sizes are equal).
        let mut best: Option<(f64, NonZeroUsize)> = None;
        let mut smallest = f64::INFINITY;
        let first = model.projection.map_or(1, |projection| projection.get() + 1);
        let heads = model.heads.get();
        for size in (first.next_multiple_of(heads)..=LARGEST).step_by(heads) {
            let Some(hidden) = NonZeroUsize::new(size) else {
                continue;
            };
            trial.hidden = hidden;
            let costs = engine.costs(&trial, shape).map_err(MatchError::Engine)?;
            let Some(count) = self.measure(&trial, &costs) else { break };
            smallest = smallest.min(count);
            let gap = (count - target).abs();
            if best.is_none_or(|(least, _)| gap < least) {
                best = Some((gap, hidden));
            }
            if count > target && model.embedding.is_none_or(|embedding| hidden > embedding) {
                break;
            }
            if size + heads > LARGEST && count < target {
                return Err(MatchError::TooMany);
            }
        }
        match best {
            Some((_, hidden)) if smallest <= target => Ok(hidden),
            _ => Err(MatchError::TooFew(smallest)),
        }
    }

    /// Why no size fits, in a sentence; `around` are the sizes around the layers.
    pub(super) fn problem(self, error: MatchError, cell: &str, around: &str) -> String {
        let (target, title) = (self.shown(), self.title());
        match error {
            MatchError::TooFew(smallest) => format!(
                "{target} {title} are too few for `{cell}`{around}; at least {} are needed",
                counted(smallest)
            ),
            MatchError::TooMany => format!(
                "no hidden size of `{cell}` reaches {target} {title}; a smaller number is allowed"
            ),
            MatchError::NotMeasured => format!(
                "which size of `{cell}` takes this time is not measured yet; `{} calibrate` with the same file and options does it, on a machine at rest",
                machine::program()
            ),
            MatchError::Engine(error) => error.to_string(),
        }
    }
}

/// A count as people read it.
fn counted(count: f64) -> String {
    thousands(count.round() as u64)
}

/// Why no hidden size fits.
#[derive(Debug)]
pub(super) enum MatchError {
    /// Even one hidden unit has more than asked for; carries the smallest possible number.
    TooFew(f64),
    /// No hidden size in a sensible range reaches the number.
    TooMany,
    /// Time is asked for, and nobody measured it.
    NotMeasured,
    /// The costs cannot be computed.
    Engine(EngineError),
}

/// A sentence for every arm whose model is far from the number asked for.
pub(super) fn far_off(
    drafts: &[Draft],
    runs: &[PlannedRun],
    facts: &[DataFacts],
    calibration: &Calibration,
) -> Vec<String> {
    let mut sentences = Vec::new();
    for (draft, run) in drafts.iter().zip(runs) {
        let Some(matched) = draft.matched else { continue };
        let count = match draft.calibration(&facts[draft.data]) {
            Some((key, _)) => calibration.took(&key),
            None => matched.measure(&run.config.model, &run.costs),
        };
        let Some(count) = count else { continue };
        let off = count / matched.target() - 1.0;
        if off.abs() > TOLERANCE {
            let sentence = format!(
                "{}: the nearest hidden size, {}, has {} {}, {:+.1} % off the {} asked for",
                run.arm,
                run.config.model.hidden,
                if matched.milliseconds().is_some() { figures(count) } else { counted(count) },
                matched.title(),
                100.0 * off,
                matched.shown(),
            );
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}
