//! Gradient flow: how much of the gradient is left k steps back, before and after training.

use plotters::style::RGBColor;

use crate::canvas::{Canvas, Rect, TextStyle};
use crate::font::Font;
use crate::labels::{self, EndLabel, Leader};
use crate::number::power_of_ten;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::series::thinned;
use crate::sheet::sheet;
use crate::style::{
    CURVE, CellStyle, FAINT_INK, HEADING_SIZE, LABEL_SIZE, MARGIN, NO_VALUES, WIDTH,
};
use crate::{Figure, Frame, PlotError};

/// The gradient of one cell at one lag, over sequences and seeds.
///
/// The values are norms of the gradient of the last step's loss with respect to the whole state
/// `lag` steps earlier, divided by the norm at lag 0, which takes loss scale and width out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LagPoint {
    /// Steps back from the loss.
    pub lag: usize,
    /// The 10 % quantile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The 90 % quantile.
    pub high: f64,
}

/// The gradient of one cell against the lag.
#[derive(Debug, Clone, PartialEq)]
pub struct CellGradient {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// The points in order of lag.
    pub lags: Vec<LagPoint>,
}

/// Two panels with one y axis: the same cells at initialisation and after training.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientFlow {
    /// The words around the figure.
    pub frame: Frame,
    /// The cells at initialisation.
    pub initial: Vec<CellGradient>,
    /// The cells after training.
    pub trained: Vec<CellGradient>,
}

const HEIGHT: f64 = 470.0;
const LEFT: f64 = 88.0;
const BELOW: f64 = 66.0;
const HEADING: f64 = 34.0;
const WIDEST_LABEL: f64 = 150.0;

/// Marks along a curve.
const MARKS: usize = 6;
/// Curves are cut here: below, single precision adds mostly rounding, and a gradient this small
/// teaches nothing either way.
const FLOOR_EXPONENT: i32 = -8;
const FLOOR: f64 = 1e-8;
/// Gradients that explode end the axis here.
const CEILING: f64 = 1e6;

/// The points of a curve that are drawn, and whether it went on below the floor.
struct Visible {
    points: Vec<LagPoint>,
    cut: bool,
}

impl Visible {
    fn is_empty(&self) -> bool {
        self.points.is_empty() && !self.cut
    }
}

impl GradientFlow {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let panels = [("At initialisation", &self.initial), ("After training", &self.trained)];
        // One assignment of styles for both panels, whichever cells each of them has.
        let names = || panels.iter().flat_map(|(_, cells)| cells.iter().map(|c| c.cell.as_str()));
        let styles = self.frame.styles(names());
        let style_of = |name: &str| names().zip(&styles).find(|(n, _)| *n == name).map(|(_, s)| *s);
        let visible = panels.map(|(_, cells)| cells.iter().map(visible).collect::<Vec<_>>());

        let shown = || visible.iter().flatten().flat_map(|curve| &curve.points);
        let x = Scale::linear(shown().map(|point| point.lag as f64).chain([0.0])).whole();
        let notes = notes(visible.iter().flatten());

        let font = Font::load()?;
        let texts = self.frame.labels(&font, names(), LABEL_SIZE, WIDEST_LABEL);
        let text = |name: &str| {
            names().zip(&texts).find(|(n, _)| *n == name).map_or("", |(_, text)| text).to_owned()
        };
        let label_width = texts.iter().map(|text| font.width(text, LABEL_SIZE)).fold(0.0, f64::max);
        let whole = visible.iter().map(|all| all.iter().filter(|curve| !curve.cut).count()).max();
        let tall = HEIGHT.max(labels::height(whole.unwrap_or(0)) + HEADING + BELOW + 12.0);
        let gap = label_width + 40.0;
        let width = (WIDTH - 2.0 * MARGIN - LEFT - 2.0 * gap + 16.0) / 2.0;

        // Curves that are cut get their labels under the floor: rows of labels, and room for them.
        let rows = [0, 1].map(|index| {
            let (_, cells) = panels[index];
            let cut = cells.iter().zip(&visible[index]).filter(|(_, curve)| curve.cut);
            let middles = cut.map(|(cell, curve)| {
                let lag = curve.points.last().map_or(0.0, |point| point.lag as f64);
                let middle = width * (lag - x.low) / (x.high - x.low);
                (middle, font.width(&text(&cell.cell), LABEL_SIZE))
            });
            labels::rows(&middles.collect::<Vec<_>>(), (0.0, width))
        });
        let deepest = rows.iter().flatten().max().map_or(0, |row| row + 1);
        let strip = if deepest == 0 { 0.0 } else { deepest as f64 * labels::LINE + 14.0 };
        // A curve that is cut is marked on the floor, so the axis must reach it, even where the last
        // value above it is far above.
        let floor = (deepest > 0).then_some(FLOOR);
        let y = Scale::log(shown().flat_map(|p| [p.low, p.high]).chain([1.0]).chain(floor));
        let y = y.padded(0.0, 0.03).with_room_below(strip / (tall - HEADING - BELOW));

        sheet(&self.frame, &notes, tall + strip, |canvas, content| {
            for (index, ((heading, cells), curves)) in panels.iter().zip(&visible).enumerate() {
                let left = content.left + LEFT + index as f64 * (width + gap);
                let rect = Rect {
                    left,
                    top: content.top + HEADING,
                    right: left + width,
                    bottom: content.bottom - BELOW,
                };
                let style = TextStyle::of_size(HEADING_SIZE).strong();
                canvas.text(left, content.top + HEADING_SIZE, heading, style);
                let panel = Panel::new(canvas, rect, x, y);
                panel.y_ticks(9, index == 0)?;
                panel.x_ticks(5, false)?;
                panel.x_label("lag (steps back from the loss)");
                if index == 0 {
                    panel.y_label("gradient norm relative to lag 0", LEFT - 16.0);
                }
                let cells = cells.iter().zip(curves).filter_map(|(cell, curve)| {
                    Some((text(&cell.cell), curve, style_of(&cell.cell)?))
                });
                draw_cells(canvas, &panel, &cells.collect::<Vec<_>>(), &rows[index])?;
                if curves.iter().all(Visible::is_empty) {
                    let style = TextStyle::of_size(LABEL_SIZE).color(FAINT_INK);
                    let text = font.shorten(NO_VALUES, LABEL_SIZE, width - 24.0);
                    canvas.text(left + 12.0, rect.top + 30.0, &text, style.rim());
                }
            }
            Ok(())
        })
    }

    /// Whether no curve has a value.
    pub fn is_empty(&self) -> bool {
        let mut cells = self.initial.iter().chain(&self.trained);
        cells.all(|cell| visible(cell).is_empty())
    }
}

fn draw_cells(
    canvas: &Canvas<'_>,
    panel: &Panel<'_, '_>,
    cells: &[(String, &Visible, CellStyle)],
    rows: &[usize],
) -> Result<(), PlotError> {
    for (_, curve, style) in cells {
        let band = curve.points.iter().map(|p| (p.lag as f64, p.low, p.high));
        panel.band(&band.collect::<Vec<_>>(), *style)?;
    }
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    for (text, curve, style) in cells {
        let median: Vec<_> = curve.points.iter().map(|p| (p.lag as f64, p.median)).collect();
        panel.curve(&median, CURVE, *style)?;
        panel.marks(&median, MARKS, *style)?;
        let text = text.clone();
        if curve.cut {
            let (lag, _) = median.last().copied().unwrap_or_default();
            let Some(end) = panel.place(lag, FLOOR) else {
                continue;
            };
            cut_mark(canvas, end, style.color)?;
            cut.push(EndLabel { end, text, style: *style, leader: Leader::Edge });
        } else if let Some(end) = median.last().and_then(|(x, y)| panel.place(*x, *y)) {
            if median.len() == 1 {
                canvas.dot(end, 4.5, style.color)?;
            }
            whole.push(EndLabel { end, text, style: *style, leader: Leader::Edge });
        }
    }
    let Rect { left, right, top, bottom } = panel.rect;
    labels::below(canvas, &cut, rows, (left, right))?;
    labels::column(canvas, &whole, right + 14.0, (top + 6.0, bottom - 4.0))
}

/// A small wedge pointing down: the curve goes on below.
fn cut_mark(canvas: &Canvas<'_>, (x, y): (f64, f64), color: RGBColor) -> Result<(), PlotError> {
    canvas.polygon(&[(x - 6.0, y - 5.0), (x + 6.0, y - 5.0), (x, y + 5.0)], color)
}

/// A curve up to the last lag before its median falls below the floor.
fn visible(cell: &CellGradient) -> Visible {
    let mut points: Vec<LagPoint> = Vec::new();
    let usable = |p: &&LagPoint| [p.low, p.median, p.high].iter().all(|value| value.is_finite());
    for point in cell.lags.iter().filter(usable) {
        if point.median < FLOOR {
            return Visible { points: thinned(&points), cut: true };
        }
        points.push(LagPoint {
            lag: point.lag,
            low: point.low.clamp(FLOOR, CEILING),
            median: point.median.min(CEILING),
            high: point.high.clamp(FLOOR, CEILING),
        });
    }
    Visible { points: thinned(&points), cut: false }
}

fn notes<'a>(curves: impl Iterator<Item = &'a Visible>) -> Vec<String> {
    let curves: Vec<&Visible> = curves.collect();
    let mut notes = vec!["Line: median over sequences and seeds. Band: 10 % to 90 %.".to_owned()];
    if curves.iter().any(|curve| curve.cut) {
        let floor = power_of_ten(FLOOR_EXPONENT);
        notes.push(format!("▾: the median falls below {floor} and the curve is cut."));
    }
    if curves.iter().any(|curve| curve.points.iter().any(|point| point.high >= CEILING)) {
        notes.push(format!("Values above {} are drawn there.", power_of_ten(6)));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lag: usize, median: f64) -> LagPoint {
        LagPoint { lag, low: median / 10.0, median, high: median * 10.0 }
    }

    #[test]
    fn curves_end_where_they_fall_below_the_floor() {
        let lags = vec![point(0, 1.0), point(1, 2e-8), point(2, 1e-9), point(3, 1.0)];
        let curve = visible(&CellGradient { cell: "rnn".to_owned(), lags });
        assert!(curve.cut);
        assert_eq!(curve.points.len(), 2);
        assert_eq!(curve.points[1].low, FLOOR);
    }

    #[test]
    fn values_that_are_not_finite_are_skipped() {
        let lags = vec![point(0, 1.0), point(1, f64::NAN), point(2, 0.5), point(3, f64::INFINITY)];
        let curve = visible(&CellGradient { cell: "rnn".to_owned(), lags });
        assert!(!curve.cut);
        assert_eq!(curve.points.iter().map(|p| p.lag).collect::<Vec<_>>(), [0, 2]);
    }
}
