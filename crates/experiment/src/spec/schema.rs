//! The JSON Schema (2020-12) of experiment files, from the types that read them: editors complete
//! and check by it. What is missing it does not tell, as that may be included, swept or chosen.

use super::TopLevel;
use super::data;
use super::tune;
use super::values::{Draws, LogRange, Range, Span};
use crate::plan::Match;
use model::ModelConfig;
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use train::{ProbeConfig, TrainConfig};

/// The schema, for a program with these cells.
pub fn schema(cells: &[&str]) -> Value {
    let sections = Sections::new(cells);
    let mut top = complete_by_others(of::<TopLevel>());
    let mut put = |key: &str, schema: Value| {
        let place = &mut top["properties"][key];
        let description = place["description"].take();
        *place = schema;
        place["description"] = description;
    };
    for (name, section) in &sections.0 {
        put(name, section.clone());
    }
    let mut shared = sections.fields();
    let fields: Vec<String> = shared.keys().cloned().collect();
    shared.insert(RULE.to_owned(), any_of([of::<Range>(), of::<LogRange>(), of::<Draws>()]));
    shared.insert(SPAN.to_owned(), of::<Span>());
    shared.insert(TOGETHER.to_owned(), mapping(&fields, swept));
    put("seed", shared_one("seed"));
    put("sweep", sweep(&fields));
    put("settings", settings(&fields));
    put("tune", tuned(&fields));
    put("include", any_of([json!({"type": "string"}), list(json!({"type": "string"}))]));

    // A profile may take keys away, and has all but profiles and included files.
    let mut profile = top.clone();
    if let Some(properties) = profile["properties"].as_object_mut() {
        properties.remove("profiles");
        properties.remove("include");
    }
    removable(&mut profile);
    top["properties"]["profiles"]["additionalProperties"] = profile;
    top["$defs"] = Value::Object(shared);
    top["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    top["title"] = json!("An experiment of rnnlab");
    tidy(&mut top);
    top
}

/// The fields of a run by their dotted paths.
pub(super) fn fields() -> Vec<String> {
    Sections::new(&[]).fields().keys().cloned().collect()
}

/// What stands in several places is written once, the fields of a run by their dotted paths.
fn shared_one(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A rule that gives the values of a swept field.
const RULE: &str = "rule";
/// What a value to be chosen is drawn from.
const SPAN: &str = "span";
/// Fields that are swept together.
const TOGETHER: &str = "together";

/// The schema of a type, with all that it holds written out where it stands.
pub(super) fn of<T: JsonSchema>() -> Value {
    T::json_schema(&mut generator()).to_value()
}

fn generator() -> SchemaGenerator {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator()
}

/// The parts of a run, each with its schema.
struct Sections(Vec<(&'static str, Value)>);

impl Sections {
    fn new(cells: &[&str]) -> Self {
        let mut model = of::<ModelConfig>();
        model["properties"]["cell"]["enum"] = json!(cells);
        Self(vec![
            ("data", data::schema()),
            ("model", complete_by_others(model)),
            ("match", matched()),
            ("train", complete_by_others(of::<TrainConfig>())),
            ("probe", complete_by_others(of::<ProbeConfig>())),
        ])
    }

    /// The fields of a run by their dotted paths.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        for (section, schema) in &self.0 {
            let alternatives = schema["anyOf"].as_array().cloned();
            for one in alternatives.unwrap_or_else(|| vec![schema.clone()]) {
                for (name, value) in one["properties"].as_object().into_iter().flatten() {
                    let known = fields.entry(format!("{section}.{name}")).or_insert(value.clone());
                    // Settings of the same name of several datasets.
                    if known != value {
                        *known = json!({});
                    }
                }
            }
        }
        let names: Vec<&str> = data::names();
        fields.insert("data.name".to_owned(), json!({"enum": names}));
        fields.insert("cell".to_owned(), fields["model.cell"].clone());
        fields.insert("seed".to_owned(), json!({"type": "integer", "minimum": 0}));
        fields
    }
}

/// What is required may be given elsewhere: by a sweep, a file that is included, a choice.
fn complete_by_others(mut section: Value) -> Value {
    if let Some(section) = section.as_object_mut() {
        section.remove("required");
    }
    section
}

/// One of the kinds of [`Match`], as one mapping.
fn matched() -> Value {
    let mut properties = Map::new();
    for kind in of::<Match>()["oneOf"].as_array().into_iter().flatten() {
        for (name, value) in kind["properties"].as_object().into_iter().flatten() {
            let mut value = value.clone();
            value["description"] = kind["description"].clone();
            properties.insert(name.clone(), value);
        }
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false, "maxProperties": 1})
}

/// A mapping of fields of a run to what `with` makes of the schema of each.
fn mapping(fields: &[String], with: impl Fn(Value) -> Value) -> Value {
    let properties = fields.iter().map(|path| (path.clone(), with(shared_one(path))));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        // Fields of fields, such as train.schedule.factor.
        "patternProperties": {r"^(data|model|train|probe)\.[^.]+\..+$": with(json!({}))},
        "additionalProperties": false,
    })
}

/// The values of a swept field.
fn swept(schema: Value) -> Value {
    any_of([list(schema), shared_one(RULE)])
}

fn sweep(fields: &[String]) -> Value {
    let mut sweep = mapping(fields, swept);
    sweep["properties"]["zip"] = any_of([shared_one(TOGETHER), list(shared_one(TOGETHER))]);
    sweep["properties"]["zip"]["description"] =
        json!("Fields whose first values go together, whose second values go together, and so on.");
    sweep
}

fn settings(fields: &[String]) -> Value {
    let mut setting = of::<super::Setting>();
    for part in ["when", "set"] {
        let description = setting["properties"][part]["description"].take();
        setting["properties"][part] = mapping(fields, |schema| schema);
        setting["properties"][part]["description"] = description;
    }
    list(setting)
}

fn tuned(fields: &[String]) -> Value {
    let mut tune = of::<tune::Written>();
    let description = tune["properties"]["space"]["description"].take();
    tune["properties"]["space"] =
        mapping(fields, |schema| any_of([list(schema), shared_one(SPAN)]));
    tune["properties"]["space"]["description"] = description;
    complete_by_others(tune)
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn any_of(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({"anyOf": schemas.into_iter().collect::<Vec<_>>()})
}

/// Allows an empty value for every key.
fn removable(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("maxProperties");
            fields.remove("required");
            // Also of keys that are not known here: the profile may name another dataset.
            if let Some(others) = fields.get_mut("additionalProperties")
                && *others == false
            {
                *others = json!({"type": "null"});
            }
            for (keyword, value) in fields.iter_mut() {
                removable(value);
                if keyword != "properties" {
                    continue;
                }
                for property in value.as_object_mut().into_iter().flat_map(Map::values_mut) {
                    *property = any_of([property.take(), json!({"type": "null"})]);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(removable),
        _ => {}
    }
}

/// Takes away empty descriptions and the links of Rust's documentation.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("description").is_some_and(Value::is_null) {
                fields.remove("description");
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
