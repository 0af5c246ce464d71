//! The experiment file as written: plain data, checked for shape but not yet composed into runs.
//!
//! Two levels, as in ripgrep's `lowargs` and `hiargs`: a [`Spec`] mirrors the file, with one
//! profile merged in; a [`crate::plan::Plan`] holds what the program uses, every run complete and
//! validated. Only the first knows of profiles, sweeps and settings.

mod data;
mod error;
mod field;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod typed;

pub use data::{DataSpec, WhenMissing};
pub use error::SpecError;
pub use field::Field;
pub use source::Source;
pub use suggest::nearest;
pub use typed::{Misfit, typed};

use crate::yaml::Step;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

/// One swept field with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The field as the file names it (`cell`).
    pub key: String,
    /// The field (`model.cell`).
    pub field: Field,
    /// Its values, in the file's order.
    pub values: Vec<Value>,
}

/// Values that hold only for some runs, with the reason.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// Which data to train on.
    pub data: DataSpec,
    /// Swept fields.
    pub axes: Vec<Axis>,
    /// Values that hold only for some runs.
    pub settings: Vec<Setting>,
    /// The experiment whose trials chose the hyper-parameters.
    pub tuning: Option<String>,
    /// `model`, `match`, `train`, `probe` and `seed` before sweep and settings.
    pub fields: Value,
    /// The file.
    pub source: Source,
}

/// The top level of the file. The parts that a sweep may touch stay open until runs are composed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopLevel {
    question: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    data: Map<String, Value>,
    model: Map<String, Value>,
    #[serde(rename = "match")]
    matching: Option<Map<String, Value>>,
    train: Map<String, Value>,
    probe: Option<Map<String, Value>>,
    seed: Option<Value>,
    #[serde(default)]
    sweep: Option<Map<String, Value>>,
    #[serde(default)]
    settings: Vec<Setting>,
    tuning: Option<String>,
    // Taken out before; stands here so that the list of allowed keys is complete.
    #[serde(rename = "profiles")]
    _profiles: Option<Value>,
}

impl Spec {
    /// Reads an experiment file.
    pub fn read(path: &Path, profile: Option<&str>) -> Result<Self, SpecError> {
        Self::from_source(Source::read(path, profile)?)
    }

    /// Reads an experiment file that is no file any more, but a text in a record.
    pub fn recorded(file: &str, text: &str, profile: Option<&str>) -> Result<Self, SpecError> {
        Self::from_source(Source::new(file.into(), text.to_owned(), profile)?)
    }

    fn from_source(source: Source) -> Result<Self, SpecError> {
        let top: TopLevel =
            typed(source.merged()).map_err(|misfit| source.error(&misfit.path, misfit.problem))?;

        let mut fields = Map::new();
        fields.insert("model".to_owned(), Value::Object(top.model));
        fields.insert("train".to_owned(), Value::Object(top.train));
        fields.insert("seed".to_owned(), top.seed.unwrap_or_else(|| Value::from(1)));
        if let Some(matching) = top.matching {
            fields.insert("match".to_owned(), Value::Object(matching));
        }
        if let Some(probe) = top.probe {
            fields.insert("probe".to_owned(), Value::Object(probe));
        }

        let axes = match top.sweep {
            None => Vec::new(),
            Some(sweep) => axes(sweep, &source)?,
        };
        let data = DataSpec::read(top.data).map_err(|misfit| {
            let path: Vec<Step> =
                std::iter::once(Step::Key("data".to_owned())).chain(misfit.path).collect();
            source.error(&path, misfit.problem)
        })?;
        if let Some(tuning) = &top.tuning
            && !is_plain_name(tuning)
        {
            let problem = format!(
                "`{tuning}` is no experiment's name; letters, digits, `-`, `_` and `.` are allowed"
            );
            return Err(source.error(&[Step::Key("tuning".to_owned())], problem));
        }
        Ok(Self {
            name: source.name().to_owned(),
            profile: source.profile().map(str::to_owned),
            question: top.question,
            notes: top.notes,
            data,
            axes,
            settings: top.settings,
            tuning: top.tuning,
            fields: Value::Object(fields),
            source,
        })
    }

    /// The name of the results folder: the file's name, then the profile's.
    pub fn experiment(&self) -> String {
        match &self.profile {
            None => self.name.clone(),
            Some(profile) => format!("{}-{profile}", self.name),
        }
    }
}

/// Whether a name can be used as a folder's without leaving the results folder.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter))
}

fn axes(sweep: Map<String, Value>, source: &Source) -> Result<Vec<Axis>, SpecError> {
    let at = |key: Option<&str>, item: Option<usize>| {
        let mut path = vec![Step::Key("sweep".to_owned())];
        path.extend(key.map(|key| Step::Key(key.to_owned())));
        path.extend(item.map(Step::Item));
        path
    };
    if sweep.is_empty() {
        return Err(source.error(&at(None, None), "the sweep is empty; name at least one field with a list of values, or leave `sweep` out"));
    }
    let mut axes: Vec<Axis> = Vec::new();
    for (key, values) in sweep {
        let Value::Array(values) = values else {
            return Err(source.error(
                &at(Some(&key), None),
                "a swept field needs a list of values, such as [1, 2, 3]",
            ));
        };
        if values.is_empty() {
            return Err(source.error(
                &at(Some(&key), None),
                "the list is empty, so there is nothing to run; give at least one value",
            ));
        }
        if let Some(second) =
            (1..values.len()).find(|&second| values[..second].contains(&values[second]))
        {
            let problem = format!("{} is given twice; every value may stand once", values[second]);
            return Err(source.error(&at(Some(&key), Some(second)), problem));
        }
        let field =
            Field::parse(&key).map_err(|problem| source.error(&at(Some(&key), None), problem))?;
        if let Some(other) = axes.iter().find(|axis| axis.field.overlaps(&field)) {
            let problem = format!("this field is already swept by `{}`; sweep it once", other.key);
            return Err(source.error(&at(Some(&key), None), problem));
        }
        axes.push(Axis { key, field, values });
    }
    Ok(axes)
}
