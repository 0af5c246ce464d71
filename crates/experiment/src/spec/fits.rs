//! What of a value does not fit a JSON Schema: every fault, each at its place, with what is allowed.
//!
//! It knows the keywords that the types of experiment files come to, and of alternatives it finds the
//! one that was meant. What an alternative of many forms allows stands in its `errorMessage`, a
//! keyword by which editors tell it, too.

use super::allowed::{allowed, alternatives, bounds, is_a, names, one_key, quoted, tag, tagged};
use super::suggest::{meant, nearest};
use super::typed::FieldError;
use crate::yaml::Step;
use serde_json::{Map, Value};

/// All that does not fit.
pub(super) fn field_errors(value: &Value, schema: &Value) -> Vec<FieldError> {
    let mut check = Check::default();
    check.value(value, schema);
    check.found
}

/// A way through a value.
#[derive(Default)]
struct Check {
    path: Vec<Step>,
    found: Vec<FieldError>,
}

impl Check {
    fn told(&mut self, problem: String) {
        self.found.push(FieldError { path: self.path.clone(), problem, key: false });
    }

    fn refused(&mut self, value: &Value, schema: &Value) {
        self.told(format!("{} is not allowed; {} is", shown(value), allowed(schema)));
    }

    fn value(&mut self, value: &Value, schema: &Value) {
        let kinds = alternatives(schema);
        if let [kind] = kinds[..] {
            return self.kind(value, kind);
        }
        if kinds.iter().any(|kind| field_errors(value, kind).is_empty()) {
            return;
        }
        let alike: Vec<&Value> = kinds.iter().copied().filter(|kind| is_a(value, kind)).collect();
        match (value, &alike[..]) {
            (Value::Object(fields), [_, ..]) => self.one_of(fields, schema, &alike),
            (Value::String(text), _) => self.name(text, schema, &kinds),
            // An empty value is no alternative to tell of.
            (_, [kind]) if kinds.iter().all(|other| other == kind || is_a(&Value::Null, other)) => {
                self.kind(value, kind);
            }
            _ => self.refused(value, schema),
        }
    }

    /// A mapping, of which there are several kinds, or that stands beside other kinds of values.
    fn one_of(&mut self, fields: &Map<String, Value>, schema: &Value, kinds: &[&Value]) {
        if let [kind] = kinds {
            return self.fields(fields, kind);
        }
        // Kinds that are told apart by the name under a key ...
        if let Some(tag) = tag(kinds) {
            let names: Vec<&str> = tagged(kinds, tag).collect();
            match fields.get(tag) {
                None => match fields.keys().find(|key| nearest(key, [tag]).is_some()) {
                    Some(slip) => self.unknown_key(slip, &[tag]),
                    None => self.told(format!("`{tag}` is missing")),
                },
                Some(Value::String(name)) => match names.iter().position(|known| known == name) {
                    Some(position) => self.fields(fields, kinds[position]),
                    None => self.at(tag, |check| check.unknown_name(name, &names)),
                },
                Some(other) => self.at(tag, |check| {
                    check.told(format!("{} is not allowed; {} is", shown(other), quoted(&names)));
                }),
            }
            return;
        }
        // ... or by their only key.
        let keys: Option<Vec<&str>> = kinds.iter().map(|kind| one_key(kind)).collect();
        match (keys, fields.keys().next()) {
            (Some(_), _) if fields.len() != 1 => {
                let problem = "this mapping is not allowed; a mapping with exactly one key is";
                self.told(problem.to_owned());
            }
            (Some(keys), Some(key)) => match keys.iter().position(|known| known == key) {
                Some(position) => self.fields(fields, kinds[position]),
                None => self.unknown_key(key, &keys),
            },
            _ => self.refused(&Value::Object(fields.clone()), schema),
        }
    }

    /// A text where some names, or something else, are allowed.
    fn name(&mut self, text: &str, schema: &Value, kinds: &[&Value]) {
        let names: Vec<&str> = kinds.iter().flat_map(|kind| names(kind)).collect();
        let only_names = |kind: &&Value| is_a(&Value::Null, kind) || !self::names(kind).is_empty();
        if kinds.iter().all(only_names) && !names.is_empty() {
            return self.unknown_name(text, &names);
        }
        let keys = kinds.iter().filter_map(|kind| one_key(kind));
        let mappings: Vec<&Value> =
            kinds.iter().copied().filter(|kind| kind["properties"].is_object()).collect();
        let tags = tag(&mappings).into_iter().flat_map(|tag| tagged(&mappings, tag));
        let meant = meant(text, names.into_iter().chain(keys).chain(tags));
        let value = Value::from(text);
        self.told(format!("{} is not allowed{meant}; {} is", shown(&value), allowed(schema)));
    }

    fn kind(&mut self, value: &Value, kind: &Value) {
        let Value::Object(keywords) = kind else { return };
        let names = names(kind);
        match value {
            Value::String(text) if !names.is_empty() && !names.contains(&text.as_str()) => {
                self.unknown_name(text, &names);
            }
            _ if !is_a(value, kind) => self.refused(value, kind),
            Value::Number(number) if !bounds(kind).hold(number) => self.refused(value, kind),
            Value::Number(number) if !bounds(kind).hold_rounded(number) => {
                let (value, allowed) = (shown(value), allowed(kind));
                self.told(format!("{value} is not allowed; {allowed} is, in single precision too"));
            }
            Value::String(text) => {
                let letters = text.chars().count() as u64;
                let size = |name: &str| keywords.get(name).and_then(Value::as_u64);
                let few = size("minLength").is_some_and(|least| letters < least);
                if few || size("maxLength").is_some_and(|most| letters > most) {
                    self.refused(value, kind);
                }
            }
            Value::Array(items) => {
                let number = items.len() as u64;
                let size = |name: &str| keywords.get(name).and_then(Value::as_u64);
                let few = size("minItems").is_some_and(|least| number < least);
                if few || size("maxItems").is_some_and(|most| number > most) {
                    self.refused(value, kind);
                }
                for (position, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(position));
                    self.value(item, &kind["items"]);
                    self.path.pop();
                }
            }
            Value::Object(fields) => self.fields(fields, kind),
            _ => {}
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, kind: &Value) {
        let none = Map::new();
        let known = kind["properties"].as_object().unwrap_or(&none);
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let mut written_wrong: Vec<&str> = Vec::new();
        for (key, value) in fields {
            match (known.get(key), &kind["additionalProperties"]) {
                (Some(schema), _) => self.at(key, |check| check.value(value, schema)),
                (None, Value::Bool(false)) => {
                    written_wrong.extend(nearest(key, names.iter().copied()));
                    self.unknown_key(key, &names);
                }
                (None, schema) => self.at(key, |check| check.value(value, schema)),
            }
        }
        let required = kind["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            // What is written wrong is missing under its right name for that reason only.
            if !fields.contains_key(name) && !written_wrong.contains(&name) {
                self.told(format!("`{name}` is missing"));
            }
        }
    }

    fn at(&mut self, key: &str, within: impl FnOnce(&mut Self)) {
        self.path.push(Step::Key(key.to_owned()));
        within(self);
        self.path.pop();
    }

    fn unknown_name(&mut self, name: &str, allowed: &[&str]) {
        let meant = meant(name, allowed.iter().copied());
        self.told(format!("unknown name `{name}`{meant}; allowed: {}", allowed.join(", ")));
    }

    fn unknown_key(&mut self, key: &str, allowed: &[&str]) {
        let meant = meant(key, allowed.iter().copied());
        let problem = match allowed {
            [] => format!("unknown key `{key}`; none is allowed here"),
            _ => format!("unknown key `{key}`{meant}; allowed: {}", allowed.join(", ")),
        };
        let path = [&self.path[..], &[Step::Key(key.to_owned())]].concat();
        self.found.push(FieldError { path, problem, key: true });
    }
}

/// Letters of a text that are shown.
const LONGEST_SHOWN: usize = 60;

/// A value in a sentence: itself, where it is short, else what it is.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "an empty value".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(text) if text.chars().count() > LONGEST_SHOWN => {
            let start: String = text.chars().take(LONGEST_SHOWN).collect();
            format!("{}...", Value::from(start))
        }
        Value::String(_) => value.to_string(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::schema::of;
    use model::ModelConfig;
    use serde_json::json;
    use train::TrainConfig;

    /// What is wrong with a training that has these keys, each with its dotted place.
    fn told(change: Value) -> Vec<String> {
        let mut value = json!({"batch": 20, "unroll": 35, "epochs": 1, "learning_rate": 1.0});
        for (key, new) in change.as_object().unwrap() {
            value[key] = new.clone();
        }
        problems(&field_errors(&value, &of::<TrainConfig>()))
    }

    fn problems(errors: &[FieldError]) -> Vec<String> {
        let place = |path: &[Step]| {
            let keys = path.iter().map(|step| match step {
                Step::Key(key) => key.clone(),
                Step::Item(item) => item.to_string(),
            });
            keys.collect::<Vec<_>>().join(".")
        };
        errors.iter().map(|one| format!("{}: {}", place(&one.path), one.problem)).collect()
    }

    #[test]
    fn the_field_is_named_and_what_is_allowed() {
        for (change, expected) in [
            (json!({"batch": 0}), "batch: `0` is not allowed; a whole number above 0 is"),
            (json!({"batch": "many"}), "batch: \"many\" is not allowed; a whole number above 0 is"),
            (json!({"batch": 4.5}), "batch: `4.5` is not allowed; a whole number above 0 is"),
            (json!({"batch": null}), "batch: an empty value is not allowed; a whole number above"),
            (json!({"bacth": 1}), "bacth: unknown key `bacth` (did you mean `batch`?); allowed: b"),
            (
                json!({"optimizer": "sdg"}),
                "optimizer: unknown name `sdg` (did you mean `sgd`?); allowed: sgd, adam",
            ),
            (json!({"optimizer": 3}), "optimizer: `3` is not allowed; `sgd` or `adam` is"),
            (
                json!({"learning_rate": -1}),
                "learning_rate: `-1` is not allowed; a number above 0 is",
            ),
            // Their nearest numbers of single precision are 0 and infinite.
            (
                json!({"learning_rate": 1e-60}),
                "learning_rate: `1e-60` is not allowed; a number above 0 is, in single",
            ),
            (
                json!({"clip": 1e300}),
                "clip: `1e+300` is not allowed; a number above 0 is, in single precision",
            ),
        ] {
            let told = told(change);
            assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
        }
        assert_eq!(told(json!({"clip": null, "unroll": null})), [""; 0]);
    }

    #[test]
    fn of_kinds_of_mappings_the_one_that_is_named_is_meant() {
        let of = |schedule: Value| told(json!({"schedule": schedule})).join("\n");
        assert_eq!(
            of(json!({"name": "platau", "factor": 2})),
            "schedule.name: unknown name `platau` (did you mean `plateau`?); allowed: constant, \
             step_decay, plateau, slanted_triangular"
        );
        assert_eq!(of(json!({"name": "plateau"})), "schedule: `factor` is missing");
        assert_eq!(of(json!({"factor": 0.5})), "schedule: `name` is missing");
        assert_eq!(
            of(json!({"nmae": "plateau"})),
            "schedule.nmae: unknown key `nmae` (did you mean `name`?); allowed: name"
        );
        assert_eq!(
            of(json!({"name": "plateau", "factor": -1, "after": 1})),
            "schedule.factor: `-1` is not allowed; a number above 0 is\n\
             schedule.after: unknown key `after`; allowed: name, factor"
        );
        assert!(of(json!("platau")).starts_with(
            "schedule: \"platau\" is not allowed (did you mean `plateau`?); `{name: constant}`, "
        ));
        let kinds = json!({"oneOf": [
            {"type": "object", "properties": {"hours": {"type": "integer"}}, "required": ["hours"],
                "additionalProperties": false},
            {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"],
                "additionalProperties": false},
        ]});
        let of = |value: Value| problems(&field_errors(&value, &kinds)).join("\n");
        assert_eq!(
            of(json!({"dyas": 1})),
            "dyas: unknown key `dyas` (did you mean `days`?); allowed: hours, days"
        );
        assert_eq!(
            of(json!({"days": 1, "hours": 1})),
            ": this mapping is not allowed; a mapping with exactly one key is"
        );
        assert_eq!(of(json!({"days": "x"})), "days: \"x\" is not allowed; a whole number is");
    }

    #[test]
    fn what_has_several_forms_is_told_with_all_and_with_what_was_meant() {
        for (key, value, expected) in [
            (
                "layer_init",
                json!("ortogonal"),
                "layer_init: \"ortogonal\" is not allowed (did you mean `orthogonal`?); a number a",
            ),
            (
                "layer_init",
                json!({"input": "xavir"}),
                "layer_init.input: \"xavir\" is not allowed (did you mean `xavier`?); a number a",
            ),
            (
                "layer_init",
                json!({"inptu": "xavier"}),
                "layer_init.inptu: unknown key `inptu` (did you mean `input`?); allowed: input, rec",
            ),
            ("layer_init", json!(-1), "layer_init: `-1` is not allowed; a number a above 0 (unif"),
            ("layer_init", json!([1]), "layer_init: a list is not allowed; a number a above 0"),
            (
                "bias_init",
                json!("tourch"),
                "bias_init: \"tourch\" is not allowed (did you mean `to",
            ),
            (
                "output_bias",
                json!("log_frequency"),
                "output_bias: \"log_frequency\" is not allowed (did you mean `log_frequencies`?);",
            ),
            (
                "remember_bias",
                json!({"crono": 5}),
                "remember_bias.crono: unknown key `crono` (did you mean `chrono`?); allowed: chrono",
            ),
        ] {
            let mut model = json!({"cell": "gru", "layers": 1, "hidden": 1, "init": 0.1});
            model[key] = value;
            let told = problems(&field_errors(&model, &of::<ModelConfig>()));
            assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
        }
    }

    #[test]
    fn everything_is_told_once() {
        let value = json!({"bacth": 20, "epochs": 0, "clip": "x", "schedule": {"name": "plateu"}});
        let told = problems(&field_errors(&value, &of::<TrainConfig>()));
        let starts = [
            "bacth: unknown key `bacth`",
            "epochs: `0` is not allowed",
            "clip: \"x\" is not allowed",
            "schedule.name: unknown name `plateu` (did you mean `plateau`?)",
            // `batch` is there, written wrong.
            ": `learning_rate` is missing",
        ];
        assert_eq!(told.len(), starts.len(), "{told:#?}");
        for (told, start) in told.iter().zip(starts) {
            assert!(told.starts_with(start), "{told}");
        }
    }

    /// The keywords that stand in a schema.
    fn keywords(schema: &Value) -> Vec<&str> {
        let Value::Object(own) = schema else { return Vec::new() };
        let within = own.iter().flat_map(|(keyword, value)| match (keyword.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.values().flat_map(keywords).collect(),
            ("anyOf" | "oneOf", Value::Array(several)) => {
                several.iter().flat_map(keywords).collect()
            }
            ("items" | "additionalProperties", inner) => keywords(inner),
            _ => Vec::new(),
        });
        own.keys().map(String::as_str).chain(within).collect()
    }

    #[test]
    fn all_that_the_types_ask_for_is_looked_at() {
        let known = [
            ["type", "enum", "const", "anyOf", "oneOf", "errorMessage"],
            ["properties", "required", "additionalProperties", "items", "minItems", "maxItems"],
            ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "format", "minLength"],
            // These ask for nothing.
            ["maxLength", "title", "description", "default", "$schema", "$defs"],
        ];
        let types = [
            of::<crate::spec::TopLevel>(),
            crate::spec::data::schema(),
            of::<ModelConfig>(),
            of::<crate::plan::Match>(),
            of::<TrainConfig>(),
            of::<train::ProbeConfig>(),
            of::<crate::spec::tune::Written>(),
        ];
        for keyword in types.iter().flat_map(keywords) {
            assert!(known.as_flattened().contains(&keyword), "{keyword}");
        }
    }

    #[test]
    fn lists_and_letters_have_their_sizes() {
        let schema = json!({"type": "object", "properties": {
            "ends": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "mark": {"type": "string", "minLength": 1, "maxLength": 1},
            "many": {"type": "integer", "format": "uint32", "minimum": 0},
        }});
        let told = problems(&field_errors(
            &json!({"ends": [1, "two", 3], "mark": "ab", "many": 5_000_000_000_u64}),
            &schema,
        ));
        assert_eq!(
            told,
            [
                "ends: a list is not allowed; a list of 2 is",
                "ends.1: \"two\" is not allowed; a number is",
                "mark: \"ab\" is not allowed; one letter is",
                "many: `5000000000` is not allowed; a whole number, 0 or more, 4294967295 or less, is",
            ]
        );
    }
}
