//! Experiment files as text. `serde_yaml` is archived upstream, so this module alone knows it:
//! the rest of the program sees `serde_json` values and line numbers.

mod faults;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};
use serde_yaml::Value as Yaml;
use std::cell::RefCell;
use std::collections::HashSet;
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
    /// Where, if that is known.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
}

/// Reads a document. Keys keep their order; a key given twice is an error; `800_000` is a number.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    refuse_control(text)?;
    refuse_deep(text)?;
    refuse_repeated(text)?;
    let mut yaml: Yaml = serde_yaml::from_str(text).map_err(|error| faults::of(&error, text))?;
    yaml.apply_merge().map_err(|error| faults::of(&error, text))?;
    convert(yaml, &mut Vec::new())
        .map_err(|(path, message)| YamlError { place: place_of(text, &path, Part::Key), message })
}

/// Refuses control characters, of which the parser tells neither line nor number.
fn refuse_control(text: &str) -> Result<(), YamlError> {
    let control = |letter: char| {
        letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{85}')
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    for (number, line) in text.lines().enumerate() {
        if let Some((column, letter)) =
            line.chars().enumerate().find(|(_, letter)| control(*letter))
        {
            let code = u32::from(letter);
            let written =
                if code < 0x100 { format!("\\x{code:02X}") } else { format!("\\u{code:04X}") };
            let message = format!(
                "the control character U+{code:04X} cannot stand in a file; take it out, or write it in \
                 double quotes as \"{written}\""
            );
            return Err(YamlError { place: Some(Place { line: number + 1, column }), message });
        }
    }
    Ok(())
}

/// More levels of brackets, list marks and indentation than an experiment file can need. The parser
/// itself refuses as many, but only after seconds or minutes.
const DEEPEST: usize = 64;

/// Refuses what is nested too deeply. Brackets in texts and comments count as well: so many open ones are
/// no experiment file in any case.
fn refuse_deep(text: &str) -> Result<(), YamlError> {
    let mut brackets = 0_usize;
    // Columns at which the lines begin in which this one lies.
    let mut indents: Vec<usize> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent < line.len() {
            while indents.last().is_some_and(|outer| *outer >= indent) {
                indents.pop();
            }
            indents.push(indent);
        }
        let marks = line.split_whitespace().take_while(|word| matches!(*word, "-" | "?")).count();
        let mut deepest = brackets.max(marks);
        let mut column = indent;
        for (position, letter) in line.chars().enumerate() {
            match letter {
                '[' | '{' => brackets += 1,
                ']' | '}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if brackets > deepest {
                (deepest, column) = (brackets, position);
            }
            if indents.len() + deepest > DEEPEST {
                let message = format!("more than {DEEPEST} levels within each other");
                return Err(YamlError { place: Some(Place { line: number + 1, column }), message });
            }
        }
    }
    Ok(())
}

/// Refuses a key that stands twice in a mapping, at the place of the second.
fn refuse_repeated(text: &str) -> Result<(), YamlError> {
    let search = Repeated { path: RefCell::default(), found: RefCell::default() };
    let result = (&search).deserialize(serde_yaml::Deserializer::from_str(text));
    let Err(error) = result else { return Ok(()) };
    if error.to_string().contains(A_KEY) {
        let place = error.location().map(Place::from);
        return Err(YamlError { place, message: "a key is a plain name".to_owned() });
    }
    // Whatever else is wrong is told by the reader itself.
    let Some(key) = search.found.take() else { return Ok(()) };
    let mut path = search.path.take();
    path.push(Step::Key(key.clone()));
    let first = place_of(text, &path, Part::Key);
    let first =
        first.map_or(String::new(), |first| format!("; the first is in line {}", first.line));
    let message = format!("the key `{key}` stands here a second time{first}");
    Err(YamlError { place: error.location().map(Place::from), message })
}

/// Walks through a document and fails at a key that the mapping around it has already.
struct Repeated {
    path: RefCell<Vec<Step>>,
    found: RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for &Repeated {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Repeated {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key_seed(NewKey { seen: &mut seen, found: &self.found })? {
            self.path.borrow_mut().push(Step::Key(key));
            map.next_value_seed(self)?;
            self.path.borrow_mut().pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for position in 0.. {
            self.path.borrow_mut().push(Step::Item(position));
            if list.next_element_seed(self)?.is_none() {
                break;
            }
            self.path.borrow_mut().pop();
        }
        self.path.borrow_mut().pop();
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// What a key has to be, as the parser says it.
const A_KEY: &str = "expected the name of a key";

/// Takes a key; fails on one that was seen.
struct NewKey<'a> {
    seen: &'a mut HashSet<String>,
    found: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        if !self.seen.insert(key.to_owned()) {
            *self.found.borrow_mut() = Some(key.to_owned());
            return Err(E::custom("repeated"));
        }
        Ok(key.to_owned())
    }
}

/// Writes a value as YAML.
pub fn to_text(value: &impl serde::Serialize) -> Result<String, YamlError> {
    serde_yaml::to_string(value)
        .map_err(|error| YamlError { place: None, message: error.to_string() })
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

impl From<serde_yaml::Location> for Place {
    fn from(location: serde_yaml::Location) -> Self {
        Self { line: location.line(), column: location.column().saturating_sub(1) }
    }
}

/// The place of the entry at `path`: of its key or its value, of a list's item in either case. Where
/// the path does not exist, that of the innermost part that does.
pub fn place_of(text: &str, path: &[Step], part: Part) -> Option<Place> {
    // The YAML reader tells places only of errors, so the search ends in one on purpose. This way
    // flow style, quotes, comments and anchors are read by the same parser as everything else.
    let error = Seek { path, part }.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    error.location().map(Place::from)
}

/// What is wrong, and where.
type Misplaced = (Vec<Step>, String);

fn convert(yaml: Yaml, path: &mut Vec<Step>) -> Result<Value, Misplaced> {
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
                let odd = |letter: &char| letter.is_whitespace() && !letter.is_ascii();
                if let Some(letter) = key.chars().next().filter(odd) {
                    return Err((path.clone(), faults::no_blank(letter)));
                }
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

    fn line(text: &str) -> Option<usize> {
        parse(text).unwrap_err().place.map(|place| place.line)
    }

    #[test]
    fn tells_the_place_of_a_double_key_a_nan_and_a_control_character() {
        let error = parse("a: 1\nb:\n  c: [1, {d: 2}]\n  e: 1\n  c: 3\n").unwrap_err();
        assert_eq!(error.place, Some(Place { line: 5, column: 2 }));
        assert_eq!(error.message, "the key `c` stands here a second time; the first is in line 3");
        assert_eq!(line("a: 1\n\na: 2\n"), Some(3));
        assert!(parse("a: [{b: 1}, {b: 2}]\nb: {a: 1}\n").is_ok());
        assert_eq!(line("a: 1\nb: .nan\n"), Some(2));
        let error = parse("a: 1\nb: \u{1b}[31m\n").unwrap_err();
        assert_eq!(error.place, Some(Place { line: 2, column: 3 }));
        assert!(error.message.contains(r#"as "\x1B""#), "{error}");
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused_at_once() {
        for deep in
            ["a: ".to_owned() + &"[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(70)]
        {
            let error = parse(&format!("b: 1\n{deep}")).unwrap_err();
            assert_eq!(error.message, "more than 64 levels within each other");
            assert_eq!(error.place.map(|place| place.line), Some(2));
        }
        let stairs: String = (0..3000).map(|k| " ".repeat(k) + "a:\n").collect();
        assert_eq!(line(&stairs), Some(65));
        let waves = "a:\n  b: 1\nc:\n   d: 1\n".replace('a', "e").repeat(1000);
        // The same key again, and nothing deep.
        assert_eq!(line(&waves), Some(5));
        assert!(parse(&format!("a: {}{}", "[".repeat(60), "]".repeat(60))).is_ok());
    }
}
