//! The drawing surface: shapes by plotters, text as outlines, lengths in nominal units.

use std::cell::RefCell;
use std::fmt::Write as _;

use plotters::coord::Shift;
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingArea, IntoDrawingArea as _, SVGBackend};
use plotters::style::{Color as _, RGBAColor, RGBColor};

use crate::PlotError;
use crate::figure::Figure;
use crate::font::{EM, Font, Glyphs};
use crate::style::{INK, Marker};

/// plotters' SVG coordinates are whole numbers: ten to a nominal unit keep curves smooth.
pub(crate) const UNITS: f64 = 10.0;

/// A nominal length in plotters' coordinates.
pub(crate) fn units(length: f64) -> i32 {
    (length * UNITS).round() as i32
}

/// A nominal length in plotters' coordinates, where only positive ones make sense.
pub(crate) fn thickness(length: f64) -> u32 {
    units(length).max(1).unsigned_abs()
}

/// A rectangle in nominal units, y downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }
}

/// Which point of a text stands at the given x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextStyle {
    pub(crate) size: f64,
    pub(crate) color: RGBColor,
    pub(crate) anchor: Anchor,
    /// Outlines are thickened for titles: the font has one weight.
    pub(crate) strong: bool,
    /// Read upwards, for the label of a y axis.
    pub(crate) upwards: bool,
    /// A white rim, for labels that may lie on curves.
    pub(crate) rim: bool,
}

impl TextStyle {
    /// Plain dark text that starts at its place.
    pub(crate) fn of_size(size: f64) -> Self {
        let (color, anchor) = (INK, Anchor::Start);
        Self { size, color, anchor, strong: false, upwards: false, rim: false }
    }
    pub(crate) fn color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }
    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
    pub(crate) fn strong(self) -> Self {
        Self { strong: true, ..self }
    }
    pub(crate) fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }
    pub(crate) fn rim(self) -> Self {
        Self { rim: true, ..self }
    }
}

/// A figure being drawn.
pub(crate) struct Canvas<'a> {
    pub(crate) area: DrawingArea<SVGBackend<'a>, Shift>,
    pub(crate) font: &'a Font,
    texts: RefCell<Texts>,
}

/// Texts are kept aside and written after all shapes: nothing is ever drawn over a label.
#[derive(Default)]
struct Texts {
    glyphs: Glyphs,
    elements: String,
}

impl<'a> Canvas<'a> {
    /// Draws a figure of a nominal size; `title` is what a screen reader announces.
    pub(crate) fn figure(
        font: &Font,
        (width, height): (f64, f64),
        title: &str,
        draw: impl FnOnce(&Canvas<'_>) -> Result<(), PlotError>,
    ) -> Result<Figure, PlotError> {
        let mut shapes = String::new();
        let size = (thickness(width), thickness(height));
        let texts = {
            let area = SVGBackend::with_string(&mut shapes, size).into_drawing_area();
            let canvas = Canvas { area, font, texts: RefCell::default() };
            draw(&canvas)?;
            canvas.area.present().map_err(refused)?;
            canvas.texts.into_inner()
        };
        // plotters' own <svg> line gives the large size: ours shows it at the nominal one.
        let shapes = shapes.split_once('\n').map_or("", |(_, rest)| rest);
        let shapes = shapes.trim_end().trim_end_matches("</svg>");
        let (full_width, full_height) = size;
        let title = escape(title);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {full_width} {full_height}\" role=\"img\">\n<title>{title}</title>\n\
             {definitions}<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n\
             <g stroke-linejoin=\"round\">\n{shapes}</g>\n{texts}</svg>\n",
            definitions = texts.glyphs.definitions(),
            texts = texts.elements,
        );
        Ok(Figure { svg })
    }

    /// A text with its baseline at y.
    pub(crate) fn text(&self, x: f64, y: f64, text: &str, style: TextStyle) {
        let start = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.font.layout(text).1 / 2.0,
            Anchor::End => self.font.layout(text).1,
        };
        let mut texts = self.texts.borrow_mut();
        let uses = texts.glyphs.draw(self.font, text, start);
        let RGBColor(red, green, blue) = style.color;
        // The font is light: a little more ink keeps it readable when the figure is shown small.
        let weight = if style.strong { 48 } else { 16 };
        let ink = format!("#{red:02X}{green:02X}{blue:02X}");
        let turn = if style.upwards { " rotate(-90)" } else { "" };
        let (x, y, scale) = (units(x), units(y), style.size * UNITS / EM);
        let place = format!("transform=\"translate({x} {y}){turn} scale({scale:.4})\"");
        if style.rim {
            // Writing to a String cannot fail.
            let _ = writeln!(
                texts.elements,
                "<g {place} fill=\"#FFFFFF\" stroke=\"#FFFFFF\" stroke-width=\"320\" \
                 stroke-linejoin=\"round\" opacity=\"0.85\">{uses}</g>"
            );
        }
        let _ = writeln!(
            texts.elements,
            "<g aria-label=\"{label}\" {place} fill=\"{ink}\" stroke=\"{ink}\" \
             stroke-width=\"{weight}\">{uses}</g>",
            label = escape(text),
        );
    }

    /// A filled rectangle.
    pub(crate) fn fill(&self, rect: Rect, color: impl Into<RGBAColor>) -> Result<(), PlotError> {
        let corners =
            [(units(rect.left), units(rect.top)), (units(rect.right), units(rect.bottom))];
        self.area.draw(&Rectangle::new(corners, color.into().filled())).map_err(refused)
    }

    /// A filled polygon.
    pub(crate) fn polygon(&self, points: &[(f64, f64)], color: RGBColor) -> Result<(), PlotError> {
        self.area.draw(&Polygon::new(in_units(points), color.filled())).map_err(refused)
    }

    /// A filled circle; the rim sets it off from what lies below.
    pub(crate) fn dot(
        &self,
        (x, y): (f64, f64),
        radius: f64,
        color: RGBColor,
    ) -> Result<(), PlotError> {
        let center = (units(x), units(y));
        let ground = plotters::style::WHITE.filled();
        self.area.draw(&Circle::new(center, units(radius + 1.0), ground)).map_err(refused)?;
        self.area.draw(&Circle::new(center, units(radius), color.filled())).map_err(refused)
    }

    /// A mark of a shape, on a rim that sets it off from what lies below.
    pub(crate) fn mark(
        &self,
        (x, y): (f64, f64),
        radius: f64,
        marker: Marker,
        color: RGBColor,
    ) -> Result<(), PlotError> {
        let rim = RGBColor(255, 255, 255);
        let outline = |r: f64| -> Vec<(f64, f64)> {
            match marker {
                Marker::Square => {
                    let r = 0.9 * r;
                    vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
                }
                Marker::Triangle => {
                    vec![(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)]
                }
                _ => {
                    vec![(x, y - 1.25 * r), (x + 1.25 * r, y), (x, y + 1.25 * r), (x - 1.25 * r, y)]
                }
            }
        };
        match marker {
            Marker::Disc => self.dot((x, y), radius, color),
            Marker::Ring => {
                self.dot((x, y), radius, color)?;
                let center = (units(x), units(y));
                let hole = Circle::new(center, units(0.55 * radius), rim.filled());
                self.area.draw(&hole).map_err(refused)
            }
            Marker::Cross => {
                let r = 0.9 * radius;
                for (width, color) in [(5.0, rim), (2.6, color)] {
                    self.line(&[(x - r, y - r), (x + r, y + r)], width, color, None)?;
                    self.line(&[(x - r, y + r), (x + r, y - r)], width, color, None)?;
                }
                Ok(())
            }
            Marker::Square | Marker::Triangle | Marker::Diamond => {
                self.polygon(&outline(radius + 1.2), rim)?;
                self.polygon(&outline(radius), color)
            }
        }
    }

    /// A line through points, solid or dashed.
    pub(crate) fn line(
        &self,
        points: &[(f64, f64)],
        width: f64,
        color: RGBColor,
        dash: Option<(f64, f64)>,
    ) -> Result<(), PlotError> {
        let points = in_units(points);
        let style = color.stroke_width(thickness(width));
        match dash {
            None => self.area.draw(&PathElement::new(points, style)),
            Some((on, off)) => {
                self.area.draw(&DashedPathElement::new(points, units(on), units(off), style))
            }
        }
        .map_err(refused)
    }
}

fn in_units(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    points.iter().map(|(x, y)| (units(*x), units(*y))).collect()
}

/// plotters' errors name no file and nothing a caller could act on: their text is enough.
pub(crate) fn refused(error: impl std::fmt::Display) -> PlotError {
    PlotError::Draw(error.to_string())
}

/// Text for an XML attribute or element. Characters that XML cannot hold become spaces.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() => escaped.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
