//! `rnnlab publish`: what an experiment found, put where it is kept for others.

use crate::cli::PublishArgs;
use sweep::description::Experiment;

use anyhow::bail;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use sweep::records::{Lock, RecordError, State};
use sweep::tables::{self, RunRow};
use words::counted;

/// Tables larger than this are published as Parquet alone.
const LARGEST_CSV: u64 = 1 << 20;

/// Copies description, tables, figures and report, not the records of single runs. What was published
/// under the same name before makes room, as a whole: no file of it is left among the new ones.
pub(super) fn publish(arguments: &PublishArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let PublishArgs { folder, into } = arguments;
    let experiment = Experiment::read(folder)?;
    let _lock = Lock::take(folder)?;
    let rows: Vec<RunRow> = tables::read(&folder.join("tables"))?;
    refuse_unfinished(&experiment, &rows, folder)?;

    let to = into.join(&experiment.name);
    let part = into.join(format!(".{}.new", experiment.name));
    remove(&part)?;
    let mut bytes = 0;
    for name in ["experiment.json", "report.html", "report.md", "calibration.json"] {
        bytes += copy(&folder.join(name), &part.join(name))?;
    }
    for place in ["tables", "figures", "trials/tables"] {
        bytes += copy_all(&folder.join(place), &part.join(place))?;
    }
    remove(&to)?;
    fs::rename(&part, &to).map_err(RecordError::io(&to))?;
    writeln!(
        out,
        "{}, {:.1} MB: {}",
        counted(rows.len(), "run"),
        bytes as f64 / 1e6,
        to.display()
    )?;
    for session in &experiment.sessions {
        let here = &session.environment;
        writeln!(
            out,
            "made {} on {}",
            here.date,
            here.processor.as_deref().unwrap_or(&here.system)
        )?;
    }
    Ok(())
}

fn refuse_unfinished(
    experiment: &Experiment,
    rows: &[RunRow],
    folder: &Path,
) -> anyhow::Result<()> {
    let ended = |id: &String| {
        rows.iter().any(|row| {
            row.run == *id && [State::Done.word(), State::Diverged.word()].contains(&&*row.state)
        })
    };
    let open: Vec<&String> = experiment.runs.iter().filter(|id| !ended(id)).collect();
    if let Some(first) = open.first() {
        bail!(
            "{}: {} of {} have no result yet ({first}{}); `{} run {}` goes on with them",
            folder.display(),
            open.len(),
            counted(experiment.runs.len(), "run"),
            if open.len() > 1 { ", ..." } else { "" },
            machine::program(),
            experiment.file
        );
    }
    if !experiment.parts.is_empty() {
        bail!("{}: only a part of the plan is here; `merge` joins the parts", folder.display());
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<(), RecordError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RecordError::io(folder)(error)),
        _ => Ok(()),
    }
}

/// Copies a file, if there is one. Its size.
fn copy(from: &Path, to: &Path) -> Result<u64, RecordError> {
    if !from.is_file() {
        return Ok(0);
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(RecordError::io(folder))?;
    fs::copy(from, to).map_err(RecordError::io(from))
}

/// Copies the files of a folder, if there is one, but for large tables that are there as Parquet, too.
/// Their size.
fn copy_all(from: &Path, to: &Path) -> Result<u64, RecordError> {
    let mut bytes = 0;
    if !from.is_dir() {
        return Ok(bytes);
    }
    for entry in fs::read_dir(from).map_err(RecordError::io(from))? {
        let path = entry.map_err(RecordError::io(from))?.path();
        let size = path.metadata().map_err(RecordError::io(&path))?.len();
        let csv = path.extension().is_some_and(|ending| ending == "csv");
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let twice = csv && size > LARGEST_CSV && path.with_extension("parquet").is_file();
        if !(hidden || twice) {
            bytes += copy(&path, &to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(bytes)
}
