//! `rnnlab publish`: what an experiment found, put where it is kept for others.

use crate::cli::PublishArgs;
use sweep::description::{Experiment, PRETRAINING, TRIALS};

use anyhow::bail;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use sweep::records::{Lock, RecordError, RunFolder, refuse_dangling};
use sweep::tables::{self, Row, RunRow, SentenceRow, TableError};
use words::counted;

/// The files of what is published, beside its description and folders.
const FILES: [&str; 3] = ["report.html", "report.md", "calibration.json"];

/// Tables larger than this are published as Parquet alone.
const LARGEST_CSV: u64 = 1 << 20;

/// Copies description, tables, figures and report, not the records of single runs. What was published
/// under the same name before makes room, as a whole: no file of it is left among the new ones.
pub(super) fn publish(arguments: &PublishArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let PublishArgs { folder, into, force } = arguments;
    if !folder.join("experiment.json").is_file() {
        return Err(TableError::Absent(folder.display().to_string()).into());
    }
    let experiment = Experiment::read(folder)?;
    let place = into.join(&experiment.name);
    refuse_dangling(&place)?;
    let to = resolved(&place);
    refuse_itself(&experiment, folder, &to)?;
    let _lock = Lock::take(folder)?;
    refuse_unfinished(&experiment, folder)?;
    // What is published is what the records say now, whatever became of tables and report since they were made.
    if folder.join("runs").is_dir() {
        let fresh = tables::collect(folder, Some(&experiment.runs), experiment.metric)?;
        fresh.write(&folder.join("tables"))?;
        report::make(folder)?;
    }
    let rows: Vec<RunRow> = tables::read(&folder.join("tables"))?;
    let before = to.with_file_name(format!(".{}.before", experiment.name));
    take_up(&before, &to)?;
    if !force {
        refuse_loss(&experiment, &to)?;
    }

    let part = to.with_file_name(format!(".{}.new", experiment.name));
    remove(&part)?;
    fs::create_dir_all(&part).map_err(RecordError::io(&part))?;
    Experiment { place: None, published: true, results: None, ..experiment.clone() }
        .write(&part)?;
    let mut bytes = 0;
    for name in FILES {
        bytes += copy(&folder.join(name), &part.join(name))?;
    }
    for place in ["tables", "trials/tables", "pretraining/tables"] {
        bytes += copy_all(&folder.join(place), &part.join(place))?;
    }
    let figures = Path::new("figures");
    for name in report::drawn_figures(folder)? {
        let name = figures.join(name);
        bytes += copy(&folder.join(&name), &part.join(&name))?;
    }
    exchange(&part, &to, &before)?;
    writeln!(
        out,
        "{}, {:.1} MB: {}",
        counted(rows.len(), "run"),
        bytes as f64 / 1e6,
        place.display()
    )?;
    let mut sessions: Vec<String> = made(&experiment).collect();
    sessions.dedup();
    for made in sessions {
        writeln!(out, "made {made}")?;
    }
    Ok(())
}

/// When and where each session was.
fn made(experiment: &Experiment) -> impl Iterator<Item = String> {
    experiment.sessions.iter().map(|session| {
        let here = &session.environment;
        format!("{} on {}", here.date, here.processor.as_deref().unwrap_or(&here.system))
    })
}

/// Refuses to publish what is published already, and to put anything in the place of runs.
fn refuse_itself(experiment: &Experiment, folder: &Path, to: &Path) -> anyhow::Result<()> {
    if experiment.published {
        bail!("{}: these are published results; give the folder of the runs", folder.display());
    }
    let source = resolved(folder);
    if to.starts_with(&source) || source.starts_with(to) {
        bail!(
            "{}: what is published would lie in the experiment's own folder, or in its place; give another folder with --into DIR",
            to.display()
        );
    }
    if to.join("runs").is_dir() {
        bail!(
            "{}: here are runs, which what is published would replace; give another folder with --into DIR",
            to.display()
        );
    }
    Ok(())
}

/// The place itself: links are followed as far as it is there, and beyond there are none.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|there| {
        let rest = path.strip_prefix(there).ok()?;
        Some((there.canonicalize().ok()?, rest))
    });
    let Some((mut whole, rest)) = there else { return path };
    for part in rest.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            other => whole.push(other),
        }
    }
    whole
}

/// Refuses to replace what is not a part of the results that are published now: the work of another
/// machine, or of another time.
fn refuse_loss(experiment: &Experiment, to: &Path) -> anyhow::Result<()> {
    let published = match Experiment::read(to) {
        Err(RecordError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {
            // Something else may be there.
            if to.exists() {
                bail!("{}: this is no experiment; --force replaces it all the same", to.display());
            }
            return Ok(());
        }
        Err(error) => bail!("{error}; --force replaces it"),
        Ok(published) if !published.published || published.sessions.is_empty() => {
            bail!("{}: this was not published; --force replaces it all the same", to.display());
        }
        Ok(published) => published,
    };
    if let Some(foreign) = foreign(to)? {
        bail!("{}: this was not published; --force removes it all the same", foreign.display());
    }
    let ours: Vec<_> = experiment.sessions.iter().map(|session| &session.environment).collect();
    match published.sessions.iter().all(|session| ours.contains(&&session.environment)) {
        true => Ok(()),
        false => bail!(
            "{}: here is what was made {}, which is no part of what is to be published; --force replaces it",
            to.display(),
            made(&published).collect::<Vec<_>>().join("; ")
        ),
    }
}

/// Something in the folder of published results that no publication puts there.
fn foreign(published: &Path) -> Result<Option<PathBuf>, RecordError> {
    for entry in fs::read_dir(published).map_err(RecordError::io(published))? {
        let path = entry.map_err(RecordError::io(published))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ours = ["experiment.json", "tables", "figures", TRIALS, PRETRAINING].contains(&name);
        if !(ours || FILES.contains(&name)) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Puts back what a publication that was cut off had set aside.
fn take_up(before: &Path, to: &Path) -> Result<(), RecordError> {
    match to.exists() {
        true => remove(before),
        false if before.exists() => fs::rename(before, to).map_err(RecordError::io(to)),
        false => Ok(()),
    }
}

/// Puts `part` in the place of `to`, which is kept as `before` until that is done: cut off at any
/// moment, one of them is there as a whole, and [`take_up`] finds it.
fn exchange(part: &Path, to: &Path, before: &Path) -> Result<(), RecordError> {
    if to.exists() {
        fs::rename(to, before).map_err(RecordError::io(to))?;
    }
    fs::rename(part, to).map_err(RecordError::io(to))?;
    remove(before)
}

/// Refuses an experiment of which a run, or a part of what it left, is missing.
fn refuse_unfinished(experiment: &Experiment, folder: &Path) -> anyhow::Result<()> {
    let mut open = Vec::new();
    for id in &experiment.runs {
        let run = RunFolder::of(folder, id);
        match run.status()?.filter(|status| status.state.ended()) {
            Some(status) => run.check(&status)?,
            None => open.push(id),
        }
    }
    if let Some(first) = open.first() {
        bail!(
            "{}: no result of {} of {} ({first}{}) is here; `{}` goes on with them",
            folder.display(),
            open.len(),
            counted(experiment.runs.len(), "run"),
            if open.len() > 1 { ", ..." } else { "" },
            experiment.command()
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
        // Of a whole split: the dataset's text, which is not ours to publish. The report quotes a few sentences.
        let text = path.file_stem().is_some_and(|name| name == SentenceRow::TABLE);
        if !(hidden || twice || text) {
            bytes += copy(&path, &to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At each moment at which a publication can be cut off, what was there or what is new is found.
    #[test]
    fn nothing_published_is_lost_half_way() {
        let folder = tempfile::tempdir().unwrap();
        let [part, to, before] = ["part", "to", "before"].map(|name| folder.path().join(name));
        let put = |place: &Path, text: &str| {
            fs::create_dir_all(place).unwrap();
            fs::write(place.join("file"), text).unwrap();
        };
        let read = || fs::read_to_string(to.join("file")).unwrap();
        put(&to, "old");
        put(&part, "new");
        // Between the two renames.
        fs::rename(&to, &before).unwrap();
        take_up(&before, &to).unwrap();
        assert_eq!((read(), before.exists()), ("old".to_owned(), false));
        exchange(&part, &to, &before).unwrap();
        assert_eq!((read(), before.exists(), part.exists()), ("new".to_owned(), false, false));
        // Before the old one was removed.
        put(&before, "old");
        take_up(&before, &to).unwrap();
        assert_eq!((read(), before.exists()), ("new".to_owned(), false));
    }
}
