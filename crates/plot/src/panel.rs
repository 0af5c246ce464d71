//! One pair of axes: plotters' coordinates inside a rectangle, with our own ticks and labels.

use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::prelude::{DrawingArea, SVGBackend};
use plotters::style::Color as _;

use crate::PlotError;
use crate::canvas::{Anchor, Canvas, Rect, TextStyle, UNITS, refused, thickness, units};
use crate::clip::{curve_within, polygon_within};
use crate::number::compact;
use crate::scale::Scale;
use crate::style::{
    AXIS, BAND_OPACITY, CellStyle, FAINT_INK, GRID, LABEL_SIZE, MARGIN, RULE, THIN_CURVE,
    TICK_SIZE, WIDTH,
};

use std::cmp::Ordering;

type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// A tick label of a y axis that is wider, `1×10⁻³⁰⁰`, is written smaller.
const WIDEST_TICK: f64 = 48.0;
/// How far beyond an axis a curve goes on its way to an infinite value, in lengths of the axis: it leaves
/// upright.
const FAR: f64 = 1e6;
/// The least space between two tick labels of an x axis.
const BETWEEN_TICKS: f64 = 6.0;

/// A pair of axes on a canvas. Curves and bands are cut above and below them; on the other sides, data
/// outside the axes is the caller's to leave out.
pub(crate) struct Panel<'c, 'a> {
    canvas: &'c Canvas<'a>,
    plane: DrawingArea<SVGBackend<'a>, Plane>,
    pub(crate) rect: Rect,
    x: Scale,
    y: Scale,
}

impl<'c, 'a> Panel<'c, 'a> {
    /// Axes over the whole of `rect`: ticks and labels stand outside it.
    pub(crate) fn new(canvas: &'c Canvas<'a>, rect: Rect, x: Scale, y: Scale) -> Self {
        let pixels = (units(rect.left)..units(rect.right), units(rect.bottom)..units(rect.top));
        let plane = Cartesian2d::new(x.low..x.high, y.low..y.high, pixels);
        Self { canvas, plane: canvas.area.clone().apply_coord_spec(plane), rect, x, y }
    }

    /// Where a data point stands on the canvas, if the axes have a place for it.
    pub(crate) fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let position = (self.x.position(x)?, self.y.position(y)?);
        let (x, y) = self.plane.map_coordinate(&position);
        Some((f64::from(x) / UNITS, f64::from(y) / UNITS))
    }

    /// The same, at the nearest edge where the axes have no place: with where it stands it comes back
    /// whether the value goes on below (`Less`) or above (`Greater`) the y axis. `None` where x has no
    /// place or the value is not a number.
    pub(crate) fn place_on_y(&self, x: f64, y: f64) -> Option<((f64, f64), Ordering)> {
        let (position, beyond) = self.y.position_on(y)?;
        let (x, y) = self.plane.map_coordinate(&(self.x.position(x)?, position));
        Some(((f64::from(x) / UNITS, f64::from(y) / UNITS), beyond))
    }

    /// Where a value stands from left to right, as [`Self::place_on_y`] from top to bottom.
    pub(crate) fn place_on_x(&self, x: f64) -> Option<(f64, Ordering)> {
        let (position, beyond) = self.x.position_on(x)?;
        let (x, _) = self.plane.map_coordinate(&(position, self.y.low));
        Some((f64::from(x) / UNITS, beyond))
    }

    /// Horizontal grid lines at the y ticks, with their labels if `labelled`.
    pub(crate) fn y_ticks(&self, target: usize, labelled: bool) -> Result<(), PlotError> {
        let Rect { left, right, .. } = self.rect;
        for tick in self.y.ticks(target) {
            let (_, y) = self.plane.map_coordinate(&(self.x.low, tick.position));
            let y = f64::from(y) / UNITS;
            self.canvas.line(&[(left, y), (right, y)], RULE, GRID, None)?;
            if labelled {
                let width = self.canvas.font.width(&tick.label, TICK_SIZE);
                let size = TICK_SIZE * (WIDEST_TICK / width).min(1.0);
                let style = TextStyle::of_size(size).anchor(Anchor::End);
                self.canvas.text(left - 8.0, y + size * 0.35, &tick.label, style);
            }
        }
        Ok(())
    }

    /// The x axis: a line at the bottom, ticks and their labels; vertical grid lines if `grid`.
    pub(crate) fn x_ticks(&self, target: usize, grid: bool) -> Result<(), PlotError> {
        let Rect { left, right, top, bottom } = self.rect;
        let mut free = f64::NEG_INFINITY;
        for tick in self.x.ticks(target) {
            let (x, _) = self.plane.map_coordinate(&(tick.position, self.y.low));
            let x = f64::from(x) / UNITS;
            if grid {
                self.canvas.line(&[(x, top), (x, bottom)], RULE, GRID, None)?;
            }
            self.canvas.line(&[(x, bottom), (x, bottom + 5.0)], RULE, AXIS, None)?;
            let half = self.canvas.font.width(&tick.label, TICK_SIZE) / 2.0;
            if x - half >= free {
                let style = TextStyle::of_size(TICK_SIZE).anchor(Anchor::Middle);
                self.canvas.text(x, bottom + 8.0 + TICK_SIZE, &tick.label, style);
                free = x + half + BETWEEN_TICKS;
            }
        }
        self.canvas.line(&[(left, bottom), (right, bottom)], RULE, AXIS, None)
    }

    /// Ticks at these places, as many as have room for their labels.
    pub(crate) fn x_ticks_at(&self, places: &[f64]) -> Result<(), PlotError> {
        let Rect { left, right, bottom, .. } = self.rect;
        let mut free = f64::NEG_INFINITY;
        for &place in places {
            let Some(position) = self.x.position(place) else { continue };
            let (x, _) = self.plane.map_coordinate(&(position, self.y.low));
            let x = f64::from(x) / UNITS;
            let label = compact(place);
            self.canvas.line(&[(x, bottom), (x, bottom + 5.0)], RULE, AXIS, None)?;
            let half = self.canvas.font.width(&label, TICK_SIZE) / 2.0;
            if x - half >= free {
                let style = TextStyle::of_size(TICK_SIZE).anchor(Anchor::Middle);
                self.canvas.text(x, bottom + 8.0 + TICK_SIZE, &label, style);
                free = x + half + 10.0;
            }
        }
        self.canvas.line(&[(left, bottom), (right, bottom)], RULE, AXIS, None)
    }

    /// A dashed line across the panel.
    pub(crate) fn level(&self, value: f64) -> Result<Option<f64>, PlotError> {
        let Some(position) = self.y.position(value) else { return Ok(None) };
        let (_, level) = self.plane.map_coordinate(&(self.x.low, position));
        let level = f64::from(level) / UNITS;
        let Rect { left, right, .. } = self.rect;
        self.canvas.line(&[(left, level), (right, level)], THIN_CURVE, AXIS, Some((6.0, 4.0)))?;
        Ok(Some(level))
    }

    /// The x axis' label, under its ticks.
    pub(crate) fn x_label(&self, label: &str) {
        let style = TextStyle::of_size(LABEL_SIZE).color(FAINT_INK).anchor(Anchor::Middle);
        let middle = (self.rect.left + self.rect.right) / 2.0;
        let room = 2.0 * middle.min(WIDTH - middle) - MARGIN;
        let label = self.canvas.font.shorten(label, LABEL_SIZE, room);
        self.canvas.text(middle, self.rect.bottom + 54.0, &label, style);
    }

    /// The y axis' label, read upwards, `distance` left of the axis.
    pub(crate) fn y_label(&self, label: &str, distance: f64) {
        let style = TextStyle::of_size(LABEL_SIZE).color(FAINT_INK).anchor(Anchor::Middle);
        let middle = (self.rect.top + self.rect.bottom) / 2.0;
        let room = self.rect.bottom - self.rect.top + 60.0;
        let label = self.canvas.font.shorten(label, LABEL_SIZE, room);
        self.canvas.text(self.rect.left - distance, middle, &label, style.upwards());
    }

    /// A curve through data points, cut where it leaves the y axis; points without a place on the x axis
    /// are skipped.
    pub(crate) fn curve(
        &self,
        points: &[(f64, f64)],
        width: f64,
        style: CellStyle,
    ) -> Result<(), PlotError> {
        let stroke = style.color.stroke_width(thickness(width));
        let positions = self.positions(points.iter().copied());
        for piece in curve_within(&positions, (self.y.low, self.y.high)) {
            match style.dash {
                None => self.plane.draw(&PathElement::new(piece, stroke)),
                Some((on, off)) => {
                    self.plane.draw(&DashedPathElement::new(piece, units(on), units(off), stroke))
                }
            }
            .map_err(refused)?;
        }
        Ok(())
    }

    /// Marks at so many of a curve's points, if its style has one.
    pub(crate) fn marks(
        &self,
        points: &[(f64, f64)],
        most: usize,
        style: CellStyle,
    ) -> Result<(), PlotError> {
        let Some(marker) = style.marker else { return Ok(()) };
        let step = points.len().div_ceil(most.max(1)).max(1);
        for (x, y) in points.iter().rev().step_by(step) {
            if let Some((place, Ordering::Equal)) = self.place_on_y(*x, *y) {
                self.canvas.mark(place, 5.0, marker, style.color)?;
            }
        }
        Ok(())
    }

    /// The ground between two curves: `(x, low, high)`.
    pub(crate) fn band(
        &self,
        points: &[(f64, f64, f64)],
        style: CellStyle,
    ) -> Result<(), PlotError> {
        let upper = points.iter().map(|(x, _, high)| (*x, *high));
        let lower = points.iter().rev().map(|(x, low, _)| (*x, *low));
        let ends = (self.y.low, self.y.high);
        let outline = polygon_within(&self.positions(upper.chain(lower)), ends);
        if outline.len() < 3 {
            return Ok(());
        }
        let fill = style.color.mix(BAND_OPACITY).filled();
        self.plane.draw(&Polygon::new(outline, fill)).map_err(refused)
    }

    fn positions(&self, points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
        let length = self.y.high - self.y.low;
        let below = self.y.low - length;
        let position = |y: f64| match self.y.position(y) {
            None if y == f64::INFINITY => Some((self.y.high + FAR * length).min(f64::MAX)),
            None if y == f64::NEG_INFINITY => Some((self.y.low - FAR * length).max(f64::MIN)),
            // A logarithm without end: the curve leaves the axis.
            None if y <= 0.0 => Some(below),
            position => position,
        };
        points.filter_map(|(x, y)| Some((self.x.position(x)?, position(y)?))).collect()
    }
}
