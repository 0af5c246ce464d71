//! From the experiment file to complete, validated runs.
//!
//! In two steps, because sizes need the vocabulary: [`compose`] expands the sweep and checks every
//! run without touching data; [`Draft::planned`] then matches sizes and counts costs. Nothing
//! starts before both have succeeded for every run.

mod compose;
mod estimate;
mod facts;
mod id;
mod limits;
mod matching;

pub use compose::{Draft, compose};
pub use estimate::{ASSUMED_FLOPS_PER_SECOND, seconds as estimated_seconds, steps};
pub use facts::{DataFacts, SequenceFacts};

use crate::engine::Engine;
use crate::spec::{Spec, SpecError};
use model::{Costs, ModelConfig};
use serde::Serialize;
use serde_json::{Map, Value};
use train::{ProbeConfig, TrainConfig};

/// One run, complete.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Name of its folder: what it is, then a hash of everything that determines its result.
    pub id: String,
    /// What it is compared as: its swept values but the seed.
    pub arm: String,
    /// Values of the swept fields, in the file's order and names.
    pub axes: Map<String, Value>,
    /// The dataset, with its settings where it has some.
    pub data: Value,
    /// The model.
    pub model: ModelConfig,
    /// How it is trained.
    pub train: TrainConfig,
    /// What is measured of its gradients.
    pub probe: Option<ProbeConfig>,
    /// Seed of every random draw.
    pub seed: u64,
    /// What the model costs.
    pub costs: Costs,
    /// Fields that a setting changed for this run, each with the setting's reason.
    pub reasons: Map<String, Value>,
}

/// The resolved configuration of a run, as its folder keeps it.
#[derive(Debug, Serialize)]
pub struct ResolvedRun<'a> {
    /// The dataset, with its settings where it has some.
    pub data: &'a Value,
    /// The model.
    pub model: &'a ModelConfig,
    /// How it is trained.
    pub train: &'a TrainConfig,
    /// What is measured of its gradients.
    pub probe: Option<&'a ProbeConfig>,
    /// Seed of every random draw.
    pub seed: u64,
}

/// Every run of an experiment.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The runs, in the order in which they start.
    pub runs: Vec<PlannedRun>,
    /// What a person should know before starting.
    pub warnings: Vec<String>,
}

/// Completes every draft with sizes, costs and a name.
pub fn complete(
    spec: &Spec,
    drafts: &[Draft],
    facts: &DataFacts,
    engine: &dyn Engine,
) -> Result<Plan, SpecError> {
    let mut warnings = compose::idle_settings(spec, drafts);
    let mut runs = Vec::with_capacity(drafts.len());
    for draft in drafts {
        runs.push(draft.planned(spec, facts, engine)?);
    }
    warnings.extend(matching::far_off(drafts, &runs));
    Ok(Plan { runs, warnings })
}
