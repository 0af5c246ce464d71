//! What stands inside a panel besides curves: names of levels, and marks of what is beyond the axis.
//! Their texts never lie on each other.

use std::cmp::Ordering;

use crate::PlotError;
use crate::canvas::{Anchor, Canvas, Rect, TextStyle};
use crate::panel::Panel;
use crate::scale::Scale;
use crate::style::{FAINT_INK, NOTE_SIZE};
use plotters::style::RGBColor;

/// The most extreme of neighbouring points beyond one end of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    pub(crate) x: f64,
    pub(crate) value: f64,
    pub(crate) beyond: Ordering,
}

/// Where points, `(x, low, high)` in order of x, leave an axis.
pub(crate) fn cuts(points: &[(f64, f64, f64)], y: &Scale) -> Vec<Cut> {
    let mut all = Vec::new();
    for beyond in [Ordering::Less, Ordering::Greater] {
        let mut open: Option<Cut> = None;
        for (x, low, high) in points {
            let value = if beyond == Ordering::Less { *low } else { *high };
            let outside = y.position_on(value).is_some_and(|(_, order)| order == beyond);
            match &mut open {
                Some(cut) if outside && value.total_cmp(&cut.value) == beyond => {
                    (cut.x, cut.value) = (*x, value);
                }
                Some(_) if outside => {}
                _ => {
                    all.extend(open.take());
                    open = outside.then_some(Cut { x: *x, value, beyond });
                }
            }
        }
        all.extend(open);
    }
    all
}

/// The texts in a panel.
pub(crate) struct InPanel<'p, 'c, 'a> {
    canvas: &'c Canvas<'a>,
    panel: &'p Panel<'c, 'a>,
    taken: Vec<Rect>,
    /// Tips of the wedges.
    wedges: Vec<(f64, f64)>,
}

/// Half the width of a wedge.
const WEDGE: f64 = 6.0;
/// Marks of one curve that are nearer than this would lie on each other.
const APART: f64 = 14.0;
const LINE: f64 = NOTE_SIZE * 1.2;

impl<'p, 'c, 'a> InPanel<'p, 'c, 'a> {
    pub(crate) fn new(canvas: &'c Canvas<'a>, panel: &'p Panel<'c, 'a>) -> Self {
        Self { canvas, panel, taken: Vec::new(), wedges: Vec::new() }
    }

    /// A dashed line across the panel with its name, near the right end if there is room.
    pub(crate) fn level(&mut self, name: &str, value: f64) -> Result<(), PlotError> {
        let Some(level) = self.panel.level(value)? else { return Ok(()) };
        let Rect { left, right, .. } = self.panel.rect;
        let steps = ((right - left) / 30.0) as usize;
        let places = (0..steps).flat_map(|step| {
            let x = right - 4.0 - 30.0 * step as f64;
            [(x, level - 5.0), (x, level + NOTE_SIZE * 0.95)]
        });
        self.text(name, FAINT_INK, Anchor::End, places);
        Ok(())
    }

    /// Wedges at the edges where a curve leaves the axis, the most extreme value on either side in digits.
    pub(crate) fn cuts(
        &mut self,
        cuts: &[Cut],
        color: RGBColor,
        written: impl Fn(f64) -> String,
    ) -> Result<(), PlotError> {
        for beyond in [Ordering::Less, Ordering::Greater] {
            let mut ours: Vec<&Cut> = cuts.iter().filter(|cut| cut.beyond == beyond).collect();
            // The most extreme first.
            ours.sort_by(|a, b| match beyond {
                Ordering::Less => a.value.total_cmp(&b.value),
                _ => b.value.total_cmp(&a.value),
            });
            let mut drawn: Vec<f64> = Vec::new();
            for cut in ours {
                let Some(((x, y), _)) = self.panel.place_on_y(cut.x, cut.value) else { continue };
                if drawn.iter().any(|other| (other - x).abs() < APART) {
                    continue;
                }
                let x = self.free_place(x, y);
                let inwards = if beyond == Ordering::Less { -1.0 } else { 1.0 };
                let base = y + inwards * 10.0;
                self.canvas.polygon(&[(x - WEDGE, base), (x + WEDGE, base), (x, y)], color)?;
                if drawn.is_empty() {
                    let first =
                        if beyond == Ordering::Less { y - 4.0 } else { y + NOTE_SIZE * 0.9 };
                    let text = written(cut.value);
                    let width = self.canvas.font.width(&text, NOTE_SIZE);
                    let rows = (0..8).map(|row| first + inwards * LINE * f64::from(row));
                    let places = rows.flat_map(|y| [(x + 9.0, y), (x - 9.0 - width, y)]);
                    self.text(&text, color, Anchor::Start, places);
                }
                drawn.push(x);
            }
        }
        Ok(())
    }

    /// The place nearest to `x` at which a wedge lies on no other: those of several curves stand beside each
    /// other.
    fn free_place(&mut self, x: f64, y: f64) -> f64 {
        let free = |place: &f64| {
            !self
                .wedges
                .iter()
                .any(|(other, edge)| (edge - y).abs() < 1.0 && (other - place).abs() < 2.0 * WEDGE)
        };
        let Rect { left, right, .. } = self.panel.rect;
        let steps = (0..40).flat_map(|step| [1.0, -1.0].map(|side| side * f64::from(step)));
        let places = steps.map(|step| x + step * 2.0 * WEDGE);
        let place = places.filter(|place| (left..=right).contains(place)).find(free).unwrap_or(x);
        self.wedges.push((place, y));
        place
    }

    /// Writes a text at the first of these places that is free and inside the panel; nowhere if none is.
    fn text(
        &mut self,
        text: &str,
        color: RGBColor,
        anchor: Anchor,
        places: impl Iterator<Item = (f64, f64)>,
    ) {
        let width = self.canvas.font.width(text, NOTE_SIZE);
        let inside = self.panel.rect;
        for (x, baseline) in places {
            let left = if anchor == Anchor::End { x - width } else { x };
            let place = Rect {
                left: left - 3.0,
                top: baseline - NOTE_SIZE * 0.85,
                right: left + width + 3.0,
                bottom: baseline + NOTE_SIZE * 0.28,
            };
            let fits = place.left >= inside.left
                && place.right <= inside.right
                && place.top >= inside.top
                && place.bottom <= inside.bottom;
            if fits && self.taken.iter().all(|other| !overlap(place, *other)) {
                let style = TextStyle::of_size(NOTE_SIZE).color(color).anchor(anchor);
                self.canvas.text(x, baseline, text, style.rim());
                self.taken.push(place);
                return;
            }
        }
    }
}

fn overlap(one: Rect, other: Rect) -> bool {
    let apart = one.right <= other.left || other.right <= one.left;
    !(apart || one.bottom <= other.top || other.bottom <= one.top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_excursion_has_one_mark_at_its_extreme() {
        let y = Scale::linear([0.0, 10.0]);
        let curve = [5.0, 20.0, 30.0, 5.0, -1.0, f64::INFINITY, 4.0];
        let points: Vec<_> = curve.iter().zip(0..).map(|(y, x)| (f64::from(x), *y, *y)).collect();
        let found: Vec<_> = cuts(&points, &y).iter().map(|cut| (cut.x, cut.value)).collect();
        assert_eq!(found, [(4.0, -1.0), (2.0, 30.0), (5.0, f64::INFINITY)]);
        assert!(cuts(&[], &y).is_empty());
    }

    #[test]
    fn zero_leaves_a_logarithmic_axis_below() {
        let y = Scale::log([0.1, 1.0]);
        let found = cuts(&[(0.0, 0.5, 0.5), (1.0, 0.0, 0.2)], &y);
        assert_eq!(found, [Cut { x: 1.0, value: 0.0, beyond: Ordering::Less }]);
    }
}
