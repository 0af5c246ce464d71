//! `rnnlab report`: tables, figures and report again, from records alone; `rnnlab index`.

use super::open::in_browser;
use crate::cli::{IndexArgs, ReportArgs};
use anyhow::Context;
use std::fs;
use std::io::Write;
use std::path::Path;
use sweep::description::Experiment;
use sweep::records::{Lock, RecordError, check_writable_in_place, remove_leftovers};
use sweep::tables;
use sweep::tables::{TableError, Tables};

pub(super) fn report(arguments: &ReportArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    if !folder.join("experiment.json").is_file() {
        return Err(TableError::Absent(folder.display().to_string()).into());
    }
    check_writable_in_place(folder)?;
    // A fresh clone has the published tables, but not the folders of the runs.
    let mut held = None;
    if folder.join("runs").is_dir() {
        let lock = Lock::take(folder);
        let experiment = Experiment::read(folder)?;
        let fresh = tables::collect(folder, Some(&experiment.runs), experiment.metric)?;
        if let Err(RecordError::Locked { .. }) = lock {
            return so_far(arguments, &experiment, &fresh, out);
        }
        held = Some(lock?);
        remove_leftovers(folder)?;
        // An emptied `runs` folder must not empty the published tables.
        if !fresh.runs.is_empty() {
            fresh.write(&folder.join("tables"))?;
        }
    }
    report::make(folder)?;
    drop(held);
    tell("report", &folder.join("report.html"), arguments.open, out)
}

/// What an experiment that another process works on has given until now, in a folder of its own: the
/// other one will write where the whole belongs.
fn so_far(
    arguments: &ReportArgs,
    experiment: &Experiment,
    tables: &Tables,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let place = arguments.folder.join(report::SO_FAR);
    fs::create_dir_all(place.join("tables")).with_context(|| place.display().to_string())?;
    experiment.write(&place)?;
    tables.write(&place.join("tables"))?;
    report::make(&place)?;
    writeln!(out, "another rnnlab is still working on it: this is what there is so far")?;
    tell("report", &place.join("report.html"), arguments.open, out)
}

pub(super) fn index(arguments: &IndexArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let (page, experiments) = report::index(&arguments.results)?;
    writeln!(out, "experiments: {experiments}")?;
    tell("index", &page, arguments.open, out)
}

/// Says where a page is, and opens it if asked to.
fn tell(what: &str, page: &Path, open: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{what}: {}", page.display())?;
    if open { in_browser(page) } else { Ok(()) }
}
