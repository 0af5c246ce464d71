//! The sweep written out: every combination, with its settings, checked field by field.

use super::draft::{Draft, Origin, steps};
use super::matching::Match;
use super::settings::{ParsedSetting, known_cell, parsed_settings};
use super::start::{DraftOrigin, DraftStart, WeightsFacts, absent};
use crate::Catalogue;
use crate::role::{Role, RoleRecord};
use crate::spec::{
    Axis, DataSpec, Faults, Field, FieldError, Setting, Source, Spec, SpecError, SpecErrors,
    StageFields, StartFrom, Tune, WeightsSource, meant, same, typed,
};
use crate::yaml::Step;
use model::ModelConfig;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use train::{ProbeConfig, TrainConfig};

/// More runs than this are a slip of the pen.
const MOST_RUNS: usize = 10_000;

/// The fields of one run, typed.
#[derive(Deserialize, JsonSchema)]
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
    // Read apart: words stand in the place of mappings, and the stage is laid over the model.
    #[serde(rename = "start_from")]
    _start_from: Option<Value>,
    #[serde(rename = "pretrain")]
    _pretrain: Option<Value>,
    seed: u64,
}

/// An experiment with all its runs, as far as they can be known without data.
#[derive(Debug, Clone)]
pub struct Drafts {
    /// What the file says.
    pub spec: Spec,
    /// The runs.
    pub runs: Vec<Draft>,
    /// What they are made for.
    pub role: RoleRecord,
    /// What they are trained on, each once, and after that what the stage before is trained on.
    pub data: Vec<DataSpec>,
    /// How many of these the runs themselves are trained on.
    pub compared_data: usize,
    /// Trained models that they start from, each once.
    pub weights: Vec<WeightsSource>,
    /// Where hyper-parameters are chosen: the trials of everything that is compared, in its order.
    /// The runs then stand for those with the chosen values, and have those of the first trial.
    pub trials: Vec<ArmTrials>,
}

impl Drafts {
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Draft> {
        let of_trials = self.trials.iter_mut().flat_map(|arm| &mut arm.drafts);
        self.runs.iter_mut().chain(of_trials)
    }

    /// Hands the runs what was found of the trained models that they start from, `facts` in the order of
    /// [`weights`](Self::weights).
    pub fn set_weights(&mut self, facts: Vec<WeightsFacts>) {
        let facts: Vec<Arc<WeightsFacts>> = facts.into_iter().map(Arc::new).collect();
        for draft in self.all_mut() {
            if let Some(DraftStart { origin: DraftOrigin::Trained(position, known), .. }) =
                &mut draft.start
            {
                *known = facts.get(*position).cloned();
            }
        }
    }

    /// A fault of trained model number `position` of those that runs start from.
    pub fn weights_fault(&self, position: usize, problem: String) -> Option<SpecError> {
        let key = self.weights.get(position)?.key();
        let starts = |draft: &&Draft| {
            let start = draft.start.as_ref().map(|start| &start.origin);
            matches!(start, Some(DraftOrigin::Trained(known, _)) if *known == position)
        };
        let of_trials = self.trials.iter().flat_map(|arm| &arm.drafts);
        let draft = self.runs.iter().chain(of_trials).find(starts)?;
        Some(draft.origin.error(&self.spec, &steps(&["start_from", key]), false, problem))
    }

    /// Gives the data of stages their places after those of the runs.
    fn place_stages(&mut self) {
        self.compared_data = self.data.len();
        let mut data = std::mem::take(&mut self.data);
        for draft in self.all_mut() {
            let Some(DraftStart { origin: DraftOrigin::Stage(stage), .. }) = &mut draft.start
            else {
                continue;
            };
            let Some(found) = stage.stage_data.take() else { continue };
            stage.data = place(&mut data, found);
        }
        self.data = data;
    }

    /// The settings that some of the runs have, but not all.
    pub fn settings_of_some(&self) -> Vec<Setting> {
        let has = |draft: &Draft, position| draft.origin.settings.contains(&position);
        let of_some = |&(position, _): &(usize, &Setting)| {
            let with = self.runs.iter().filter(|draft| has(draft, position)).count();
            (1..self.runs.len()).contains(&with)
        };
        let settings = self.spec.settings.iter().enumerate().filter(of_some);
        settings.map(|(_, setting)| setting.clone()).collect()
    }
}

/// The trials of what is compared as one.
#[derive(Debug, Clone)]
pub struct ArmTrials {
    /// Its name.
    pub arm: String,
    /// Its trials, as they are trained in the first round.
    pub drafts: Vec<Draft>,
}

/// Expands the sweep and checks every run. The error tells all that is wrong.
pub fn compose(source: Source, engine: &dyn Catalogue) -> Result<Drafts, SpecErrors> {
    let (spec, mut faults) = Spec::of(source);
    let Some(spec) = spec else { return Err(faults.all()) };
    if spec.tune.is_none() && spec.source.merged().get("tune").is_some_and(|tune| !tune.is_null()) {
        // Without what it chooses, fields would be missing that are not.
        return Err(faults.all());
    }
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
    let (mut runs, mut data, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    let mut trials: Vec<ArmTrials> = Vec::new();
    // Before the choice, the first trial's values stand for those to be chosen.
    let stand_in = spec.tune.as_ref().map(|_| 0);
    let all = combinations(&lengths).into_iter();
    let composed: Vec<Composed> =
        all.map(|items| Composed::of(&spec, &settings, items, stand_in)).collect();
    let role = RoleRecord::of(spec.role, composed.iter().map(|run| &run.axes));
    for composed in composed {
        let items = composed.origin.items.clone();
        let draft =
            composed.draft(&spec, &cells, role.role, (&mut data, &mut weights), &mut faults);
        let Some(draft) = draft else { continue };
        let arm = draft.arm();
        runs.push(draft);
        if let Some(tune) = &spec.tune
            && trials.iter().all(|known| known.arm != arm)
        {
            let draft =
                |k: usize| {
                    Composed::of(&spec, &settings, items.clone(), Some(k))
                        .into_trial(tune, k)
                        .draft(&spec, &cells, Role::Trial, (&mut data, &mut weights), &mut faults)
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
    let mut drafts = Drafts { spec, runs, role, data, compared_data: 0, weights, trials };
    drafts.place_stages();
    drafts.absent_files().into_iter().for_each(|fault| faults.add(fault));
    for (position, source) in drafts.weights.iter().enumerate() {
        let fault = absent(source).and_then(|why| drafts.weights_fault(position, why));
        fault.into_iter().for_each(|fault| faults.add(fault));
    }
    let staged = drafts.spec.fields.get("pretrain").is_some_and(|stage| !stage.is_null());
    let starts = |draft: &Draft| {
        matches!(&draft.start, Some(DraftStart { origin: DraftOrigin::Stage(_), .. }))
    };
    if staged && !drafts.runs.iter().any(starts) && !drafts.runs.is_empty() {
        let problem =
            "no run starts from this stage; name it, `start_from: pretrain`, or leave it out";
        faults.add(drafts.spec.source.error(&steps(&["pretrain"]), problem));
    }
    faults.none()?;
    Ok(drafts)
}

/// Positions on every axis, the last axis fastest.
fn combinations(lengths: &[usize]) -> Vec<Vec<usize>> {
    lengths.iter().fold(vec![Vec::new()], |done, &length| {
        done.iter()
            .flat_map(|items| (0..length).map(move |item| [items.as_slice(), &[item]].concat()))
            .collect()
    })
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

    /// The run, unless something is wrong with it; `data` gets what it is trained on, `weights` what it starts
    /// from.
    fn draft(
        mut self,
        spec: &Spec,
        cells: &[&str],
        role: Role,
        (data, weights): (&mut Vec<DataSpec>, &mut Vec<WeightsSource>),
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
                // Written wrong, it is told as an unknown key.
                let slip = model.keys().any(|key| !meant(key, [sized]).is_empty());
                if !matched && !slip {
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
            Err(errors) => {
                for error in errors {
                    // A part that is missing as a whole is told of already.
                    if !error.path.is_empty() {
                        fault(&error.path, error.key, error.problem);
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
            Some(Ok(found)) => {
                let place = origin.place(spec, &steps(&["data", "path"]));
                Some(found.beside(spec.source.folder_of(&place)))
            }
            None => None,
            Some(Err(errors)) => {
                for error in errors {
                    let path = [&steps(&["data"])[..], &error.path].concat();
                    fault(&path, error.key, error.problem);
                }
                None
            }
        };
        let mut told = |errors: Vec<FieldError>, key: &str| {
            for error in errors {
                let path = [&steps(&[key])[..], &error.path].concat();
                fault(&path, error.key, error.problem);
            }
        };
        let stage = fields.get("pretrain").filter(|stage| !stage.is_null());
        let start = StartFrom::read(fields.get("start_from"), stage.is_some());
        let start = start.map_err(|errors| told(errors, "start_from")).ok();
        let stage = match (&start, stage, fields.get("model")) {
            (Some(StartFrom::Pretraining), Some(stage), Some(model)) => {
                let stage = StageFields::read(stage, model);
                stage.map_err(|errors| told(errors, "pretrain")).ok()
            }
            _ => None,
        };
        let (typed, found, start) = (typed?, found?, start?);
        if wrong {
            return None;
        }
        let start = match start {
            StartFrom::Nothing => None,
            StartFrom::Trained { source, parts } => {
                let place = origin.place(spec, &steps(&["start_from", source.key()]));
                let source = source.beside(spec.source.folder_of(&place));
                let origin = DraftOrigin::Trained(self::place(weights, source), None);
                Some(DraftStart { origin, parts })
            }
            StartFrom::Pretraining => {
                let StageFields { data, model, train, parts } = stage?;
                let place = origin.place(spec, &steps(&["pretrain", "data", "path"]));
                let draft = Draft {
                    role: Role::Pretraining,
                    axes: Map::new(),
                    data: 0,
                    stage_data: Some(data.beside(spec.source.folder_of(&place))),
                    model,
                    matched: None,
                    train,
                    probe: None,
                    seed: typed.seed,
                    start: None,
                    chosen: Map::new(),
                    origin: origin.clone(),
                    within: Some("pretrain"),
                };
                Some(DraftStart { origin: DraftOrigin::Stage(Box::new(draft)), parts })
            }
        };
        Some(Draft {
            role,
            axes: self.axes,
            data: place(data, found),
            stage_data: None,
            model: typed.model,
            matched: typed.matched,
            train: typed.train,
            probe: typed.probe,
            seed: typed.seed,
            start,
            chosen: Map::new(),
            origin,
            within: None,
        })
    }
}

/// The position of an item, which is added if it is new.
fn place<T: PartialEq>(all: &mut Vec<T>, item: T) -> usize {
    let position = all.iter().position(|known| *known == item).unwrap_or(all.len());
    if position == all.len() {
        all.push(item);
    }
    position
}
