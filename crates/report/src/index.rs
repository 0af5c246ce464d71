//! One page over all experiments of a folder.

use super::arms::Arm;
use super::contenders::{contenders, shortened};
use super::document::{Block, Document};
use super::measure::interval;
use super::{ReportError, html};
use std::fs;
use std::path::{Path, PathBuf};
use sweep::description::Experiment;
use sweep::records::{PlaceNames, RecordError, write_atomically};
use sweep::tables::{self, Tables};
use words::{capitalised, list};

/// Writes `index.html` into `results`: what each experiment in it asked and found, with the way to its
/// report, the newest first. The page's path, and how many experiments it is about.
pub fn index(results: &Path) -> Result<(PathBuf, usize), ReportError> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(results).map_err(RecordError::io(results))? {
        let folder = entry.map_err(RecordError::io(results))?.path();
        if folder.join("experiment.json").is_file() {
            match Experiment::read(&folder) {
                Ok(experiment) => found.push((experiment, folder)),
                Err(error) => unreadable.push((folder, error)),
            }
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
        blocks.extend(entry(experiment, folder, date(experiment)));
    }
    unreadable.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (folder, error) in &unreadable {
        blocks.push(Block::Warning {
            title: format!(
                "{} cannot be read.",
                folder.file_name().unwrap_or_default().to_string_lossy()
            ),
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

fn entry(experiment: &Experiment, folder: &Path, date: Option<String>) -> Vec<Block> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut blocks = vec![match folder.join("report.html").is_file() {
        true => {
            Block::Link { title: experiment.name.clone(), target: format!("{name}/report.html") }
        }
        false => Block::Text(format!("{} (no report yet)", experiment.name)),
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
    let arms = contenders(&all);
    let mut points = Vec::new();
    let scored = arms.iter().filter(|arm| arm.cost().is_finite());
    if let Some(best) = scored.min_by(|one, other| one.cost().total_cmp(&other.cost())) {
        points.push(format!(
            "Best on the validation split, of {}: {}, {} {} {}",
            list(&arms.iter().map(|arm| arm.name).collect::<Vec<_>>()),
            best.name,
            best.split.title(),
            metric.title(),
            interval(metric, best.result())
        ));
    }
    let count = |state: &str| tables.runs.iter().filter(|run| run.state == state).count();
    let states = ["done", "diverged", "failed"].map(|state| format!("{} {state}", count(state)));
    points.push(format!(
        "{}{}; {} runs: {}",
        capitalised(&experiment.data_title()),
        date.map_or(String::new(), |date| format!(", {date}")),
        experiment.runs.len(),
        states.join(", ")
    ));
    blocks.push(Block::List(points));
    blocks
}
