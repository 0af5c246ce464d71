//! A recording as a model hears it: energy by frequency over time, and below it what the model puts out.

use crate::canvas::{Anchor, Canvas, Rect, TextStyle};
use crate::heat_map::colour_of;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{AXIS, CURVE, CellStyle, FAINT_INK, INK, LABEL_SIZE, RULE, THIN_CURVE};
use crate::{Figure, Frame, PlotError};

/// The chances of one output over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// The label; `None` for the blank.
    pub label: Option<String>,
    /// Its chance at each step.
    pub chances: Vec<f64>,
}

/// What a model hears.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The words above its curves; none where they are empty.
    pub heading: String,
    /// What it puts out.
    pub posteriors: Vec<Posterior>,
}

/// A spectrogram with the posteriors of models below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    /// The words around the figure.
    pub frame: Frame,
    /// Seconds of the recording.
    pub seconds: f64,
    /// The logarithm of the energy in each band, from the lowest, frame by frame.
    pub energies: Vec<Vec<f64>>,
    /// The models, from the one on top.
    pub heard: Vec<Heard>,
}

const LEFT: f64 = 70.0;
const MAP_HEIGHT: f64 = 220.0;
const BETWEEN: f64 = 46.0;
const CURVES_HEIGHT: f64 = 170.0;
const BELOW: f64 = 62.0;
/// Between curves and those below them: the ticks of the one, the heading of the other.
const BETWEEN_CURVES: f64 = 66.0;
/// Between a heading and the curves below it.
const HEADING: f64 = 7.0;
/// Columns of squares, at most.
const COLUMNS: usize = 180;
/// Shades of the map: neighbours of one are drawn as one.
const SHADES: f64 = 24.0;
/// By how much squares overlap.
const SEAM: f64 = 0.6;
/// A label is drawn if its chance is ever above this, and named where it is highest.
const SEEN: f64 = 0.1;

impl Spectrogram {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let place = |k: usize| BETWEEN + k as f64 * (BETWEEN_CURVES + CURVES_HEIGHT);
        let last = self.heard.len().saturating_sub(1);
        let height = MAP_HEIGHT + place(last) + CURVES_HEIGHT + BELOW;
        let notes = ["Above: pale is loud. Below: the chance of each label, named where it is highest; dashed: that of the blank.".to_owned()];
        let time = Scale::linear([0.0, self.seconds.max(f64::MIN_POSITIVE)]);
        sheet(&self.frame, &notes, height, |canvas, content| {
            let map = Rect {
                left: content.left + LEFT,
                top: content.top,
                right: content.right,
                bottom: content.top + MAP_HEIGHT,
            };
            self.map(canvas, map)?;
            Panel::new(canvas, map, time, Scale::linear([0.0, 1.0]))
                .y_label("frequency", LEFT - 18.0);
            for (k, heard) in self.heard.iter().enumerate() {
                let top = map.bottom + place(k);
                let curves = Rect { top, bottom: top + CURVES_HEIGHT, ..map };
                if !heard.heading.is_empty() {
                    let style = TextStyle::of_size(LABEL_SIZE).strong();
                    canvas.text(curves.left, top - HEADING, &heard.heading, style);
                }
                // Room for names above the highest.
                let panel =
                    Panel::new(canvas, curves, time, Scale::linear([0.0, 1.0]).padded(0.0, 0.18));
                panel.y_ticks(3, true)?;
                panel.x_ticks(8, false)?;
                if k + 1 == self.heard.len() {
                    panel.x_label("seconds");
                }
                panel.y_label("chance", LEFT - 18.0);
                for posterior in &heard.posteriors {
                    self.curve(canvas, &panel, posterior)?;
                }
            }
            Ok(())
        })
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        !self.energies.iter().flatten().any(|energy| energy.is_finite())
    }

    /// The squares of the spectrogram.
    fn map(&self, canvas: &Canvas<'_>, rect: Rect) -> Result<(), PlotError> {
        let finite = || self.energies.iter().flatten().copied().filter(|energy| energy.is_finite());
        let (low, high) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let size = self.energies.len().div_ceil(COLUMNS).max(1);
        let columns: Vec<&[Vec<f64>]> = self.energies.chunks(size).collect();
        let bands = self.energies.iter().map(Vec::len).max().unwrap_or(0);
        let x = |column: usize| {
            rect.left
                + rect.width() * (column * size).min(self.energies.len()) as f64
                    / self.energies.len() as f64
        };
        let height = (rect.bottom - rect.top) / bands.max(1) as f64;
        for band in 0..bands {
            let bottom = rect.bottom - band as f64 * height;
            let shades: Vec<i32> =
                columns.iter().map(|frames| shade(frames, band, (low, high))).collect();
            let mut from = 0;
            for run in shades.chunk_by(|a, b| a == b) {
                let to = from + run.len();
                // Drawn over by the next to the right and above, so that no seam shows.
                let (right, top) = (x(to) + SEAM, bottom - height - SEAM);
                let (right, top) = (right.min(rect.right), top.max(rect.top));
                let square = Rect { left: x(from), top, right, bottom };
                canvas.fill(square, colour_of(f64::from(run[0]) / SHADES))?;
                from = to;
            }
        }
        let Rect { left, right, top, bottom } = rect;
        let frame = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)];
        canvas.line(&frame, RULE, AXIS, None)
    }

    /// The chances of one output, if they are ever seen.
    fn curve(
        &self,
        canvas: &Canvas<'_>,
        panel: &Panel<'_, '_>,
        posterior: &Posterior,
    ) -> Result<(), PlotError> {
        let Posterior { label, chances } = posterior;
        let steps = chances.len() as f64;
        let at = |k: usize| self.seconds * (k as f64 + 0.5) / steps;
        let points: Vec<(f64, f64)> =
            chances.iter().enumerate().map(|(k, &chance)| (at(k), chance)).collect();
        let Some(label) = label else {
            return panel.curve(&points, THIN_CURVE, CellStyle::line(AXIS, Some((5.0, 4.0))));
        };
        if !chances.iter().any(|&chance| chance > SEEN) {
            return Ok(());
        }
        panel.curve(&points, CURVE - 1.0, CellStyle::line(INK, None))?;
        for peak in peaks(chances) {
            if let Some((x, y)) = panel.place(at(peak), chances[peak]) {
                let style =
                    TextStyle::of_size(LABEL_SIZE).strong().anchor(Anchor::Middle).color(FAINT_INK);
                canvas.text(x, y - 5.0, label, style);
            }
        }
        Ok(())
    }
}

/// The shade of some frames in a band: that of their mean energy.
fn shade(frames: &[Vec<f64>], band: usize, (low, high): (f64, f64)) -> i32 {
    let energies = frames.iter().filter_map(|frame| frame.get(band).copied());
    let energies: Vec<f64> = energies.filter(|energy| energy.is_finite()).collect();
    if energies.is_empty() || high <= low {
        return 0;
    }
    let mean = energies.iter().sum::<f64>() / energies.len() as f64;
    ((mean - low) / (high - low) * SHADES).round() as i32
}

/// The highest step of every stretch that is seen.
fn peaks(chances: &[f64]) -> Vec<usize> {
    let mut peaks: Vec<usize> = Vec::new();
    let mut within = false;
    for (k, &chance) in chances.iter().enumerate() {
        match (chance > SEEN, peaks.last_mut()) {
            (true, Some(peak)) if within => {
                if chance > chances[*peak] {
                    *peak = k;
                }
            }
            (true, _) => peaks.push(k),
            (false, _) => {}
        }
        within = chance > SEEN;
    }
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_has_one_peak() {
        assert_eq!(peaks(&[0.0, 0.2, 0.9, 0.5, 0.0, 0.3, 0.2]), [2, 5]);
        assert_eq!(peaks(&[0.9]), [0]);
        assert!(peaks(&[0.0, f64::NAN]).is_empty());
    }

    #[test]
    fn shades_run_from_quiet_to_loud() {
        let frames = [vec![-10.0, 0.0], vec![-10.0, 0.0]];
        assert_eq!([0, 1].map(|band| shade(&frames, band, (-10.0, 0.0))), [0, 24]);
        assert_eq!(shade(&frames, 2, (-10.0, 0.0)), 0);
    }
}
