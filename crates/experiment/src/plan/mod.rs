//! From the experiment file to complete, validated runs.
//!
//! In two steps, because sizes need the vocabulary: [`compose`] expands the sweep and checks every
//! run without touching data; [`Draft::planned`] then matches sizes and counts costs. Nothing
//! starts before both have succeeded for every run.

mod calibration;
mod compose;
mod data_faults;
mod draft;
mod estimate;
mod facts;
mod id;
mod limits;
mod matching;
mod probing;
mod repeated;
mod settings;
mod start;

pub use calibration::{Calibrated, Calibration, search as calibration_search};
pub use compose::{ArmTrials, Drafts, compose};
pub use draft::Draft;
pub use estimate::ASSUMED_FLOPS_PER_SECOND;
pub use facts::{DataFacts, SequenceFacts};
pub use id::arm as arm_name;
pub use limits::side_by_side;
pub use matching::Match;
pub use start::{FoundRows, PlannedStart, StartConfig, StartRecord, WeightsFacts};

use crate::Catalogue;
use crate::role::Role;
use crate::spec::{Faults, Spec, SpecErrors};
use model::{Costs, ModelConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use train::{Metric, ProbeConfig, TrainConfig};

/// Swept fields with the values that a run has, in the file's order and names.
pub type Axes = Map<String, Value>;

/// One run, complete.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Name of its folder: what it is, then a hash of everything that determines its result.
    pub id: String,
    /// What it is made for.
    pub role: Role,
    /// What it is compared as: its swept values but the seed.
    pub arm: String,
    /// Values of the swept fields.
    pub axes: Axes,
    /// What is done.
    pub config: RunConfig,
    /// What it is trained on: a position among the experiment's datasets.
    pub dataset: usize,
    /// What it starts from, if not from nothing.
    pub start: Option<PlannedStart>,
    /// Parameters that are trained at some step.
    pub trained_parameters: usize,
    /// What the model costs.
    pub costs: Costs,
    /// Fields that a setting changed for this run, each with the setting's reason.
    pub reasons: Map<String, Value>,
    /// Optimiser steps.
    pub steps: usize,
    /// Estimated seconds on one core.
    pub seconds: f64,
    /// Bytes of memory that it needs, as computed from sizes.
    pub bytes: usize,
}

/// What a run does, every size known: as it is planned, named, trained, kept in its folder
/// (`config.yaml`) and read from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The dataset, with its settings where it has some.
    pub data: Value,
    /// The model.
    pub model: ModelConfig,
    /// How it is trained.
    pub train: TrainConfig,
    /// What is measured of its gradients.
    pub probe: Option<ProbeConfig>,
    /// Which weights it starts from, if not from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_from: Option<StartConfig>,
    /// Seed of every random draw.
    pub seed: u64,
}

/// Every run of an experiment.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The runs, in the order in which they start.
    pub runs: Vec<PlannedRun>,
    /// The runs of the stage before, each once, whose models some of them start from.
    pub pretraining: Vec<PlannedRun>,
    /// By what they are compared.
    pub metric: Metric,
    /// Arms whose models are far from the number in which they were to be equal, a sentence each.
    pub unmatched: Vec<String>,
    /// What is wrong with the splits of the data, a sentence each.
    pub of_splits: Vec<String>,
    /// What else a person should know before starting.
    pub warnings: Vec<String>,
}

impl Plan {
    /// All that a person should know before starting, a sentence each.
    pub fn all_warnings(&self) -> impl Iterator<Item = &String> {
        self.unmatched.iter().chain(&self.of_splits).chain(&self.warnings)
    }
}

/// Completes runs with sizes, costs and a name; `facts` are those of all [`Drafts::data`], in that
/// order, `calibration` has the sizes that were measured. The error tells all that is wrong.
pub fn complete(
    spec: &Spec,
    drafts: &[Draft],
    facts: &[DataFacts],
    calibration: &Calibration,
    engine: &dyn Catalogue,
) -> Result<Plan, SpecErrors> {
    let mut faults = Faults::default();
    let mut runs = Vec::with_capacity(drafts.len());
    let mut pretraining: Vec<PlannedRun> = Vec::new();
    for draft in drafts {
        faults.keep(draft.same_metric(spec, facts));
        let planned = faults.keep(draft.planned(spec, facts, calibration, engine));
        let Some((run, before)) = planned else { continue };
        runs.push(run);
        // Runs on other labels, say, start from the same model.
        pretraining
            .extend(before.filter(|before| pretraining.iter().all(|known| known.id != before.id)));
    }
    if runs.len() == drafts.len() {
        repeated::check(spec, drafts, &runs, facts, &mut faults);
    }
    faults.none()?;
    let mut warnings = settings::idle_settings(spec, drafts);
    warnings.extend(settings::overwritten_settings(spec, drafts));
    let unmatched = matching::far_off(drafts, &runs, facts, calibration);
    let sequences = facts.iter().filter_map(|facts| facts.sequences.as_ref());
    let of_splits = sequences
        .flat_map(|facts| facts.of_untrained().into_iter().chain(facts.of_repeated()))
        .collect();
    for run in &runs {
        let facts = &facts[run.dataset];
        let probed = run.config.probe.map(|probe| probing::fewer(&probe, facts, run.steps));
        let evaluated = estimate::fewer_evaluations(&run.config.train, facts);
        let frozen = estimate::never_unfrozen(&run.config.train);
        let hardly = run.start.as_ref().and_then(|start| start.record.hardly());
        let others = evaluated.into_iter().chain(frozen).chain(hardly);
        for sentence in probed.unwrap_or_default().into_iter().chain(others) {
            if !warnings.contains(&sentence) {
                warnings.push(sentence);
            }
        }
    }
    let metric = facts.first().map_or(Metric::default(), |facts| facts.metric);
    Ok(Plan { runs, pretraining, metric, unmatched, of_splits, warnings })
}
