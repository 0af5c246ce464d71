//! `rnnlab diff`: what differs between two runs.

use crate::cli::DiffArgs;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use sweep::records::RunFolder;

pub(super) fn diff(arguments: &DiffArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let sides = [read(&arguments.first)?, read(&arguments.second)?];
    for (title, part) in [("data", 0), ("configuration", 1), ("outcome", 2)] {
        let [one, two] = [&sides[0][part], &sides[1][part]];
        let mut fields: Vec<&String> = one.keys().chain(two.keys()).collect();
        fields.sort_unstable();
        fields.dedup();
        let all = fields.len();
        fields.retain(|field| one.get(*field) != two.get(*field));
        writeln!(out, "{title}: {} of {all} values differ", fields.len())?;
        let width = fields.iter().map(|field| field.len()).max().unwrap_or(0);
        for field in fields {
            let value = |side: &BTreeMap<String, String>| {
                side.get(field).map_or("absent", String::as_str).to_owned()
            };
            writeln!(out, "  {field:width$}  {} | {}", value(one), value(two))?;
        }
    }
    Ok(())
}

/// A run's data, its configuration and its outcome, field by field.
fn read(folder: &Path) -> anyhow::Result<[BTreeMap<String, String>; 3]> {
    let mut fields = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    let run = RunFolder::at(folder);
    flatten("", &run.config_fields()?, &mut fields[1]);
    if let Some(status) = run.status()? {
        if run.data_path().is_file() {
            let data = run.checked_data(&status)?;
            flatten("", &Value::Object(data.dataset), &mut fields[0]);
            fields[0].insert("checksum".to_owned(), data.fingerprint);
        }
        fields[2].insert("state".to_owned(), status.state.name().to_owned());
        if let Some(record) = run.outcome(&status)? {
            flatten("", &serde_json::to_value(record.outcome)?, &mut fields[2]);
        }
    }
    Ok(fields)
}

/// `{model: {hidden: 8}}` as `model.hidden: 8`.
fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, fields);
            }
        }
        Value::String(text) => {
            fields.insert(path.to_owned(), text.clone());
        }
        other => {
            fields.insert(path.to_owned(), other.to_string());
        }
    }
}
