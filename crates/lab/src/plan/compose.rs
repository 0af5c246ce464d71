//! The sweep written out: every combination, with its settings, checked field by field.

use super::matching::Match;
use super::{Calibration, DataFacts, PlannedRun, ResolvedRun, estimate, id, limits};
use crate::engine::Engine;
use crate::spec::{
    Axis, DataSpec, Faults, Field, Method, Source, Spec, SpecError, SpecErrors, Tune, nearest,
    typed,
};
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
    // Read apart: the dataset decides what its settings are.
    #[serde(rename = "data")]
    _data: Map<String, Value>,
    model: ModelConfig,
    #[serde(rename = "match")]
    matched: Option<Match>,
    train: TrainConfig,
    probe: Option<ProbeConfig>,
    seed: u64,
}

/// A run that lacks only what depends on the data: its size, where that is to be matched.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Values of the swept fields.
    pub axes: Map<String, Value>,
    /// What it is trained on: a position among the [`Drafts::data`].
    pub data: usize,
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
    /// Fields that trials chose, each with the reason.
    chosen: Map<String, Value>,
    origin: Origin,
}

/// An experiment with all its runs, as far as they can be known without data.
#[derive(Debug, Clone)]
pub struct Drafts {
    /// What the file says.
    pub spec: Spec,
    /// The runs.
    pub runs: Vec<Draft>,
    /// What they are trained on, each once.
    pub data: Vec<DataSpec>,
    /// Where hyper-parameters are chosen: the trials of everything that is compared, in its order.
    /// The runs then stand for those with the chosen values, and have those of the first trial.
    pub trials: Vec<ArmTrials>,
}

/// The trials of what is compared as one.
#[derive(Debug, Clone)]
pub struct ArmTrials {
    /// Its name.
    pub arm: String,
    /// Its trials, as they are trained in the first round.
    pub drafts: Vec<Draft>,
}

/// Where a run's values came from: positions on the sweep's axes, and the settings applied.
#[derive(Debug, Clone, Default)]
struct Origin {
    items: Vec<usize>,
    settings: Vec<usize>,
    /// With values of a trial.
    tried: bool,
}

/// Expands the sweep and checks every run. The error tells all that is wrong.
pub fn compose(source: Source, engine: &dyn Engine) -> Result<Drafts, SpecErrors> {
    let (spec, mut faults) = Spec::of(source);
    let Some(spec) = spec else { return Err(faults.all()) };
    let cells = engine.cells();
    let cells: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
    let settings = parsed_settings(&spec, &cells, &mut faults);

    let lengths: Vec<usize> = spec.axes.iter().map(Axis::len).collect();
    let total = lengths.iter().try_fold(1_usize, |total, length| total.checked_mul(*length));
    if total.is_none_or(|total| total > MOST_RUNS) {
        faults.add(spec.source.error(
            &steps(&["sweep"]),
            format!(
                "the sweep expands to more than {MOST_RUNS} runs; at most that many are allowed"
            ),
        ));
        return Err(faults.all());
    }
    let (mut runs, mut data) = (Vec::new(), Vec::new());
    let mut trials: Vec<ArmTrials> = Vec::new();
    for items in combinations(&lengths) {
        // Before the choice, the first trial's values stand for those to be chosen.
        let stand_in = spec.tune.as_ref().map(|_| 0);
        let composed = Composed::of(&spec, &settings, items.clone(), stand_in);
        let Some(draft) = composed.draft(&spec, &cells, &mut data, &mut faults) else { continue };
        let arm = draft.arm();
        runs.push(draft);
        if let Some(tune) = &spec.tune
            && trials.iter().all(|known| known.arm != arm)
        {
            let draft =
                |k: usize| {
                    Composed::of(&spec, &settings, items.clone(), Some(k))
                        .into_trial(tune, k)
                        .draft(&spec, &cells, &mut data, &mut faults)
                };
            let drafts = (0..tune.rounds()[0].trials).filter_map(draft).collect();
            trials.push(ArmTrials { arm, drafts });
        }
    }
    if let Some(tune) = &spec.tune
        && runs.iter().any(|run: &Draft| run.seed == tune.seed)
    {
        let problem = format!(
            "{} is one of the seeds that are compared; give another, so that no run is compared by a start that its values were chosen for",
            tune.seed
        );
        faults.add(spec.source.error(&steps(&["tune", "seed"]), problem));
    }
    faults.none()?;
    Ok(Drafts { spec, runs, data, trials })
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

fn parsed_settings(spec: &Spec, cells: &[&str], faults: &mut Faults) -> Vec<ParsedSetting> {
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
        let mut fields =
            |part: &str, entries: &Map<String, Value>| -> Vec<(Field, Value, Vec<Step>)> {
                let entry = |(key, value): (&String, &Value)| {
                    let field = Field::parse(key)
                        .map_err(|problem| spec.source.key_error(&at(part, key), problem));
                    Some((faults.keep(field)?, value.clone(), at(part, key)))
                };
                entries.iter().filter_map(entry).collect()
            };
        let (when, set) = (fields("when", &setting.when), fields("set", &setting.set));
        for (field, value, path) in &when {
            if field.to_string() == "model.cell" {
                let known = known_cell(value.as_str().unwrap_or_default(), cells);
                faults.keep(known.map_err(|problem| spec.source.error(path, problem)));
            }
        }
        for (field, _, path) in &set {
            if field.is_of_data() {
                let problem =
                    "data can be swept, not set: what is compared is trained on the same data";
                faults.add(spec.source.key_error(path, problem));
            }
            let mut columns = spec.axes.iter().flat_map(|axis| &axis.columns);
            if let Some(column) = columns.find(|column| column.field.overlaps(field)) {
                let problem = format!(
                    "this would overwrite the swept field `{}`; a setting may only set fields that are not swept",
                    column.key
                );
                faults.add(spec.source.key_error(path, problem));
            }
        }
        let plain = |fields: Vec<(Field, Value, Vec<Step>)>| {
            fields.into_iter().map(|(field, value, _)| (field, value)).collect()
        };
        parsed.push(ParsedSetting { when: plain(when), set: plain(set) });
    }
    parsed
}

/// The fields of one run, as open values.
struct Composed {
    fields: Value,
    axes: Map<String, Value>,
    origin: Origin,
}

impl Composed {
    /// A combination of swept values; with the values of a trial, where some are to be chosen.
    fn of(
        spec: &Spec,
        settings: &[ParsedSetting],
        items: Vec<usize>,
        trial: Option<usize>,
    ) -> Self {
        let mut fields = spec.fields.clone();
        let mut axes = Map::new();
        for (axis, &item) in spec.axes.iter().zip(&items) {
            for column in &axis.columns {
                column.field.set(&mut fields, column.values[item].clone());
                axes.insert(column.key.clone(), column.values[item].clone());
            }
        }
        let mut origin = Origin { items, settings: Vec::new(), tried: trial.is_some() };
        for (position, setting) in settings.iter().enumerate() {
            let holds = |(field, value): &(Field, Value)| {
                field.get(&fields).is_some_and(|found| same(found, value))
            };
            if !setting.when.iter().all(holds) {
                continue;
            }
            for (field, value) in &setting.set {
                // The command line has the last word.
                let steps = field.steps();
                if !spec.source.overrides().iter().any(|set| set.covers(&steps)) {
                    field.set(&mut fields, value.clone());
                }
            }
            origin.settings.push(position);
        }
        if let (Some(tune), Some(trial)) = (&spec.tune, trial) {
            for (dimension, value) in tune.trial(trial) {
                dimension.field.set(&mut fields, value);
            }
        }
        Self { fields, axes, origin }
    }

    /// The same as trial `k`: with the trials' seed, named by the values that it tries.
    fn into_trial(mut self, tune: &Tune, k: usize) -> Self {
        self.axes.shift_remove("seed");
        for (dimension, value) in tune.trial(k) {
            self.axes.insert(dimension.key.clone(), value);
        }
        self.fields["seed"] = Value::from(tune.seed);
        if let (Some(epochs), Some(train)) = (tune.epochs, self.fields.get_mut("train")) {
            train["epochs"] = Value::from(epochs.get());
        }
        self
    }

    /// The run, unless something is wrong with it; `data` gets what it is trained on.
    fn draft(
        mut self,
        spec: &Spec,
        cells: &[&str],
        data: &mut Vec<DataSpec>,
        faults: &mut Faults,
    ) -> Option<Draft> {
        let origin = self.origin;
        let fields = &mut self.fields;
        let mut wrong = false;
        let mut fault = |path: &[Step], key: bool, problem: String| {
            wrong = true;
            faults.add(origin.error(spec, path, key, problem));
        };
        let hidden = fields.get("model").is_some_and(|model| model.get("hidden").is_some());
        let sized = "hidden";
        match (hidden, fields.get("match").is_some(), fields.get_mut("model")) {
            (true, true, _) => fault(
                &steps(&["model", sized]),
                false,
                "the size is given here and by `match`; give one of the two".to_owned(),
            ),
            (false, matched, Some(Value::Object(model))) => {
                if !matched {
                    let problem =
                        "no size is given; give model.hidden, or match.parameters to choose it";
                    fault(&steps(&["model"]), false, problem.to_owned());
                }
                model.insert(sized.to_owned(), Value::from(1));
            }
            _ => {}
        }
        let typed: Option<RunFields> = match typed(fields) {
            Ok(typed) => Some(typed),
            Err(misfits) => {
                for misfit in misfits {
                    // A part that is missing as a whole is told of already.
                    if !misfit.path.is_empty() {
                        fault(&misfit.path, misfit.key, misfit.problem);
                    }
                }
                None
            }
        };
        let cell = fields.get("model").and_then(|model| model.get("cell")).and_then(Value::as_str);
        if let Some(Err(problem)) = cell.map(|cell| known_cell(cell, cells)) {
            fault(&steps(&["model", "cell"]), false, problem);
        }
        let named =
            fields.get("data").and_then(Value::as_object).map(|data| DataSpec::read(data.clone()));
        let found = match named {
            Some(Ok(found)) => Some(found),
            None => None,
            Some(Err(misfits)) => {
                for misfit in misfits {
                    let path = [&steps(&["data"])[..], &misfit.path].concat();
                    fault(&path, misfit.key, misfit.problem);
                }
                None
            }
        };
        let (typed, found) = (typed?, found?);
        if wrong {
            return None;
        }
        let position = data.iter().position(|known| *known == found).unwrap_or(data.len());
        if position == data.len() {
            data.push(found);
        }
        Some(Draft {
            axes: self.axes,
            data: position,
            model: typed.model,
            matched: typed.matched,
            train: typed.train,
            probe: typed.probe,
            seed: typed.seed,
            chosen: Map::new(),
            origin,
        })
    }
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
    fn error(&self, spec: &Spec, path: &[Step], key: bool, problem: String) -> SpecError {
        let told = |place: &[Step]| match key {
            true => spec.source.key_error(place, problem.clone()),
            false => spec.source.error(place, problem.clone()),
        };
        if spec.source.overrides().iter().any(|set| set.covers(path)) {
            return told(path);
        }
        if let (Some(tune), true) = (&spec.tune, self.tried)
            && let Some(chosen) = tune.space.iter().find(|chosen| chosen.field.covers(path))
        {
            return told(&tune.place(chosen));
        }
        for &position in self.settings.iter().rev() {
            for name in spec.settings[position].set.keys() {
                if Field::parse(name).is_ok_and(|field| field.covers(path)) {
                    let mut place = steps(&["settings"]);
                    place.extend([
                        Step::Item(position),
                        Step::Key("set".to_owned()),
                        Step::Key(name.clone()),
                    ]);
                    return told(&place);
                }
            }
        }
        for (axis, &item) in spec.axes.iter().zip(&self.items) {
            if let Some(column) = axis.columns.iter().find(|column| column.field.covers(path)) {
                return told(&column.place(item));
            }
        }
        told(path)
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

    /// Completes the run: size, costs, name.
    pub fn planned(
        &self,
        spec: &Spec,
        facts: &DataFacts,
        calibration: &Calibration,
        engine: &dyn Engine,
    ) -> Result<PlannedRun, SpecError> {
        let fault =
            |keys: &[&str], problem: String| self.origin.error(spec, &steps(keys), false, problem);
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
        if let Some(matched) = self.matched {
            let key = self.calibration(facts);
            let calibrated = key.and_then(|(key, _)| calibration.hidden(&key));
            let hidden = matched.hidden(&model, &facts.shape, calibrated, engine);
            model.hidden = hidden.map_err(|error| {
                let problem = matched.problem(error, &model.cell, &around(&model, &facts.shape));
                fault(&["match", matched.name()], problem)
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
        Ok(PlannedRun {
            id: id::run_id(&self.axes, &resolved, facts),
            arm: self.arm(),
            axes: self.axes.clone(),
            data: facts.data.clone(),
            dataset: self.data,
            model,
            train: self.train.clone(),
            probe: self.probe,
            seed: self.seed,
            costs,
            reasons,
            steps,
            seconds,
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
