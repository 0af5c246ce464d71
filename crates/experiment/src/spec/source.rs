//! The text of an experiment: its file with what that includes, profiles and settings of the command
//! line, and the place of every value in it.

use super::error::{Excerpt, SpecError};
use super::overriding::Override;
use super::suggest;
use super::typed::FieldError;
use super::{NAMES, is_plain_name};
use crate::yaml::{self, Part, Step};
use data::DataError;
use serde_json::{Map, Value};
use std::io;
use std::path::{Path, PathBuf};

/// One file of an experiment.
#[derive(Debug, Clone)]
struct Layer {
    path: PathBuf,
    text: String,
    document: Value,
}

/// An experiment file laid over those that it includes, with one profile and the settings of the
/// command line laid over them.
#[derive(Debug, Clone)]
pub struct Source {
    /// What is included comes before what includes it; the experiment file is the last.
    layers: Vec<Layer>,
    profile: Option<String>,
    overrides: Vec<Override>,
    merged: Value,
}

/// Where a file is looked for.
const RELATIVE: &str = "; a path is relative to the file in which it is written";

/// The key that names what a file is laid over.
const INCLUDE: &str = "include";

impl Source {
    /// Reads the file and those that it includes, and lays the profile and the settings (`KEY=VALUE`)
    /// of the command line over it.
    pub fn read(path: &Path, profile: Option<&str>, set: &[String]) -> Result<Self, SpecError> {
        if path.to_str().is_none() {
            let problem = "the path is not UTF-8, so records could not name the file; rename it";
            return Err(SpecError {
                file: path.to_owned(),
                line: None,
                field: String::new(),
                problem: problem.to_owned(),
                excerpt: None,
            });
        }
        let mut layers = Vec::new();
        open(path, &mut Vec::new(), &mut layers)?;
        Self::laid(layers, profile, set)
    }

    /// The same from texts that were recorded: included files first, the experiment file last.
    pub fn recorded(
        texts: impl IntoIterator<Item = (PathBuf, String)>,
        profile: Option<&str>,
        set: &[String],
    ) -> Result<Self, SpecError> {
        let layers = texts.into_iter().map(|(path, text)| Layer::of(path, text));
        Self::laid(layers.collect::<Result<_, _>>()?, profile, set)
    }

    fn laid(layers: Vec<Layer>, profile: Option<&str>, set: &[String]) -> Result<Self, SpecError> {
        let overrides = set.iter().map(|text| Override::read(text)).collect::<Result<_, _>>()?;
        let mut merged = Value::Object(Map::new());
        for layer in &layers {
            overlay(&mut merged, &layer.document);
        }
        let mut source = Self { layers, profile: None, overrides, merged };
        source.merge(profile)?;
        Ok(source)
    }

    fn merge(&mut self, name: Option<&str>) -> Result<(), SpecError> {
        let at = |parts: &[&str]| -> Vec<Step> {
            parts.iter().map(|&part| Step::Key(part.to_owned())).collect()
        };
        let Value::Object(mut base) = self.merged.clone() else {
            return Ok(());
        };
        base.shift_remove(INCLUDE);
        let profiles = match base.shift_remove("profiles") {
            None => Map::new(),
            Some(Value::Object(profiles)) => profiles,
            Some(_) => {
                return Err(self.error(
                    &at(&["profiles"]),
                    "profiles are a mapping of names to the keys they change",
                ));
            }
        };
        for (profile, keys) in &profiles {
            let place = at(&["profiles", profile]);
            // It becomes a part of the results folder's name.
            if !is_plain_name(profile) {
                let problem =
                    format!("the profile's name, `{profile}`, cannot name a folder; {NAMES}");
                return Err(self.key_error(&place, problem));
            }
            let Value::Object(keys) = keys else {
                return Err(self.error(&place, "a profile is a mapping of the keys it changes"));
            };
            for key in ["profiles", INCLUDE] {
                if keys.contains_key(key) {
                    let problem = format!("a profile cannot hold `{key}`");
                    return Err(self.error(&place, problem));
                }
            }
        }
        self.merged = Value::Object(base);
        if let Some(name) = name {
            let Some(profile) = profiles.get(name) else {
                let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
                let meant = suggest::meant(name, known.iter().copied());
                let known = match known.is_empty() {
                    true => "the file has none".to_owned(),
                    false => format!("the file has: {}", known.join(", ")),
                };
                let problem = format!("there is no profile `{name}`{meant}; {known}");
                return Err(self.error(&at(&["profiles"]), problem));
            };
            overlay(&mut self.merged, profile);
            self.profile = Some(name.to_owned());
        }
        for setting in &self.overrides {
            setting.apply(&mut self.merged);
        }
        Ok(())
    }

    /// The experiment with all that is laid over it, without profiles.
    pub fn merged(&self) -> &Value {
        &self.merged
    }

    /// The files with their texts, the experiment file last.
    pub fn files(&self) -> impl DoubleEndedIterator<Item = (&Path, &str)> {
        self.layers.iter().map(|layer| (layer.path.as_path(), layer.text.as_str()))
    }

    /// The experiment file's path.
    pub fn path(&self) -> &Path {
        self.layers.last().map_or(Path::new(""), |layer| &layer.path)
    }

    /// The profile merged in.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The settings of the command line.
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// The file's name without its ending.
    pub fn name(&self) -> &str {
        self.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or("experiment")
    }

    /// A fault of the value at a path, told at the place in the text of whoever wrote it: the
    /// command line, the profile, the file's body, or a file that it includes.
    pub fn error(&self, path: &[Step], problem: impl Into<String>) -> SpecError {
        let value = get(&self.merged, path);
        let part = match value {
            // Of what spans lines, or is not there, the key is shown.
            None | Some(Value::Null | Value::Object(_) | Value::Array(_)) => Part::Key,
            Some(_) => Part::Value,
        };
        self.told(path, part, problem.into())
    }

    /// A fault of the key at the end of a path.
    pub fn key_error(&self, path: &[Step], problem: impl Into<String>) -> SpecError {
        self.told(path, Part::Key, problem.into())
    }

    /// What does not fit of the whole.
    pub fn field_error(&self, error: FieldError) -> SpecError {
        match error.key {
            true => self.key_error(&error.path, error.problem),
            false => self.error(&error.path, error.problem),
        }
    }

    /// The folder to which a file's path, the value at a path, is relative: that of the file in which
    /// it is written; where one stands, if it was given on the command line.
    pub fn folder_of(&self, path: &[Step]) -> &Path {
        match self.overrides.iter().any(|setting| setting.holds(path)) {
            true => Path::new(""),
            false => self.writer(path).0.path.parent().unwrap_or(Path::new("")),
        }
    }

    fn told(&self, path: &[Step], part: Part, problem: String) -> SpecError {
        let field = dotted(path);
        let put = |setting: &&Override| {
            setting.holds(path) || setting.reaches_into(path) && self.has_no_keys(path)
        };
        if let Some(setting) = self.overrides.iter().rev().find(put) {
            let file = format!("--set {setting}").into();
            return SpecError { file, line: None, field, problem, excerpt: None };
        }
        let (layer, path) = self.writer(path);
        let mut error = layer.fault(problem);
        error.field = field;
        layer.locate(&mut error, &path, part);
        error
    }

    /// Whether a file has something else than a mapping at a path: what was set within it took its
    /// place.
    fn has_no_keys(&self, path: &[Step]) -> bool {
        let (layer, inside) = self.writer(path);
        !path.is_empty()
            && inside.ends_with(path)
            && get(&layer.document, &inside).is_some_and(|value| !value.is_object())
    }

    /// The file that the value at a path comes from, and its path there; where there is none, the
    /// file that holds most of the path.
    fn writer(&self, path: &[Step]) -> (&Layer, Vec<Step>) {
        let profile = self
            .profile
            .as_ref()
            .map(|profile| vec![Step::Key("profiles".to_owned()), Step::Key(profile.clone())]);
        for length in (1..=path.len()).rev() {
            let start = &path[..length];
            for around in [profile.clone(), Some(Vec::new())].into_iter().flatten() {
                let inside = [&around[..], start].concat();
                let layers = self.layers.iter().rev();
                if let Some(layer) =
                    layers.into_iter().find(|layer| get(&layer.document, &inside).is_some())
                {
                    return (layer, inside);
                }
            }
        }
        // There is at least the experiment file.
        (&self.layers[self.layers.len() - 1], Vec::new())
    }
}

/// Reads a file after those that it includes; `around` are the files that include it.
fn open(path: &Path, around: &mut Vec<PathBuf>, layers: &mut Vec<Layer>) -> Result<(), SpecError> {
    let text = data::read_text(path).map_err(|error| SpecError {
        file: path.to_owned(),
        line: None,
        field: String::new(),
        problem: match &error {
            DataError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "there is no such file; give the path of an experiment file (.yaml)".to_owned()
            }
            DataError::Io { source, .. } => format!("the file cannot be read: {source}"),
            _ => format!("an experiment file is YAML in UTF-8: {error}"),
        },
        excerpt: None,
    })?;
    let layer = Layer::of(path.to_owned(), text)?;
    let included: Vec<&str> = match layer.document.get(INCLUDE) {
        None => Vec::new(),
        Some(Value::String(file)) => vec![file],
        Some(Value::Array(files)) if files.iter().all(Value::is_string) => {
            files.iter().filter_map(Value::as_str).collect()
        }
        Some(_) => {
            let problem = "the path of a file is allowed, or a list of paths";
            return Err(layer.include_fault(&[], problem.to_owned()));
        }
    };
    around.push(path.to_owned());
    let listed = layer.document.get(INCLUDE).is_some_and(Value::is_array);
    for (position, file) in included.into_iter().enumerate() {
        let within = &[Step::Item(position)][..usize::from(listed)];
        let file = path.parent().unwrap_or(Path::new("")).join(file);
        if around.iter().any(|other| same_file(other, &file)) {
            return Err(
                layer.include_fault(within, format!("`{}` includes itself", file.display()))
            );
        }
        if !file.is_file() {
            let problem = match file.try_exists() {
                _ if file.is_dir() => {
                    format!("`{}` is a folder; a file is allowed", file.display())
                }
                Ok(_) => format!("there is no file `{}`{RELATIVE}", file.display()),
                Err(error) => format!("`{}` cannot be read: {error}", file.display()),
            };
            return Err(layer.include_fault(within, problem));
        }
        open(&file, around, layers)?;
    }
    around.pop();
    layers.push(layer);
    Ok(())
}

fn same_file(one: &Path, two: &Path) -> bool {
    one == two
        || matches!((one.canonicalize(), two.canonicalize()), (Ok(one), Ok(two)) if one == two)
}

impl Layer {
    fn of(path: PathBuf, text: String) -> Result<Self, SpecError> {
        let document = yaml::parse(&text).map_err(|error| {
            let line = error.place.map(|place| place.line);
            let excerpt = error.place.and_then(|place| {
                let line = text.lines().nth(place.line.checked_sub(1)?)?;
                Some(Box::new(Excerpt::here(line, place.column)))
            });
            let problem = format!("not valid YAML: {}", error.message);
            SpecError { file: path.clone(), line, field: String::new(), problem, excerpt }
        })?;
        let layer = Self { path, text, document };
        if layer.document.is_object() {
            return Ok(layer);
        }
        let mapping = "an experiment file is a mapping of keys to values: data, model, train, ...";
        Err(match layer.document.is_null() {
            true => layer.fault(format!("there is nothing in this file; {mapping}")),
            false => SpecError { line: Some(1), ..layer.fault(mapping.to_owned()) },
        })
    }

    fn fault(&self, problem: String) -> SpecError {
        let file = self.path.clone();
        SpecError { file, line: None, field: String::new(), problem, excerpt: None }
    }

    /// A fault of `include`, or of an item in it.
    fn include_fault(&self, within: &[Step], problem: String) -> SpecError {
        let path = [&[Step::Key(INCLUDE.to_owned())], within].concat();
        let mut error = SpecError { field: dotted(&path), ..self.fault(problem) };
        self.locate(&mut error, &path, Part::Value);
        error
    }

    /// Adds the place of the value (or key) at a path.
    fn locate(&self, error: &mut SpecError, path: &[Step], part: Part) {
        let Some(place) = yaml::place_of(&self.text, path, part) else { return };
        error.line = Some(place.line);
        let line = place.line.checked_sub(1).and_then(|line| self.text.lines().nth(line));
        error.excerpt =
            line.filter(|_| !path.is_empty()).map(|line| Box::new(Excerpt::at(line, place.column)));
    }
}

fn get<'a>(document: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(position) => value.get(position),
    })
}

/// `sweep.seed[2]`
fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            // People count from 1.
            Step::Item(position) => text.push_str(&format!("[{}]", position + 1)),
        }
    }
    text
}

/// Mappings are merged key by key; everything else is replaced; an empty value takes the key away.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                if value.is_null() {
                    base.shift_remove(key);
                } else {
                    overlay(base.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "train:\n  epochs: 1\n  clip: 2\nprofiles:\n  full:\n    train:\n      epochs: 13\n      clip:\n";

    fn source(profile: Option<&str>, set: &[&str]) -> Result<Source, SpecError> {
        let texts =
            [("x/base.yaml", "model:\n  cell: gru\ntrain: {batch: 3}\n"), ("x/study.yaml", TEXT)];
        let texts = texts.map(|(path, text)| (path.into(), text.to_owned()));
        let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
        Source::recorded(texts, profile, &set)
    }

    /// Where a fault of a field is told.
    fn told(source: &Source, keys: &[&str]) -> String {
        let path: Vec<Step> = keys.iter().map(|&key| Step::Key(key.to_owned())).collect();
        source.error(&path, "wrong").to_string().lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn layers_are_merged_deeply_and_keep_their_places() {
        let source =
            source(Some("full"), &["train.init=0.5", "sweep.model.cell=[rnn, gru]"]).unwrap();
        assert_eq!(
            source.merged(),
            &json!({"model": {"cell": "gru"}, "train": {"batch": 3, "epochs": 13, "init": 0.5},
                "sweep": {"model.cell": ["rnn", "gru"]}})
        );
        assert_eq!(told(&source, &["train", "epochs"]), "x/study.yaml:7: train.epochs: wrong");
        assert_eq!(told(&source, &["train", "batch"]), "x/base.yaml:3: train.batch: wrong");
        assert_eq!(told(&source, &["train", "init"]), "--set train.init=0.5: train.init: wrong");
        assert_eq!(told(&source, &["model", "init"]), "x/base.yaml:1: model.init: wrong");
    }

    #[test]
    fn what_is_set_within_a_plain_value_is_told_of_the_setting() {
        let source = source(None, &["train.epochs.most=3", "train.schedule.factor=2"]).unwrap();
        assert_eq!(
            told(&source, &["train", "epochs"]),
            "--set train.epochs.most=3: train.epochs: wrong"
        );
        assert_eq!(told(&source, &["train"]), "x/study.yaml:1: train: wrong");
    }

    #[test]
    fn a_path_is_relative_to_the_file_that_names_it() {
        let texts = [
            ("x/base/base.yaml", "data:\n  path: a.txt\n"),
            ("x/study.yaml", "sweep:\n  data.path: [b.txt]\n"),
        ];
        let texts = texts.map(|(path, text)| (path.into(), text.to_owned()));
        let key = |keys: &[&str]| -> Vec<Step> {
            keys.iter().map(|&key| Step::Key(key.to_owned())).collect()
        };
        let source = Source::recorded(texts.clone(), None, &[]).unwrap();
        assert_eq!(source.folder_of(&key(&["data", "path"])), Path::new("x/base"));
        assert_eq!(source.folder_of(&key(&["sweep", "data.path"])), Path::new("x"));
        let set = "data.path=c.txt".to_owned();
        let source = Source::recorded(texts, None, &[set]).unwrap();
        assert_eq!(source.folder_of(&key(&["data", "path"])), Path::new(""));
    }

    #[test]
    fn a_profile_that_cannot_name_a_folder_is_refused_used_or_not() {
        for name in ["", "../x", "a/b"] {
            let text = TEXT.replace("  full:", &format!("  \"{name}\":"));
            let texts = vec![(PathBuf::from("x/study.yaml"), text)];
            let error = Source::recorded(texts, None, &[]).unwrap_err().to_string();
            let told =
                format!("the profile's name, `{name}`, cannot name a folder; it must not be");
            assert!(
                error.starts_with("x/study.yaml:5: profiles.") && error.contains(&told),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_profile_is_told_with_the_known_ones() {
        let error = source(Some("ful"), &[]).unwrap_err();
        assert_eq!(
            error.to_string().lines().next(),
            Some(
                "x/study.yaml:4: profiles: there is no profile `ful` (did you mean `full`?); the file has: full"
            )
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_no_record_could_name_is_refused() {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"bad\xff.yaml");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // Some file systems take no such name.
        if std::fs::write(&path, TEXT).is_ok() {
            let problem = Source::read(&path, None, &[]).unwrap_err().problem;
            assert!(problem.starts_with("the path is not UTF-8"), "{problem}");
        }
    }

    #[test]
    fn files_are_found_beside_the_one_that_includes_them() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("parts")).unwrap();
        write(
            "parts/model.yaml",
            "include: ../train.yaml\nmodel: {layers: 1}\ntrain: {epochs: 2}\n",
        );
        write("train.yaml", "train: {batch: 1, epochs: 1}\n");
        write("study.yaml", "include: [parts/model.yaml]\nmodel: {layers: 2}\n");
        let read = |name: &str| Source::read(&folder.path().join(name), None, &[]);
        assert_eq!(
            read("study.yaml").unwrap().merged(),
            &json!({"train": {"batch": 1, "epochs": 2}, "model": {"layers": 2}})
        );
        write("train.yaml", "\ninclude: study.yaml\n");
        let error = read("study.yaml").unwrap_err();
        assert!(error.file.ends_with("train.yaml") && error.line == Some(2), "{error}");
        assert!(error.problem.ends_with("study.yaml` includes itself"), "{error}");
        write("train.yaml", "include: nowhere.yaml\n");
        let problem = read("study.yaml").unwrap_err().problem;
        assert!(problem.contains("nowhere.yaml`; a path is relative"), "{problem}");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("loop.yaml", folder.path().join("loop.yaml")).unwrap();
            write("train.yaml", "include: loop.yaml\n");
            let problem = read("study.yaml").unwrap_err().problem;
            assert!(problem.contains("loop.yaml` cannot be read: "), "{problem}");
        }
        write("train.yaml", "include: {a: 1}\n");
        assert!(read("study.yaml").unwrap_err().problem.starts_with("the path of a file"));
    }
}
