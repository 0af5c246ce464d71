//! Learning curves: perplexity against steps or time, mean and range over seeds.

use crate::canvas::Rect;
use crate::labels::{EndLabel, column};
use crate::measure::{Measure, Spacing};
use crate::number::compact;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::series::{Summary, summarise};
use crate::sheet::sheet;
use crate::style::{CURVE, CellStyle, LABEL_SIZE, THIN_CURVE, cell_styles};
use crate::{Figure, Frame, PlotError};

/// What a learning curve is drawn against: the two answer different questions (how much is learnt
/// from each example; what a machine gets done), so both belong in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XAxis {
    /// Optimiser steps.
    Steps,
    /// Wall-clock time; x is given in seconds.
    WallClock,
}

/// The runs of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellCurve {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// One list of `(x, value)` per seed; a run that diverged is given as far as it went.
    pub runs: Vec<Vec<(f64, f64)>>,
}

/// A measure against steps or time, one curve per cell: the mean over seeds (for perplexity that of
/// nll), and their range.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurves {
    /// The words around the figure.
    pub frame: Frame,
    /// What y is.
    pub measure: Measure,
    /// What x is.
    pub x: XAxis,
    /// The cells, in the order of the experiment.
    pub cells: Vec<CellCurve>,
    /// Values of models without recurrent layers, by name: `("unigram", 640.0)`.
    pub baselines: Vec<(String, f64)>,
}

const HEIGHT: f64 = 500.0;
/// Room for tick labels and the axis' label on the left, and under the plot.
const LEFT: f64 = 84.0;
const BELOW: f64 = 66.0;
/// The widest a column of end labels may be.
const WIDEST_LABEL: f64 = 240.0;

/// A baseline further from the curves than this factor (of their range, where the axis is linear) is
/// named in a note: drawn, it would flatten the curves.
const NEAR: f64 = 1.6;

/// The axis ends at this multiple of the lowest value: the first evaluations, or a run that diverged,
/// would leave no room for the differences that matter.
const TALLEST: f64 = 8.0;

const SECONDS_PER_HOUR: f64 = 3600.0;

impl LearningCurves {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = cell_styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let (per_unit, x_label) = self.x_unit();
        let summaries: Vec<Summary> =
            self.cells.iter().map(|cell| summarise(&cell.runs, &self.measure)).collect();

        let curves = range(summaries.iter().flat_map(|s| values(s).map(|(_, y)| y)));
        let log = self.measure.is_log();
        let tallest = curves.map(|(low, _)| if log { low * TALLEST } else { f64::INFINITY });
        let cut = curves.zip(tallest).filter(|((_, high), tallest)| high > tallest);
        let curves = curves.zip(tallest).map(|((low, high), tallest)| (low, high.min(tallest)));
        let (near, far): (Vec<_>, Vec<_>) =
            self.usable_baselines().partition(|(_, value)| self.is_near(*value, curves));
        let x = Scale::linear(
            summaries.iter().flat_map(|s| values(s).map(|(x, _)| x / per_unit)).chain([0.0]),
        );
        let ends = curves.into_iter().flat_map(|(a, b)| [a, b]).chain(near.iter().map(|(_, v)| *v));
        let y = if log { Scale::log(ends) } else { Scale::linear(ends) }
            .padded(0.04, if cut.is_some() { 0.0 } else { 0.04 });
        let mut notes = self.notes(&summaries, &far);
        if let Some((_, tallest)) = cut {
            notes.push(format!("Values above {} are not shown.", compact(tallest)));
        }

        sheet(&self.frame, &notes, HEIGHT, |canvas, content| {
            let names = self
                .end_texts(&summaries, |text| canvas.font.shorten(text, LABEL_SIZE, WIDEST_LABEL));
            let label_width = names
                .iter()
                .flatten()
                .map(|name| canvas.font.width(name, LABEL_SIZE))
                .fold(0.0, f64::max);
            let rect = Rect {
                left: content.left + LEFT,
                top: content.top + 4.0,
                right: content.right - label_width - 20.0,
                bottom: content.bottom - BELOW,
            };
            let panel = Panel::new(canvas, rect, x, y);
            panel.y_ticks(7, true)?;
            panel.x_ticks(6, false)?;
            panel.x_label(x_label);
            let scale = if log { " (log scale)" } else { "" };
            panel.y_label(&format!("{}{scale}", self.measure.title), LEFT - 16.0);

            for (name, value) in &near {
                panel.baseline(name, *value)?;
            }

            let scaled = |(x, y): (f64, f64)| (x / per_unit, y);
            for (summary, style) in summaries.iter().zip(&styles) {
                let band: Vec<_> =
                    summary.points.iter().map(|p| (p.x / per_unit, p.low, p.high)).collect();
                panel.band(&band, *style)?;
                for piece in &summary.apart {
                    let piece: Vec<_> = piece.iter().copied().map(scaled).collect();
                    panel.curve(&piece, THIN_CURVE, CellStyle { dash: None, ..*style })?;
                }
            }
            let mut labels = Vec::new();
            for ((summary, style), name) in summaries.iter().zip(&styles).zip(names) {
                let mean: Vec<_> = summary.points.iter().map(|p| scaled((p.x, p.middle))).collect();
                panel.curve(&mean, CURVE, *style)?;
                let end = last(summary).map(scaled).and_then(|(x, y)| panel.place(x, y));
                if let (Some(end), Some(text)) = (end, name) {
                    // A curve above the axis is named at its edge; times end at places of their own.
                    let end = (end.0, end.1.max(rect.top));
                    if mean.len() == 1 || self.x == XAxis::WallClock {
                        canvas.dot(end, 4.5, style.color)?;
                    }
                    labels.push(EndLabel { end, text, style: *style });
                }
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// The length of the x axis' unit in the unit of the data, and the axis' label.
    fn x_unit(&self) -> (f64, &'static str) {
        let xs = self.cells.iter().flat_map(|cell| cell.runs.iter().flatten()).map(|(x, _)| *x);
        match (self.x, range(xs)) {
            (XAxis::Steps, _) => (1.0, "optimiser steps"),
            (XAxis::WallClock, Some((_, last))) if last > 3.0 * SECONDS_PER_HOUR => {
                (SECONDS_PER_HOUR, "wall-clock time of training (hours)")
            }
            (XAxis::WallClock, _) => (1.0, "wall-clock time of training (seconds)"),
        }
    }

    fn usable_baselines(&self) -> impl Iterator<Item = (&str, f64)> {
        let baselines = self.baselines.iter().map(|(name, value)| (name.as_str(), *value));
        baselines.filter(|(_, value)| self.measure.usable(*value))
    }

    fn is_near(&self, value: f64, curves: Option<(f64, f64)>) -> bool {
        curves.is_none_or(|(low, high)| match self.measure.is_log() {
            true => value >= low / NEAR && value <= high * NEAR,
            false => {
                let room = (NEAR - 1.0) * (high - low);
                value >= low - room && value <= high + room
            }
        })
    }

    /// The label of each cell that has a curve: its name and, against steps, its last value. Against
    /// time, the mean ends with the fastest run, at a value that is no result of any run.
    fn end_texts(
        &self,
        summaries: &[Summary],
        shorten: impl Fn(&str) -> String,
    ) -> Vec<Option<String>> {
        self.cells
            .iter()
            .zip(summaries)
            .map(|(cell, summary)| {
                let (_, value) = last(summary)?;
                let name = self.frame.title_of(&cell.cell);
                Some(match self.x {
                    XAxis::Steps => shorten(&format!("{} {name}", compact(value))),
                    XAxis::WallClock => shorten(name),
                })
            })
            .collect()
    }

    fn notes(&self, summaries: &[Summary], far: &[(&str, f64)]) -> Vec<String> {
        let mut notes = Vec::new();
        if summaries.iter().any(|summary| summary.runs > 1) {
            let mean = match self.measure.spacing {
                Spacing::Exponential => "mean of nll",
                Spacing::Log => "geometric mean",
                Spacing::Linear => "mean",
            };
            notes.push(format!("Line: {mean} over seeds. Band: lowest to highest seed."));
        }
        if summaries.iter().any(|summary| !summary.apart.is_empty()) {
            notes.push("Thin lines: single runs where not all seeds have values.".to_owned());
        }
        for (cell, summary) in self.cells.iter().zip(summaries) {
            let name = self.frame.title_of(&cell.cell);
            if summary.cut_short > 0 {
                notes.push(format!(
                    "{name}: {} of {} runs ended early, not in the mean.",
                    summary.cut_short, summary.runs
                ));
            } else if summary.runs == 0 {
                notes.push(format!("{name}: no runs."));
            }
        }
        notes.extend(
            far.iter()
                .map(|(name, value)| format!("Outside the axis: {name} {}.", compact(*value))),
        );
        notes
    }
}

/// All that is drawn of a summary.
fn values(summary: &Summary) -> impl Iterator<Item = (f64, f64)> {
    let points = summary.points.iter().flat_map(|p| [(p.x, p.low), (p.x, p.high)]);
    points.chain(summary.apart.iter().flatten().copied())
}

/// Where a summary's curve ends: the mean, or a single run if there is no mean.
fn last(summary: &Summary) -> Option<(f64, f64)> {
    let mean = summary.points.last().map(|point| (point.x, point.middle));
    mean.or_else(|| summary.apart.iter().filter_map(|piece| piece.last()).next_back().copied())
}
