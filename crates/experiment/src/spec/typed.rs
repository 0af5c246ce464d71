//! From open values to typed data, with errors a person can act on.

use super::suggest::{meant, nearest};
use crate::yaml::Step;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::{Segment, Track};

/// A value that does not fit where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where.
    pub path: Vec<Step>,
    /// What is wrong and what is allowed.
    pub problem: String,
    /// It is the key that is wrong, not its value.
    pub key: bool,
}

impl FieldError {
    /// A fault of the whole that is read.
    pub(super) fn here(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: problem.into(), key: false }
    }

    /// A fault of the value at a key.
    pub(super) fn at(key: &str, problem: impl Into<String>) -> Self {
        Self::here(problem).under(key)
    }

    /// The same, seen from the mapping that holds what was read at `key`.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.path.insert(0, Step::Key(key.to_owned()));
        self
    }
}

/// Reads `value` as a `T`, or tells all that does not fit.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<FieldError>> {
    typed_by(value, |value| T::deserialize(value))
}

/// What keeps track of where in a value a reader is.
type Tracked<'a, 'b> = serde_path_to_error::Deserializer<'a, 'b, &'a Value>;

/// Reads `value` by `read`, or tells all that does not fit.
pub(super) fn typed_by<T>(
    value: &Value,
    read: impl Fn(Tracked<'_, '_>) -> Result<T, serde_json::Error>,
) -> Result<T, Vec<FieldError>> {
    match repaired(value, read) {
        (Some(found), faults) if faults.is_empty() => Ok(found),
        (_, faults) => Err(faults),
    }
}

/// Reads `value`, and where something does not fit, tells it and goes on without it: with what is
/// left, if that can be read, and all that does not fit.
///
/// A reader stops at its first fault. So what is at fault is taken out (or, where it is missing, put
/// in) and all is read again.
pub(super) fn repaired<T>(
    value: &Value,
    read: impl Fn(Tracked<'_, '_>) -> Result<T, serde_json::Error>,
) -> (Option<T>, Vec<FieldError>) {
    let once = |value: &Value| {
        let mut track = Track::new();
        read(Tracked::new(value, &mut track)).map_err(|error| Fault {
            path: track.path().iter().filter_map(step).collect(),
            message: error.to_string(),
        })
    };
    let mut value = value.clone();
    let mut faults = Vec::new();
    let mut taken: Vec<Vec<Step>> = Vec::new();
    loop {
        let fault = match once(&value) {
            Ok(found) => return (Some(found), faults),
            Err(fault) => fault,
        };
        let mut place = fault.path.clone();
        let filled = fault.missing().is_some_and(|name| {
            let missing = [&place[..], &[Step::Key(name.to_owned())]].concat();
            // What was taken out is missing for that reason only.
            if !taken.contains(&missing) {
                faults.push(fault.misfit(&value));
            }
            fill(&mut value, &missing, |filled| match once(filled) {
                Ok(_) => true,
                Err(next) if next.path.starts_with(&missing) => false,
                Err(next) => next.path != place || next.missing().is_some_and(|next| next != name),
            })
        });
        if filled {
            continue;
        }
        if fault.missing().is_none() {
            // What is written wrong is missing under its right name for that reason only.
            if let (Some(meant), Some((_, around))) = (fault.meant(), place.split_last()) {
                taken.push([around, &[Step::Key(meant)]].concat());
            }
            faults.push(fault.misfit(&value));
        }
        // A list is given up as a whole: without an item, the others would move up.
        while matches!(place.last(), Some(Step::Item(_))) {
            place.pop();
        }
        if !remove(&mut value, &place) {
            return (None, faults);
        }
        taken.push(place);
    }
}

/// Where a reader stopped, and what it said.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    path: Vec<Step>,
    message: String,
}

impl Fault {
    fn missing(&self) -> Option<&str> {
        self.message.strip_prefix("missing field `")?.split('`').next()
    }

    /// The key that was probably meant by one that is not known.
    fn meant(&self) -> Option<String> {
        let (name, expected) = self.message.strip_prefix("unknown field `")?.split_once("`, ")?;
        nearest(name, allowed(expected)).map(str::to_owned)
    }

    /// The fault of `value`, the whole that was read.
    fn misfit(&self, value: &Value) -> FieldError {
        let mut path = self.path.clone();
        let found = path.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Item(position) => value.get(position),
        });
        let mut key = self.message.starts_with("unknown field `");
        // Of `{paramters: 100}`, where one of several keys is allowed, the key is at fault.
        let named =
            self.message.strip_prefix("unknown variant `").and_then(|m| m.split('`').next());
        if let (Some(Value::Object(map)), Some(name)) = (found, named)
            && map.contains_key(name)
        {
            path.push(Step::Key(name.to_owned()));
            key = true;
        }
        let mut problem = explained(&self.message);
        if let Some(found) = found {
            problem = with_names(&problem, found);
        }
        FieldError { path, problem, key }
    }
}

/// The mapping that holds the last step of a path, and that key.
fn holder<'a>(
    value: &'a mut Value,
    path: &'a [Step],
) -> Option<(&'a mut Map<String, Value>, &'a str)> {
    let (Step::Key(last), way) = path.split_last()? else { return None };
    let holder = way.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Item(position) => value.get_mut(position),
    })?;
    Some((holder.as_object_mut()?, last))
}

/// Takes an entry away; whether it was there.
fn remove(value: &mut Value, path: &[Step]) -> bool {
    holder(value, path).is_some_and(|(map, key)| map.shift_remove(key).is_some())
}

/// Puts something at a path that `fits`; whether there is such a thing.
fn fill(value: &mut Value, path: &[Step], fits: impl Fn(&Value) -> bool) -> bool {
    [json!(1), json!(0.5), json!("x"), json!(true), json!({}), json!([])].into_iter().any(
        |stand_in| {
            match holder(value, path) {
                Some((map, key)) => map.insert(key.to_owned(), stand_in),
                None => return false,
            };
            fits(value)
        },
    )
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Item(*index)),
        // Of `{permuted: 1}`, the name is a key.
        Segment::Enum { variant } => Some(Step::Key(variant.clone())),
        Segment::Unknown => None,
    }
}

/// Serde speaks of `usize`; a person who writes an experiment file should not have to.
fn explained(message: &str) -> String {
    if let Some((found, expected)) = message
        .strip_prefix("invalid value: ")
        .or_else(|| message.strip_prefix("invalid type: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    {
        let found = match expected {
            "map with a single key" => "this mapping",
            _ => plain_found(found),
        };
        return format!("{found} is not allowed; {} is", plain_expected(expected));
    }
    for (start, what) in [("unknown field `", "unknown key"), ("unknown variant `", "unknown name")]
    {
        if let Some((name, expected)) =
            message.strip_prefix(start).and_then(|rest| rest.split_once("`, "))
        {
            return unknown(what, name, expected);
        }
    }
    if let Some(name) = message.strip_prefix("missing field `") {
        return format!("`{} is missing", name);
    }
    message.to_owned()
}

/// A text that is read in several ways, none of which fits.
const THIS_VALUE: &str = "this value";

/// A problem that says what is allowed, with the value that was found and what was probably meant by it.
fn with_names(problem: &str, found: &Value) -> String {
    let Some((what, allowed)) = problem.split_once(" is not allowed; ") else {
        return problem.to_owned();
    };
    let names = allowed.split('`').skip(1).step_by(2).flat_map(|quoted| {
        quoted.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'))
    });
    let names: Vec<&str> = names.filter(|name| name.len() > 2).collect();
    let meant = words_of(found).into_iter().find_map(|word| {
        let unknown = !names.contains(&word);
        unknown.then(|| meant(word, names.iter().copied())).filter(|meant| !meant.is_empty())
    });
    let what = match found.to_string() {
        shown if what == THIS_VALUE && shown.chars().count() <= LONGEST_SHOWN => shown,
        _ => what.to_owned(),
    };
    format!("{what} is not allowed{}; {allowed}", meant.unwrap_or_default())
}

/// Letters of a value that is shown as a whole.
const LONGEST_SHOWN: usize = 60;

/// The keys and texts in a value.
fn words_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(words_of).collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.as_str()).chain(words_of(value)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The names in "expected one of `a`, `b`".
fn allowed(expected: &str) -> impl Iterator<Item = &str> {
    expected.split('`').skip(1).step_by(2)
}

fn unknown(what: &str, name: &str, expected: &str) -> String {
    let allowed: Vec<&str> = allowed(expected).collect();
    let meant = meant(name, allowed.iter().copied());
    match allowed[..] {
        [] => format!("{what} `{name}`; none is allowed here"),
        _ => format!("{what} `{name}`{meant}; allowed: {}", allowed.join(", ")),
    }
}

fn plain_found(found: &str) -> &str {
    match found {
        "null" | "unit value" | "Option value" => "an empty value",
        "map" => "a mapping",
        "sequence" => "a list",
        // integer `0`, string "abc": the value itself says enough
        _ => found.split_once(' ').map_or(found, |(kind, value)| match kind {
            "integer" | "boolean" => value,
            "floating" => value.strip_prefix("point ").unwrap_or(value),
            _ => found,
        }),
    }
}

fn plain_expected(expected: &str) -> &str {
    match expected {
        "a nonzero usize" => "a whole number above 0",
        "usize" | "u64" => "a whole number, 0 or more,",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "string" => "a text",
        "a JSON number" => "a number",
        "a sequence" => "a list",
        "a map" => "a mapping of keys to values",
        // One key of several, such as `match`.
        "map with a single key" => "a mapping with exactly one key",
        _ if expected.starts_with("enum ") => "a mapping with one key",
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged enum ") => {
            "a mapping of its fields"
        }
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use train::TrainConfig;

    fn problem(change: Value) -> (Vec<Step>, String) {
        let mut value = json!({"batch": 20, "unroll": 35, "epochs": 1, "learning_rate": 1.0});
        for (key, new) in change.as_object().unwrap() {
            value[key] = new.clone();
        }
        let misfits = typed::<TrainConfig>(&value).unwrap_err();
        let [misfit] = &misfits[..] else { panic!("{misfits:?}") };
        (misfit.path.clone(), misfit.problem.clone())
    }

    #[test]
    fn names_the_field_and_what_is_allowed() {
        let batch = vec![Step::Key("batch".to_owned())];
        assert_eq!(
            problem(json!({"batch": 0})),
            (batch.clone(), "`0` is not allowed; a whole number above 0 is".to_owned())
        );
        assert_eq!(
            problem(json!({"batch": "many"})),
            (batch, "string \"many\" is not allowed; a whole number above 0 is".to_owned())
        );
        let (path, text) = problem(json!({"bacth": 1}));
        assert_eq!(path, [Step::Key("bacth".to_owned())]);
        assert!(
            text.starts_with("unknown key `bacth` (did you mean `batch`?); allowed: batch, unroll"),
            "{text}"
        );
        let (_, text) = problem(json!({"optimizer": "sdg"}));
        assert!(text.contains("unknown name `sdg`") && text.contains("sgd, adam"), "{text}");
        let (_, text) = problem(json!({"learning_rate": -1}));
        assert!(text.contains("a finite number above 0"), "{text}");
    }

    #[test]
    fn what_is_read_in_several_ways_is_told_with_what_was_meant() {
        let model = |key: &str, value: Value| {
            let mut model = json!({"cell": "gru", "layers": 1, "hidden": 1, "init": 0.1});
            model[key] = value;
            typed::<model::ModelConfig>(&model).unwrap_err()[0].problem.clone()
        };
        for (key, value, start) in [
            (
                "layer_init",
                json!("ortogonal"),
                "\"ortogonal\" is not allowed (did you mean `orthogonal`?); ",
            ),
            (
                "layer_init",
                json!({"input": "xavir"}),
                "{\"input\":\"xavir\"} is not allowed (did you mean `xavier`?); ",
            ),
            (
                "layer_init",
                json!({"inptu": "xavier"}),
                "{\"inptu\":\"xavier\"} is not allowed (did you mean `input`?); ",
            ),
            ("layer_init", json!(-1), "-1 is not allowed; a number a above 0"),
            ("bias_init", json!("tourch"), "\"tourch\" is not allowed (did you mean `torch`?); "),
            (
                "output_bias",
                json!("log_frequency"),
                "\"log_frequency\" is not allowed (did you mean `log_fre",
            ),
            (
                "remember_bias",
                json!({"crono": 5}),
                "{\"crono\":5} is not allowed (did you mean `chrono`?); ",
            ),
        ] {
            let problem = model(key, value);
            assert!(problem.starts_with(start), "{problem}");
        }
        let (_, problem) = problem(json!({"schedule": "platau"}));
        assert!(problem.contains("(did you mean `plateau`?); `{name: constant}`, "), "{problem}");
    }

    #[test]
    fn tells_everything_that_does_not_fit_once() {
        let value = json!({"bacth": 20, "epochs": 0, "clip": "x", "schedule": {"name": "plateu"}});
        let misfits = typed::<TrainConfig>(&value).unwrap_err();
        let problems: Vec<&str> = misfits.iter().map(|misfit| misfit.problem.as_str()).collect();
        assert_eq!(problems.len(), 5, "{problems:#?}");
        assert!(problems[0].starts_with("unknown key `bacth`"));
        assert!(problems[1].starts_with("`0` is not allowed"));
        assert!(problems[2].starts_with("string \"x\" is not allowed"));
        assert!(problems[3].starts_with("unknown name `plateu` (did you mean `plateau`?)"));
        // `batch` is there, written wrong.
        assert_eq!(problems[4], "`learning_rate` is missing");
    }
}
