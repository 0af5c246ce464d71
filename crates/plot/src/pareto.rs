//! Quality against a cost, and the front of what nothing else beats in both.

use crate::canvas::{Rect, TextStyle};
use crate::final_scores::ScoreInterval;
use crate::labels::{EndLabel, column};
use crate::measure::Measure;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{AXIS, CellStyle, LABEL_SIZE, RULE, THIN_CURVE, cell_styles};
use crate::{Figure, Frame, PlotError};
use std::collections::BTreeSet;

/// One cell: what it costs and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct CostAndScore {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Its cost.
    pub cost: f64,
    /// Its score over seeds.
    pub score: ScoreInterval,
}

/// Scores against one cost; the front is what no other cell beats in both.
#[derive(Debug, Clone, PartialEq)]
pub struct Pareto {
    /// The words around the figure.
    pub frame: Frame,
    /// What the scores are.
    pub measure: Measure,
    /// What the cost is, with its unit. The axis is logarithmic.
    pub cost: String,
    /// The cells, in the order of the experiment. One name may stand several times, for a cell with
    /// several settings: it is written once, at the best of them, and bars are left out.
    pub cells: Vec<CostAndScore>,
}

const HEIGHT: f64 = 430.0;
const LEFT: f64 = 88.0;
const BELOW: f64 = 66.0;
const WIDEST_LABEL: f64 = 240.0;

impl Pareto {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = cell_styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let shown: Vec<(&CostAndScore, CellStyle)> = self
            .cells
            .iter()
            .zip(styles)
            .filter(|(cell, _)| self.measure.usable(cell.score.estimate))
            .filter(|(cell, _)| cell.cost.is_finite() && cell.cost > 0.0)
            .collect();
        let estimates = shown.iter().map(|(cell, _)| cell.score.estimate);
        let y = match self.measure.is_log() {
            true => Scale::log(estimates),
            false => Scale::linear(estimates),
        }
        .padded(0.12, 0.12);
        let x = Scale::log(shown.iter().map(|(cell, _)| cell.cost)).padded(0.05, 0.05);
        let front = self.front(&shown);

        sheet(&self.frame, &self.notes(), HEIGHT, |canvas, content| {
            let name = |cell: &CostAndScore| {
                canvas.font.shorten(self.frame.title_of(&cell.cell), LABEL_SIZE, WIDEST_LABEL)
            };
            let width = |(cell, _): &(&CostAndScore, _)| canvas.font.width(&name(cell), LABEL_SIZE);
            let rect = Rect {
                left: content.left + LEFT,
                top: content.top + 4.0,
                right: content.right - shown.iter().map(width).fold(0.0, f64::max) - 22.0,
                bottom: content.bottom - BELOW,
            };
            let panel = Panel::new(canvas, rect, x, y);
            panel.y_ticks(7, true)?;
            panel.x_ticks(7, false)?;
            panel.x_label(&format!("{} (log scale)", self.cost));
            let scale = if self.measure.is_log() { " (log scale)" } else { "" };
            panel.y_label(&format!("{}{scale}", self.measure.title), LEFT - 16.0);

            let grey = CellStyle { color: AXIS, dash: Some((6.0, 4.0)) };
            panel.curve(&stairs(&front), THIN_CURVE, grey)?;
            let repeated = self.repeats();
            let mut labels = Vec::new();
            for (cell, style) in &shown {
                let Some(end) = panel.place(cell.cost, cell.score.estimate) else { continue };
                let bounds = cell.score.bounds.filter(|_| !repeated);
                for bound in bounds.map(|(low, high)| [low, high]).iter().flatten() {
                    let bound = panel.place(cell.cost, *bound).map_or(end.1, |(_, y)| y);
                    let bound = bound.clamp(rect.top, rect.bottom);
                    canvas.line(&[end, (end.0, bound)], 2.0 * RULE, style.color, None)?;
                }
                canvas.dot(end, if repeated { 4.5 } else { 6.0 }, style.color)?;
                let better = |(other, _): &&(&CostAndScore, _)| {
                    other.cell == cell.cell
                        && self.sign() * other.score.estimate < self.sign() * cell.score.estimate
                };
                let named = |label: &EndLabel| label.text == name(cell);
                if !shown.iter().any(|other| better(&other)) && !labels.iter().any(named) {
                    labels.push(EndLabel { end, text: name(cell), style: *style });
                }
            }
            if shown.is_empty() {
                let style = TextStyle::of_size(LABEL_SIZE);
                canvas.text(rect.left + 12.0, rect.top + 30.0, "no results", style);
            }
            column(canvas, &labels, rect.right + 18.0, (rect.top + 6.0, rect.bottom))
        })
    }

    /// What nothing else beats in cost and score, from the cheapest on.
    fn front(&self, shown: &[(&CostAndScore, CellStyle)]) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> =
            shown.iter().map(|(cell, _)| (cell.cost, cell.score.estimate)).collect();
        let sign = self.sign();
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then((sign * a.1).total_cmp(&(sign * b.1))));
        let mut best = f64::INFINITY;
        points.retain(|(_, score)| {
            let better = sign * score < best;
            best = best.min(sign * score);
            better
        });
        points
    }

    /// Makes of a score what is the smaller the better.
    fn sign(&self) -> f64 {
        if self.measure.higher_is_better { -1.0 } else { 1.0 }
    }

    /// Whether a cell has several points.
    fn repeats(&self) -> bool {
        let names: BTreeSet<&str> = self.cells.iter().map(|cell| cell.cell.as_str()).collect();
        names.len() < self.cells.len()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            self.measure.direction().to_owned(),
            "Dashed: the front, what no other beats in both.".to_owned(),
        ];
        if self.repeats() {
            notes.push("Dots: a cell with one choice of the settings each.".to_owned());
        } else if self.cells.iter().any(|cell| cell.score.bounds.is_some()) {
            notes.push("Bars: intervals of the mean over seeds, cut at the axis.".to_owned());
        }
        notes
    }
}

/// The front as steps: more cost gives nothing until the next point.
fn stairs(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = |pair: &[(f64, f64)]| [pair[0], (pair[1].0, pair[0].1)];
    front.windows(2).flat_map(step).chain(front.last().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_what_nothing_beats_in_both() {
        let cell = |cost: f64, estimate: f64| CostAndScore {
            cell: "gru".to_owned(),
            cost,
            score: ScoreInterval { estimate, bounds: None },
        };
        let mut figure = Pareto {
            frame: Frame::default(),
            measure: Measure::perplexity(),
            cost: "parameters".to_owned(),
            cells: vec![cell(3.0, 80.0), cell(1.0, 100.0), cell(2.0, 120.0), cell(1.0, 110.0)],
        };
        let front = |figure: &Pareto| {
            let style = CellStyle { color: AXIS, dash: None };
            figure.front(&figure.cells.iter().map(|cell| (cell, style)).collect::<Vec<_>>())
        };
        assert_eq!(front(&figure), [(1.0, 100.0), (3.0, 80.0)]);
        assert_eq!(stairs(&front(&figure)), [(1.0, 100.0), (3.0, 100.0), (3.0, 80.0)]);
        figure.measure.higher_is_better = true;
        assert_eq!(front(&figure), [(1.0, 110.0), (2.0, 120.0)]);
    }
}
