//! One page over all experiments of a folder.

use super::arms::Arm;
use super::document::{Block, Document};
use super::measure::interval;
use super::named_arms::{named_arms, shortened};
use super::{ReportError, html};
use std::fs;
use std::path::{Path, PathBuf};
use sweep::description::Experiment;
use sweep::records::{PlaceNames, RecordError, RunState, write_atomically};
use sweep::tables::{self, Tables};
use words::list;

/// Writes `index.html` into `results`: what each experiment in it asked and found, with the way to its
/// report, the newest first; the published ones in a folder of it too. The page's path, and how many
/// experiments it is about.
pub fn index(results: &Path) -> Result<(PathBuf, usize), ReportError> {
    machine::remove_parts(results).map_err(RecordError::io(results))?;
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for folder in folders(results)? {
        match (described(&folder), folder.is_dir()) {
            (Some(experiment), _) => put(experiment, folder, &mut found, &mut unreadable),
            // What holds published experiments, such as `published`.
            (None, true) => {
                for folder in folders(&folder)? {
                    match described(&folder) {
                        Some(Ok(experiment)) if !experiment.published => {}
                        Some(experiment) => {
                            put(experiment, folder, &mut found, &mut unreadable);
                        }
                        None => {}
                    }
                }
            }
            (None, false) => {}
        }
    }
    let date = |experiment: &Experiment| {
        experiment.sessions.last().map(|session| session.environment.date.clone())
    };
    found.sort_by(|(one, _), (other, _)| {
        date(other).cmp(&date(one)).then_with(|| one.name.cmp(&other.name))
    });
    let mut blocks = Vec::new();
    for (experiment, folder) in &found {
        blocks.extend(entry(experiment, &within(results, folder), folder, date(experiment)));
    }
    unreadable.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (folder, error) in &unreadable {
        blocks.push(Block::Warning {
            title: format!("{} cannot be read.", within(results, folder)),
            text: PlaceNames::here().in_text(&error.to_string()),
        });
    }
    if found.is_empty() && unreadable.is_empty() {
        blocks.push(Block::Text("No experiment has left results here.".to_owned()));
    }
    let document =
        Document { title: "Experiments".to_owned(), subtitle: "rnnlab".to_owned(), blocks };
    let page = results.join("index.html");
    write_atomically(&page, html::render(&document).as_bytes())?;
    Ok((page, found.len()))
}

/// What is in a folder, but for what is hidden, by name.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(RecordError::io(folder))? {
        let entry = entry.map_err(RecordError::io(folder))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The experiment of a folder, if it is that of one.
fn described(folder: &Path) -> Option<Result<Experiment, RecordError>> {
    folder.join("experiment.json").is_file().then(|| Experiment::read(folder))
}

/// Sorts an experiment in.
fn put(
    experiment: Result<Experiment, RecordError>,
    folder: PathBuf,
    found: &mut Vec<(Experiment, PathBuf)>,
    unreadable: &mut Vec<(PathBuf, RecordError)>,
) {
    match experiment {
        Ok(experiment) => found.push((experiment, folder)),
        Err(error) => unreadable.push((folder, error)),
    }
}

/// A folder as it is called from the results folder.
fn within(results: &Path, folder: &Path) -> String {
    let names = folder.strip_prefix(results).unwrap_or(folder).components();
    let names: Vec<_> = names.map(|name| name.as_os_str().to_string_lossy()).collect();
    names.join("/")
}

fn entry(experiment: &Experiment, name: &str, folder: &Path, date: Option<String>) -> Vec<Block> {
    let published = if experiment.published { " (published)" } else { "" };
    let title = format!("{}{published}", experiment.name);
    let mut blocks = vec![match folder.join("report.html").is_file() {
        true => Block::Link { title, target: format!("{name}/report.html") },
        false => Block::Text(format!("{title} (no report yet)")),
    }];
    blocks.extend(experiment.question.clone().map(Block::Text));
    if experiment.data.stand_in {
        blocks.push(Block::Warning {
            title: "Not real data.".to_owned(),
            text: format!("Trained on the {}.", experiment.data.title),
        });
    }
    // Where a study is at work there are no tables yet.
    let runs = tables::read(&folder.join("tables")).unwrap_or_default();
    let metric = experiment.metric;
    let tables = shortened(Tables { runs, ..Tables::default() }, metric);
    let all = Arm::all(&tables.runs, metric);
    let arms = named_arms(&all);
    let mut points = Vec::new();
    let scored = arms.iter().filter(|arm| arm.cost().is_finite());
    let least = scored.map(Arm::cost).reduce(f64::min);
    let best: Vec<String> = arms
        .iter()
        .filter(|arm| Some(arm.cost()) == least)
        .map(|arm| {
            let (split, score) = (arm.split.title(), interval(metric, arm.result()));
            format!("{}, {split} {} {score}", arm.name, metric.title())
        })
        .collect();
    if !best.is_empty() {
        points.push(format!(
            "Best on the validation split, of {}: {}",
            list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>()),
            best.join("; equal to it ")
        ));
    }
    let count = |state: RunState| tables.runs.iter().filter(|run| run.state == state).count();
    let states = [RunState::Done, RunState::Diverged, RunState::Failed]
        .map(|state| format!("{} {}", count(state), state.name()));
    points.push(format!(
        "{}{}; {} runs: {}",
        experiment.data_title(),
        date.map_or(String::new(), |date| format!(", {date}")),
        experiment.runs.len(),
        states.join(", ")
    ));
    blocks.push(Block::List(points));
    blocks
}
