//! A trend: a measure against a number that the cells were given, such as a size or a lag.

use crate::canvas::Rect;
use crate::labels::{EndLabel, column};
use crate::learning_curves::CellCurve;
use crate::measure::{Measure, Spacing};
use crate::number::compact;
use crate::panel::Panel;
use crate::scale::{Scale, range};
use crate::series::{Summary, summarise};
use crate::sheet::sheet;
use crate::style::{CURVE, LABEL_SIZE, cell_styles};
use crate::{Figure, Frame, PlotError};

/// A measure against a number, one curve per cell: the mean over seeds, and their range.
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
    /// Values of models without recurrent layers, by name: lines where they lie among the curves.
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
        let styles = cell_styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let summaries: Vec<Summary> = self.cells.iter().map(|cell| self.summary(cell)).collect();
        let points = || summaries.iter().flat_map(|summary| &summary.points);
        let x = Scale::log(points().map(|point| point.x)).padded(0.03, 0.03);
        let mut places: Vec<f64> = points().map(|point| point.x).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let ends = range(points().flat_map(|point| [point.low, point.high]));
        let near = |value: f64| {
            self.measure.usable(value)
                && ends.is_some_and(|(low, high)| (low..=high).contains(&value))
        };
        let (near, far): (Vec<_>, Vec<_>) =
            self.baselines.iter().partition(|(_, value)| near(*value));
        let ends = ends.into_iter().flat_map(|(low, high)| [low, high]);
        let y = if self.measure.is_log() { Scale::log(ends) } else { Scale::linear(ends) };
        let y = y.padded(0.05, 0.05);

        sheet(&self.frame, &self.notes(&summaries, &far), HEIGHT, |canvas, content| {
            let name = |cell: &CellCurve| {
                canvas.font.shorten(self.frame.title_of(&cell.cell), LABEL_SIZE, WIDEST_LABEL)
            };
            let names: Vec<String> = self.cells.iter().map(name).collect();
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
            for (name, value) in &near {
                panel.baseline(name, *value)?;
            }
            let mut labels = Vec::new();
            for ((summary, style), text) in summaries.iter().zip(&styles).zip(names) {
                let band: Vec<_> = summary.points.iter().map(|p| (p.x, p.low, p.high)).collect();
                panel.band(&band, *style)?;
                let mean: Vec<_> = summary.points.iter().map(|p| (p.x, p.middle)).collect();
                panel.curve(&mean, CURVE, *style)?;
                let places: Vec<_> = mean.iter().filter_map(|&(x, y)| panel.place(x, y)).collect();
                for place in &places {
                    canvas.dot(*place, 4.5, style.color)?;
                }
                if let Some(&end) = places.last() {
                    labels.push(EndLabel { end, text, style: *style });
                }
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// Points that a logarithmic axis has a place for.
    fn summary(&self, cell: &CellCurve) -> Summary {
        let placed =
            |run: &Vec<(f64, f64)>| run.iter().copied().filter(|(x, _)| *x > 0.0).collect();
        let runs: Vec<Vec<(f64, f64)>> = cell.runs.iter().map(placed).collect();
        summarise(&runs, &self.measure)
    }

    fn notes(&self, summaries: &[Summary], far: &[&(String, f64)]) -> Vec<String> {
        let mut notes = vec![self.measure.direction().to_owned()];
        if summaries.iter().any(|summary| summary.runs > 1) {
            let mean = match self.measure.spacing {
                Spacing::Exponential => "mean of nll",
                Spacing::Log => "geometric mean",
                Spacing::Linear => "mean",
            };
            notes.push(format!("Line: {mean} over seeds. Band: lowest to highest seed."));
        }
        let named = far.iter().filter(|(_, value)| value.is_finite());
        notes.extend(
            named.map(|(name, value)| format!("Outside the axis: {name} {}.", compact(*value))),
        );
        notes
    }
}
