//! Experiment files as text. `serde_yaml` is archived upstream, so this module alone knows it:
//! the rest of the program sees `serde_json` values and line numbers.

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};
use serde_yaml::Value as Yaml;
use std::fmt;

/// One step on the way to a value inside a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping, by key.
    Key(String),
    /// Into a list, by position from 0.
    Item(usize),
}

/// Text that is not YAML, or that holds something an experiment file cannot.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Line from 1, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// Reads a document. Keys keep their order; a key given twice is an error; `800_000` is a number.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    let mut yaml: Yaml = serde_yaml::from_str(text).map_err(described)?;
    yaml.apply_merge().map_err(described)?;
    convert(yaml, &mut Vec::new()).map_err(|(path, message)| YamlError {
        line: place_of(text, &path, Part::Key).map(|place| place.line),
        message,
    })
}

/// Writes a value as YAML.
pub fn to_text(value: &impl serde::Serialize) -> Result<String, YamlError> {
    serde_yaml::to_string(value).map_err(described)
}

/// Which end of an entry of a mapping is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line from 1.
    pub line: usize,
    /// Letters before it in the line.
    pub column: usize,
}

/// The place of the entry at `path`: of its key or its value, of a list's item in either case. Where
/// the path does not exist, that of the innermost part that does.
pub fn place_of(text: &str, path: &[Step], part: Part) -> Option<Place> {
    // The YAML reader tells places only of errors, so the search ends in one on purpose. This way
    // flow style, quotes, comments and anchors are read by the same parser as everything else.
    let error = Seek { path, part }.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    let location = error.location()?;
    Some(Place { line: location.line(), column: location.column().saturating_sub(1) })
}

fn described(error: serde_yaml::Error) -> YamlError {
    let line = error.location().map(|location| location.line());
    let text = error.to_string();
    // The place is told once, in front.
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    YamlError { line, message }
}

type Misfit = (Vec<Step>, String);

fn convert(yaml: Yaml, path: &mut Vec<Step>) -> Result<Value, Misfit> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => convert_number(&number)
            .ok_or_else(|| (path.clone(), format!("{number} is not a finite number")))?,
        Yaml::String(text) => grouped_integer(&text).unwrap_or(Value::String(text)),
        Yaml::Sequence(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (position, item) in items.into_iter().enumerate() {
                path.push(Step::Item(position));
                list.push(convert(item, path)?);
                path.pop();
            }
            Value::Array(list)
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = match key {
                    Yaml::String(text) => text,
                    Yaml::Number(number) => number.to_string(),
                    Yaml::Bool(flag) => flag.to_string(),
                    _ => return Err((path.clone(), "a key must be a plain name".to_owned())),
                };
                path.push(Step::Key(key.clone()));
                map.insert(key, convert(value, path)?);
                path.pop();
            }
            Value::Object(map)
        }
        Yaml::Tagged(_) => {
            return Err((path.clone(), "YAML tags (!name) mean nothing here".to_owned()));
        }
    })
}

fn convert_number(number: &serde_yaml::Number) -> Option<Value> {
    if let Some(value) = number.as_u64() {
        return Some(value.into());
    }
    if let Some(value) = number.as_i64() {
        return Some(value.into());
    }
    number.as_f64().and_then(Number::from_f64).map(Value::Number)
}

/// YAML 1.2 reads `800_000` as text; people mean the number.
fn grouped_integer(text: &str) -> Option<Value> {
    let mut groups = text.split('_');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().filter(|group| (1..=3).contains(&group.len()) && digits(group))?;
    let rest: Vec<&str> = groups.collect();
    if rest.is_empty() || !rest.iter().all(|group| group.len() == 3 && digits(group)) {
        return None;
    }
    format!("{first}{}", rest.concat()).parse::<u64>().ok().map(Value::from)
}

/// Walks towards a path and fails there.
struct Seek<'a> {
    path: &'a [Step],
    part: Part,
}

impl<'a> Seek<'a> {
    /// The same search, one step further.
    fn on(&self, path: &'a [Step]) -> Self {
        Self { path, part: self.part }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    // Scalars fail here, by serde's own "invalid type": they end every path.
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the end of the search")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.path.split_first() else {
            return Err(A::Error::custom("found"));
        };
        let last = rest.is_empty() && self.part == Part::Key;
        while let Some(hit) = map.next_key_seed(SeekKey { wanted, last })? {
            if hit {
                return map.next_value_seed(self.on(rest));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("absent"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Item(wanted), rest)) = self.path.split_first() else {
            return Err(A::Error::custom("found"));
        };
        for _ in 0..*wanted {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Err(A::Error::custom("absent"));
            }
        }
        list.next_element_seed(self.on(rest))?;
        Err(A::Error::custom("absent"))
    }
}

/// Compares a key; fails on the wanted one if it is the end of the path.
struct SeekKey<'a> {
    wanted: &'a str,
    last: bool,
}

impl<'de> DeserializeSeed<'de> for SeekKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for SeekKey<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        match (key == self.wanted, self.last) {
            (true, true) => Err(E::custom("found")),
            (hit, _) => Ok(hit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    const TEXT: &str = "\
# a comment
model: {cell: lstm,
  layers: 1}
train:
  batch: 20
sweep:
  model.cell: [rnn, gru]
  seed:
    - 1
    - 2
";

    #[test]
    fn finds_the_place_of_a_path() {
        let place = |path: &[Step], part| {
            place_of(TEXT, path, part).map(|place| (place.line, place.column))
        };
        assert_eq!(place(&[key("model")], Part::Key), Some((2, 0)));
        assert_eq!(place(&[key("model"), key("layers")], Part::Key), Some((3, 2)));
        assert_eq!(place(&[key("model"), key("layers")], Part::Value), Some((3, 10)));
        assert_eq!(place(&[key("train"), key("batch")], Part::Value), Some((5, 9)));
        let cell = [key("sweep"), key("model.cell"), Step::Item(1)];
        assert_eq!(place(&cell, Part::Key), Some((7, 20)));
        assert_eq!(place(&[key("sweep"), key("seed"), Step::Item(1)], Part::Key), Some((10, 6)));
    }

    #[test]
    fn keeps_order_and_reads_grouped_numbers() {
        let value = parse("b: 800_000\na: 1_0\nc: \"x_y\"").unwrap();
        assert_eq!(value.to_string(), r#"{"b":800000,"a":"1_0","c":"x_y"}"#);
    }

    #[test]
    fn tells_the_line_of_a_syntax_error_a_double_key_and_a_nan() {
        assert_eq!(parse("a: 1\nb: [1, 2\n").unwrap_err().line, Some(3));
        assert!(parse("a: 1\na: 2\n").unwrap_err().message.contains("duplicate"));
        assert_eq!(parse("a: 1\nb: .nan\n").unwrap_err().line, Some(2));
    }
}
