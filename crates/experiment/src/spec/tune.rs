//! How hyper-parameters are chosen: the file's `tune`.

use super::error::Faults;
use super::typed::{FieldError, typed};
use super::values::{Span, repeated, same};
use super::{Axis, Field, Setting, Source};
use crate::hash;
use crate::yaml::Step;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::num::NonZeroUsize;

/// More trials than this are a slip of the pen.
const MOST_TRIALS: usize = 1_000;

/// Draws for each trial until one differs from all before.
const DRAWS_A_TRIAL: usize = 1_000;

/// Of halving, the usual share of the trials that go on: a third.
const USUAL_FACTOR: usize = 3;

/// How hyper-parameters are chosen, as written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// How the budget is spent.
    #[serde(default)]
    method: Method,
    /// Trials of everything that is compared.
    trials: NonZeroUsize,
    /// Seed of the draws; the trials are trained with it, too.
    seed: u64,
    /// Epochs of a trial, with halving of one in the first round; absent: as long as the runs.
    epochs: Option<NonZeroUsize>,
    /// With halving: one of so many trials goes on, and is trained so many times as long. 2 or
    /// more; absent: 3.
    factor: Option<NonZeroUsize>,
    /// The fields that are chosen, each with what it is drawn from: a list of values, or
    /// `{from: 0.001, to: 0.1, scale: log}`.
    space: Map<String, Value>,
}

/// How the budget of trials is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Random search (Bergstra & Bengio 2012): all trials are trained equally long.
    #[default]
    Random,
    /// Successive halving (Jamieson & Talwalkar 2016): many short trials, of which the best are
    /// trained longer, and so on.
    Halving,
}

/// How hyper-parameters are chosen: the same trials for everything that is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Tune {
    /// How the budget is spent.
    pub method: Method,
    /// Seed of the draws and of the trials' trainings.
    pub seed: u64,
    /// Epochs of the first round; absent: those of the runs.
    pub epochs: Option<NonZeroUsize>,
    /// Of halving: one of so many goes on.
    factor: usize,
    /// What is drawn.
    pub space: Vec<Dimension>,
    /// The values of the first round's trials, in the space's order, no two the same.
    trials: Vec<Vec<Value>>,
}

/// A field that is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The field as the file names it.
    pub key: String,
    /// The field.
    pub field: Field,
    choices: Choices,
}

#[derive(Debug, Clone, PartialEq)]
enum Choices {
    Span(Span),
    List(Vec<Value>),
}

/// A round of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// How many trials of everything that is compared.
    pub trials: usize,
    /// How many times as long as in the first round they are trained.
    pub times: usize,
}

impl Tune {
    /// Reads the mapping; what is wrong is told.
    pub(super) fn read(
        written: &Map<String, Value>,
        axes: &[Axis],
        settings: &[Setting],
        source: &Source,
        faults: &mut Faults,
    ) -> Option<Self> {
        let mut wrong = |error: FieldError| faults.add(source.field_error(error.under("tune")));
        let written: Written = match typed(&Value::Object(written.clone())) {
            Ok(written) => written,
            Err(errors) => {
                errors.into_iter().for_each(wrong);
                return None;
            }
        };
        let Written { method, trials, seed, epochs, factor, space: fields } = written;
        match (method, factor.map(NonZeroUsize::get)) {
            (Method::Random, Some(_)) => {
                wrong(FieldError::at("factor", "it is for `method: halving`; leave it out"));
            }
            (Method::Halving, Some(1)) => {
                wrong(FieldError::at(
                    "factor",
                    "with 1 all trials would go on for ever; 2 or more is allowed",
                ));
                return None;
            }
            _ => {}
        }
        if fields.is_empty() {
            wrong(FieldError::at("space", "there is nothing to choose; name at least one field"));
        }
        let mut space: Vec<Dimension> = Vec::new();
        for (key, given) in &fields {
            match dimension(key, given, axes, settings, &space) {
                Ok(dimension) => space.push(dimension),
                Err(errors) => {
                    errors.into_iter().for_each(|error| wrong(error.under(key).under("space")));
                }
            }
        }
        if trials.get() > MOST_TRIALS {
            wrong(FieldError::at("trials", format!("at most {MOST_TRIALS} are allowed")));
            return None;
        }
        let drawn = distinct(&space, seed, trials.get());
        if drawn.len() < trials.get() && !space.is_empty() && space.len() == fields.len() {
            let problem = format!(
                "only {} different trials were found in the space; so many are allowed, or a larger space",
                drawn.len()
            );
            wrong(FieldError::at("trials", problem));
        }
        let factor = factor.map_or(USUAL_FACTOR, NonZeroUsize::get);
        Some(Self { method, seed, epochs, factor, space, trials: drawn })
    }

    /// The rounds of trials, the first with all of them.
    pub fn rounds(&self) -> Vec<Round> {
        let mut rounds = vec![Round { trials: self.trials.len(), times: 1 }];
        while let (Method::Halving, Some(Round { trials, times })) = (self.method, rounds.last())
            && *trials > 1
        {
            let next = Round { trials: trials / self.factor, times: times * self.factor };
            if next.trials < 2 {
                break;
            }
            rounds.push(next);
        }
        rounds
    }

    /// What trial `k` sets: the same for everything that is compared.
    pub fn trial(&self, k: usize) -> Vec<(&Dimension, Value)> {
        self.space.iter().zip(self.trials[k].iter().cloned()).collect()
    }

    /// Where the values of a field stand in the file.
    pub(crate) fn place(&self, dimension: &Dimension) -> Vec<Step> {
        ["tune", "space", &dimension.key].map(|key| Step::Key(key.to_owned())).into()
    }
}

impl Dimension {
    fn draw(&self, seed: u64, k: usize) -> Value {
        let field = self.field.to_string();
        match &self.choices {
            Choices::Span(span) => span.draw(seed, &field, k),
            Choices::List(values) => {
                let share = hash::share(&format!("{seed} {field} {k}"));
                values[(share * values.len() as f64) as usize].clone()
            }
        }
    }
}

/// The values of so many trials, no two the same: equal trials would be one run done twice. Fewer
/// where the space has not so many.
fn distinct(space: &[Dimension], seed: u64, trials: usize) -> Vec<Vec<Value>> {
    let mut found: Vec<Vec<Value>> = Vec::new();
    let mut next = 0;
    while found.len() < trials {
        let new = (next..next + DRAWS_A_TRIAL).find_map(|k| {
            let drawn: Vec<Value> = space.iter().map(|one| one.draw(seed, k)).collect();
            let alike =
                |known: &Vec<Value>| known.iter().zip(&drawn).all(|(one, two)| same(one, two));
            (!found.iter().any(alike)).then_some((k, drawn))
        });
        let Some((k, drawn)) = new else { break };
        next = k + 1;
        found.push(drawn);
    }
    found
}

fn dimension(
    key: &str,
    given: &Value,
    axes: &[Axis],
    settings: &[Setting],
    before: &[Dimension],
) -> Result<Dimension, Vec<FieldError>> {
    let wrong = |problem: String| vec![FieldError::here(problem)];
    let field = Field::parse(key)
        .map_err(|problem| vec![FieldError { key: true, ..FieldError::here(problem) }])?;
    if field.is_of_data() || ["seed", "model.cell"].contains(&field.to_string().as_str()) {
        return Err(wrong("data, cell and seed are not chosen; sweep them".to_owned()));
    }
    if field.is_of_start() {
        let problem = "what the trials start from is the same for all of an arm; sweep it";
        return Err(wrong(problem.to_owned()));
    }
    // The budget is the same for all: the longest training would nearly always be chosen.
    if ["train.epochs", "train.steps"].contains(&field.to_string().as_str()) {
        let problem = "how long is trained is the budget, the same for all; sweep it, or give trials their own by `tune.epochs` or `method: halving`";
        return Err(wrong(problem.to_owned()));
    }
    let mut columns = axes.iter().flat_map(|axis| &axis.columns);
    if let Some(column) = columns.find(|column| column.field.overlaps(&field)) {
        return Err(wrong(format!(
            "this field is swept by `{}`; sweep it or choose it",
            column.key
        )));
    }
    if before.iter().any(|other| other.field.overlaps(&field)) {
        return Err(wrong("this field is there already".to_owned()));
    }
    let set = |setting: &Setting| {
        setting.set.keys().any(|key| Field::parse(key).is_ok_and(|other| other.overlaps(&field)))
    };
    if let Some(position) = settings.iter().position(set) {
        return Err(wrong(format!(
            "this field is set by settings[{}]; set it or choose it",
            position + 1
        )));
    }
    let choices = match given {
        Value::Array(values) if !values.is_empty() => match repeated(values) {
            None => Choices::List(values.clone()),
            Some(second) => {
                let problem =
                    format!("{} is given twice; every value may stand once", values[second]);
                let place = vec![Step::Item(second)];
                return Err(vec![FieldError { path: place, ..FieldError::here(problem) }]);
            }
        },
        Value::Object(_) => {
            let span: Span = typed(given)?;
            span.check().map_err(|error| vec![error])?;
            Choices::Span(span)
        }
        _ => {
            return Err(wrong(
                "a list of values is allowed, or {from: 0.001, to: 0.1, scale: log}".to_owned(),
            ));
        }
    };
    Ok(Dimension { key: key.to_owned(), field, choices })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(method: Method, trials: usize, factor: usize) -> Vec<(usize, usize)> {
        let trials = vec![Vec::new(); trials];
        let tune = Tune { method, seed: 1, epochs: None, factor, space: Vec::new(), trials };
        tune.rounds().iter().map(|round| (round.trials, round.times)).collect()
    }

    #[test]
    fn halving_goes_on_while_there_is_a_choice() {
        assert_eq!(rounds(Method::Random, 9, 3), [(9, 1)]);
        assert_eq!(rounds(Method::Halving, 9, 3), [(9, 1), (3, 3)]);
        assert_eq!(rounds(Method::Halving, 16, 2), [(16, 1), (8, 2), (4, 4), (2, 8)]);
        assert_eq!(rounds(Method::Halving, 1, 3), [(1, 1)]);
    }
}
