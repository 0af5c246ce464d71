//! How gates are used: for each unit, how often its gate is shut and how often open (as Karpathy et
//! al. 2015, figure 3).

use crate::canvas::{Rect, TextStyle};
use crate::font::Font;
use crate::panel::Panel;
use crate::scale::Scale;
use crate::sheet::sheet;
use crate::style::{AXIS, HEADING_SIZE, MARGIN, RULE, WIDTH};
use crate::{Figure, Frame, PlotError};
use std::collections::BTreeSet;

/// One gate of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct GateUnits {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// The gate's name in the cell's equations.
    pub gate: String,
    /// For each unit the share of its values below 0.1 and the share above 0.9.
    pub units: Vec<(f64, f64)>,
}

/// A panel for each gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GateUse {
    /// The words around the figure.
    pub frame: Frame,
    /// The gates, those of a cell one after the other.
    pub gates: Vec<GateUnits>,
}

const COLUMNS: usize = 4;
const HEADING: f64 = 34.0;
const LEFT: f64 = 70.0;
const GAP: f64 = 24.0;
const BELOW: f64 = 34.0;
const LAST_BELOW: f64 = 62.0;
const DOT: f64 = 3.0;
/// Places for dots along each side: nearer ones would hide each other.
const PLACES: f64 = 40.0;

impl GateUse {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let styles = self.frame.styles(self.gates.iter().map(|gate| gate.cell.as_str()));
        let rows = self.gates.len().div_ceil(COLUMNS).max(1);
        let columns = COLUMNS as f64;
        let inner = WIDTH - 2.0 * MARGIN;
        let size = (inner - LEFT - (columns - 1.0) * GAP) / columns;
        let each = HEADING + size + BELOW;
        let notes = ["A dot is one unit, or several at one place. Right: often open (above 0.9). Up: often shut (below 0.1). At the origin: seldom either.".to_owned()];
        let share = Scale::linear([0.0, 1.0]).padded(0.03, 0.03);
        let font = Font::load()?;
        // The gate's name is never shortened: those of one cell differ by it alone.
        let titles: Vec<String> = self
            .gates
            .iter()
            .map(|gate| {
                let room = size - font.width(&format!(": {}", gate.gate), HEADING_SIZE);
                let names = self.gates.iter().map(|gate| gate.cell.as_str());
                let texts = self.frame.labels(&font, names, HEADING_SIZE, room);
                let own = self.gates.iter().position(|other| other.cell == gate.cell);
                format!("{}: {}", own.map_or("", |own| &texts[own]), gate.gate)
            })
            .collect();
        sheet(&self.frame, &notes, rows as f64 * each + LAST_BELOW - BELOW, |canvas, content| {
            for (index, (gate, style)) in self.gates.iter().zip(&styles).enumerate() {
                let (row, column) = (index / COLUMNS, index % COLUMNS);
                let left = content.left + LEFT + column as f64 * (size + GAP);
                let top = content.top + row as f64 * each + HEADING;
                let rect = Rect { left, top, right: left + size, bottom: top + size };
                let title = font.shorten(&titles[index], HEADING_SIZE, size);
                let heading = TextStyle::of_size(HEADING_SIZE).strong().color(style.color);
                canvas.text(left, top - HEADING + HEADING_SIZE, &title, heading);
                let panel = Panel::new(canvas, rect, share, share);
                panel.y_ticks(4, column == 0)?;
                panel.x_ticks(3, true)?;
                if index + COLUMNS >= self.gates.len() {
                    panel.x_label("share open");
                }
                if column == 0 {
                    panel.y_label("share shut", LEFT - 16.0);
                }
                // No unit is beyond it: what is open is not shut.
                if let Some((from, to)) = panel.place(0.0, 1.0).zip(panel.place(1.0, 0.0)) {
                    canvas.line(&[from, to], RULE, AXIS, Some((3.0, 4.0)))?;
                }
                for (shut, open) in dots(&gate.units) {
                    if let Some(place) = panel.place(open, shut) {
                        canvas.dot(place, DOT, style.color)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Whether no gate has a unit.
    pub fn is_empty(&self) -> bool {
        self.gates.iter().all(|gate| dots(&gate.units).is_empty())
    }
}

/// Where dots are drawn: the units' places, rounded so that many units make no large figure.
fn dots(units: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let shares =
        |(shut, open): &&(f64, f64)| [shut, open].iter().all(|share| (0.0..=1.0).contains(*share));
    let place = |share: f64| (share * PLACES).round() as u32;
    let places: BTreeSet<(u32, u32)> =
        units.iter().filter(shares).map(|&(shut, open)| (place(shut), place(open))).collect();
    let share = |place: u32| f64::from(place) / PLACES;
    places.into_iter().map(|(shut, open)| (share(shut), share(open))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_at_one_place_are_one_dot() {
        let units = [(0.0, 1.0), (0.001, 0.999), (0.5, 0.0), (f64::NAN, 0.0), (2.0, 0.0)];
        assert_eq!(dots(&units), [(0.0, 1.0), (0.5, 0.0)]);
    }
}
