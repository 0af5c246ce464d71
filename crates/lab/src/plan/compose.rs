//! The sweep written out: every combination, with its settings, checked field by field.

use super::matching::{MatchError, hidden_for};
use super::{DataFacts, PlannedRun, ResolvedRun, id, limits};
use crate::engine::Engine;
use crate::spec::{Field, Spec, SpecError, nearest, typed};
use crate::yaml::Step;
use machine::physical_memory;
use model::{InputKind, ModelConfig, TaskShape};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::num::NonZeroUsize;
use train::{ProbeConfig, TrainConfig};

/// More runs than this are a slip of the pen.
const MOST_RUNS: usize = 10_000;

/// The fields of one run, typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFields {
    model: ModelConfig,
    #[serde(rename = "match")]
    matching: Option<Matching>,
    train: TrainConfig,
    probe: Option<ProbeConfig>,
    seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    parameters: NonZeroUsize,
}

/// A run that lacks only what depends on the data: its size, where that is to be matched.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Values of the swept fields.
    pub axes: Map<String, Value>,
    /// The model; its hidden size means nothing where `target` is set.
    pub model: ModelConfig,
    /// Total parameters to match.
    pub target: Option<usize>,
    /// How it is trained.
    pub train: TrainConfig,
    /// What is measured of its gradients.
    pub probe: Option<ProbeConfig>,
    /// Seed of every random draw.
    pub seed: u64,
    origin: Origin,
}

/// Where a run's values came from: positions on the sweep's axes, and the settings applied.
#[derive(Debug, Clone, Default)]
struct Origin {
    items: Vec<usize>,
    settings: Vec<usize>,
}

/// Expands the sweep and checks every run.
pub fn compose(spec: &Spec, engine: &dyn Engine) -> Result<Vec<Draft>, SpecError> {
    let cells = engine.cells();
    let cells: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
    let settings = parsed_settings(spec, &cells)?;

    let total =
        spec.axes.iter().try_fold(1_usize, |total, axis| total.checked_mul(axis.values.len()));
    if total.is_none_or(|total| total > MOST_RUNS) {
        return Err(spec.source.error(
            &steps(&["sweep"]),
            format!(
                "the sweep expands to more than {MOST_RUNS} runs; at most that many are allowed"
            ),
        ));
    }
    combinations(&spec.axes.iter().map(|axis| axis.values.len()).collect::<Vec<_>>())
        .into_iter()
        .map(|items| draft(spec, &settings, &cells, items))
        .collect()
}

/// Positions on every axis, the last axis fastest.
fn combinations(lengths: &[usize]) -> Vec<Vec<usize>> {
    lengths.iter().fold(vec![Vec::new()], |done, &length| {
        done.iter()
            .flat_map(|items| (0..length).map(move |item| [items.as_slice(), &[item]].concat()))
            .collect()
    })
}

/// A setting with its field names read.
struct ParsedSetting {
    when: Vec<(Field, Value)>,
    set: Vec<(Field, Value)>,
}

fn parsed_settings(spec: &Spec, cells: &[&str]) -> Result<Vec<ParsedSetting>, SpecError> {
    let mut parsed = Vec::new();
    for (position, setting) in spec.settings.iter().enumerate() {
        let at = |part: &str, key: &str| {
            let mut path = steps(&["settings"]);
            path.extend([
                Step::Item(position),
                Step::Key(part.to_owned()),
                Step::Key(key.to_owned()),
            ]);
            path
        };
        let fields = |part: &str, entries: &Map<String, Value>| {
            entries
                .iter()
                .map(|(key, value)| match Field::parse(key) {
                    Ok(field) => Ok((field, value.clone())),
                    Err(problem) => Err(spec.source.error(&at(part, key), problem)),
                })
                .collect::<Result<Vec<_>, SpecError>>()
        };
        let when = fields("when", &setting.when)?;
        for (field, value) in &when {
            if field.to_string() == "model.cell" {
                let key = setting.when.keys().find(|key| Field::parse(key).as_ref() == Ok(field));
                let path = at("when", key.map_or("cell", String::as_str));
                known_cell(value.as_str().unwrap_or_default(), cells)
                    .map_err(|problem| spec.source.error(&path, problem))?;
            }
        }
        let set = fields("set", &setting.set)?;
        for ((field, _), key) in set.iter().zip(setting.set.keys()) {
            if let Some(axis) = spec.axes.iter().find(|axis| axis.field.overlaps(field)) {
                let problem = format!(
                    "this would overwrite the swept field `{}`; a setting may only set fields that are not swept",
                    axis.key
                );
                return Err(spec.source.error(&at("set", key), problem));
            }
        }
        parsed.push(ParsedSetting { when, set });
    }
    Ok(parsed)
}

fn draft(
    spec: &Spec,
    settings: &[ParsedSetting],
    cells: &[&str],
    items: Vec<usize>,
) -> Result<Draft, SpecError> {
    let mut fields = spec.fields.clone();
    let mut axes = Map::new();
    for (axis, &item) in spec.axes.iter().zip(&items) {
        axis.field.set(&mut fields, axis.values[item].clone());
        axes.insert(axis.key.clone(), axis.values[item].clone());
    }
    let mut origin = Origin { items, settings: Vec::new() };
    for (position, setting) in settings.iter().enumerate() {
        if setting
            .when
            .iter()
            .all(|(field, value)| field.get(&fields).is_some_and(|found| same(found, value)))
        {
            for (field, value) in &setting.set {
                field.set(&mut fields, value.clone());
            }
            origin.settings.push(position);
        }
    }

    let hidden = fields["model"].get("hidden").is_some();
    match (hidden, fields.get("match").is_some()) {
        (true, true) => {
            return Err(origin.error(
                spec,
                &steps(&["model", "hidden"]),
                "the size is given here and by `match`; give one of the two",
            ));
        }
        (false, false) => {
            return Err(origin.error(
                spec,
                &steps(&["model"]),
                "no size is given; give model.hidden, or match.parameters to choose it",
            ));
        }
        (false, true) => fields["model"]["hidden"] = Value::from(1),
        (true, false) => {}
    }
    let typed: RunFields =
        typed(&fields).map_err(|misfit| origin.error(spec, &misfit.path, misfit.problem))?;
    known_cell(&typed.model.cell, cells)
        .map_err(|problem| origin.error(spec, &steps(&["model", "cell"]), problem))?;
    Ok(Draft {
        axes,
        model: typed.model,
        target: typed.matching.map(|matching| matching.parameters.get()),
        train: typed.train,
        probe: typed.probe,
        seed: typed.seed,
        origin,
    })
}

/// Numbers compare as numbers: 2 is 2.0.
fn same(one: &Value, two: &Value) -> bool {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one == two,
        _ => one == two,
    }
}

fn known_cell(name: &str, cells: &[&str]) -> Result<(), String> {
    if cells.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, cells.iter().copied())
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default();
    Err(format!("there is no cell `{name}`{meant}; the cells are: {}", cells.join(", ")))
}

fn steps(keys: &[&str]) -> Vec<Step> {
    keys.iter().map(|&key| Step::Key(key.to_owned())).collect()
}

impl Origin {
    /// An error at a field of this run, told at the place that gave the field its value.
    fn error(&self, spec: &Spec, path: &[Step], problem: impl Into<String>) -> SpecError {
        let problem = problem.into();
        for &position in self.settings.iter().rev() {
            for key in spec.settings[position].set.keys() {
                if Field::parse(key).is_ok_and(|field| field.covers(path)) {
                    let mut place = steps(&["settings"]);
                    place.extend([
                        Step::Item(position),
                        Step::Key("set".to_owned()),
                        Step::Key(key.clone()),
                    ]);
                    return spec.source.error(&place, problem);
                }
            }
        }
        for (axis, &item) in spec.axes.iter().zip(&self.items) {
            if axis.field.covers(path) {
                let mut place = steps(&["sweep", &axis.key]);
                place.push(Step::Item(item));
                return spec.source.error(&place, problem);
            }
        }
        spec.source.error(path, problem)
    }
}

impl Draft {
    /// Completes the run: size, costs, name.
    pub fn planned(
        &self,
        spec: &Spec,
        facts: &DataFacts,
        engine: &dyn Engine,
    ) -> Result<PlannedRun, SpecError> {
        let fault = |keys: &[&str], problem: String| self.origin.error(spec, &steps(keys), problem);
        let mut model = self.model.clone();
        if let Some((field, problem)) = limits::oversized(&model, &self.train, facts) {
            return Err(fault(&field, problem));
        }
        if let Some((field, problem)) = model.misfit(&facts.shape) {
            return Err(fault(&["model", field], problem));
        }
        if let Some((field, problem)) =
            self.probe.and_then(|probe| probe.misfit(facts.sequences.is_none()))
        {
            return Err(fault(&["probe", field], problem));
        }
        if let Some(target) = self.target {
            model.hidden = hidden_for(target, &model, &facts.shape, engine).map_err(|error| {
                let problem = match error {
                    MatchError::TooFew(smallest) => format!(
                        "{target} parameters are too few for `{}`{}; at least {smallest} are needed",
                        model.cell,
                        around(&model, &facts.shape)
                    ),
                    MatchError::TooMany => format!("no hidden size of `{}` reaches {target} parameters; a smaller number is allowed", model.cell),
                    MatchError::Engine(error) => error.to_string(),
                };
                fault(&["match", "parameters"], problem)
            })?;
        }
        let costs = engine
            .costs(&model, &facts.shape)
            .map_err(|error| fault(&["model"], error.to_string()))?;
        let needed = train::training_bytes(&costs, &self.train, facts.window(&self.train));
        if let Some(problem) = limits::beyond_memory(needed, physical_memory()) {
            return Err(fault(&["model"], problem));
        }
        let resolved = ResolvedRun {
            data: &facts.data,
            model: &model,
            train: &self.train,
            probe: self.probe.as_ref(),
            seed: self.seed,
        };
        let mut reasons = Map::new();
        for &position in &self.origin.settings {
            for key in spec.settings[position].set.keys() {
                if let Ok(field) = Field::parse(key) {
                    reasons.insert(
                        field.to_string(),
                        Value::from(spec.settings[position].reason.as_str()),
                    );
                }
            }
        }
        Ok(PlannedRun {
            id: id::run_id(&self.axes, &resolved, facts),
            arm: id::arm(&self.axes, &model.cell),
            axes: self.axes.clone(),
            data: facts.data.clone(),
            model,
            train: self.train.clone(),
            probe: self.probe,
            seed: self.seed,
            costs,
            reasons,
        })
    }
}

/// The sizes around the layers: what leaves little to them.
fn around(model: &ModelConfig, shape: &TaskShape) -> String {
    match (shape.input, model.embedding) {
        (InputKind::Tokens { types }, Some(embedding)) => {
            format!(" with {types} words and embedding {embedding}")
        }
        _ => String::new(),
    }
}

/// A sentence for every setting that applies to no run: most likely a slip in its `when`.
pub(super) fn idle_settings(spec: &Spec, drafts: &[Draft]) -> Vec<String> {
    (0..spec.settings.len())
        .filter(|position| !drafts.iter().any(|draft| draft.origin.settings.contains(position)))
        .map(|position| format!("settings[{}] applies to no run of this sweep", position + 1))
        .collect()
}
