//! `settings`: values for some runs only.

use super::draft::{Draft, steps};
use crate::spec::{Faults, Field, Spec, meant};
use crate::yaml::Step;
use serde_json::{Map, Value};

/// A setting with its field names read.
pub(super) struct ParsedSetting {
    pub(super) when: Vec<(Field, Value)>,
    pub(super) set: Vec<(Field, Value)>,
}

/// All settings of the file.
pub(super) fn parsed_settings(
    spec: &Spec,
    cells: &[&str],
    faults: &mut Faults,
) -> Vec<ParsedSetting> {
    let mut parsed = Vec::new();
    for (position, setting) in spec.settings.iter().enumerate() {
        let at = |part: &str, key: &str| {
            let mut path = steps(&["settings"]);
            path.extend([
                Step::Item(position),
                Step::Key(part.to_owned()),
                Step::Key(key.to_owned()),
            ]);
            path
        };
        let mut fields =
            |part: &str, entries: &Map<String, Value>| -> Vec<(Field, Value, Vec<Step>)> {
                let entry = |(key, value): (&String, &Value)| {
                    let field = Field::parse(key)
                        .map_err(|problem| spec.source.key_error(&at(part, key), problem));
                    Some((faults.keep(field)?, value.clone(), at(part, key)))
                };
                entries.iter().filter_map(entry).collect()
            };
        let (when, set) = (fields("when", &setting.when), fields("set", &setting.set));
        for (field, value, path) in &when {
            if field.to_string() == "seed" {
                let problem = "a setting cannot go by the seed: runs of an arm differ in their seed alone, and are averaged";
                faults.add(spec.source.key_error(path, problem));
            }
            if field.to_string() == "model.cell" {
                let known = known_cell(value.as_str().unwrap_or_default(), cells);
                faults.keep(known.map_err(|problem| spec.source.error(path, problem)));
            }
        }
        for (field, _, path) in &set {
            if field.is_of_data() {
                let problem =
                    "data can be swept, not set: what is compared is trained on the same data";
                faults.add(spec.source.key_error(path, problem));
            }
            let mut columns = spec.axes.iter().flat_map(|axis| &axis.columns);
            if let Some(column) = columns.find(|column| column.field.overlaps(field)) {
                let problem = format!(
                    "this would overwrite the swept field `{}`; a setting may only set fields that are not swept",
                    column.key
                );
                faults.add(spec.source.key_error(path, problem));
            }
        }
        let plain = |fields: Vec<(Field, Value, Vec<Step>)>| {
            fields.into_iter().map(|(field, value, _)| (field, value)).collect()
        };
        parsed.push(ParsedSetting { when: plain(when), set: plain(set) });
    }
    parsed
}

/// An error if there is no such cell.
pub(super) fn known_cell(name: &str, cells: &[&str]) -> Result<(), String> {
    if cells.contains(&name) {
        return Ok(());
    }
    let meant = meant(name, cells.iter().copied());
    Err(format!("there is no cell `{name}`{meant}; the cells are: {}", cells.join(", ")))
}

/// A sentence for every setting that applies to no run: most likely a slip in its `when`.
pub(super) fn idle_settings(spec: &Spec, drafts: &[Draft]) -> Vec<String> {
    (0..spec.settings.len())
        .filter(|position| !drafts.iter().any(|draft| draft.origin.settings.contains(position)))
        .map(|position| format!("settings[{}] applies to no run of this sweep", position + 1))
        .collect()
}

/// A sentence for every setting that takes the place of an earlier one in a run.
pub(super) fn overwritten_settings(spec: &Spec, drafts: &[Draft]) -> Vec<String> {
    let fields = |position: usize| {
        let set = spec.settings[position].set.keys();
        set.filter_map(|key| Some((key, Field::parse(key).ok()?))).collect::<Vec<_>>()
    };
    let mut told = Vec::new();
    for settings in drafts.iter().map(|draft| &draft.origin.settings) {
        for (k, &later) in settings.iter().enumerate() {
            for &earlier in &settings[..k] {
                let before = fields(earlier);
                for (key, field) in fields(later) {
                    let sentence = format!(
                        "settings[{}] sets `{key}` in runs in which settings[{}] sets it, too: the later one holds",
                        later + 1,
                        earlier + 1
                    );
                    if before.iter().any(|(_, other)| other.overlaps(&field))
                        && !told.contains(&sentence)
                    {
                        told.push(sentence);
                    }
                }
            }
        }
    }
    told
}
