//! `rnnlab merge`: parts of an experiment, done apart, joined.

use crate::cli::MergeArgs;
use crate::progress::say;
use anyhow::bail;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use sweep::description::{Experiment, PRETRAINING};
use sweep::records::{Lock, RecordError, RunFolder, RunState, Status, check_writable};
use sweep::run::Shard;
use sweep::tables;
use sweep::tables::TableError;
use words::counted;

pub(super) fn merge(arguments: &MergeArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let into = &arguments.into;
    super::published::refuse(into)?;
    let mut folders: Vec<PathBuf> = arguments.parts.clone();
    // What is there already stays, as one part more.
    if into.join("experiment.json").is_file() && !folders.contains(into) {
        folders.insert(0, into.clone());
    }
    let parts = folders.iter().map(|folder| part(folder)).collect::<anyhow::Result<Vec<_>>>()?;
    let Some(mut whole) = parts.first().cloned() else {
        bail!("no parts are given");
    };
    let mut complete = whole.parts.is_empty();
    for (folder, part) in folders.iter().zip(&parts).skip(1) {
        same_experiment(&whole, &folders[0], part, folder)?;
        whole.parts.extend(&part.parts);
        // One that knows of no parts has them all.
        if part.parts.is_empty() {
            complete = true;
        }
        // A part that was merged before is in the whole already.
        for session in &part.sessions {
            if !whole.sessions.contains(session) {
                whole.sessions.push(session.clone());
            }
        }
        whole.runs.extend(
            part.runs.iter().filter(|run| !whole.runs.contains(run)).cloned().collect::<Vec<_>>(),
        );
    }

    whole.parts.sort();
    whole.parts.dedup();
    // One that was merged before stands for all that it is made of.
    let joined = if complete { folders.len() } else { whole.parts.len() };
    let missing = if complete { Vec::new() } else { Shard::missing(&whole.parts) };
    if missing.is_empty() {
        whole.parts.clear();
    }

    check_writable(into)?;
    let _lock = Lock::take(into)?;
    let mut chosen = Vec::new();
    for id in &whole.runs {
        let found = folders.iter().map(|folder| RunFolder::of(folder, id));
        let mut best: Option<(Status, RunFolder)> = None;
        for folder in found {
            let Some(status) = folder.status()? else { continue };
            folder.check(&status)?;
            match &best {
                // Done twice: the same, where the program keeps its promise.
                Some((first, earlier)) if first.state.ended() && status.state.ended() => {
                    let losses = |folder: &RunFolder, status: &Status| -> Result<_, RecordError> {
                        let outcome = folder.outcome(status)?.map(|record| record.outcome);
                        Ok(outcome.map(|outcome| (outcome.valid_loss, outcome.test_loss)))
                    };
                    if losses(earlier, first)? != losses(&folder, &status)? {
                        say(&format!(
                            "warning: {id}: two parts have it with different outcomes; the first is taken"
                        ));
                    }
                }
                Some((first, _)) if first.state.ended() || !status.state.ended() => {}
                _ => best = Some((status, folder)),
            }
        }
        chosen.extend(best.map(|(_, folder)| (id, folder)));
    }
    // All is known to be whole before any of it is copied.
    for (id, folder) in chosen {
        folder.copy_to(&RunFolder::of(into, id))?;
    }
    order(&mut whole.runs, into)?;
    whole.write(into)?;
    join_stage(&whole, &folders, into)?;
    let tables = tables::collect(into, Some(&whole.runs), whole.metric)?;
    tables.write(&into.join("tables"))?;
    report::make(into)?;
    let done = tables.runs.iter().filter(|run| run.state == RunState::Done).count();
    let [runs, parts] = [counted(whole.runs.len(), "run"), counted(joined, "part")];
    writeln!(out, "{runs} of {parts}, {done} done")?;
    if let Some(first) = missing.first() {
        let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "missing: {} {}; `{} --shard {first}` makes the first, and another `merge` adds it",
            if missing.len() == 1 { "part" } else { "parts" },
            names.join(", "),
            whole.command(),
        )?;
    }
    let mut open = 0;
    for id in &whole.runs {
        // A run that never started has no row.
        let state = tables.runs.iter().find(|run| run.run == *id).map(|run| run.state);
        let state = state.unwrap_or(RunState::Planned);
        if !state.ended() {
            open += 1;
            writeln!(out, "not done: {id} ({})", state.name())?;
        }
    }
    writeln!(out, "report: {}", into.join("report.html").display())?;
    let whole = missing.is_empty() && open == 0;
    Ok(if whole || arguments.partial { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn part(folder: &Path) -> anyhow::Result<Experiment> {
    if !folder.join("runs").is_dir() {
        return Err(TableError::Absent(folder.display().to_string()).into());
    }
    Ok(Experiment::read(folder)?)
}

/// Copies the runs of the stage before, each from the first part that has done it, and makes their tables.
fn join_stage(whole: &Experiment, parts: &[PathBuf], into: &Path) -> anyhow::Result<()> {
    let Some(before) = &whole.pretraining else { return Ok(()) };
    let place = into.join(PRETRAINING);
    let mut any = false;
    for id in &before.runs {
        for part in parts {
            let folder = RunFolder::of(&part.join(PRETRAINING), id);
            let Some(status) = folder.status()?.filter(|status| status.state.ended()) else {
                continue;
            };
            folder.check(&status)?;
            folder.copy_to(&RunFolder::of(&place, id))?;
            any = true;
            break;
        }
    }
    if any {
        tables::collect(&place, Some(&before.runs), before.metric)?.write(&place.join("tables"))?;
    }
    Ok(())
}

/// Refuses parts of different experiments.
fn same_experiment(
    one: &Experiment,
    first: &Path,
    two: &Experiment,
    second: &Path,
) -> anyhow::Result<()> {
    let different = match () {
        () if one.name != two.name || one.profile != two.profile => "other experiments",
        () if (&one.text, &one.included) != (&two.text, &two.included) => {
            "other versions of the experiment file"
        }
        () if one.set != two.set => "other settings (--set)",
        // Where they lay may differ between machines.
        () if !one
            .all_data()
            .map(|data| &data.fingerprint)
            .eq(two.all_data().map(|data| &data.fingerprint)) =>
        {
            "other data"
        }
        () => return Ok(()),
    };
    bail!("{} and {} are of {different}: they cannot be joined", first.display(), second.display());
}

/// Runs in the plan's order.
fn order(ids: &mut [String], folder: &Path) -> Result<(), RecordError> {
    let mut positions = std::collections::BTreeMap::new();
    for id in ids.iter() {
        let position =
            RunFolder::of(folder, id).status()?.map_or(usize::MAX, |status| status.position);
        positions.insert(id.clone(), position);
    }
    ids.sort_by_key(|id| positions.get(id).copied());
    Ok(())
}
