//! What probes saw inside the layers: how gradients fade, Jacobians, Lyapunov exponents, gates, and what
//! context is worth.

mod answer;
mod context;
mod fading;
mod gates;
mod reach;
mod spectra;
mod text;

pub(super) use answer::answer;

use super::arms::Arm;
use super::document::{Block, Picture};
use super::figures::{Frames, best, not_drawn};
use plot::{BandPoint, CurvePanels, Figure, Middle, PlotError};
use std::path::Path;
use sweep::description::Experiment;
use sweep::tables::Tables;
use train::Phase;
use words::list;

/// The phases that are compared, with their titles.
const PHASES: [(Phase, &str); 2] =
    [(Phase::Initial, "at the start"), (Phase::Trained, "after training")];

/// A section with figures, saved in `folder`, and tables on all that was measured; nothing where
/// nothing was.
pub(super) fn section(
    frames: &Frames<'_>,
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    folder: &Path,
) -> Result<Vec<Block>, PlotError> {
    let arms = best(arms);
    let probes = Probes { frames, experiment, tables, arms: &arms, folder };
    let mut blocks = Vec::new();
    let chosen = frames.chosen();
    blocks.extend((!chosen.is_empty()).then(|| Block::Text(chosen.trim_start().to_owned())));
    let introduced = blocks.len();
    blocks.extend(probes.reach()?);
    blocks.extend(probes.fading());
    blocks.extend(probes.heat()?);
    blocks.extend(probes.norms()?);
    blocks.extend(probes.spectra()?);
    blocks.extend(probes.exponents()?);
    blocks.extend(probes.gates()?);
    blocks.extend(probes.context()?);
    blocks.extend(probes.text()?);
    if blocks.len() == introduced {
        return Ok(Vec::new());
    }
    blocks.insert(0, Block::Heading("Inside the layers".to_owned()));
    Ok(blocks)
}

struct Probes<'a> {
    frames: &'a Frames<'a>,
    experiment: &'a Experiment,
    tables: &'a Tables,
    arms: &'a [Arm<'a>],
    folder: &'a Path,
}

impl Probes<'_> {
    /// Saves a figure of the arms that are shown and puts it between the words of a report.
    fn picture(
        &self,
        figure: Figure,
        stem: &str,
        what: &str,
        caption: &str,
    ) -> Result<Block, PlotError> {
        let names: Vec<&str> = self.arms.iter().map(|arm| arm.name).collect();
        let alt = format!("{what} of {}", list(&names));
        self.saved(figure, stem, alt, format!("{caption}{}", self.frames.chosen()))
    }

    /// Saves a figure with its words.
    fn saved(
        &self,
        figure: Figure,
        stem: &str,
        alt: String,
        caption: String,
    ) -> Result<Block, PlotError> {
        figure.save(self.folder, stem)?;
        let picture = Picture { stem: stem.to_owned(), svg: figure.svg, alt, caption };
        Ok(Block::Figure(picture))
    }

    /// The same of curves, or a sentence in its place where there are none.
    fn curves(
        &self,
        figure: &CurvePanels,
        stem: &str,
        what: &str,
        caption: &str,
    ) -> Result<Block, PlotError> {
        match figure.is_empty() {
            true => Ok(not_drawn(&figure.frame.title, self.arms)),
            false => self.picture(figure.draw()?, stem, what, caption),
        }
    }
}

/// A point in the middle of values, with their range.
fn spread(x: f64, values: impl Iterator<Item = f64>, middle: Middle) -> BandPoint {
    let values: Vec<f64> = values.collect();
    BandPoint {
        x,
        low: values.iter().copied().fold(f64::NAN, f64::min),
        middle: middle.of(&values).unwrap_or(f64::NAN),
        high: values.iter().copied().fold(f64::NAN, f64::max),
    }
}

/// A point without a range.
fn flat(x: f64, value: f64) -> BandPoint {
    BandPoint { x, low: value, middle: value, high: value }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    stats::median(&values.collect::<Vec<_>>()).unwrap_or(f64::NAN)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
