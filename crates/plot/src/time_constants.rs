//! How long units keep what they hold: histograms of time constants, before and after training.

use crate::canvas::{Rect, TextStyle};
use crate::font::Font;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{AXIS, CellStyle, HEADING_SIZE, THIN_CURVE};
use crate::{Figure, Frame, PlotError};

/// The units of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellTimeConstants {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Time constants in steps before training, of every unit and seed.
    pub initial: Vec<f64>,
    /// The same after it.
    pub trained: Vec<f64>,
}

/// A histogram for each cell, one under the other, on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeConstants {
    /// The words around the figure.
    pub frame: Frame,
    /// The cells, in the order of the experiment.
    pub cells: Vec<CellTimeConstants>,
}

const LEFT: f64 = 64.0;
const HEADING: f64 = 30.0;
const HIGH: f64 = 84.0;
const GAP: f64 = 12.0;
const BELOW: f64 = 66.0;
/// Columns of a decade.
const COLUMNS: f64 = 6.0;
/// What is beyond stands at the end: a gate that is never less than open keeps for ever.
const SHORTEST: f64 = 0.1;
const LONGEST: f64 = 1e5;

impl TimeConstants {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.cells.iter().map(|cell| cell.cell.as_str()));
        let all: Vec<[Vec<(f64, f64)>; 2]> = self
            .cells
            .iter()
            .map(|cell| [&cell.initial, &cell.trained].map(|values| columns(values)))
            .collect();
        let both = || all.iter().flatten().flatten();
        let x = Scale::log(both().map(|(x, _)| *x)).padded(0.02, 0.02);
        let y = Scale::linear(both().map(|(_, share)| *share).chain([0.0])).padded(0.0, 0.06);
        let rows = self.cells.len().max(1) as f64;
        let height = rows * (HEADING + HIGH) + (rows - 1.0) * GAP + BELOW;
        let notes = [
            "Filled: after training. Dashed: before.".to_owned(),
            "Units that keep longer than 100,000 steps stand at the end.".to_owned(),
        ];
        let font = Font::load()?;
        sheet(&self.frame, &notes, height, |canvas, content| {
            for (k, (cell, style)) in self.cells.iter().zip(&styles).enumerate() {
                let top = content.top + k as f64 * (HEADING + HIGH + GAP) + HEADING;
                let rect = Rect {
                    left: content.left + LEFT,
                    top,
                    right: content.right - 10.0,
                    bottom: top + HIGH,
                };
                let title = font.shorten(
                    self.frame.title_of(&cell.cell),
                    HEADING_SIZE,
                    rect.right - rect.left,
                );
                let heading = TextStyle::of_size(HEADING_SIZE).strong().color(style.color);
                canvas.text(rect.left, top - 9.0, &title, heading);
                let panel = Panel::new(canvas, rect, x, y);
                panel.y_ticks(4, true)?;
                let [initial, trained] = &all[k];
                let filled: Vec<_> = trained.iter().map(|(x, share)| (*x, 0.0, *share)).collect();
                let solid = style.solid();
                panel.band(&filled, solid)?;
                panel.curve(trained, THIN_CURVE, solid)?;
                let before = CellStyle::line(AXIS, Some((5.0, 4.0)));
                panel.curve(initial, THIN_CURVE, before)?;
                if k + 1 == self.cells.len() {
                    panel.x_ticks(8, false)?;
                    panel.x_label("time constant, steps (log scale)");
                }
                if k == 0 {
                    panel.y_label("% of units", LEFT - 14.0);
                }
            }
            Ok(())
        })
    }
}

/// The outline of a histogram over a logarithmic axis: shares in percent.
fn columns(values: &[f64]) -> Vec<(f64, f64)> {
    let place = |value: &f64| (value.clamp(SHORTEST, LONGEST).log10() * COLUMNS).floor() as i32;
    let places: Vec<i32> = values.iter().filter(|value| !value.is_nan()).map(place).collect();
    let (Some(&first), Some(&last)) = (places.iter().min(), places.iter().max()) else {
        return Vec::new();
    };
    let edge = |place: i32| 10_f64.powf(f64::from(place) / COLUMNS);
    let mut outline = vec![(edge(first), 0.0)];
    for column in first..=last {
        let count = places.iter().filter(|place| **place == column).count();
        let share = 100.0 * count as f64 / places.len() as f64;
        outline.extend([(edge(column), share), (edge(column + 1), share)]);
    }
    outline.push((edge(last + 1), 0.0));
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_columns_add_up() {
        let outline = columns(&[10.0, 10.5, 100.0, f64::INFINITY, f64::NAN]);
        let shares: Vec<f64> =
            outline[1..outline.len() - 1].chunks(2).map(|pair| pair[0].1).collect();
        assert_eq!(shares.iter().sum::<f64>(), 100.0);
        assert_eq!((shares[0], shares[6], *shares.last().unwrap()), (50.0, 25.0, 25.0));
        assert!((outline[0].0 - 10.0).abs() < 1e-9 && outline[0].1 == 0.0);
        assert!(columns(&[]).is_empty());
    }
}
