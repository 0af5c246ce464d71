//! `rnnlab show`, `best`, `compare`: results in the terminal. They write nothing, so they can be
//! used while runs are at work.

use crate::cli::{CompareArgs, FolderArgs};
use sweep::description::{Experiment, swept_data};

use anyhow::bail;
use console::Term;
use experiment::role::Role;
use report::{self, Side, written};
use std::io::Write;
use std::path::Path;
use sweep::records::{RunFolder, RunState};
use sweep::tables::{RunRow, TableError, Tables, collect};
use words::counted;

/// What an experiment's folder holds now: from the runs' own folders, else from its tables.
fn opened(folder: &Path) -> anyhow::Result<(Experiment, Tables)> {
    if !folder.join("experiment.json").is_file() {
        return Err(TableError::Absent(folder.display().to_string()).into());
    }
    let experiment = Experiment::read(folder)?;
    if folder.join("runs").is_dir() {
        let tables = collect(folder, Some(&experiment.runs), experiment.metric)?;
        if !tables.runs.is_empty() {
            return Ok((experiment, tables));
        }
    }
    let tables = Tables::read(&folder.join("tables"))?;
    Ok((experiment, tables))
}

/// The columns of the terminal, where there is one.
fn columns() -> Option<usize> {
    Term::stdout().size_checked().map(|(_, columns)| columns.into())
}

pub(super) fn show(arguments: &FolderArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let (experiment, tables) = opened(&arguments.folder)?;
    let mut titles: Vec<&str> = Vec::new();
    for data in experiment.all_data() {
        if !titles.contains(&data.title.as_str()) {
            titles.push(&data.title);
        }
    }
    let runs = counted(experiment.runs.len(), "run");
    writeln!(out, "{}: {runs} on {}", experiment.name, titles.join("; "))?;
    writeln!(out)?;
    write!(out, "{}", report::shown(&experiment, tables, columns()))?;
    Ok(())
}

pub(super) fn best(arguments: &FolderArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    let (experiment, tables) = opened(folder)?;
    let done: Vec<&RunRow> = tables.runs.iter().filter(|run| run.state == RunState::Done).collect();
    if done.is_empty() {
        bail!("{}: no run is done yet, so none is best", folder.display());
    }
    // Scores on different data are no measure of each other.
    let mut groups: Vec<Vec<&RunRow>> = Vec::new();
    for run in done {
        match groups.iter_mut().find(|group| swept_data(&group[0].axes) == swept_data(&run.axes)) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    for (position, group) in groups.iter().enumerate() {
        if position > 0 {
            writeln!(out)?;
        }
        best_of(&experiment, folder, group, out)?;
    }
    Ok(())
}

/// The best of runs on the same data.
fn best_of(
    experiment: &Experiment,
    folder: &Path,
    runs: &[&RunRow],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let metric = experiment.metric;
    let sign = if metric.higher_is_better() { -1.0 } else { 1.0 };
    let scored = runs.iter().filter_map(|run| Some((*run, sign * run.valid_score?)));
    let Some((run, _)) = scored.min_by(|one, two| one.1.total_cmp(&two.1)) else {
        bail!(
            "{}: no finished run has a finite {} on the validation split, so none is best",
            folder.display(),
            metric.title()
        );
    };
    let RunRow { arm, seed, valid_score, test_score, .. } = run;
    let score = |score: &Option<f64>| {
        score.map_or_else(|| "unknown".to_owned(), |score| written(metric, score))
    };
    writeln!(out, "{}", run.run)?;
    writeln!(out, "  is     {arm}, seed {seed}")?;
    let equal = runs.iter().filter(|other| other.valid_score == *valid_score).count() - 1;
    let equal = match equal {
        0 => String::new(),
        others => format!(", equal to that of {} more", counted(others, "run")),
    };
    writeln!(
        out,
        "  valid  {} {}, the best of {}{equal}",
        metric.title(),
        score(valid_score),
        counted(runs.len(), "finished run")
    )?;
    match run.role {
        Role::Comparison => writeln!(out, "  test   {} {}", metric.title(), score(test_score))?,
        Role::Trial => writeln!(out, "  test   not met: the run is a trial")?,
        Role::Pretraining => writeln!(out, "  test   not met: others start from the run")?,
    }
    let kept = RunFolder::of(folder, &run.run);
    if let Some(status) = kept.status()? {
        kept.check_model(&status)?;
    }
    let model = kept.model();
    match model.is_file() {
        true => writeln!(out, "  model  {}", model.display())?,
        false if experiment.published => {
            writeln!(out, "  model  not here: published results have no models")?;
        }
        false => writeln!(out, "  model  not here")?,
    }
    Ok(())
}

pub(super) fn compare(arguments: &CompareArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let folders = [&arguments.first, &arguments.second];
    let [first, second] = [opened(folders[0])?, opened(folders[1])?];
    let metrics = [first.0.metric, second.0.metric];
    if metrics[0] != metrics[1] {
        bail!(
            "{} is measured in {}, {} in {}: they cannot be compared",
            folders[0].display(),
            metrics[0].title(),
            folders[1].display(),
            metrics[1].title()
        );
    }
    let names = folders.map(|folder| folder.display().to_string());
    let side = |k: usize, (experiment, tables)| Side { name: &names[k], experiment, tables };
    let sides = [side(0, (&first.0, &first.1)), side(1, (&second.0, &second.1))];
    write!(out, "{}", report::beside(sides, columns()))?;
    Ok(())
}
