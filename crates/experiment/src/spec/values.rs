//! The values of a swept field: written out as a list, or given by a rule.

use super::suggest::meant;
use super::typed::{FieldError, typed};
use crate::hash;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Number, Value};
use std::num::NonZeroUsize;

/// More values of one field than this are a slip of the pen.
const MOST_VALUES: usize = 10_000;

/// Evenly spaced values: `{range: [1, 5]}`, `{range: [0, 0.4], by: 0.1}`, `{range: [0, 1], steps: 5}`.
/// Without `by` and `steps`, whole numbers one by one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    /// First and last value.
    range: [Number; 2],
    /// How many values, both ends among them.
    steps: Option<NonZeroUsize>,
    /// From one value to the next.
    by: Option<Number>,
}

/// Values each a fixed multiple of the one before, such as learning rates:
/// `{log_range: [0.001, 0.1], steps: 5}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogRange {
    /// First and last value, above 0.
    log_range: [Number; 2],
    /// How many values, both ends among them.
    steps: NonZeroUsize,
}

/// Values drawn at random, the same for the same seed:
/// `{draws: 8, from: 0.0001, to: 0.1, scale: log, seed: 1}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Draws {
    /// How many values.
    draws: NonZeroUsize,
    /// The least.
    from: Number,
    /// The greatest. Where both are whole numbers, so are the values.
    to: Number,
    /// On which scale they are equally likely.
    #[serde(default)]
    scale: Scale,
    /// Seed of the draws; every field has its own.
    seed: u64,
}

/// What numbers are drawn from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Span {
    /// The least.
    from: Number,
    /// The greatest. Where both are whole numbers, so is what is drawn.
    to: Number,
    /// On which scale they are equally likely.
    #[serde(default)]
    scale: Scale,
}

/// On which scale numbers are equally likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// Every number as likely as any other.
    #[default]
    Linear,
    /// Every factor as likely as any other: as many between 0.001 and 0.01 as between 0.01 and 0.1.
    Log,
}

/// Whether two values mean the same. Numbers compare as numbers: 2 is 2.0.
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        // Whole numbers beyond 2^53 differ where their nearest floating-point numbers do not.
        (Value::Number(one), Value::Number(two)) => {
            let whole = |number: &Number| number.as_i64().is_some() || number.as_u64().is_some();
            match whole(one) && whole(two) {
                true => one == two,
                false => one.as_f64() == two.as_f64(),
            }
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let held =
                |(key, one): (&String, &Value)| two.get(key).is_some_and(|two| same(one, two));
            one.len() == two.len() && one.iter().all(held)
        }
        _ => one == two,
    }
}

/// The first value of a list that stands in it before.
pub(super) fn repeated(values: &[Value]) -> Option<usize> {
    (1..values.len()).find(|&second| values[..second].iter().any(|one| same(one, &values[second])))
}

/// The values that are given for a swept field.
pub(super) fn values(field: &str, given: &Value) -> Result<Vec<Value>, Vec<FieldError>> {
    let wrong = |problem: &str| vec![FieldError::here(problem)];
    let values = match given {
        Value::Array(values) => values.clone(),
        Value::Object(rule) if rule.contains_key("range") => typed::<Range>(given)?.values()?,
        Value::Object(rule) if rule.contains_key("log_range") => {
            typed::<LogRange>(given)?.values()?
        }
        Value::Object(rule) if rule.contains_key("draws") => {
            typed::<Draws>(given)?.values(field)?
        }
        _ => {
            let keys = given.as_object().into_iter().flat_map(|rule| rule.keys());
            let rules = ["range", "log_range", "draws"];
            let meant = keys.map(|key| meant(key, rules)).find(|meant| !meant.is_empty());
            return Err(wrong(&format!(
                "a swept field needs a list of values, such as [1, 2, 3], or a rule: {}{}",
                "range, log_range or draws",
                meant.unwrap_or_default()
            )));
        }
    };
    match values.is_empty() {
        true => {
            Err(wrong("the list is empty, so there is nothing to run; give at least one value"))
        }
        false => Ok(values),
    }
}

impl Range {
    fn values(&self) -> Result<Vec<Value>, Vec<FieldError>> {
        let [first, last] = ends(&self.range);
        let wrong = |key: &str, problem: &str| vec![FieldError::at(key, problem)];
        let whole_ends = match self.range.each_ref().map(whole) {
            [Some(first), Some(last)] => Some([first, last]),
            _ => None,
        };
        let by = match (self.steps, &self.by, whole_ends) {
            (Some(_), Some(_), _) => {
                return Err(wrong(
                    "by",
                    "the number of values is given by `steps`; give one of the two",
                ));
            }
            (Some(steps), None, Some(ends)) => return spaced_whole(steps, ends),
            (Some(steps), None, None) => {
                return spaced(steps, |share| first + share * (last - first), false);
            }
            (None, None, Some(ends)) => return stepped_whole(ends, 1),
            (None, None, None) => {
                return Err(wrong(
                    "range",
                    "how many values is not said; give `steps`, or the distance `by`",
                ));
            }
            (None, Some(by), ends) => match ends.zip(whole(by)) {
                Some((ends, by)) => return stepped_whole(ends, by),
                None => float(by),
            },
        };
        let intervals = (last - first) / by;
        if !(intervals.is_finite() && intervals >= 0.0) {
            return Err(wrong(
                "range",
                &format!("steps of {by} do not lead from {first} to {last}"),
            ));
        }
        // A sum of decimals that comes out a little too short still reaches the end.
        let intervals = (intervals + 1e-9).floor();
        if intervals >= MOST_VALUES as f64 {
            return Err(too_many("range"));
        }
        Ok((0..=intervals as usize).map(|k| number(first + k as f64 * by, false, 12)).collect())
    }
}

impl LogRange {
    fn values(&self) -> Result<Vec<Value>, Vec<FieldError>> {
        let [first, last] = ends(&self.log_range);
        if first <= 0.0 || last <= 0.0 {
            return Err(vec![FieldError::at("log_range", "both ends must be above 0")]);
        }
        let (low, high) = (first.ln(), last.ln());
        spaced(self.steps, |share| (low + share * (high - low)).exp(), are_whole(&self.log_range))
    }
}

impl Draws {
    fn values(&self, field: &str) -> Result<Vec<Value>, Vec<FieldError>> {
        let Self { draws, from, to, scale, seed } = self;
        let span = Span { from: from.clone(), to: to.clone(), scale: *scale };
        span.check().map_err(|error| vec![error])?;
        if draws.get() > MOST_VALUES {
            return Err(too_many("draws"));
        }
        Ok((0..draws.get()).map(|k| span.draw(*seed, field, k)).collect())
    }
}

impl Span {
    /// A fault unless something can be drawn.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let [from, to] = [&self.from, &self.to].map(float);
        if self.scale == Scale::Log && from <= 0.0 {
            return Err(FieldError::at("from", "a number above 0 is needed on a log scale"));
        }
        match from < to {
            true => Ok(()),
            false => {
                Err(FieldError::at("to", format!("{} is not above `from`, {}", self.to, self.from)))
            }
        }
    }

    /// Number `k` of the stream of draws that this seed gives this field.
    pub(crate) fn draw(&self, seed: u64, field: &str, k: usize) -> Value {
        let [from, to] = [&self.from, &self.to].map(float);
        let whole = self.from.as_i64().is_some() && self.to.as_i64().is_some();
        let share = hash::share(&format!("{seed} {field} {k}"));
        let drawn = match self.scale {
            // Both ends are as likely as what lies between.
            Scale::Linear if whole => (from + share * (to - from + 1.0)).floor(),
            Scale::Linear => from + share * (to - from),
            Scale::Log => (from.ln() + share * (to.ln() - from.ln())).exp(),
        };
        number(drawn, whole, DIGITS)
    }
}

/// Digits of numbers that are drawn or lie on a log scale: enough, and they can be read.
const DIGITS: usize = 4;

fn spaced(
    steps: NonZeroUsize,
    at: impl Fn(f64) -> f64,
    whole: bool,
) -> Result<Vec<Value>, Vec<FieldError>> {
    if steps.get() > MOST_VALUES {
        return Err(too_many("steps"));
    }
    let last = (steps.get() - 1).max(1) as f64;
    Ok((0..steps.get()).map(|k| number(at(k as f64 / last), whole, DIGITS)).collect())
}

/// Whole numbers `by` apart. Floating-point numbers would leave out some of those beyond 2^53.
fn stepped_whole([first, last]: [i128; 2], by: i128) -> Result<Vec<Value>, Vec<FieldError>> {
    let distance = last - first;
    if by == 0 || distance.signum() * by.signum() < 0 {
        let problem = format!("steps of {by} do not lead from {first} to {last}");
        return Err(vec![FieldError::at("range", problem)]);
    }
    let intervals = distance / by;
    if intervals >= MOST_VALUES as i128 {
        return Err(too_many("range"));
    }
    Ok((0..=intervals).map(|k| of_whole(first + k * by)).collect())
}

/// So many numbers, evenly spaced and rounded to whole ones, halves away from 0.
fn spaced_whole(
    steps: NonZeroUsize,
    [first, last]: [i128; 2],
) -> Result<Vec<Value>, Vec<FieldError>> {
    if steps.get() > MOST_VALUES {
        return Err(too_many("steps"));
    }
    let intervals = (steps.get() - 1).max(1) as i128;
    let value = |k: usize| {
        let times = first * intervals + k as i128 * (last - first);
        of_whole(times.signum() * ((2 * times.abs() + intervals) / (2 * intervals)))
    };
    Ok((0..steps.get()).map(value).collect())
}

fn too_many(key: &str) -> Vec<FieldError> {
    vec![FieldError::at(key, format!("at most {MOST_VALUES} values are allowed"))]
}

fn ends(range: &[Number; 2]) -> [f64; 2] {
    range.each_ref().map(float)
}

fn are_whole(range: &[Number; 2]) -> bool {
    range.iter().all(|end| end.as_i64().is_some())
}

/// A whole number of an experiment file.
fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))
}

/// A whole number between two that an experiment file can hold.
fn of_whole(value: i128) -> Value {
    u64::try_from(value).map_or_else(|_| Value::from(value as i64), Value::from)
}

/// Numbers of an experiment file are finite.
fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// A whole number, or one with so many significant digits.
fn number(value: f64, whole: bool, digits: usize) -> Value {
    if whole {
        return Value::from(value.round() as i64);
    }
    let rounded = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    Value::from(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(given: Value) -> Value {
        values("train.learning_rate", &given)
            .map_or_else(|faults| Value::from(faults[0].problem.clone()), Value::Array)
    }

    #[test]
    fn values_are_the_same_where_they_mean_the_same() {
        let repeated = |list: Value| repeated(list.as_array().unwrap());
        assert_eq!(repeated(json!([1, 2, 1.0])), Some(2));
        assert_eq!(repeated(json!([0, -0.0])), Some(1));
        assert_eq!(repeated(json!([{"chrono": 5}, {"chrono": 5.0}])), Some(1));
        assert_eq!(repeated(json!([[1, 2], [1.0, 2]])), Some(1));
        assert_eq!(repeated(json!([9_007_199_254_740_993_u64, 9_007_199_254_740_992_u64])), None);
        assert_eq!(repeated(json!([1, "1", true, null, [1], {"a": 1}, {"b": 1}])), None);
    }

    #[test]
    fn rules_give_round_values() {
        assert_eq!(of(json!({"range": [1, 5]})), json!([1, 2, 3, 4, 5]));
        assert_eq!(of(json!({"range": [5, 1], "by": -2})), json!([5, 3, 1]));
        assert_eq!(of(json!({"range": [-5, 0], "steps": 3})), json!([-5, -3, 0]));
        assert_eq!(of(json!({"range": [3, 9], "steps": 1})), json!([3]));
        assert_eq!(of(json!({"range": [0, 1], "by": 0.5})), json!([0.0, 0.5, 1.0]));
        assert_eq!(of(json!({"range": [0, 0.3], "by": 0.1})), json!([0.0, 0.1, 0.2, 0.3]));
        assert_eq!(of(json!({"range": [0.0, 1], "steps": 3})), json!([0.0, 0.5, 1.0]));
        assert_eq!(
            of(json!({"log_range": [0.001, 0.1], "steps": 5})),
            json!([0.001, 0.003162, 0.01, 0.03162, 0.1])
        );
        assert_eq!(of(json!({"log_range": [16, 256], "steps": 3})), json!([16, 64, 256]));
    }

    #[test]
    fn whole_numbers_of_any_size_are_exact() {
        let last = u64::MAX;
        for (given, expected) in [
            (json!({"range": [last - 2, last]}), json!([last - 2, last - 1, last])),
            (json!({"range": [last, last - 4], "by": -2}), json!([last, last - 2, last - 4])),
            (json!({"range": [last - 2, last], "steps": 3}), json!([last - 2, last - 1, last])),
            (json!({"range": [i64::MIN, last], "by": last}), json!([i64::MIN, i64::MAX])),
            (json!({"range": [last, last]}), json!([last])),
        ] {
            assert_eq!(of(given.clone()), expected, "{given}");
        }
        let backwards = of(json!({"range": [last, last - 1]}));
        let problem = format!("steps of 1 do not lead from {last} to {}", last - 1);
        assert_eq!(backwards, Value::from(problem));
    }

    #[test]
    fn draws_depend_on_seed_and_field_and_stay_within() {
        let rule = |seed: u64| json!({"draws": 200, "from": 0.001, "to": 0.1, "scale": "log", "seed": seed});
        let (one, same) = (of(rule(1)), of(rule(1)));
        assert_eq!(one, same);
        assert_ne!(one, of(rule(2)));
        assert_ne!(Value::Array(values("model.init", &rule(1)).unwrap()), one);
        let drawn: Vec<f64> = one.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert!(drawn.iter().all(|value| (0.001..=0.1).contains(value)));
        let low = drawn.iter().filter(|value| **value < 0.01).count();
        assert!((70..130).contains(&low), "half are expected below the middle, {low} of 200 are");
        let whole = of(json!({"draws": 100, "from": 1, "to": 3, "seed": 1}));
        for value in 1..=3 {
            let count =
                whole.as_array().unwrap().iter().filter(|drawn| **drawn == json!(value)).count();
            assert!((20..50).contains(&count), "{value}: {count}");
        }
    }

    #[test]
    fn rules_that_give_nothing_are_refused() {
        for (given, problem) in [
            (json!({"range": [1, 2], "by": -1}), "steps of -1 do not lead from 1 to 2"),
            (json!({"range": [1, 2], "by": 0}), "steps of 0 do not lead from 1 to 2"),
            (json!({"range": [0.1, 2]}), "how many values is not said"),
            (json!({"range": [1, 1e9]}), "how many values is not said"),
            (json!({"range": [1, 1_000_000]}), "at most 10000 values"),
            (
                json!({"range": [1, 2], "by": 1, "steps": 2}),
                "the number of values is given by `steps`",
            ),
            (json!({"log_range": [0, 1], "steps": 2}), "both ends must be above 0"),
            (json!({"log_range": [1, 2]}), "`steps` is missing"),
            (json!({"draws": 2, "from": 1, "to": 3}), "`seed` is missing"),
            (json!({"draws": 2, "from": 3, "to": 1, "seed": 1}), "1 is not above `from`, 3"),
            (
                json!({"draws": 2, "from": 0, "to": 1, "scale": "log", "seed": 1}),
                "a number above 0",
            ),
            (json!({"draw": 2}), "a swept field needs a list of values"),
        ] {
            let answer = of(given.clone());
            assert!(
                answer.as_str().is_some_and(|text| text.starts_with(problem)),
                "{given}: {answer}"
            );
        }
    }
}
