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
    /// The first and the last place of the value.
    pub(crate) x: f64,
    pub(crate) until: f64,
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
                    (cut.x, cut.until, cut.value) = (*x, *x, value);
                }
                Some(cut) if outside && value == cut.value => cut.until = *x,
                Some(_) if outside => {}
                _ => {
                    all.extend(open.take());
                    open = outside.then_some(Cut { x: *x, until: *x, value, beyond });
                }
            }
        }
        all.extend(open);
    }
    all
}

impl Cut {
    /// Where it is marked: along a value that stays, at both ends and between.
    fn places(&self) -> Vec<f64> {
        let marks = if self.until > self.x { ALONG } else { 1 };
        let share = |k: usize| k as f64 / (marks - 1).max(1) as f64;
        (0..marks).map(|k| self.x + (self.until - self.x) * share(k)).collect()
    }
}

/// The texts in a panel.
pub(crate) struct InPanel<'p, 'c, 'a> {
    canvas: &'c Canvas<'a>,
    panel: &'p Panel<'c, 'a>,
    /// Where texts and wedges are.
    taken: Vec<Rect>,
}

/// Marks along a value that stays.
const ALONG: usize = 4;
/// Half the width of a wedge, and its height.
const WEDGE: f64 = 6.0;
const WEDGE_HEIGHT: f64 = 10.0;
/// Marks of one curve that are nearer than this would lie on each other.
const APART: f64 = 14.0;
const LINE: f64 = NOTE_SIZE * 1.2;

impl<'p, 'c, 'a> InPanel<'p, 'c, 'a> {
    pub(crate) fn new(canvas: &'c Canvas<'a>, panel: &'p Panel<'c, 'a>) -> Self {
        Self { canvas, panel, taken: Vec::new() }
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
            let inwards = if beyond == Ordering::Less { -1.0 } else { 1.0 };
            for cut in ours {
                let is_first = drawn.is_empty();
                let mut tips = Vec::new();
                for along in cut.places() {
                    let Some(((x, y), _)) = self.panel.place_on_y(along, cut.value) else {
                        continue;
                    };
                    if drawn.iter().any(|other| (other - x).abs() < APART) {
                        continue;
                    }
                    drawn.push(x);
                    let x = self.free_place(x, y, inwards);
                    let base = y + inwards * WEDGE_HEIGHT;
                    self.canvas.polygon(&[(x - WEDGE, base), (x + WEDGE, base), (x, y)], color)?;
                    tips.push((x, y));
                }
                if is_first {
                    let text = written(cut.value);
                    let width = self.canvas.font.width(&text, NOTE_SIZE);
                    let first = if beyond == Ordering::Less { -4.0 } else { NOTE_SIZE * 0.9 };
                    // At the edge beside any of them before further inside.
                    let rows = (0..8).map(|row| first + inwards * LINE * f64::from(row));
                    let places = rows.flat_map(|row| {
                        let beside =
                            |(x, y): &(f64, f64)| [(x + 9.0, y + row), (x - 9.0 - width, y + row)];
                        tips.iter().flat_map(beside).collect::<Vec<_>>()
                    });
                    self.text(&text, color, Anchor::Start, places);
                }
            }
        }
        Ok(())
    }

    /// The place nearest to `x` at which a wedge lies on no other and on no text: those of several curves
    /// stand beside each other.
    fn free_place(&mut self, x: f64, y: f64, inwards: f64) -> f64 {
        let base = y + inwards * WEDGE_HEIGHT;
        // Neighbours may touch.
        let rect = |x: f64| Rect {
            left: x - WEDGE + 0.5,
            top: y.min(base),
            right: x + WEDGE - 0.5,
            bottom: y.max(base),
        };
        let free = |x: &f64| self.taken.iter().all(|other| !overlap(rect(*x), *other));
        let Rect { left, right, .. } = self.panel.rect;
        let steps = (0..40).flat_map(|step| [1.0, -1.0].map(|side| side * f64::from(step)));
        let places = steps.map(|step| x + step * 2.0 * WEDGE);
        let place = places.filter(|place| (left..=right).contains(place)).find(free).unwrap_or(x);
        self.taken.push(rect(place));
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
        assert_eq!(found, [Cut { x: 1.0, until: 1.0, value: 0.0, beyond: Ordering::Less }]);
    }

    /// One mark at its start would say that the rest is on the axis.
    #[test]
    fn a_value_that_stays_is_marked_along_the_edge() {
        let y = Scale::linear([0.0, 10.0]);
        let points: Vec<_> = (0..=60).map(|x| (f64::from(x), 5.0, f64::INFINITY)).collect();
        let found = cuts(&points, &y);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].places(), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(cuts(&points[..1], &y)[0].places(), [0.0]);
    }
}
