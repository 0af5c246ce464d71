//! From tables to figures and a report, in HTML and Markdown. Reads nothing but the tables and
//! `experiment.json`.

mod answer;
mod arms;
mod beside;
mod comparison;
mod conditions;
mod costs;
mod document;
pub mod evidence;
mod figures;
mod grid;
mod groups;
mod html;
mod index;
mod lags;
mod lead;
mod limits;
mod markdown;
mod measure;
mod named_arms;
mod probes;
mod profile;
mod recordings;
mod sections;
mod settings;
mod stale;
mod starts;
mod statistics;
mod terminal;
#[cfg(test)]
mod testing;
mod translations;
mod trends;
mod trials;
mod tuned;

pub use beside::Side;
pub use index::index;
pub use measure::written;
pub use stale::drawn_figures;

use arms::Arm;
use document::Block;
use experiment::spec::Answer;
use figures::Frames;
use named_arms::{named_arms, shortened};
use plot::PlotError;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use sweep::description::Experiment;
use sweep::records::{RecordError, write_atomically};
use sweep::tables::{TableError, Tables};

/// A report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A table could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A figure could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

/// The report's answer, with its warnings, as text for a terminal of so many columns, where they are known.
pub fn shown(experiment: &Experiment, tables: Tables, columns: Option<usize>) -> String {
    let tables = shortened(tables, experiment.metric);
    let all = Arm::all(&tables.runs, experiment.metric);
    let arms = named_arms(&all);
    let mut blocks: Vec<_> = experiment.question.clone().map(Block::Lead).into_iter().collect();
    blocks.extend(sections::warnings(experiment, &tables, &arms));
    if experiment.answer == Answer::Probes {
        blocks.extend(probes::answer(&tables, &arms));
    }
    blocks.extend(answer::section(experiment, &arms, &all, &tables));
    terminal::render(&blocks, columns)
}

/// Two experiments beside each other, as text for a terminal of so many columns, where they are known.
pub fn beside(sides: [Side<'_>; 2], columns: Option<usize>) -> String {
    terminal::render(&beside::blocks(sides), columns)
}

/// Where in an experiment's folder the report stands that was made while it was still worked on.
pub const SO_FAR: &str = "so_far";

/// Makes the figures, `report.html` and `report.md` of the experiment in `folder` from its tables.
pub fn make(folder: &Path) -> Result<(), ReportError> {
    let experiment = Experiment::read(folder)?;
    let tables = shortened(Tables::read(&folder.join("tables"))?, experiment.metric);
    let all = Arm::all(&tables.runs, experiment.metric);
    let arms = named_arms(&all);
    let frames = Frames::of(&experiment, &arms, &all);
    let drawn = figures::draw(&frames, &tables, &arms, &all, &folder.join("figures"))?;
    let inside = probes::section(&frames, &experiment, &tables, &arms, &folder.join("figures"))?;
    let stems = drawn.iter().chain(&inside).flat_map(Block::stems).collect();
    stale::remove(&folder.join("figures"), stems)?;
    let document = sections::document(&experiment, &tables, &arms, &all, drawn, inside, folder);
    write_atomically(&folder.join("report.html"), html::render(&document).as_bytes())?;
    write_atomically(&folder.join("report.md"), markdown::render(&document).as_bytes())?;
    clear_so_far(folder)
}

/// Takes away a report that was made while the experiment in `folder` was still worked on.
pub fn clear_so_far(folder: &Path) -> Result<(), ReportError> {
    let old = folder.join(SO_FAR);
    match fs::remove_dir_all(&old) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(RecordError::io(&old)(error).into())
        }
        _ => Ok(()),
    }
}
