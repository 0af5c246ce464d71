//! A trend: a measure against a number that the cells were given, such as a size or a lag.

use crate::canvas::Rect;
use crate::extent::{extent, without_wild};
use crate::in_panel::{Cut, InPanel, cuts};
use crate::labels::{self, EndLabel, Leader, column};
use crate::learning_curves::CellCurve;
use crate::measure::Measure;
use crate::number::compact;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::series::{Point, Summary, summarise_apart};
use crate::sheet::sheet;
use crate::style::{CURVE, LABEL_SIZE};
use crate::{Figure, Frame, PlotError};

/// A measure against a number, one curve per cell: the middle over seeds, and their range.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// The words around the figure.
    pub frame: Frame,
    /// What y is.
    pub measure: Measure,
    /// What x is, with its unit. The axis is logarithmic.
    pub x: String,
    /// The cells, in the order of the experiment.
    pub cells: Vec<CellCurve>,
    /// Values of models without recurrent layers, by name: lines where they lie among the curves. Where
    /// there are some, what is far worse than they are is cut (the module `extent` has the rule).
    pub baselines: Vec<(String, f64)>,
}

const HEIGHT: f64 = 430.0;
const LEFT: f64 = 88.0;
const BELOW: f64 = 66.0;
const WIDEST_LABEL: f64 = 200.0;
/// Of more values than this, the axis has round numbers instead.
const MOST_PLACES: usize = 10;

impl Trend {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let summaries: Vec<Summary> = self.cells.iter().map(|cell| self.summary(cell)).collect();
        let points = || summaries.iter().flat_map(|summary| &summary.points);
        let x = Scale::log(points().map(|point| point.x)).padded(0.03, 0.03);
        let x = if points().all(|point| point.x.fract() == 0.0) { x.whole() } else { x };
        let mut places: Vec<f64> = points().map(|point| point.x).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let values = || points().flat_map(|point| [point.low, point.high]);
        let ends = range(values().filter(|value| self.measure.has_place(*value)));
        let amid = |value: f64| ends.is_some_and(|(low, high)| (low..=high).contains(&value));
        let amid: Vec<f64> =
            self.baselines.iter().map(|(_, value)| *value).filter(|value| amid(*value)).collect();
        // Where some values are worse than every baseline, the axis follows the baselines.
        let sign = if self.measure.higher_is_better { -1.0 } else { 1.0 };
        let poorer =
            |a: &&&(String, f64), b: &&&(String, f64)| (sign * a.1).total_cmp(&(sign * b.1));
        let usable = self.baselines.iter().filter(|(_, value)| self.measure.has_place(*value));
        let poorest = usable.collect::<Vec<_>>().iter().max_by(poorer).map(|(_, value)| *value);
        let ends = match poorest.filter(|poorest| amid.contains(poorest)) {
            None => without_wild(&self.measure, values(), [].into_iter()),
            Some(_) => {
                let levels = points().map(|point| point.middle);
                extent(&self.measure, values(), levels, amid.into_iter())
            }
        };
        let ends = ends.into_iter().flat_map(|(low, high)| [low, high]);
        let y = if self.measure.is_log() { Scale::log(ends) } else { Scale::linear(ends) };
        let y = y.padded(0.05, 0.05);
        let on_axis = |value: f64| y.position_on(value).is_some_and(|(_, beyond)| beyond.is_eq());
        let (near, far): (Vec<_>, Vec<_>) =
            self.baselines.iter().partition(|(_, value)| on_axis(*value));
        // Each value of x is a choice of its own, and so is its mark.
        let leaves = |summary: &Summary| -> Vec<Cut> {
            summary.points.iter().flat_map(|p| cuts(&[(p.x, p.low, p.high)], &y)).collect()
        };
        let leaves: Vec<Vec<Cut>> = summaries.iter().map(leaves).collect();
        let mut notes = self.notes(&summaries, &far);
        let beyond: Vec<String> =
            self.cells.iter().zip(&summaries).filter_map(|(c, s)| self.beyond(c, s, &y)).collect();
        if !beyond.is_empty() {
            notes.push(format!("Beyond the axis (arrows): {}.", beyond.join("; ")));
        } else if leaves.iter().any(|cuts| !cuts.is_empty()) {
            notes.push("Arrows: values beyond the axis.".to_owned());
        }
        let height = HEIGHT.max(labels::height(self.cells.len()) + BELOW + 12.0);

        sheet(&self.frame, &notes, height, |canvas, content| {
            let names = self.cells.iter().map(|cell| cell.cell.as_str());
            let names = self.frame.labels(canvas.font, names, LABEL_SIZE, WIDEST_LABEL);
            let widest =
                names.iter().map(|name| canvas.font.width(name, LABEL_SIZE)).fold(0.0, f64::max);
            let rect = Rect {
                left: content.left + LEFT,
                top: content.top + 4.0,
                right: content.right - widest - 22.0,
                bottom: content.bottom - BELOW,
            };
            let panel = Panel::new(canvas, rect, x, y);
            panel.y_ticks(7, true)?;
            match places.len() <= MOST_PLACES {
                true => panel.x_ticks_at(&places)?,
                false => panel.x_ticks(7, false)?,
            }
            panel.x_label(&format!("{} (log scale)", self.x));
            let scale = if self.measure.is_log() { " (log scale)" } else { "" };
            panel.y_label(&format!("{}{scale}", self.measure.title), LEFT - 16.0);
            let mut inside = InPanel::new(canvas, &panel);
            for (name, value) in &near {
                inside.level(&format!("{name} {}", self.measure.written(*value)), *value)?;
            }
            let mut labels = Vec::new();
            for (k, ((summary, style), text)) in
                summaries.iter().zip(&styles).zip(names).enumerate()
            {
                let band: Vec<_> = summary.points.iter().map(|p| (p.x, p.low, p.high)).collect();
                panel.band(&band, *style)?;
                let mean: Vec<_> = summary.points.iter().map(|p| (p.x, p.middle)).collect();
                panel.curve(&mean, CURVE, *style)?;
                let places: Vec<_> =
                    mean.iter().filter_map(|&(x, y)| panel.place_on_y(x, y)).collect();
                for (place, _) in places.iter().filter(|(_, beyond)| beyond.is_eq()) {
                    canvas.mark(*place, 4.5, style.point(), style.color)?;
                }
                if let Some(&(end, _)) = places.last() {
                    labels.push(EndLabel { end, text, style: *style, leader: Leader::Edge });
                }
                inside.cuts(&leaves[k], style.color, |value| self.measure.written(value))?;
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// Whether no cell has a finite value.
    pub fn is_empty(&self) -> bool {
        let finite = |point: &Point| point.middle.is_finite();
        !self.cells.iter().any(|cell| self.summary(cell).points.iter().any(finite))
    }

    /// Points that a logarithmic axis has a place for.
    fn summary(&self, cell: &CellCurve) -> Summary {
        let placed =
            |run: &Vec<(f64, f64)>| run.iter().copied().filter(|(x, _)| *x > 0.0).collect();
        let runs = cell.runs.iter().enumerate().filter(|(k, _)| !cell.diverged.contains(k));
        let runs: Vec<Vec<(f64, f64)>> = runs.map(|(_, run)| placed(run)).collect();
        summarise_apart(&runs, &self.measure)
    }

    /// The middles of a cell that are beyond the axis: `GRU at 1000 (3.0e290), 1M (∞)`.
    fn beyond(&self, cell: &CellCurve, summary: &Summary, y: &Scale) -> Option<String> {
        let outside =
            |point: &&Point| y.position_on(point.middle).is_some_and(|(_, beyond)| !beyond.is_eq());
        let written = |point: &Point| {
            format!("{} ({})", compact(point.x), self.measure.written(point.middle))
        };
        let all: Vec<String> = summary.points.iter().filter(outside).map(written).collect();
        let name = self.frame.title_of(&cell.cell);
        (!all.is_empty()).then(|| format!("{name} at {}", all.join(", ")))
    }

    fn notes(&self, summaries: &[Summary], far: &[&(String, f64)]) -> Vec<String> {
        let mut notes = vec![self.measure.direction().to_owned()];
        if summaries.iter().any(|summary| summary.runs > 1) {
            notes.push(self.measure.curves_note());
        }
        let named = far.iter().filter(|(_, value)| value.is_finite());
        notes.extend(named.map(|(name, value)| {
            format!("Outside the axis: {name} {}.", self.measure.written(*value))
        }));
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(runs: Vec<Vec<(f64, f64)>>) -> String {
        let cells = vec![CellCurve { cell: "gru".to_owned(), runs, diverged: vec![] }];
        let baselines = vec![("unigram".to_owned(), 14.42)];
        let (frame, measure) = (Frame::default(), Measure::perplexity());
        let trend = Trend { frame, measure, x: "learning rate".to_owned(), cells, baselines };
        assert!(!trend.is_empty());
        trend.draw().expect("a figure").svg
    }

    /// Values that are nearly equal get an axis around them, on which the baseline may lie.
    #[test]
    fn a_baseline_on_the_axis_is_not_said_to_be_outside() {
        let svg = drawn(vec![vec![(0.1, 14.41), (1.0, 14.415)]]);
        assert!(svg.contains("unigram 14.4") && !svg.contains("Outside"));
        assert!(drawn(vec![vec![(0.1, 9.1), (1.0, 9.2)]]).contains("Outside the axis: unigram"));
    }

    #[test]
    fn values_beyond_the_axis_are_named() {
        let run = |last: f64| vec![(1.0, 14.43), (10.0, 14.2), (1e3, 3e290), (1e6, last)];
        let svg = drawn(vec![run(f64::INFINITY)]);
        assert!(svg.contains("Beyond the axis (arrows): GRU at 1000 (3.0e290), 1M (∞)."));
    }
}
