//! The JSON Schema (2020-12) of experiment files, from the types that read them: editors complete
//! and check by it, and what does not fit is told by the parts of it that are types.
//!
//! The schema of files does not tell what is missing, as that may be included, swept or chosen; and any
//! key may be empty, which takes it away from what the file, or the profile, is laid over. So a profile
//! is described by the same parts as the file. A field of a run stands once, under its dotted path.

use super::TopLevel;
use super::data;
use super::start_from;
use super::tune;
use super::values::{Draws, LogRange, Range, Span};
use crate::plan::Match;
use model::ModelConfig;
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use train::{Part, ProbeConfig, TrainConfig};

/// The schema, for a program with these cells.
pub fn schema(cells: &[&str]) -> Value {
    let sections = Sections::new(cells);
    let fields = sections.fields();
    let mut top = of::<TopLevel>();
    let mut put = |key: &str, schema: Value| {
        let place = &mut top["properties"][key];
        let description = place["description"].take();
        *place = schema;
        place["description"] = description;
    };
    for (name, section) in &sections.0 {
        put(name, referring(name, section, &fields));
    }
    let paths: Vec<String> = fields.keys().cloned().collect();
    put("seed", shared("seed"));
    put("start_from", shared("start_from"));
    put("pretrain", start_from::stage_schema());
    put("sweep", sweep(&paths));
    put("settings", settings());
    put("tune", tuned());
    put("include", any_of([json!({"type": "string"}), list(json!({"type": "string"}))]));
    top["$defs"] = Value::Object(fields);
    top["$defs"][RULE] = any_of([of::<Range>(), of::<LogRange>(), of::<Draws>()]);
    top["$defs"][SPAN] = of::<Span>();
    top["$defs"][TOGETHER] = mapping(&paths, swept);
    top["$defs"][CHOSEN] = mapping(&paths, |schema| any_of([list(schema), shared(SPAN)]));
    removable(&mut top);
    top["$defs"][VALUES] = mapping(&paths, |schema| schema);
    let profile = |key: &String| (key.clone(), json!({"$ref": format!("#/properties/{key}")}));
    let keys = top["properties"].as_object().into_iter().flat_map(Map::keys);
    let keys = keys.filter(|key| !["profiles", "include"].contains(&key.as_str()));
    let properties: Map<_, _> = keys.map(profile).collect();
    top["properties"]["profiles"]["additionalProperties"] = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    top["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    top["title"] = json!("An experiment of rnnlab");
    tidy(&mut top);
    top
}

/// The fields of a run by their dotted paths.
pub(super) fn fields() -> Vec<String> {
    Sections::new(&[]).fields().keys().cloned().collect()
}

/// What stands in several places is written once.
fn shared(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A rule that gives the values of a swept field.
const RULE: &str = "rule";
/// What a value to be chosen is drawn from.
const SPAN: &str = "span";
/// Fields with what each is chosen from.
const CHOSEN: &str = "chosen";
/// Fields with the values of each, which are swept together.
const TOGETHER: &str = "together";
/// Fields with a value each.
const VALUES: &str = "values";

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
            ("model", model),
            ("match", matched()),
            ("train", of::<TrainConfig>()),
            ("probe", of::<ProbeConfig>()),
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
        fields.insert("cell".to_owned(), shared("model.cell"));
        fields.insert("seed".to_owned(), json!({"type": "integer", "minimum": 0}));
        fields.insert("start_from".to_owned(), start_from::schema());
        for key in ["run", "file"] {
            fields.insert(format!("start_from.{key}"), json!({"type": "string"}));
        }
        for key in ["start_from.parts", "pretrain.parts"] {
            fields.insert(key.to_owned(), of::<Vec<Part>>());
        }
        fields
    }
}

/// A section whose fields are those of `fields`, where they are the same.
fn referring(name: &str, section: &Value, fields: &Map<String, Value>) -> Value {
    let mut section = section.clone();
    let several = section.get("anyOf").is_some();
    let alternatives = match several {
        true => section["anyOf"].as_array_mut().into_iter().flatten().collect(),
        false => vec![&mut section],
    };
    for one in alternatives {
        for (key, value) in one["properties"].as_object_mut().into_iter().flatten() {
            let path = format!("{name}.{key}");
            if fields.get(&path) == Some(value) {
                *value = shared(&path);
            }
        }
        // The keys of another dataset may be taken away.
        if several {
            one["additionalProperties"] = json!({"type": "null"});
        }
    }
    section
}

/// The kinds of [`Match`], one mapping each.
fn matched() -> Value {
    let mut matched = of::<Match>();
    let mut kinds = matched["oneOf"].take();
    for kind in kinds.as_array_mut().into_iter().flatten() {
        let description = kind["description"].take();
        for value in kind["properties"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            value["description"] = description.clone();
        }
    }
    json!({"anyOf": kinds})
}

/// A mapping of fields of a run to what `with` makes of the schema of each.
fn mapping(paths: &[String], with: impl Fn(Value) -> Value) -> Value {
    let properties = paths.iter().map(|path| (path.clone(), with(shared(path))));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "patternProperties": {DEEP: with(json!({}))},
        "additionalProperties": false,
    })
}

/// Paths of fields of fields, such as `train.schedule.factor`.
const DEEP: &str = r"^(data|model|train|probe|pretrain)\.[^.]+\..+$";

/// The values of a swept field.
fn swept(schema: Value) -> Value {
    any_of([list(schema), shared(RULE)])
}

/// Swept fields, each as among those that are swept together.
fn sweep(paths: &[String]) -> Value {
    let mut sweep = mapping(&[], swept);
    let fields =
        paths.iter().map(|path| (path.clone(), shared(&format!("{TOGETHER}/properties/{path}"))));
    sweep["properties"] = Value::Object(fields.collect());
    sweep["properties"]["zip"] = any_of([shared(TOGETHER), list(shared(TOGETHER))]);
    sweep["properties"]["zip"]["description"] =
        json!("Fields whose first values go together, whose second values go together, and so on.");
    sweep
}

fn settings() -> Value {
    let mut setting = of::<super::Setting>();
    for part in ["when", "set"] {
        refer(&mut setting["properties"][part], VALUES);
    }
    list(setting)
}

fn tuned() -> Value {
    let mut tune = of::<tune::Written>();
    refer(&mut tune["properties"]["space"], CHOSEN);
    tune
}

/// Puts what stands once under a name in the place of a schema, whose description it keeps.
fn refer(place: &mut Value, name: &str) {
    let description = place["description"].take();
    *place = shared(name);
    place["description"] = description;
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn any_of(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({"anyOf": schemas.into_iter().collect::<Vec<_>>()})
}

/// Requires no key and allows an empty value for every one, but in lists: these are replaced as a whole.
fn removable(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.remove("required");
            // Of alternatives that are told apart by what they require, several fit.
            if let Some(several) = keywords.remove("oneOf") {
                keywords.insert("anyOf".to_owned(), several);
            }
            for (keyword, value) in keywords.iter_mut() {
                match keyword.as_str() {
                    "properties" => {
                        for property in value.as_object_mut().into_iter().flat_map(Map::values_mut)
                        {
                            removable(property);
                            nullable(property);
                        }
                    }
                    "$defs" => {
                        value
                            .as_object_mut()
                            .into_iter()
                            .flat_map(Map::values_mut)
                            .for_each(removable);
                    }
                    "items" | "default" | "enum" => {}
                    _ => removable(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(removable),
        _ => {}
    }
}

/// Allows an empty value.
fn nullable(schema: &mut Value) {
    let null = json!({"type": "null"});
    let anything = [json!(true), json!({})].contains(schema);
    match schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        Some(several) if several.contains(&null) => {}
        Some(several) => several.push(null),
        None => {
            let nulls = schema["type"]
                .as_array()
                .is_some_and(|types| types.iter().any(|one| one == "null"));
            if !nulls && !anything {
                let description = schema["description"].take();
                *schema = any_of([schema.take(), null]);
                schema["description"] = description;
            }
        }
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
