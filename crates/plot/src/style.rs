//! How figures look: sizes, colours, and what marks a cell. Nothing else chooses a colour.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

/// The nominal width of a figure; all lengths below are in the same unit, about a pixel.
pub(crate) const WIDTH: f64 = 900.0;
/// White space around a figure.
pub(crate) const MARGIN: f64 = 18.0;

/// Font sizes. They stay readable when the figure is shown at half its width.
pub(crate) const TITLE_SIZE: f64 = 25.0;
pub(crate) const SUBTITLE_SIZE: f64 = 18.0;
pub(crate) const HEADING_SIZE: f64 = 20.0;
pub(crate) const LABEL_SIZE: f64 = 19.0;
pub(crate) const TICK_SIZE: f64 = 17.0;
pub(crate) const NOTE_SIZE: f64 = 15.5;

/// Line widths.
pub(crate) const CURVE: f64 = 2.8;
pub(crate) const THIN_CURVE: f64 = 1.2;
pub(crate) const RULE: f64 = 1.0;

/// How strongly a band covers the ground; bands of several cells overlap.
pub(crate) const BAND_OPACITY: f64 = 0.16;

pub(crate) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(crate) const FAINT_INK: RGBColor = RGBColor(0x5A, 0x5A, 0x5A);
pub(crate) const GRID: RGBColor = RGBColor(0xE2, 0xE2, 0xE2);
pub(crate) const AXIS: RGBColor = RGBColor(0x8A, 0x8A, 0x8A);
pub(crate) const WARNING_GROUND: RGBColor = RGBColor(0xFF, 0xE3, 0x9C);
pub(crate) const WARNING_INK: RGBColor = RGBColor(0x7A, 0x1F, 0x00);

/// What marks a cell in every figure. Dash lengths are `(line, gap)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CellStyle {
    pub(crate) color: RGBColor,
    pub(crate) dash: Option<(f64, f64)>,
}

// Okabe and Ito's colours for colour-blind readers; the pale ones are darkened, for they also
// colour text on white.
const BLACK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const SKY: RGBColor = RGBColor(0x2F, 0x9B, 0xD6);
const VERMILION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const ORANGE: RGBColor = RGBColor(0xD6, 0x91, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
const PURPLE: RGBColor = RGBColor(0xBF, 0x62, 0x98);
const OLIVE: RGBColor = RGBColor(0x96, 0x8A, 0x00);

const LONG_DASH: Option<(f64, f64)> = Some((11.0, 5.0));
const SHORT_DASH: Option<(f64, f64)> = Some((4.0, 3.5));

/// The cells that most figures show: the same colour and dash wherever they appear. A variant has
/// a neighbouring hue of its family, dashed.
const KNOWN: [(&str, &str, CellStyle); 5] = [
    ("rnn", "RNN", CellStyle { color: BLACK, dash: None }),
    ("lstm", "LSTM", CellStyle { color: BLUE, dash: None }),
    ("gru", "GRU", CellStyle { color: VERMILION, dash: None }),
    ("gru_reset_after", "GRU reset-after", CellStyle { color: ORANGE, dash: LONG_DASH }),
    ("lstm_peephole", "LSTM peephole", CellStyle { color: SKY, dash: LONG_DASH }),
];

/// The styles of the other cells, in order of appearance.
const OTHER_COLORS: [RGBColor; 3] = [GREEN, PURPLE, OLIVE];
const OTHER_DASHES: [Option<(f64, f64)>; 3] = [None, LONG_DASH, SHORT_DASH];

/// The style of each cell of a figure.
///
/// Known cells have their fixed style; other names take the remaining ones in the order in which
/// they first appear, so figures that list the same cells agree.
pub(crate) fn cell_styles<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<CellStyle> {
    let mut others: BTreeMap<&str, CellStyle> = BTreeMap::new();
    let mut styles = Vec::new();
    for name in names {
        let known = KNOWN.iter().find(|(known, _, _)| *known == name);
        let number = others.len();
        styles.push(match known {
            Some((_, _, style)) => *style,
            None => *others.entry(name).or_insert_with(|| other_style(number)),
        });
    }
    styles
}

/// Colours change first, then dashes; beyond nine unknown cells the styles repeat.
fn other_style(number: usize) -> CellStyle {
    CellStyle {
        color: OTHER_COLORS[number % OTHER_COLORS.len()],
        dash: OTHER_DASHES[number / OTHER_COLORS.len() % OTHER_DASHES.len()],
    }
}

/// The name by which figures show one of those cells.
pub(crate) fn short_title(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _, _)| *known == name).map(|(_, title, _)| *title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cells_keep_their_style_in_any_order() {
        let one = cell_styles(["rnn", "lstm", "mgu", "gru"]);
        let other = cell_styles(["gru", "mgu", "lstm"]);
        assert_eq!([one[3], one[2], one[1]], other[..]);
    }

    #[test]
    fn no_two_of_the_first_fourteen_cells_look_alike() {
        let others = (0..9).map(|number| format!("other_{number}"));
        let names: Vec<String> =
            KNOWN.iter().map(|(name, _, _)| (*name).to_owned()).chain(others).collect();
        let styles = cell_styles(names.iter().map(String::as_str));
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[..index].contains(style), "{} repeats a style", names[index]);
        }
    }

    #[test]
    fn a_name_that_appears_twice_looks_the_same_twice() {
        let styles = cell_styles(["mgu", "indrnn", "mgu"]);
        assert_eq!(styles[0], styles[2]);
        assert_ne!(styles[0], styles[1]);
    }
}
