//! A run before its data are known, and how it is completed when they are.

use super::matching::Match;
use super::start::{DraftOrigin, DraftStart, StartProblem, of_stage, taken_over};
use super::{
    Calibration, DataFacts, PlannedRun, PlannedStart, RunConfig, StartConfig, estimate, id, limits,
    probing,
};
use crate::Catalogue;
use crate::role::Role;
use crate::spec::{Column, DataSpec, Faults, Field, Method, Spec, SpecError, SpecErrors, Tune};
use crate::yaml::Step;
use machine::physical_memory;
use model::ModelConfig;
use serde_json::{Map, Value};
use std::num::NonZeroUsize;
use task::{InputKind, TaskShape};
use train::{ProbeConfig, TrainConfig};
use words::thousands;

/// A run that lacks only what depends on the data: its size, where that is to be matched.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is made for.
    pub role: Role,
    /// Values of the swept fields.
    pub axes: Map<String, Value>,
    /// What it is trained on: a position among the [`Drafts::data`](super::Drafts::data).
    pub data: usize,
    /// Of a stage that has no place for its data yet: what these are.
    pub(super) stage_data: Option<DataSpec>,
    /// The model; its hidden size means nothing where `matched` is set.
    pub model: ModelConfig,
    /// What decides the hidden size.
    pub matched: Option<Match>,
    /// How it is trained.
    pub train: TrainConfig,
    /// What is measured of its gradients.
    pub probe: Option<ProbeConfig>,
    /// Seed of every random draw.
    pub seed: u64,
    /// What it starts from, if not from nothing.
    pub(super) start: Option<DraftStart>,
    /// Fields that trials chose, each with the reason.
    pub(super) chosen: Map<String, Value>,
    pub(super) origin: Origin,
    /// The key of the file under which its data, model and training stand, if not at the top.
    pub(super) within: Option<&'static str>,
}

/// Where a run's values came from: positions on the sweep's axes, and the settings applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin {
    pub(super) items: Vec<usize>,
    pub(super) settings: Vec<usize>,
    /// With values of a trial.
    pub(super) tried: bool,
}

impl Origin {
    /// An error at a field of this run, told at the place that gave the field its value.
    pub(super) fn error(
        &self,
        spec: &Spec,
        path: &[Step],
        key: bool,
        problem: String,
    ) -> SpecError {
        let place = match key {
            true => self.key_place(spec, path),
            false => self.place(spec, path),
        };
        match key {
            true => spec.source.key_error(&place, problem),
            false => spec.source.error(&place, problem),
        }
    }

    /// The place of a key of this run's fields: where it is a part of a dotted path, that path.
    fn key_place(&self, spec: &Spec, path: &[Step]) -> Vec<Step> {
        let column = spec.axes.iter().flat_map(|axis| &axis.columns);
        let named = column.into_iter().find(|column| column.field.steps().starts_with(path));
        let set = self.settings.iter().rev().find_map(|&position| {
            let mut names = spec.settings[position].set.keys();
            let name = names.find(|name| {
                Field::parse(name).is_ok_and(|field| field.steps().starts_with(path))
            })?;
            Some(setting_place(position, name))
        });
        let chosen = spec.tune.as_ref().filter(|_| self.tried).and_then(|tune| {
            let chosen = tune.space.iter().find(|one| one.field.steps().starts_with(path))?;
            Some(tune.place(chosen))
        });
        let overridden = spec.source.overrides().iter().any(|set| set.covers(path));
        let place = chosen.or(set).or(named.map(Column::key_place)).filter(|_| !overridden);
        place.unwrap_or_else(|| self.place(spec, path))
    }

    /// The place in the experiment file that gave a field of this run its value.
    pub(super) fn place(&self, spec: &Spec, path: &[Step]) -> Vec<Step> {
        if spec.source.overrides().iter().any(|set| set.covers(path)) {
            return path.to_vec();
        }
        if let (Some(tune), true) = (&spec.tune, self.tried)
            && let Some(chosen) = tune.space.iter().find(|chosen| chosen.field.covers(path))
        {
            return tune.place(chosen);
        }
        for &position in self.settings.iter().rev() {
            for name in spec.settings[position].set.keys() {
                if Field::parse(name).is_ok_and(|field| field.covers(path)) {
                    return setting_place(position, name);
                }
            }
        }
        for (axis, &item) in spec.axes.iter().zip(&self.items) {
            if let Some(column) = axis.columns.iter().find(|column| column.field.covers(path)) {
                return column.place(item);
            }
        }
        path.to_vec()
    }
}

impl Draft {
    /// What it is compared as.
    pub fn arm(&self) -> String {
        id::arm(&self.axes, &self.model.cell)
    }

    /// A run like this one, with what a trial chose and the reason for it.
    pub fn with_choice(&self, trial: &Self, tune: &Tune, reason: &str) -> Self {
        let epochs = match tune.epochs.is_some() || tune.method == Method::Halving {
            true => self.train.epochs,
            false => trial.train.epochs,
        };
        let mut chosen = self.clone();
        chosen.model = trial.model.clone();
        chosen.matched = trial.matched;
        chosen.train = TrainConfig { epochs, ..trial.train.clone() };
        chosen.probe = trial.probe;
        // A stage before has the choices of the model, too; its seed is that of the run.
        chosen.start = trial.start.clone();
        for dimension in &tune.space {
            chosen.chosen.insert(dimension.field.to_string(), Value::from(reason));
        }
        chosen
    }

    /// The same trial in a later round, trained so many times as long.
    pub fn in_round(&self, times: usize) -> Self {
        let mut longer = self.clone();
        if let Some(times) = NonZeroUsize::new(times).filter(|times| times.get() > 1) {
            longer.train.epochs = longer.train.epochs.saturating_mul(times);
            longer.axes.insert("train.epochs".to_owned(), Value::from(longer.train.epochs.get()));
        }
        longer
    }

    /// Without the probe: what a trial's gradients do is not asked.
    pub fn unprobed(self) -> Self {
        Self { probe: None, ..self }
    }

    /// An error if its data are of another metric than the first ones: all runs of an experiment are
    /// compared.
    pub(super) fn same_metric(&self, spec: &Spec, facts: &[DataFacts]) -> Result<(), SpecError> {
        let (first, ours) = (&facts[0], &facts[self.data]);
        if first.metric == ours.metric {
            return Ok(());
        }
        let problem = format!(
            "these data are compared by {}, and others of this experiment by {}; an experiment has one metric",
            ours.metric.title(),
            first.metric.title()
        );
        Err(self.origin.error(spec, &steps(&["data", "name"]), false, problem))
    }

    /// An error at a field of the run.
    fn fault(&self, spec: &Spec, keys: &[&str], problem: String) -> SpecError {
        let keys: Vec<&str> = self.within.into_iter().chain(keys.iter().copied()).collect();
        self.origin.error(spec, &steps(&keys), false, problem)
    }

    /// Completes the run: size, costs, name. With it comes the run of the stage before, where there is one; `all` are
    /// the facts of all data.
    pub fn planned(
        &self,
        spec: &Spec,
        all: &[DataFacts],
        calibration: &Calibration,
        engine: &dyn Catalogue,
    ) -> Result<(PlannedRun, Option<PlannedRun>), SpecErrors> {
        let facts = &all[self.data];
        let fault = |keys: &[&str], problem: String| self.fault(spec, keys, problem);
        let mut model = self.model.clone();
        if let Some((field, problem)) = limits::oversized(&model, &self.train, facts) {
            return Err(fault(&field, problem).into());
        }
        let mut faults = Faults::default();
        let choices = [
            ("model", model.unsuited(&facts.shape)),
            ("train", self.train.unsuited(&facts.shape)),
            ("train", self.train.unsuited_to_model(&model)),
            ("probe", self.probe.and_then(|probe| probe.unsuited(&facts.shape))),
        ];
        for (part, unsuited) in choices {
            if let Some((field, problem)) = unsuited {
                faults.add(fault(&[part, field], problem));
            }
        }
        let beyond = self.probe.map(|probe| probing::beyond_data(&probe, facts));
        for (field, problem) in beyond.into_iter().flatten() {
            faults.add(fault(&["probe", field], problem));
        }
        faults.none()?;
        if let Some((field, problem)) = engine.unsupported(&model, self.probe.as_ref()) {
            return Err(fault(&field, problem).into());
        }
        if let Some(matched) = self.matched {
            let key = self.calibration(facts);
            let calibrated = key.and_then(|(key, _)| calibration.hidden(&key));
            let hidden = matched.hidden(&model, &facts.shape, calibrated, engine);
            model.hidden = hidden.map_err(|error| {
                let problem = matched.problem(error, &model.cell, &around(&model, &facts.shape));
                fault(&["match", matched.name()], problem)
            })?;
        }
        if let Some((field, problem)) = model.unequal_sizes() {
            return Err(fault(&["model", field], problem).into());
        }
        let costs = engine
            .costs(&model, &facts.shape)
            .map_err(|error| fault(&["model"], error.to_string()))?;
        let probed = self.probe.map_or(0, |probe| facts.probed_tokens(&probe));
        let tokens = facts.step_tokens(&self.train).max(probed);
        let bytes = train::training_bytes(&costs, self.train.optimizer, tokens);
        if let Some(problem) = limits::beyond_memory(bytes, physical_memory()) {
            return Err(fault(&["model"], problem).into());
        }
        let (start, start_from, before) = match self.started(spec, &model, all, engine)? {
            Some((start, config, before)) => (Some(start), Some(config), before),
            None => (None, None, None),
        };
        let trained_parameters = match self.train.freeze.is_some() {
            false => costs.parameters,
            true => {
                let parameters = engine
                    .parameters(&model, &facts.shape)
                    .map_err(|error| fault(&["model"], error.to_string()))?;
                let per_epoch = facts.steps_per_epoch(&self.train);
                self.train.trained_parameters(&model, &parameters, per_epoch)
            }
        };
        let config = RunConfig {
            data: facts.data.clone(),
            model,
            train: self.train.clone(),
            probe: self.probe,
            start_from,
            seed: self.seed,
        };
        let mut reasons = self.chosen.clone();
        for &position in &self.origin.settings {
            for key in spec.settings[position].set.keys() {
                let field = Field::parse(key).ok();
                let overridden = |field: &Field| {
                    spec.source.overrides().iter().any(|set| set.covers(&field.steps()))
                };
                if let Some(field) = field.filter(|field| !overridden(field)) {
                    reasons.insert(
                        field.to_string(),
                        Value::from(spec.settings[position].reason.as_str()),
                    );
                }
            }
        }
        let (steps, seconds) = estimate::of(&self.train, &costs, facts);
        let run = PlannedRun {
            id: id::run_id(&self.axes, self.role, &config, facts),
            role: self.role,
            arm: self.arm(),
            axes: self.axes.clone(),
            config,
            dataset: self.data,
            start,
            trained_parameters,
            costs,
            reasons,
            steps,
            seconds,
            bytes,
        };
        Ok((run, before))
    }

    /// What a run with this model starts from, and the run of the stage before that makes it.
    #[allow(clippy::type_complexity)] // a start, what names it, and what makes it
    fn started(
        &self,
        spec: &Spec,
        model: &ModelConfig,
        all: &[DataFacts],
        engine: &dyn Catalogue,
    ) -> Result<Option<(PlannedStart, StartConfig, Option<PlannedRun>)>, SpecErrors> {
        let Some(DraftStart { origin, parts }) = &self.start else { return Ok(None) };
        let facts = &all[self.data];
        let parts = parts.as_deref();
        match origin {
            DraftOrigin::Trained(_, there) => {
                let fault = |(key, problem): StartProblem| {
                    let keys: Vec<&str> = ["start_from"].into_iter().chain(key).collect();
                    SpecErrors::from(self.fault(spec, &keys, problem))
                };
                let unread = || fault((None, "the weights were not read".to_owned()));
                let there = there.as_ref().ok_or_else(unread)?;
                let (weights, record) =
                    taken_over(there, parts, model, facts, engine).map_err(fault)?;
                let config = StartConfig {
                    sha256: Some(there.sha256.clone()),
                    data: there.data.clone(),
                    run: None,
                    parts: weights.parts.clone(),
                };
                Ok(Some((PlannedStart { weights, run: None, record }, config, None)))
            }
            DraftOrigin::Stage(stage) => {
                let fault = |(key, problem): StartProblem| {
                    let keys: Vec<&str> = ["pretrain"].into_iter().chain(key).collect();
                    SpecErrors::from(self.fault(spec, &keys, problem))
                };
                let before = self.before(model, stage);
                let (run, _) = before.planned(spec, all, &Calibration::default(), engine)?;
                let there = of_stage(&run, &all[before.data], engine).map_err(fault)?;
                let (weights, record) =
                    taken_over(&there, parts, model, facts, engine).map_err(fault)?;
                let config = StartConfig {
                    sha256: None,
                    data: None,
                    run: Some(run.id.clone()),
                    parts: weights.parts.clone(),
                };
                let start = PlannedStart { weights, run: Some(run.id.clone()), record };
                Ok(Some((start, config, Some(run))))
            }
        }
    }
}

/// The sizes around the layers: what leaves little to them.
fn around(model: &ModelConfig, shape: &TaskShape) -> String {
    match (shape.input, model.embedding) {
        (InputKind::Tokens { types }, Some(embedding)) => {
            let types = thousands(types as u64);
            format!(" with {types} words and embedding {embedding}")
        }
        _ => String::new(),
    }
}

/// Where a setting sets a field.
fn setting_place(position: usize, name: &str) -> Vec<Step> {
    let mut place = steps(&["settings"]);
    place.extend([Step::Item(position), Step::Key("set".to_owned()), Step::Key(name.to_owned())]);
    place
}

/// Keys as a path.
pub(super) fn steps(keys: &[&str]) -> Vec<Step> {
    keys.iter().map(|&key| Step::Key(key.to_owned())).collect()
}
