//! Learning curves: a measure against steps or time, mean and range over seeds.

use crate::canvas::Rect;
use crate::extent::extent;
use crate::in_panel::{Cut, InPanel, cuts};
use crate::labels::{self, EndLabel, Leader, column};
use crate::measure::Measure;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::series::{Summary, summarise};
use crate::sheet::sheet;
use crate::style::{CURVE, LABEL_SIZE, Marker, THIN_CURVE};
use crate::{Figure, Frame, PlotError};
use std::cmp::Ordering;

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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellCurve {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// One list of `(x, value)` per seed; a run that diverged is given as far as it went.
    pub runs: Vec<Vec<(f64, f64)>>,
    /// Which of the runs diverged. They are drawn, marked, and not in the mean.
    pub diverged: Vec<usize>,
}

/// A measure against steps or time, one curve per cell: the middle over seeds, and their range.
///
/// The axis reaches from the best value to the start and the baselines; what is far worse than these
/// is cut (the module `extent` has the rule) and marked at the edge.
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
/// Marks along a curve.
const MARKS: usize = 6;
/// So many curves that leave the axis are named in the notes.
const NAMED_CUTS: usize = 4;

const SECONDS_PER_HOUR: f64 = 3600.0;

impl LearningCurves {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let (per_unit, x_label) = self.x_unit();
        let summary = |cell: &CellCurve| summarise(&cell.runs, &cell.diverged, &self.measure);
        let summaries: Vec<Summary> = self.cells.iter().map(summary).collect();

        let log = self.measure.is_log();
        let drawn = || summaries.iter().flat_map(values);
        let levels = self.cells.iter().flat_map(|cell| &cell.runs).flat_map(|run| self.levels(run));
        let baselines = || self.usable_baselines().map(|(_, value)| value);
        let ends = extent(&self.measure, drawn().map(|(_, y)| y), levels, baselines());
        let ends = ends.into_iter().flat_map(|(a, b)| [a, b]);
        let y = if log { Scale::log(ends) } else { Scale::linear(ends) }.padded(0.04, 0.04);
        let x = Scale::linear(drawn().map(|(x, _)| x / per_unit).chain([0.0]));
        let x = if self.x == XAxis::Steps { x.whole() } else { x };
        let cuts: Vec<Vec<Cut>> = summaries.iter().map(|s| leaves(s, per_unit, &y)).collect();
        let named = self.cells.len();
        let height = HEIGHT.max(labels::height(named) + BELOW + 12.0);

        sheet(&self.frame, &self.notes(&summaries, &cuts), height, |canvas, content| {
            let names = self.end_texts(canvas.font, &summaries, &y);
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

            let mut inside = InPanel::new(canvas, &panel);
            for (name, value) in self.usable_baselines() {
                inside.level(&format!("{name} {}", self.measure.written(value)), value)?;
            }
            let scaled = |(x, y): (f64, f64)| (x / per_unit, y);
            for (summary, style) in summaries.iter().zip(&styles) {
                let band: Vec<_> =
                    summary.points.iter().map(|p| (p.x / per_unit, p.low, p.high)).collect();
                panel.band(&band, *style)?;
                for piece in &summary.apart {
                    let piece: Vec<_> = piece.iter().copied().map(scaled).collect();
                    panel.curve(&piece, THIN_CURVE, style.solid())?;
                }
            }
            let mut labels = Vec::new();
            for (k, ((summary, style), name)) in
                summaries.iter().zip(&styles).zip(names).enumerate()
            {
                let mean: Vec<_> = summary.points.iter().map(|p| scaled((p.x, p.middle))).collect();
                panel.curve(&mean, CURVE, *style)?;
                panel.marks(&mean, MARKS, *style)?;
                let diverged = self.cells[k].diverged.iter();
                for run in diverged.filter_map(|run| self.cells[k].runs.get(*run)) {
                    let end = run.iter().rev().find(|(x, y)| x.is_finite() && !y.is_nan());
                    let place = end.copied().map(scaled).and_then(|(x, y)| panel.place_on_y(x, y));
                    // At an edge the arrow stands first.
                    let inwards = |beyond: Ordering| match beyond {
                        Ordering::Less => -20.0,
                        Ordering::Equal => 0.0,
                        Ordering::Greater => 20.0,
                    };
                    if let Some(((x, y), beyond)) = place {
                        canvas.mark((x, y + inwards(beyond)), 6.0, Marker::Cross, style.color)?;
                    }
                }
                let end = last(summary).map(scaled).and_then(|(x, y)| panel.place_on_y(x, y));
                if let (Some((end, beyond)), Some(text)) = (end, name) {
                    // Times end at places of their own. Beyond the axis an arrow says so.
                    if beyond.is_eq() && (mean.len() == 1 || self.x == XAxis::WallClock) {
                        canvas.dot(end, 4.5, style.color)?;
                    }
                    let leader = if mean.is_empty() { Leader::Nowhere } else { Leader::Edge };
                    labels.push(EndLabel { end, text, style: *style, leader });
                }
                inside.cuts(&cuts[k], style.color, |value| self.measure.written(value))?;
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// Whether no run has a value that can be shown.
    pub fn is_empty(&self) -> bool {
        let usable = |(x, y): &(f64, f64)| x.is_finite() && self.measure.usable(*y);
        !self.cells.iter().flat_map(|cell| &cell.runs).flatten().any(usable)
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

    /// Where a run starts, mostly stays, and ends.
    fn levels(&self, run: &[(f64, f64)]) -> Vec<f64> {
        let shown: Vec<f64> =
            run.iter().map(|(_, y)| *y).filter(|y| self.measure.has_place(*y)).collect();
        let mut sorted = shown.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2);
        [shown.first(), middle, shown.last()].into_iter().flatten().copied().collect()
    }

    fn usable_baselines(&self) -> impl Iterator<Item = (&str, f64)> {
        let baselines = self.baselines.iter().map(|(name, value)| (name.as_str(), *value));
        baselines.filter(|(_, value)| self.measure.has_place(*value))
    }

    /// The label of each cell that has a curve: its name and, against steps, its last value. Against
    /// time, the mean ends with the fastest run, at a value that is no result of any run. An end that `y`
    /// does not have is said against either.
    fn end_texts(
        &self,
        font: &crate::font::Font,
        summaries: &[Summary],
        y: &Scale,
    ) -> Vec<Option<String>> {
        let on_axis = |value: f64| y.position_on(value).is_some_and(|(_, beyond)| beyond.is_eq());
        let value = |(cell, summary): (&CellCurve, &Summary)| match (self.x, last(summary)) {
            (_, None) => None,
            _ if summary.points.is_empty() && !cell.diverged.is_empty() => {
                Some("diverged ".to_owned())
            }
            (XAxis::WallClock, Some((_, value))) if on_axis(value) => Some(String::new()),
            (_, Some((_, value))) => Some(format!("{} ", self.measure.written(value))),
        };
        let values: Vec<Option<String>> = self.cells.iter().zip(summaries).map(value).collect();
        let widths = values.iter().flatten().map(|value| font.width(value, LABEL_SIZE));
        let room = WIDEST_LABEL - widths.fold(0.0, f64::max);
        let cells = self.cells.iter().map(|cell| cell.cell.as_str());
        let names = self.frame.labels(font, cells, LABEL_SIZE, room);
        values.into_iter().zip(names).map(|(value, name)| Some(value? + &name)).collect()
    }

    fn notes(&self, summaries: &[Summary], cuts: &[Vec<Cut>]) -> Vec<String> {
        let mut notes = Vec::new();
        if summaries.iter().any(|summary| summary.runs > 1) {
            notes.push(self.measure.curves_note());
        }
        if summaries.iter().any(|summary| !summary.apart.is_empty()) {
            notes.push("Thin lines: single runs that are not in it.".to_owned());
        }
        for (cell, summary) in self.cells.iter().zip(summaries) {
            let name = self.frame.title_of(&cell.cell);
            let (diverged, runs) = (cell.diverged.len(), summary.runs);
            let early = summary.cut_short.saturating_sub(diverged);
            if diverged > 0 {
                notes.push(format!(
                    "{name}: {diverged} of {runs} runs diverged (×), not in the line."
                ));
            }
            if early > 0 {
                notes.push(format!(
                    "{name}: the values of {early} of {runs} runs stop before half-way, not in the line."
                ));
            } else if runs == 0 {
                notes.push(format!("{name}: no runs."));
            }
        }
        let endless = |(_, summary): &(&CellCurve, &Summary)| {
            last(summary).is_some_and(|(_, value)| value.is_infinite())
        };
        let endless: Vec<&str> = self
            .cells
            .iter()
            .zip(summaries)
            .filter(endless)
            .map(|(cell, _)| self.frame.title_of(&cell.cell))
            .collect();
        if !endless.is_empty() {
            notes.push(format!("Not finite at the end: {}.", endless.join(", ")));
        }
        notes.extend(self.cuts_note(cuts));
        notes
    }

    /// What is beyond the axis, in words.
    fn cuts_note(&self, cuts: &[Vec<Cut>]) -> Option<String> {
        let worst = |cuts: &Vec<Cut>| {
            let values = cuts.iter().map(|cut| cut.value);
            // On the side of the bad values, or else on the other.
            values.reduce(|a, b| if self.measure.higher_is_better { a.min(b) } else { a.max(b) })
        };
        let cells = self.cells.iter().zip(cuts).filter_map(|(cell, cuts)| {
            let value = self.measure.written(worst(cuts)?);
            Some(format!("{} ({value})", self.frame.title_of(&cell.cell)))
        });
        let mut cells: Vec<String> = cells.collect();
        let more = cells.len().saturating_sub(NAMED_CUTS);
        cells.truncate(NAMED_CUTS);
        if more > 0 {
            cells.push(format!("{more} more"));
        }
        (!cells.is_empty()).then(|| {
            format!(
                "Cut, marked by arrows: {}. The axis ends at most as far beyond the baselines (or beyond \
                 what half of the runs reach) as the best value is from there.",
                cells.join(", ")
            )
        })
    }
}

/// Where a summary leaves the axis, and where it ends if that is beyond it.
fn leaves(summary: &Summary, per_unit: f64, y: &Scale) -> Vec<Cut> {
    let mean: Vec<_> = summary.points.iter().map(|p| (p.x / per_unit, p.low, p.high)).collect();
    let apart = summary.apart.iter().map(|piece| {
        let points = piece.iter().map(|(x, y)| (x / per_unit, *y, *y));
        points.collect::<Vec<_>>()
    });
    let end = last(summary).map(|(x, y)| vec![(x / per_unit, y, y)]);
    [mean].into_iter().chain(apart).chain(end).flat_map(|points| cuts(&points, y)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(x: XAxis, runs: Vec<Vec<(f64, f64)>>, diverged: Vec<usize>) -> String {
        let cell = |cell: &str, runs, diverged| CellCurve { cell: cell.to_owned(), runs, diverged };
        let steady = vec![vec![(0.0, 14.41), (55.0, 14.4), (110.0, 14.3)]];
        let figure = LearningCurves {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            x,
            cells: vec![cell("steady", steady, vec![]), cell("wild", runs, diverged)],
            baselines: vec![("unigram".to_owned(), 14.42)],
        };
        assert!(!figure.is_empty());
        figure.draw().expect("a figure").svg
    }

    /// Its start is no end.
    #[test]
    fn an_end_that_is_not_finite_is_told_as_such() {
        let endless = vec![(0.0, 14.41), (55.0, f64::INFINITY), (110.0, f64::INFINITY)];
        for x in [XAxis::Steps, XAxis::WallClock] {
            let svg = drawn(x, vec![endless.clone()], vec![]);
            assert!(svg.contains("\"∞ wild\"") && !svg.contains("14.4 wild"), "{x:?}");
            assert!(svg.contains("Not finite at the end: wild. Cut, marked by arrows: wild (∞)."));
            let svg = drawn(x, vec![endless[..1].to_vec()], vec![0]);
            assert!(svg.contains("\"diverged wild\""), "{x:?}");
        }
    }

    /// A dot on the axis would be a value.
    #[test]
    fn an_end_beyond_the_axis_has_its_value_and_no_dot() {
        let beyond = vec![(0.0, 14.41), (20.0, 7e30), (55.0, 6e30)];
        for (x, dots) in [(XAxis::Steps, 0), (XAxis::WallClock, 1)] {
            let svg = drawn(x, vec![beyond.clone()], vec![]);
            assert!(svg.contains("\"6.0e30 wild\""), "{x:?}");
            assert_eq!(svg.matches("<circle").count(), 2 * dots, "{x:?}");
            // Two bands, and arrows where it is worst and where it ends.
            assert_eq!(svg.matches("<polygon").count(), 4, "{x:?}");
        }
    }

    /// A level line through the panel would be a curve.
    #[test]
    fn no_leader_crosses_the_panel() {
        let wild = Frame::default().styles(["steady", "wild"].into_iter())[1].color;
        let color = format!("#{:02X}{:02X}{:02X}", wild.0, wild.1, wild.2);
        let early = [(0.0, 14.41), (1.0, 14.35)];
        for (x, run, diverged) in
            [(XAxis::Steps, &early[..1], vec![0]), (XAxis::WallClock, &early[..], vec![])]
        {
            let svg = drawn(x, vec![run.to_vec()], diverged);
            let lines = svg.split('<').filter(|element| element.starts_with("polyline"));
            let lines: Vec<&str> = lines.filter(|element| element.contains(&color)).collect();
            assert!(!lines.is_empty(), "{x:?}");
            // Its end is near the left edge of the panel, the label right of it.
            let points = |line: &&&str| line.split("points=\"").nth(1).map(str::to_owned);
            let starts = lines.iter().filter_map(|line| points(&line));
            let starts = starts.filter_map(|points| points.split(',').next()?.trim().parse().ok());
            let inside = starts.filter(|start: &f64| (2_000.0..6_000.0).contains(start)).count();
            assert_eq!(inside, 0, "{x:?}");
        }
    }

    #[test]
    fn runs_without_a_value_are_no_figure() {
        let cell = CellCurve { runs: vec![vec![], vec![(0.0, f64::NAN)]], ..CellCurve::default() };
        let figure = LearningCurves {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            x: XAxis::Steps,
            cells: vec![cell],
            baselines: vec![("unigram".to_owned(), 14.42)],
        };
        assert!(figure.is_empty());
    }
}
