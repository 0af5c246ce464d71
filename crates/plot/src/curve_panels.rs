//! Panels beside each other with the same axes: curves of several cells, with bands and bounds.

use crate::canvas::{Rect, TextStyle};
use crate::font::Font;
use crate::labels::{self, EndLabel, Leader};
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{
    AXIS, CURVE, CellStyle, FAINT_INK, HEADING_SIZE, LABEL_SIZE, MARGIN, NO_VALUES, THIN_CURVE,
    WIDTH,
};
use crate::{Figure, Frame, PlotError};

/// An axis of all panels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Axis {
    /// What it shows, with the unit.
    pub title: String,
    /// Logarithmic: values that are not positive are left out.
    pub log: bool,
    /// Counted: ticks stand at whole numbers only.
    pub whole: bool,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPoint {
    /// Place on the x axis.
    pub x: f64,
    /// Lower end of the band.
    pub low: f64,
    /// The curve.
    pub middle: f64,
    /// Upper end of the band.
    pub high: f64,
}

/// The curve of one cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BandCurve {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// The points in order of x.
    pub points: Vec<BandPoint>,
    /// A bound on the curve, drawn thin and dotted as far as the curve goes; empty where none is known.
    pub bound: Vec<(f64, f64)>,
}

/// One panel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CurvePanel {
    /// What is special about it.
    pub heading: String,
    /// Its curves.
    pub curves: Vec<BandCurve>,
}

/// Panels beside each other with the same axes.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePanels {
    /// The words around the figure.
    pub frame: Frame,
    /// The x axis.
    pub x: Axis,
    /// The y axis.
    pub y: Axis,
    /// Curves end where they fall below this value, and the y axis too.
    pub floor: Option<f64>,
    /// A value that divides the curves, marked by a line through every panel.
    pub level: Option<f64>,
    /// The panels, from left to right.
    pub panels: Vec<CurvePanel>,
    /// How to read it.
    pub notes: Vec<String>,
}

const HEIGHT: f64 = 470.0;
const LEFT: f64 = 88.0;
const BELOW: f64 = 66.0;
const HEADING: f64 = 34.0;
const WIDEST_LABEL: f64 = 150.0;
/// Marks along a curve.
const MARKS: usize = 6;
/// Curves that rise above this end the axis here.
const CEILING: f64 = 1e9;

impl CurvePanels {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let names = || self.panels.iter().flat_map(|p| p.curves.iter().map(|c| c.cell.as_str()));
        let styles = self.frame.styles(names());
        let style_of = |name: &str| names().zip(&styles).find(|(n, _)| *n == name).map(|(_, s)| *s);
        let panels: Vec<Vec<BandCurve>> = self
            .panels
            .iter()
            .map(|panel| panel.curves.iter().map(|curve| self.visible(curve)).collect())
            .collect();
        let points = || panels.iter().flatten().flat_map(|curve| &curve.points);
        let x = scale(&self.x, points().map(|point| point.x));
        let values =
            points().flat_map(|p| [p.low, p.middle, p.high]).filter(|y| y.abs() < f64::MAX);
        let y = scale(&self.y, values.chain(self.level)).padded(0.03, 0.03);

        let font = Font::load()?;
        let texts = self.frame.labels(&font, names(), LABEL_SIZE, WIDEST_LABEL);
        let text = |name: &str| {
            names().zip(&texts).find(|(n, _)| *n == name).map_or("", |(_, text)| text).to_owned()
        };
        let label_width = texts.iter().map(|text| font.width(text, LABEL_SIZE)).fold(0.0, f64::max);
        let most = self.panels.iter().map(|panel| panel.curves.len()).max().unwrap_or(0);
        let height = HEIGHT.max(labels::height(most) + HEADING + BELOW + 12.0);
        let (count, gap) = (panels.len().max(1) as f64, label_width + 40.0);
        let width = (WIDTH - 2.0 * MARGIN - LEFT - count * gap + 16.0) / count;

        sheet(&self.frame, &self.notes(&panels), height, |canvas, content| {
            for (index, (panel, curves)) in self.panels.iter().zip(&panels).enumerate() {
                let left = content.left + LEFT + index as f64 * (width + gap);
                let rect = Rect {
                    left,
                    top: content.top + HEADING,
                    right: left + width,
                    bottom: content.bottom - BELOW,
                };
                let style = TextStyle::of_size(HEADING_SIZE).strong();
                canvas.text(left, content.top + HEADING_SIZE, &panel.heading, style);
                let axes = Panel::new(canvas, rect, x, y);
                axes.y_ticks(9, index == 0)?;
                axes.x_ticks(5, false)?;
                axes.x_label(&self.x.title);
                if index == 0 {
                    axes.y_label(&self.y.title, LEFT - 16.0);
                }
                if let Some((_, y)) = self.level.and_then(|level| axes.place(1.0, level)) {
                    let line = [(rect.left, y), (rect.right, y)];
                    canvas.line(&line, THIN_CURVE, AXIS, Some((6.0, 4.0)))?;
                }
                let mut ends = Vec::new();
                for curve in curves {
                    let Some(style) = style_of(&curve.cell) else { continue };
                    draw_curve(&axes, curve, style)?;
                    if let Some(end) = curve.points.last().and_then(|p| axes.place(p.x, p.middle)) {
                        if curve.points.len() == 1 {
                            canvas.dot(end, 4.5, style.color)?;
                        }
                        let (text, leader) = (text(&curve.cell), Leader::Edge);
                        ends.push(EndLabel { end, text, style, leader });
                    }
                }
                let Rect { right, top, bottom, .. } = rect;
                if curves.iter().all(|curve| curve.points.is_empty()) {
                    let style = TextStyle::of_size(LABEL_SIZE).color(FAINT_INK);
                    let text = font.shorten(NO_VALUES, LABEL_SIZE, width - 24.0);
                    canvas.text(left + 12.0, top + 30.0, &text, style.rim());
                }
                labels::column(canvas, &ends, right + 14.0, (top + 6.0, bottom - 4.0))?;
            }
            Ok(())
        })
    }

    /// Whether no curve has a value that the axes have a place for.
    pub fn is_empty(&self) -> bool {
        let mut curves = self.panels.iter().flat_map(|panel| &panel.curves);
        curves.all(|curve| self.visible(curve).points.is_empty())
    }

    /// The notes, and which cells have no curve at all.
    fn notes(&self, panels: &[Vec<BandCurve>]) -> Vec<String> {
        let mut absent: Vec<&str> = Vec::new();
        for curve in panels.iter().flatten() {
            let mut ours = panels.iter().flatten().filter(|other| other.cell == curve.cell);
            if !absent.contains(&curve.cell.as_str()) && ours.all(|own| own.points.is_empty()) {
                absent.push(&curve.cell);
            }
        }
        let titles: Vec<&str> = absent.iter().map(|name| self.frame.title_of(name)).collect();
        let absent = (!titles.is_empty()).then(|| {
            format!("Not drawn, for want of values that the axes have: {}.", titles.join(", "))
        });
        self.notes.iter().cloned().chain(absent).collect()
    }

    /// The part of a curve that the axes have a place for: up to the first value below the floor.
    fn visible(&self, curve: &BandCurve) -> BandCurve {
        let floor = self.floor.unwrap_or(f64::NEG_INFINITY);
        let positive = |log: bool, value: f64| !log || value > 0.0;
        let usable = |x: f64, y: f64| {
            x.is_finite() && y.is_finite() && positive(self.x.log, x) && positive(self.y.log, y)
        };
        // A band that reaches 0 on a logarithmic axis goes on to the edge.
        let point = |p: &BandPoint| BandPoint {
            low: p.low.clamp(floor.min(p.middle), p.middle.min(CEILING)),
            middle: p.middle.min(CEILING),
            high: p.high.clamp(p.middle.min(CEILING), CEILING),
            ..*p
        };
        let whole = |p: &&BandPoint| usable(p.x, p.middle) && !p.low.is_nan() && !p.high.is_nan();
        let points = curve.points.iter().filter(whole).take_while(|p| p.middle >= floor);
        let points: Vec<BandPoint> = points.map(point).collect();
        let end = points.last().map_or(f64::NEG_INFINITY, |point| point.x);
        let bound = curve.bound.iter().filter(|(x, y)| usable(*x, *y) && *x <= end);
        let bound = bound.take_while(|(_, y)| (floor..=CEILING).contains(y)).copied().collect();
        BandCurve { cell: curve.cell.clone(), points, bound }
    }
}

fn scale(axis: &Axis, values: impl Iterator<Item = f64>) -> Scale {
    let scale = if axis.log { Scale::log(values) } else { Scale::linear(values) };
    if axis.whole { scale.whole() } else { scale }
}

fn draw_curve(axes: &Panel<'_, '_>, curve: &BandCurve, style: CellStyle) -> Result<(), PlotError> {
    let band: Vec<_> = curve.points.iter().map(|p| (p.x, p.low, p.high)).collect();
    axes.band(&band, style)?;
    let middle: Vec<_> = curve.points.iter().map(|p| (p.x, p.middle)).collect();
    axes.curve(&middle, CURVE, style)?;
    axes.marks(&middle, MARKS, style)?;
    let dotted = CellStyle { dash: Some((2.0, 4.0)), ..style };
    axes.curve(&curve.bound, THIN_CURVE, dotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panels(floor: Option<f64>) -> CurvePanels {
        let log = |title: &str| Axis { title: title.to_owned(), log: true, whole: false };
        let (x, y) = (log("steps"), log("value"));
        CurvePanels {
            frame: Frame::default(),
            x,
            y,
            floor,
            level: None,
            panels: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn curve(values: &[f64]) -> BandCurve {
        let point = |(x, &y): (usize, &f64)| BandPoint {
            x: x as f64 + 1.0,
            low: y / 10.0,
            middle: y,
            high: y * 10.0,
        };
        BandCurve {
            cell: "rnn".to_owned(),
            points: values.iter().enumerate().map(point).collect(),
            bound: Vec::new(),
        }
    }

    #[test]
    fn curves_end_at_the_floor_and_bands_stop_there() {
        let shown = panels(Some(1e-8)).visible(&curve(&[1.0, 2e-8, 1e-9, 1.0]));
        assert_eq!(shown.points.iter().map(|p| p.middle).collect::<Vec<_>>(), [1.0, 2e-8]);
        assert_eq!(shown.points[1].low, 1e-8);
        assert_eq!(panels(None).visible(&curve(&[1.0, 1e-9, 1.0])).points.len(), 3);
    }

    /// A bound says something of its curve: without one, it would be a line without a name.
    #[test]
    fn a_bound_goes_as_far_as_its_curve() {
        let figure = panels(Some(1e-8));
        let bound = vec![(1.0, 1.1), (2.0, 1.2), (5.0, 1.4)];
        let with = |values: &[f64]| BandCurve { bound: bound.clone(), ..curve(values) };
        assert_eq!(figure.visible(&with(&[1.0, 0.9])).bound, bound[..2]);
        assert!(figure.visible(&with(&[0.0, 0.0])).bound.is_empty());
        let curves = vec![with(&[0.0, f64::NAN])];
        let panel = CurvePanel { heading: String::new(), curves };
        let empty = CurvePanels { panels: vec![panel.clone()], ..figure.clone() };
        assert!(empty.is_empty());
        let curves = vec![BandCurve { cell: "gru".to_owned(), ..with(&[1.0]) }];
        let other = CurvePanel { heading: String::new(), curves };
        let half = CurvePanels { panels: vec![panel, other], ..figure };
        let shown: Vec<Vec<BandCurve>> = half
            .panels
            .iter()
            .map(|p| p.curves.iter().map(|c| half.visible(c)).collect())
            .collect();
        assert!(!half.is_empty());
        assert_eq!(half.notes(&shown), ["Not drawn, for want of values that the axes have: RNN."]);
    }

    #[test]
    fn a_log_axis_takes_no_zero_and_nothing_is_above_the_ceiling() {
        let shown = panels(None).visible(&curve(&[0.0, f64::NAN, 1e300, 1.0]));
        assert_eq!(shown.points.iter().map(|p| p.x).collect::<Vec<_>>(), [3.0, 4.0]);
        assert_eq!(shown.points[0].middle, CEILING);
    }
}
