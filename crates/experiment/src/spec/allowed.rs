//! What a JSON Schema allows, as data to ask and in words.

use serde_json::{Number, Value};

/// The schemas of which a value is to fit one: those of an alternative, and of alternatives within it.
pub(super) fn alternatives(schema: &Value) -> Vec<&Value> {
    let several = ["anyOf", "oneOf"].into_iter().find_map(|keyword| schema[keyword].as_array());
    several.map_or(vec![schema], |several| several.iter().flat_map(alternatives).collect())
}

/// Whether a value is of the kind that a schema asks for, whatever else it asks.
pub(super) fn is_a(value: &Value, kind: &Value) -> bool {
    let named = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match &kind["type"] {
        Value::Array(names) => names.iter().any(named),
        Value::Null => kind.get("const").is_none() || value.is_string(),
        name => named(name),
    }
}

/// The texts that a schema allows, where it allows these alone.
pub(super) fn names(kind: &Value) -> Vec<&str> {
    match kind["const"].as_str() {
        Some(name) => vec![name],
        None => kind["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

/// The key of a mapping that has to have one, and no other.
pub(super) fn one_key(kind: &Value) -> Option<&str> {
    match &kind["required"].as_array()?[..] {
        [key] if kind["properties"].as_object()?.len() == 1 => key.as_str(),
        _ => None,
    }
}

/// The key whose value tells kinds of mappings apart.
pub(super) fn tag<'a>(kinds: &[&'a Value]) -> Option<&'a str> {
    let [first, ..] = kinds else { return None };
    let has = |kind: &&Value, key: &str| kind["properties"][key]["const"].is_string();
    let mut keys = first["properties"].as_object()?.keys();
    keys.find(|key| kinds.iter().all(|kind| has(kind, key))).map(String::as_str)
}

/// The names by which that key tells them apart.
pub(super) fn tagged<'a>(kinds: &[&'a Value], tag: &str) -> impl Iterator<Item = &'a str> {
    kinds.iter().filter_map(move |kind| kind["properties"][tag]["const"].as_str())
}

/// The numbers that a schema allows.
pub(super) struct Bounds {
    least: Option<f64>,
    above: Option<f64>,
    most: Option<f64>,
    below: Option<f64>,
    /// The nearest number of single precision is to be in the bounds, too.
    single: bool,
}

/// The numbers that a schema allows.
pub(super) fn bounds(kind: &Value) -> Bounds {
    let number = |keyword: &str| kind[keyword].as_f64();
    let format = kind["format"].as_str().unwrap_or_default();
    let widest = match format {
        "uint32" => Some(f64::from(u32::MAX)),
        "uint16" => Some(f64::from(u16::MAX)),
        "uint8" => Some(f64::from(u8::MAX)),
        _ => None,
    };
    Bounds {
        least: number("minimum"),
        above: number("exclusiveMinimum"),
        most: number("maximum").or(widest),
        below: number("exclusiveMaximum"),
        single: format == "float",
    }
}

impl Bounds {
    /// Whether a number is one of them.
    pub(super) fn hold(&self, number: &Number) -> bool {
        number.as_f64().is_some_and(|value| self.within(value))
    }

    /// Whether the number in which a model computes is one of them.
    pub(super) fn hold_rounded(&self, number: &Number) -> bool {
        !self.single || number.as_f64().is_some_and(|value| self.within(f64::from(value as f32)))
    }

    fn within(&self, value: f64) -> bool {
        value.is_finite()
            && self.least.is_none_or(|least| value >= least)
            && self.above.is_none_or(|above| value > above)
            && self.most.is_none_or(|most| value <= most)
            && self.below.is_none_or(|below| value < below)
    }

    /// In words, behind "a number".
    fn written(&self) -> String {
        let from = match (self.least, self.above) {
            (Some(least), _) => format!(", {least} or more"),
            (None, Some(above)) => format!(" above {above}"),
            (None, None) => String::new(),
        };
        let to = match (self.most, self.below) {
            (Some(most), _) => format!(", {most} or less"),
            (None, Some(below)) => format!(" and below {below}"),
            (None, None) => String::new(),
        };
        format!("{from}{to}")
    }
}

/// What a schema allows, in words.
pub(super) fn allowed(schema: &Value) -> String {
    if let Some(said) = schema["errorMessage"].as_str() {
        return said.to_owned();
    }
    match ["anyOf", "oneOf"].into_iter().find_map(|keyword| schema[keyword].as_array()) {
        // That it may also be left empty helps nobody.
        Some(several) => {
            let kinds = several.iter().filter(|kind| kind["type"] != "null");
            either(kinds.map(allowed).collect())
        }
        None => kind_in_words(schema),
    }
}

fn kind_in_words(kind: &Value) -> String {
    let names = names(kind);
    if !names.is_empty() {
        return quoted(&names);
    }
    let name = match &kind["type"] {
        Value::Array(names) => names.iter().find(|name| *name != "null"),
        name => Some(name),
    };
    let bounds = bounds(kind);
    let size = |keyword: &str| kind[keyword].as_u64();
    match name.and_then(Value::as_str) {
        Some("boolean") => "true or false".to_owned(),
        Some("integer") if (bounds.least, bounds.most) == (Some(1.0), None) => {
            "a whole number above 0".to_owned()
        }
        Some("integer") => ended(format!("a whole number{}", bounds.written())),
        Some("number") => ended(format!("a number{}", bounds.written())),
        Some("string") => match (size("minLength"), size("maxLength")) {
            (Some(1), Some(1)) => "one letter".to_owned(),
            _ => "a text".to_owned(),
        },
        Some("array") => match (size("minItems"), size("maxItems")) {
            (Some(least), Some(most)) if least == most => format!("a list of {least}"),
            _ => "a list".to_owned(),
        },
        Some("object") => match (one_key(kind), kind["properties"].as_object()) {
            (Some(key), _) => format!("{{{key}: {}}}", allowed(&kind["properties"][key])),
            (None, Some(fields)) if !fields.is_empty() => {
                let keys: Vec<&str> = fields.keys().map(String::as_str).collect();
                format!("a mapping of {}", quoted(&keys))
            }
            (None, _) => "a mapping of keys to values".to_owned(),
        },
        _ => "another value".to_owned(),
    }
}

/// With the comma that closes what was put in behind one.
fn ended(text: String) -> String {
    if text.contains(", ") { text + "," } else { text }
}

/// Names in a sentence.
pub(super) fn quoted(names: &[&str]) -> String {
    either(names.iter().map(|name| format!("`{name}`")).collect())
}

fn either(mut all: Vec<String>) -> String {
    match all.pop() {
        Some(last) if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        last => last.unwrap_or_default(),
    }
}
