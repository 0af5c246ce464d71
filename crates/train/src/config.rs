//! How a model is trained, as plain data.

use crate::TeacherForcing;
use model::{Fraction, ModelConfig, Part, PositiveReal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use task::{TargetKind, TaskShape};

/// Everything about training but the model, the data and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Sequences side by side, B.
    pub batch: NonZeroUsize,
    /// Time steps of truncated backpropagation, T, in language modelling: the state is carried on,
    /// detached. Absent for sequences, which are read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unroll: Option<NonZeroUsize>,
    /// Passes over the training split.
    pub epochs: NonZeroUsize,
    /// Most optimiser steps, where the passes are to be cut short: to time, not to train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<NonZeroUsize>,
    /// Evaluations on the validation split in each epoch, evenly spaced, the last at its end.
    #[serde(default = "one")]
    pub evaluations_per_epoch: NonZeroUsize,
    /// The update rule.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// Learning rate for the loss averaged over what is scored (not summed over time steps).
    pub learning_rate: PositiveReal,
    /// Largest global norm of the gradient; absent: no clipping.
    #[serde(default)]
    pub clip: Option<PositiveReal>,
    /// How the learning rate changes.
    #[serde(default)]
    pub schedule: Schedule,
    /// How often a decoder reads the targets as the tokens before, where a sequence is answered with another
    /// one; absent: always.
    #[serde(default, skip_serializing_if = "is_default")]
    pub teacher_forcing: TeacherForcing,
    /// Parts that keep the weights that they start with, at first or for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Freeze>,
    /// Factor on the learning rate for each layer below the output: with 0.4, the topmost recurrent layer has
    /// 0.4 of it, the next 0.16, and the embedding the least (Howard & Ruder 2018, arXiv 1801.06146: 1/2.6);
    /// absent: the same rate for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_decay: Option<PositiveReal>,
}

impl TrainConfig {
    /// The first choice that does not fit a model: its field, and what is wrong and allowed.
    pub fn unsuited_to_model(&self, model: &ModelConfig) -> Option<(&'static str, String)> {
        let freeze = self.freeze.as_ref()?;
        let absent = freeze.parts.iter().find(|part| !part.is_in(model));
        let problem = match absent {
            Some(part) => {
                format!("this model has no `{}`; leave it out of `parts`", part.name())
            }
            None if freeze.parts.is_empty() => "no part is named; name one, or leave `freeze` out".to_owned(),
            None if freeze.gradual && freeze.epochs.is_none() => {
                "`gradual` needs `epochs`: after so many one layer is unfrozen, after as many more the next"
                    .to_owned()
            }
            None if freeze.epochs.is_none() && Part::ALL.iter().all(|part| freeze.parts.contains(part)) => {
                "all parts are frozen for good, so there is nothing to train; name fewer, or give `epochs`".to_owned()
            }
            None => return None,
        };
        Some(("freeze", problem))
    }

    /// The first choice that does not fit a task: its field, and what is wrong and allowed.
    pub fn unsuited(&self, shape: &TaskShape) -> Option<(&'static str, String)> {
        let writes = matches!(shape.target, TargetKind::Sequence { .. });
        (!writes && self.teacher_forcing != TeacherForcing::default()).then(|| {
            let problem = "it is for tasks that are answered with another sequence; leave it out";
            ("teacher_forcing", problem.to_owned())
        })
    }

    /// Optimiser steps of a run whose epochs have so many; more than can be counted are the most that
    /// can be.
    pub fn steps_of(&self, per_epoch: usize) -> usize {
        let all = per_epoch.saturating_mul(self.epochs.get());
        self.steps.map_or(all, |most| all.min(most.get()))
    }
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

/// Parts of a model that are not trained for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// The parts. A tied output is frozen with the embedding, whose weights it has.
    pub parts: Vec<Part>,
    /// Epochs for which they are frozen; absent: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<NonZeroUsize>,
    /// Then one layer is unfrozen, the topmost of those that are frozen, and after as many epochs each time the next
    /// one below; absent: all at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gradual: bool,
}

/// The update rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Plain stochastic gradient descent.
    #[default]
    Sgd,
    /// Adam (Kingma & Ba 2015) with its default moments.
    Adam,
}

/// How the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("errorMessage" = "`{name: constant}`, `{name: step_decay, after: EPOCHS, factor: F}`, `{name: plateau, factor: F}` or `{name: slanted_triangular}`"))]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// Kept for the first `after` epochs, then multiplied by `factor` at the start of every epoch
    /// (Zaremba et al. 2014, arXiv 1409.2329).
    StepDecay {
        /// Epochs at the full rate.
        after: NonZeroUsize,
        /// Multiplier per epoch from then on.
        factor: PositiveReal,
    },
    /// Multiplied by `factor` after every evaluation that did not improve the best validation loss.
    Plateau {
        /// Multiplier.
        factor: PositiveReal,
    },
    /// It rises evenly to the full rate, and from there falls evenly to the end of the training (Howard & Ruder 2018,
    /// arXiv 1801.06146).
    SlantedTriangular {
        /// Share of the steps in which it rises.
        #[serde(default = "usual_cut")]
        cut: Fraction,
        /// How many times the full rate is the lowest one, at the start and at the end; 1 or more.
        #[serde(default = "usual_ratio")]
        ratio: AtLeastOne,
    },
}

fn usual_cut() -> Fraction {
    Fraction::try_from(0.1).unwrap_or_default()
}

fn usual_ratio() -> AtLeastOne {
    AtLeastOne(32.0)
}

/// A finite number, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(try_from = "f32", extend("minimum" = 1))]
#[serde(try_from = "f64", into = "f32")]
pub struct AtLeastOne(f32);

impl AtLeastOne {
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f64> for AtLeastOne {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        let nearest = value as f32;
        match nearest.is_finite() && nearest >= 1.0 {
            true => Ok(Self(nearest)),
            false => Err(format!("{value} is not allowed; a finite number, 1 or more, is")),
        }
    }
}

impl From<AtLeastOne> for f32 {
    fn from(value: AtLeastOne) -> f32 {
        value.0
    }
}

/// What is measured inside the recurrent layers, before and after training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeConfig {
    /// Largest lag, in time steps.
    pub lags: NonZeroUsize,
    /// Validation sequences looked at.
    pub sequences: NonZeroUsize,
    /// Measurements of the gradient flow during training, evenly spaced.
    #[serde(default, skip_serializing_if = "is_default")]
    pub during: usize,
    /// On how many of the sequences singular values of the state's Jacobian and Lyapunov exponents are
    /// computed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub spectra: usize,
    /// Whether the values of the gates are looked at.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gates: bool,
    /// Longest context, in tokens, with which the loss of a language model is measured; absent: none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: Option<NonZeroUsize>,
    /// Tokens of the validation split over which single units of a language model are shown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: usize,
}

impl ProbeConfig {
    /// The gradient flow alone.
    pub fn flow(lags: NonZeroUsize, sequences: NonZeroUsize) -> Self {
        Self { lags, sequences, during: 0, spectra: 0, gates: false, context: None, text: 0 }
    }

    /// The first measurement that looks at layers as dynamical systems: its field.
    pub fn looks_inside(&self) -> Option<&'static str> {
        let chosen =
            [("spectra", self.spectra > 0), ("gates", self.gates), ("text", self.text > 0)];
        chosen.into_iter().find_map(|(field, chosen)| chosen.then_some(field))
    }

    /// The first choice that does not fit a task: its field, and what is wrong and allowed.
    pub fn unsuited(&self, shape: &TaskShape) -> Option<(&'static str, String)> {
        let language = *shape == TaskShape::language(shape.outputs());
        let chosen = [("context", self.context.is_some()), ("text", self.text > 0)];
        let (field, _) = chosen.into_iter().find(|(_, chosen)| *chosen && !language)?;
        Some((
            field,
            "it is for language modelling, where there is a text; leave it out".to_owned(),
        ))
    }
}

// New measurements do not change how configurations without them are written, so runs keep their names.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_language_model_has_a_text() {
        let one = NonZeroUsize::MIN;
        let flow = ProbeConfig::flow(one, one);
        let context = ProbeConfig { context: Some(one), ..flow };
        let text = ProbeConfig { text: 9, ..flow };
        let language = TaskShape::language(9);
        let class = TaskShape { target: TargetKind::Class { classes: 2 }, ..language };
        let sequence = TaskShape { target: TargetKind::Sequence { types: 9 }, ..language };
        let field = |probe: ProbeConfig, shape| probe.unsuited(&shape).map(|(field, _)| field);
        let fields = |shape| [flow, context, text].map(|probe| field(probe, shape));
        assert_eq!(fields(language), [None; 3]);
        assert_eq!(fields(class), [None, Some("context"), Some("text")]);
        assert_eq!(fields(sequence), [None, Some("context"), Some("text")]);
    }

    /// Runs are named by their configuration.
    #[test]
    fn what_is_not_measured_is_not_written() {
        let one = NonZeroUsize::MIN;
        let written = serde_json::to_string(&ProbeConfig::flow(one, one)).unwrap();
        assert_eq!(written, r#"{"lags":1,"sequences":1}"#);
    }
}
