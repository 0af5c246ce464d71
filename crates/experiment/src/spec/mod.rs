//! The experiment file as written: plain data, checked for shape but not yet composed into runs.
//!
//! Two levels, as in ripgrep's `lowargs` and `hiargs`: a [`Spec`] mirrors the file, with one
//! profile merged in; a [`crate::plan::Plan`] holds what the program uses, every run complete and
//! validated. Only the first knows of profiles, sweeps and settings.

mod allowed;
mod answer;
mod axis;
mod data;
mod error;
mod field;
mod fits;
mod overriding;
mod schema;
mod source;
mod start_from;
mod suggest;
mod tune;
mod typed;
mod values;

pub use answer::Answer;
pub use axis::{Axis, Column};
pub use data::DataSpec;
pub use error::Faults;
pub use error::{Excerpt, SpecError, SpecErrors};
pub use field::Field;
pub use overriding::Override;
pub use schema::schema;
pub use source::Source;
pub use start_from::WeightsSource;
pub(crate) use start_from::{StageFields, StartFrom};
pub use suggest::meant;
pub use tune::{Dimension, Method, Round, Tune};
pub use typed::{FieldError, typed};
pub(crate) use values::same;

use crate::role::StatedRole;
use crate::yaml::Step;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Values that hold only for some runs, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Fields and the values they must have for this setting to apply.
    pub when: Map<String, Value>,
    /// Fields and the values they then get.
    pub set: Map<String, Value>,
    /// Why.
    pub reason: String,
}

/// The experiment file with one profile merged in.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The file's name without its ending.
    pub name: String,
    /// The profile merged in.
    pub profile: Option<String>,
    /// What the experiment asks.
    pub question: Option<String>,
    /// What a reader of the results should know, shown among the report's limits.
    pub notes: Vec<String>,
    /// What the runs are made for, where the file says it.
    pub role: Option<StatedRole>,
    /// What answers the question.
    pub answer: Answer,
    /// Swept fields.
    pub axes: Vec<Axis>,
    /// Values that hold only for some runs.
    pub settings: Vec<Setting>,
    /// The experiment whose trials chose the hyper-parameters.
    pub tuning: Option<String>,
    /// How hyper-parameters are chosen here.
    pub tune: Option<Tune>,
    /// `data`, `model`, `match`, `train`, `probe`, `start_from`, `pretrain` and `seed` before sweep and settings.
    pub fields: Value,
    /// The file.
    pub source: Source,
}

/// The top level of the file. The parts that a sweep may touch stay open until runs are composed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TopLevel {
    /// What the experiment asks; it stands at the head of the report.
    question: Option<String>,
    /// What a reader of the results should know, shown among the report's limits.
    #[serde(default)]
    notes: Vec<String>,
    /// What the runs are made for: `trials` (to choose by; the test split is never met) or `comparison`.
    /// Absent: trials where a cell takes several values of a setting on the same data, else a comparison.
    role: Option<StatedRole>,
    /// What answers the question: the `score`, or the `probes`; absent: the score.
    #[serde(default)]
    answer: Answer,
    /// What is trained on: a dataset's name and its settings.
    #[schemars(required)]
    data: Option<Map<String, Value>>,
    /// Sizes and choices of the model.
    #[schemars(required)]
    model: Option<Map<String, Value>>,
    /// In what all models are to be equal; each cell gets the hidden size that comes nearest.
    #[serde(rename = "match")]
    matching: Option<Map<String, Value>>,
    /// How a model is trained.
    #[schemars(required)]
    train: Option<Map<String, Value>>,
    /// What is measured of gradients.
    probe: Option<Map<String, Value>>,
    /// From which weights a run starts: `none`, `pretrain`, a finished run or a file; absent: those of the stage
    /// before, where there is one, else none.
    start_from: Option<Value>,
    /// A stage before: the same model trained on other data, from whose weights the runs start, seed by seed.
    pretrain: Option<Map<String, Value>>,
    /// Seed of every random draw of a run, where it is not swept; absent: 1.
    seed: Option<Value>,
    /// Fields with the values that they take; every combination is a run.
    #[serde(default)]
    sweep: Option<Map<String, Value>>,
    /// Values that hold only for some runs.
    #[serde(default)]
    settings: Vec<Setting>,
    /// The experiment whose trials chose the hyper-parameters.
    tuning: Option<String>,
    /// How hyper-parameters are chosen before the runs, by trials on the validation split.
    tune: Option<Map<String, Value>>,
    // Taken out before; they stand here so that the list of allowed keys is complete.
    /// Names with the keys that each changes, for `--profile NAME`; an empty value takes a key away.
    #[serde(rename = "profiles")]
    _profiles: Option<Map<String, Value>>,
    /// A file, or several, over which this one is laid, key by key.
    #[serde(rename = "include")]
    _include: Option<Value>,
}

impl Spec {
    /// What an experiment says, where it can be made out, with all that is wrong so far.
    pub fn of(source: Source) -> (Option<Self>, Faults) {
        let mut faults = Faults::default();
        let errors = fits::field_errors(source.merged(), &schema::of::<TopLevel>());
        let mut sound = source.merged().clone();
        for error in errors {
            // What is at fault is left out as a whole, so that the rest can be looked at.
            if let (Some(Step::Key(key)), Value::Object(keys)) = (error.path.first(), &mut sound) {
                keys.shift_remove(key);
            }
            faults.add(source.field_error(error));
        }
        let top: TopLevel = match typed(&sound) {
            Ok(top) => top,
            Err(errors) => {
                errors.into_iter().for_each(|error| faults.add(source.field_error(error)));
                return (None, faults);
            }
        };
        let mut fields = Map::new();
        let sections = [
            ("data", top.data),
            ("model", top.model),
            ("train", top.train),
            ("match", top.matching),
            ("probe", top.probe),
            ("pretrain", top.pretrain),
        ];
        for (key, section) in sections {
            fields.extend(section.map(|section| (key.to_owned(), Value::Object(section))));
        }
        fields.extend(top.start_from.map(|start| ("start_from".to_owned(), start)));
        fields.insert("seed".to_owned(), top.seed.unwrap_or_else(|| Value::from(1)));

        let axes = top.sweep.map_or(Vec::new(), |sweep| axis::axes(&sweep, &source, &mut faults));
        let tune = top
            .tune
            .as_ref()
            .and_then(|tune| Tune::read(tune, &axes, &top.settings, &source, &mut faults));
        let mut set_in_vain = |field: &Field, problem: String| {
            let steps = field.steps();
            if let Some(setting) = source.overrides().iter().find(|set| set.covers(&steps)) {
                let file = format!("--set {setting}").into();
                let field = field.to_string();
                faults.add(SpecError { file, line: None, field, problem, excerpt: None });
            }
        };
        for column in axes.iter().flat_map(|axis| &axis.columns) {
            let problem = format!(
                "the field is swept, so this would change nothing; --set sweep.{0}=[...] gives it \
                 other values, --set sweep.{0}= takes the sweep of it away",
                column.key
            );
            set_in_vain(&column.field, problem);
        }
        for dimension in tune.iter().flat_map(|tune| &tune.space) {
            let problem =
                "trials choose it, so this would change nothing; --set tune= does without trials";
            set_in_vain(&dimension.field, problem.to_owned());
        }
        // With the profile's, the name of the results folder.
        let name = source.name();
        if !is_plain_name(name) {
            let problem = format!("the file's name, `{name}`, cannot name a folder; {NAMES}");
            faults.add(source.error(&[], problem));
        }
        if let Some(tuning) = &top.tuning
            && !is_plain_name(tuning)
        {
            let problem = format!("`{tuning}` is no experiment's name; {NAMES}");
            faults.add(source.error(&[Step::Key("tuning".to_owned())], problem));
        }
        if top.tuning.is_some() && top.tune.is_some() {
            let problem = "the trials are made here, by `tune`; give one of the two";
            faults.add(source.error(&[Step::Key("tuning".to_owned())], problem));
        }
        if top.answer == Answer::Probes && source.merged().get("probe").is_none() {
            let problem =
                "nothing is probed; give `probe` what is to be measured, or leave `answer` out";
            faults.add(source.error(&[Step::Key("answer".to_owned())], problem));
        }
        let spec = Self {
            name: source.name().to_owned(),
            profile: source.profile().map(str::to_owned),
            question: top.question,
            notes: top.notes,
            role: top.role,
            answer: top.answer,
            axes,
            settings: top.settings,
            tuning: top.tuning,
            tune,
            fields: Value::Object(fields),
            source,
        };
        (Some(spec), faults)
    }

    /// The name of the results folder: the file's name, then the profile's, then what was set on the
    /// command line.
    pub fn experiment(&self) -> String {
        let mut name = self.name.clone();
        if let Some(profile) = &self.profile {
            name.push_str(&format!("-{profile}"));
        }
        let set = self.source.overrides();
        if !set.is_empty() {
            let texts: Vec<String> = set.iter().map(Override::to_string).collect();
            let parts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
            let readable: String = parts.join("-").chars().take(60).collect();
            // Different settings may read the same without what file systems do not take.
            let mark = &crate::hash::text(&texts.join("\n"))[..12];
            name.push_str(&format!("-{readable}-{mark}"));
        }
        name
    }
}

/// A value as names of runs and arms have it: of a mapping keys and values, of the kind that `name` tells its
/// value alone.
pub fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let parts = fields.iter().map(|(key, value)| match key.as_str() {
                "name" => written(value),
                key => format!("{key} {}", written(value)),
            });
            parts.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Only what any file system takes.
pub(crate) fn plain(text: &str) -> String {
    let kept = |letter: char| letter.is_ascii_alphanumeric() || "._".contains(letter);
    text.chars().map(|letter| if kept(letter) { letter } else { '_' }).collect()
}

/// Which names can be folders' names.
const NAMES: &str = "it must not be empty, begin with a dot or be `index.html`, the page over all experiments, nor hold `/`, `\\` or other characters that file systems refuse";

/// Whether a name can be used as a folder's without leaving the results folder.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.ends_with(' ')
        && !name.eq_ignore_ascii_case("index.html")
        && !name.chars().any(|letter| letter.is_control() || r#"/\:*?"<>|"#.contains(letter))
}
