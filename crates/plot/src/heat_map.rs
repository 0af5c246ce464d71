//! Heat maps of the gradient that is left: lag from left to right, training from bottom to top, one
//! map a cell.

use plotters::style::RGBColor;

use crate::canvas::{Anchor, Canvas, Rect, TextStyle};
use crate::font::Font;
use crate::number::power_of_ten;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{AXIS, FAINT_INK, HEADING_SIZE, NOTE_SIZE, RULE, TICK_SIZE};
use crate::{Figure, Frame, PlotError};

/// The gradient of one cell at one time of its training.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    /// Optimiser steps so far.
    pub step: u64,
    /// Norm relative to lag 0, at lag 0, 1, ...
    pub values: Vec<f64>,
}

/// The map of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Its rows in order of the steps.
    pub rows: Vec<HeatRow>,
}

/// One map a cell, with the same colours.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMaps {
    /// The words around the figure.
    pub frame: Frame,
    /// The maps.
    pub cells: Vec<HeatMap>,
}

const COLUMNS: usize = 3;
const MAP_HEIGHT: f64 = 190.0;
const HEADING: f64 = 34.0;
const LEFT: f64 = 70.0;
/// Room for the last tick of a map beside the first of the next.
const GAP: f64 = 38.0;
const BELOW: f64 = 34.0;
const LAST_BELOW: f64 = 62.0;
const KEY: f64 = 92.0;

/// Powers of ten from 1 down to the darkest colour.
const DECADES: i32 = 8;
/// Colours of each decade.
const SHADES: i32 = 3;
/// Squares from left to right, at most.
const SQUARES: usize = 64;

/// From nothing (dark) to all (pale): even steps of lightness, told apart without colour too.
const RAMP: [RGBColor; 5] = [
    RGBColor(0x0B, 0x1E, 0x3C),
    RGBColor(0x1F, 0x4E, 0x79),
    RGBColor(0x2F, 0x87, 0x9B),
    RGBColor(0x83, 0xC1, 0x98),
    RGBColor(0xF7, 0xF2, 0xB2),
];

impl HeatMaps {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let rows = self.cells.len().div_ceil(COLUMNS);
        let columns = self.cells.len().clamp(1, COLUMNS) as f64;
        let each = HEADING + MAP_HEIGHT + BELOW;
        let height = rows.max(1) as f64 * each + LAST_BELOW - BELOW;
        let notes = [format!(
            "Each row of a map is one measurement, the first before training (bottom). Values below {} have the darkest colour.",
            power_of_ten(-DECADES)
        )];
        let longest = self.cells.iter().flat_map(|c| &c.rows).map(|row| row.values.len()).max();
        let lags = Scale::linear([0.0, longest.unwrap_or(1).max(2) as f64]).whole();
        let font = Font::load()?;
        sheet(&self.frame, &notes, height, |canvas, content| {
            let width = (content.width() - LEFT - KEY - (columns - 1.0) * GAP) / columns;
            let names = self.cells.iter().map(|map| map.cell.as_str());
            let titles = self.frame.labels(&font, names, HEADING_SIZE, width - 4.0);
            for (index, map) in self.cells.iter().enumerate() {
                let (row, column) = (index / COLUMNS, index % COLUMNS);
                let left = content.left + LEFT + column as f64 * (width + GAP);
                let top = content.top + row as f64 * each + HEADING;
                let rect = Rect { left, top, right: left + width, bottom: top + MAP_HEIGHT };
                let style = TextStyle::of_size(HEADING_SIZE).strong();
                canvas.text(left, top - HEADING + HEADING_SIZE, &titles[index], style);
                squares(canvas, map, rect, lags)?;
                let panel = Panel::new(canvas, rect, lags, Scale::linear([0.0, 1.0]));
                panel.x_ticks(4, false)?;
                if index + COLUMNS >= self.cells.len() {
                    panel.x_label("lag (steps back)");
                }
                if column == 0 {
                    steps(canvas, map, rect);
                    panel.y_label("training steps", LEFT - 14.0);
                }
            }
            key(canvas, content)
        })
    }

    /// Whether no map has a finite value.
    pub fn is_empty(&self) -> bool {
        let mut values = self.cells.iter().flat_map(|c| &c.rows).flat_map(|row| &row.values);
        !values.any(|value| value.is_finite())
    }
}

/// The squares of a map; neighbours of one colour are drawn as one.
fn squares(canvas: &Canvas<'_>, map: &HeatMap, rect: Rect, lags: Scale) -> Result<(), PlotError> {
    let height = (rect.bottom - rect.top) / map.rows.len().max(1) as f64;
    for (k, row) in map.rows.iter().enumerate() {
        let bottom = rect.bottom - k as f64 * height;
        for Run { lags: (from, to), shade } in runs(&row.values) {
            let at = |lag: usize| {
                let share = (lag as f64 - lags.low) / (lags.high - lags.low);
                rect.left + rect.width() * share
            };
            let square = Rect { left: at(from), top: bottom - height, right: at(to), bottom };
            canvas.fill(square, colour(shade))?;
        }
    }
    let Rect { left, right, top, bottom } = rect;
    let frame = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)];
    canvas.line(&frame, RULE, AXIS, None)
}

/// Lags from the first up to the second with one shade.
#[derive(Debug, PartialEq)]
struct Run {
    lags: (usize, usize),
    shade: i32,
}

fn runs(values: &[f64]) -> Vec<Run> {
    let size = values.len().div_ceil(SQUARES).max(1);
    let mut runs: Vec<Run> = Vec::new();
    for (k, square) in values.chunks(size).enumerate() {
        let finite = || square.iter().filter(|value| value.is_finite() && **value > 0.0);
        let count = finite().count().max(1) as f64;
        // The geometric mean; the darkest colour where nothing is left.
        let mean = match finite().next() {
            Some(_) => finite().map(|value| value.log10()).sum::<f64>() / count,
            None => f64::from(-DECADES),
        };
        let (from, to) = (k * size, k * size + square.len());
        match runs.last_mut() {
            Some(last) if last.shade == shade(mean) => last.lags.1 = to,
            _ => runs.push(Run { lags: (from, to), shade: shade(mean) }),
        }
    }
    runs
}

/// The colour's number for a decimal logarithm, 0 being the darkest.
fn shade(logarithm: f64) -> i32 {
    let decades = (logarithm + f64::from(DECADES)).clamp(0.0, f64::from(DECADES));
    (decades * f64::from(SHADES)).round() as i32
}

fn colour(shade: i32) -> RGBColor {
    colour_of(f64::from(shade) / f64::from(DECADES * SHADES))
}

/// The colour of a share from 0 (dark) to 1 (pale).
pub(crate) fn colour_of(share: f64) -> RGBColor {
    let place = share * (RAMP.len() - 1) as f64;
    let below = (place.floor().max(0.0) as usize).min(RAMP.len() - 2);
    let share = place - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    let (RGBColor(r, g, b), RGBColor(s, h, c)) = (RAMP[below], RAMP[below + 1]);
    RGBColor(mix(r, s), mix(g, h), mix(b, c))
}

/// The steps of the first, the middle and the last row.
fn steps(canvas: &Canvas<'_>, map: &HeatMap, rect: Rect) {
    let count = map.rows.len();
    let height = (rect.bottom - rect.top) / count.max(1) as f64;
    let mut shown: Vec<usize> = [0, count / 2, count.saturating_sub(1)].to_vec();
    shown.dedup();
    for (k, row) in shown.iter().filter_map(|&k| Some((k, map.rows.get(k)?))) {
        let y = rect.bottom - (k as f64 + 0.5) * height;
        let style = TextStyle::of_size(TICK_SIZE).anchor(Anchor::End);
        canvas.text(rect.left - 8.0, y + TICK_SIZE * 0.35, &row.step.to_string(), style);
    }
}

/// What the colours mean.
fn key(canvas: &Canvas<'_>, content: Rect) -> Result<(), PlotError> {
    let (left, top) = (content.right - KEY + 26.0, content.top + HEADING);
    let count = DECADES * SHADES;
    let height = MAP_HEIGHT / f64::from(count + 1);
    for shade in 0..=count {
        let top = top + f64::from(count - shade) * height;
        canvas.fill(Rect { left, top, right: left + 16.0, bottom: top + height }, colour(shade))?;
        if shade % (2 * SHADES) == 0 {
            let label = power_of_ten(shade / SHADES - DECADES);
            let baseline = top + height / 2.0 + TICK_SIZE * 0.35;
            canvas.text(left + 22.0, baseline, &label, TextStyle::of_size(TICK_SIZE));
        }
    }
    let style = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK);
    let below = top + MAP_HEIGHT + NOTE_SIZE + 4.0;
    canvas.text(left - 6.0, below, "relative to", style);
    canvas.text(left - 6.0, below + NOTE_SIZE * 1.2, "lag 0", style);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_shade_are_one() {
        let all = runs(&[1.0, 1.0, 1.0, 1e-4, f64::NAN, 0.0, 1e-20]);
        let found: Vec<_> = all.iter().map(|run| (run.lags, run.shade)).collect();
        assert_eq!(found, [((0, 3), 24), ((3, 4), 12), ((4, 7), 0)]);
        assert!(runs(&[]).is_empty());
    }

    #[test]
    fn many_lags_share_squares() {
        let values: Vec<f64> = (0..400).map(|lag| 0.9_f64.powi(lag)).collect();
        let all = runs(&values);
        assert!(all.len() <= SQUARES, "{}", all.len());
        assert_eq!(all.last().map(|run| run.lags.1), Some(400));
    }

    #[test]
    fn colours_run_from_dark_to_pale() {
        assert_eq!(colour(0), RAMP[0]);
        assert_eq!(colour(DECADES * SHADES), RAMP[4]);
        assert_eq!(shade(5.0), DECADES * SHADES);
        assert_eq!(shade(f64::NEG_INFINITY), 0);
    }
}
