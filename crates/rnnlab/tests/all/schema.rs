//! The JSON Schema of experiment files: it is the committed one, takes every experiment file here and
//! refuses slips of the pen.

use crate::common::{entries, rnnlab, said};
use crate::files::{experiments, smoke};
use experiment::yaml;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

fn written() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = rnnlab(folder.path(), &["schema"]);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

fn schema() -> Value {
    serde_json::from_str(&written()).expect("JSON")
}

#[test]
fn the_committed_schema_is_what_the_program_writes() {
    let text = written();
    let golden = experiments().join("../docs/experiment.schema.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &text).expect("written");
    }
    let committed = fs::read_to_string(&golden).unwrap_or_default();
    assert!(text == committed, "UPDATE_GOLDEN=1 cargo test --release -p rnnlab --test all schema");
}

/// Whether a value fits a schema. Only the keywords that ours has are known.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let Value::Object(keywords) = schema else {
        return schema.as_bool().expect("a schema");
    };
    keywords.iter().all(|(keyword, argument)| keeps(value, keyword, argument, keywords, root))
}

fn keeps(
    value: &Value,
    keyword: &str,
    argument: &Value,
    keywords: &Map<String, Value>,
    root: &Value,
) -> bool {
    let number = |test: fn(f64, f64) -> bool| {
        value.as_f64().is_none_or(|value| test(value, argument.as_f64().expect("a number")))
    };
    let size = || argument.as_u64().expect("a size") as usize;
    let schemas = || argument.as_array().expect("schemas").iter();
    let fields = value.as_object();
    let known = |part: &str, key: &str| {
        keywords.get(part).and_then(|known| known.as_object()?.get(key)).is_some()
    };
    // The only patterns are those of fields of fields.
    let deep = |key: &str| key.split('.').count() > 2;
    match keyword {
        "$ref" => {
            let place = argument.as_str().and_then(|text| text.strip_prefix('#'));
            fits(value, root.pointer(place.expect("a place")).expect("a schema"), root)
        }
        "$defs" | "$schema" | "title" | "description" | "default" | "format" | "errorMessage" => {
            true
        }
        "type" => match argument {
            Value::Array(types) => types.iter().any(|name| is_a(value, name)),
            name => is_a(value, name),
        },
        "enum" => schemas().any(|allowed| allowed == value),
        "const" => argument == value,
        "anyOf" => schemas().any(|schema| fits(value, schema, root)),
        "oneOf" => schemas().filter(|schema| fits(value, schema, root)).count() == 1,
        "minimum" => number(|value, limit| value >= limit),
        "exclusiveMinimum" => number(|value, limit| value > limit),
        "maximum" => number(|value, limit| value <= limit),
        "exclusiveMaximum" => number(|value, limit| value < limit),
        "items" => {
            value.as_array().is_none_or(|list| list.iter().all(|item| fits(item, argument, root)))
        }
        "minItems" => value.as_array().is_none_or(|list| list.len() >= size()),
        "maxItems" => value.as_array().is_none_or(|list| list.len() <= size()),
        "maxProperties" => fields.is_none_or(|fields| fields.len() <= size()),
        "required" => fields.is_none_or(|fields| {
            schemas().all(|key| fields.contains_key(key.as_str().expect("a key")))
        }),
        "properties" => fields.is_none_or(|fields| {
            fields.iter().all(|(key, value)| {
                argument.get(key).is_none_or(|schema| fits(value, schema, root))
            })
        }),
        "patternProperties" => fields.is_none_or(|fields| {
            let (_, schema) = argument.as_object().and_then(|one| one.iter().next()).expect("one");
            fields.iter().filter(|(key, _)| deep(key)).all(|(_, value)| fits(value, schema, root))
        }),
        "additionalProperties" => fields.is_none_or(|fields| {
            let patterns = keywords.contains_key("patternProperties");
            let named = |key: &str| known("properties", key) || (patterns && deep(key));
            let other = |key: &&String| !named(key);
            fields.keys().filter(other).all(|key| fits(&fields[key], argument, root))
        }),
        _ => panic!("the keyword {keyword}"),
    }
}

fn is_a(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other}"),
    }
}

fn read(text: &str) -> Value {
    yaml::parse(text).expect("YAML")
}

#[test]
fn every_experiment_file_fits() {
    let schema = schema();
    let files = |folder: &Path| -> Vec<_> {
        let yaml = entries(folder).into_iter().filter(|name| name.ends_with(".yaml"));
        yaml.map(|name| folder.join(name)).collect()
    };
    let found = files(&experiments());
    assert!(found.len() > 8, "{found:?}");
    for file in found {
        let text = fs::read_to_string(&file).expect("a file");
        assert!(fits(&read(&text), &schema, &schema), "{}", file.display());
    }
    let everything = "
include: [a.yaml, b.yaml]
match: {recurrent_parameters: 5_000}
model: {layer_init: {input: 0.1, recurrent: orthogonal}, remember_bias: {chrono: 100}}
sweep:
  cell: [rnn]
  data.delay: {range: [5, 20], by: 5}
  train.learning_rate: {log_range: [0.001, 0.1], steps: 5}
  model.init: {draws: 3, from: 0.01, to: 1, scale: log, seed: 1}
  zip: [{model.layers: [1, 2], train.schedule.factor: [0.5, 0.6]}]
tune:
  method: halving
  trials: 9
  seed: 1
  space: {train.clip: [1, 2], model.dropout: {from: 0, to: 0.5}}
profiles: {long: {train: {clip: }, match: {recurrent_parameters: , hidden: 5}}}
";
    assert!(fits(&read(everything), &schema, &schema));
}

#[test]
fn slips_of_the_pen_do_not_fit() {
    let schema = schema();
    for (from, to) in [
        ("epochs: 1", "epoch: 1"),
        ("epochs: 1", "epochs: 0"),
        ("epochs: 1", "epochs: 1.5"),
        ("batch: 256", "batch: lots"),
        ("cell: gru", "cell: grru"),
        ("[rnn, gru]", "[rnn, grru]"),
        ("{name: builtin}", "{name: bultin}"),
        ("{name: builtin}", "{name: builtin, delay: 3}"),
        ("learning_rate: 1", "learning_rate: -1"),
        ("\ntrain:", "\ntrian:"),
        ("seed: [1, 2]", "sed: [1, 2]"),
        ("seed: [1, 2]", "seed: {range: [1]}"),
        ("probe: {", "match: {parameter: 1}\nprobe: {"),
        ("probe: {", "match: {parameters: 1, flops: 1}\nprobe: {"),
        ("probe: {", "tune: {trials: 3, seed: 1, space: {train.batch: 3}}\nprobe: {"),
        ("{parameters: 37_000}", "{parameter: 37_000}"),
    ] {
        assert!(!fits(&read(&smoke(from, to)), &schema, &schema), "{to}");
    }
}
