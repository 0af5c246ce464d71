//! Roofline: how near a program comes to what the machine can do (Williams et al. 2009).

use crate::canvas::{Anchor, Canvas, Rect, TextStyle};
use crate::font::Font;
use crate::labels::{self, EndLabel, Leader};
use crate::number::compact;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{
    AXIS, CURVE, CellStyle, FAINT_INK, GRID, HEADING_SIZE, LABEL_SIZE, MARGIN, NOTE_SIZE, RULE,
    WIDTH,
};
use crate::{Figure, Frame, PlotError};

/// A rate at which memory is read and written.
#[derive(Debug, Clone, PartialEq)]
pub struct Roof {
    /// How it was measured: `triad, 512 MiB`.
    pub name: String,
    /// GB/s.
    pub gigabytes: f64,
}

/// What one cell reaches in one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Which of [`Roofline::shapes`]; without a meaning for single steps.
    pub shape: usize,
    /// Floating-point operations per byte that is touched.
    pub intensity: f64,
    /// GFLOP/s.
    pub gflops: f64,
}

/// Two panels: rates against arithmetic intensity under the machine's roofs, and the train steps
/// again, shape by shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Roofline {
    /// The words around the figure.
    pub frame: Frame,
    /// GFLOP/s that the machine reaches in a large square product.
    pub peak: f64,
    /// Rates of memory and caches.
    pub roofs: Vec<Roof>,
    /// The shapes, each in a few short lines.
    pub shapes: Vec<Vec<String>>,
    /// Train steps.
    pub train: Vec<Rate>,
    /// One sequence, step by step.
    pub step: Vec<Rate>,
}

const HEIGHT: f64 = 480.0;
const LEFT: f64 = 78.0;
const BELOW: f64 = 76.0;
const HEADING: f64 = 34.0;
const GAP: f64 = 84.0;
const WIDEST_LABEL: f64 = 150.0;
const DOT: f64 = 4.5;

impl Roofline {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let names = || self.train.iter().chain(&self.step).map(|rate| rate.cell.as_str());
        let styles = self.frame.styles(names());
        let style_of = |name: &str| names().zip(&styles).find(|(n, _)| *n == name).map(|(_, s)| *s);
        let mut cells: Vec<(&str, CellStyle)> = Vec::new();
        for name in names() {
            if let Some(style) = style_of(name).filter(|_| cells.iter().all(|(n, _)| *n != name)) {
                cells.push((name, style));
            }
        }
        let notes = [
            "Roofs: a large square product; a = b + s·c over three arrays, 12 bytes an element."
                .to_owned(),
            "Intensity: operations of the matrix products per byte touched, the weights of the \
             recurrence at every time step."
                .to_owned(),
            "Dots: train steps. Diamonds: one sequence, step by step.".to_owned(),
        ];

        let font = Font::load()?;
        let texts =
            self.frame.labels(&font, cells.iter().map(|(n, _)| *n), LABEL_SIZE, WIDEST_LABEL);
        let text = |name: &str| {
            let own = cells.iter().zip(&texts).find(|((n, _), _)| *n == name);
            own.map_or("", |(_, text)| text).to_owned()
        };
        let height = HEIGHT.max(labels::height(cells.len()) + HEADING + BELOW + 12.0);
        let labels = texts.iter().map(|text| font.width(text, LABEL_SIZE));
        let label_width = labels.fold(0.0, f64::max);
        let width = (WIDTH - 2.0 * MARGIN - LEFT - GAP - label_width - 24.0) / 2.0;

        sheet(&self.frame, &notes, height, |canvas, content| {
            let panel = |index: usize, heading: &str| {
                let left = content.left + LEFT + index as f64 * (width + GAP);
                let strong = TextStyle::of_size(HEADING_SIZE).strong();
                canvas.text(left, content.top + HEADING_SIZE, heading, strong);
                Rect {
                    left,
                    top: content.top + HEADING,
                    right: left + width,
                    bottom: content.bottom - BELOW,
                }
            };
            self.draw_roofs(canvas, panel(0, "Under the roofs"), &cells)?;
            let ends = self.draw_shapes(canvas, panel(1, "Train steps by shape"), &cells)?;
            let ends = ends.into_iter().map(|(name, end, style)| EndLabel {
                end,
                text: text(name),
                style,
                leader: Leader::Edge,
            });
            let (top, bottom) = (content.top + HEADING + 6.0, content.bottom - BELOW - 4.0);
            let column = content.left + LEFT + 2.0 * width + GAP + 14.0;
            labels::column(canvas, &ends.collect::<Vec<_>>(), column, (top, bottom))
        })
    }

    fn draw_roofs(
        &self,
        canvas: &Canvas<'_>,
        rect: Rect,
        cells: &[(&str, CellStyle)],
    ) -> Result<(), PlotError> {
        let rates = || self.train.iter().chain(&self.step);
        let roofs: Vec<&Roof> = self.roofs.iter().filter(|roof| usable(roof.gigabytes)).collect();
        let x = Scale::log(rates().map(|rate| rate.intensity)).padded(0.12, 0.12);
        let y = Scale::log(rates().map(|rate| rate.gflops).chain([self.peak])).padded(0.1, 0.12);
        let panel = Panel::new(canvas, rect, x, y);
        panel.y_ticks(7, true)?;
        panel.x_ticks(5, false)?;
        panel.x_label("operations per byte");
        panel.y_label("GFLOP/s", LEFT - 18.0);

        let (low, high) = (10f64.powf(x.low), 10f64.powf(x.high));
        let floor = 10f64.powf(y.low);
        let line = |from: (f64, f64), to: (f64, f64)| match (
            panel.place(from.0, from.1),
            panel.place(to.0, to.1),
        ) {
            (Some(from), Some(to)) => canvas.line(&[from, to], CURVE, AXIS, None),
            _ => Ok(()),
        };
        let faint = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK).rim();
        if usable(self.peak) {
            line((low, self.peak), (high, self.peak))?;
            if let Some((_, at)) = panel.place(high, self.peak) {
                let text = format!("square product {}", compact(self.peak));
                canvas.text(rect.right, at - 7.0, &text, faint.anchor(Anchor::End));
            }
        }
        for roof in roofs {
            // Where the slope enters the panel, and where it meets the peak or leaves again.
            let from = low.max(floor / roof.gigabytes);
            let to = if usable(self.peak) { high.min(self.peak / roof.gigabytes) } else { high };
            let to = to.min(10f64.powf(y.high) / roof.gigabytes);
            if from < to {
                line((from, roof.gigabytes * from), (to, roof.gigabytes * to))?;
                // Low on the slope, where dots are rare, in lines short enough for the next slope.
                let beside = from * (to / from).powf(0.4);
                let rate = format!("{} GB/s", compact(roof.gigabytes));
                if let Some((left, at)) = panel.place(beside, roof.gigabytes * beside) {
                    canvas.text(left + 9.0, at, &roof.name, faint);
                    canvas.text(left + 9.0, at + NOTE_SIZE + 3.0, &rate, faint);
                }
            }
        }
        for (rates, is_train) in [(&self.train, true), (&self.step, false)] {
            for rate in rates {
                let style = cells.iter().find(|(name, _)| *name == rate.cell).map(|(_, s)| s.color);
                let place = panel.place(rate.intensity, rate.gflops);
                if let (Some(color), Some((x, y))) = (style, place) {
                    if is_train {
                        canvas.dot((x, y), DOT, color)?;
                    } else {
                        let r = DOT + 2.0;
                        canvas.polygon(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r)], color)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The rates of train steps, one column a shape; gives the right end of each cell's curve.
    #[allow(clippy::type_complexity)] // a name, a place, a style
    fn draw_shapes<'a>(
        &self,
        canvas: &Canvas<'_>,
        rect: Rect,
        cells: &[(&'a str, CellStyle)],
    ) -> Result<Vec<(&'a str, (f64, f64), CellStyle)>, PlotError> {
        let last = self.shapes.len().saturating_sub(1) as f64;
        let x = Scale::linear([-0.35, last + 0.35]);
        let rates = self.train.iter().map(|rate| rate.gflops);
        let y = Scale::linear(rates.chain([0.0, self.peak])).padded(0.0, 0.08);
        let panel = Panel::new(canvas, rect, x, y);
        panel.y_ticks(7, true)?;
        let bottom = [(rect.left, rect.bottom), (rect.right, rect.bottom)];
        canvas.line(&bottom, RULE, AXIS, None)?;
        for (index, lines) in self.shapes.iter().enumerate() {
            let Some((at, _)) = panel.place(index as f64, 0.0) else { continue };
            canvas.line(&[(at, rect.top), (at, rect.bottom)], RULE, GRID, None)?;
            for (number, line) in lines.iter().enumerate() {
                let style = TextStyle::of_size(NOTE_SIZE).anchor(Anchor::Middle);
                let baseline = rect.bottom + 6.0 + (number + 1) as f64 * (NOTE_SIZE + 3.0);
                let room = rect.width() / (last + 1.0) - 6.0;
                let line = canvas.font.shorten(line, NOTE_SIZE, room);
                canvas.text(at, baseline, &line, style);
            }
        }
        if let Some((_, at)) = panel.place(0.0, self.peak).filter(|_| usable(self.peak)) {
            canvas.line(&[(rect.left, at), (rect.right, at)], CURVE, AXIS, None)?;
        }
        let mut ends = Vec::new();
        for (name, style) in cells {
            let own = self.train.iter().filter(|rate| rate.cell == *name && usable(rate.gflops));
            let mut points: Vec<_> = own.map(|rate| (rate.shape as f64, rate.gflops)).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            panel.curve(&points, CURVE, *style)?;
            for (x, y) in &points {
                if let Some(place) = panel.place(*x, *y) {
                    canvas.dot(place, DOT, style.color)?;
                }
            }
            let end = points.last().and_then(|(x, y)| panel.place(*x, *y));
            ends.extend(end.map(|end| (*name, end, *style)));
        }
        Ok(ends)
    }
}

/// A rate that a line can show.
fn usable(rate: f64) -> bool {
    rate.is_finite() && rate > 0.0
}
