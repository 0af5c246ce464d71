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

/// What stands in a panel without curves.
pub(crate) const NO_VALUES: &str = "no values to show";

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
    /// What stands at some of a curve's points, where colours and dashes are not enough.
    pub(crate) marker: Option<Marker>,
}

/// The shape of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
    Cross,
}

impl CellStyle {
    /// A thin or auxiliary line of this colour.
    pub(crate) fn line(color: RGBColor, dash: Option<(f64, f64)>) -> Self {
        Self { color, dash, marker: None }
    }

    /// The same without dashes.
    pub(crate) fn solid(self) -> Self {
        Self { dash: None, ..self }
    }

    /// The shape of single points: what tells curves apart by their dashes tells these apart too.
    pub(crate) fn point(self) -> Marker {
        self.marker.unwrap_or(match self.dash {
            None => Marker::Disc,
            dash if dash == LONG_DASH => Marker::Square,
            dash if dash == SHORT_DASH => Marker::Triangle,
            Some(_) => Marker::Diamond,
        })
    }
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
const GREY: RGBColor = RGBColor(0x7A, 0x7A, 0x7A);

const LONG_DASH: Option<(f64, f64)> = Some((11.0, 5.0));
const SHORT_DASH: Option<(f64, f64)> = Some((4.0, 3.5));

const DOTS: Option<(f64, f64)> = Some((1.6, 3.6));

/// The cells that come with rnnlab: the same colour and dash wherever they appear. Relatives share a
/// colour; the best known one of each colour is solid.
const KNOWN: [(&str, CellStyle); 26] = [
    ("rnn", known(BLACK, None)),
    ("rnn_relu", known(BLACK, LONG_DASH)),
    ("indrnn", known(BLACK, SHORT_DASH)),
    ("fastrnn", known(BLACK, DOTS)),
    ("lstm", known(BLUE, None)),
    ("lstm_ln", known(BLUE, LONG_DASH)),
    ("lstm_cifg", known(BLUE, SHORT_DASH)),
    ("janet", known(SKY, None)),
    ("lstm_peephole", known(SKY, LONG_DASH)),
    ("minlstm", known(SKY, SHORT_DASH)),
    ("lstm_nfg", known(PURPLE, None)),
    ("lstm_nig", known(PURPLE, LONG_DASH)),
    ("lstm_nog", known(PURPLE, SHORT_DASH)),
    ("gru", known(VERMILION, None)),
    ("gru_ln", known(VERMILION, LONG_DASH)),
    ("fastgrnn", known(VERMILION, SHORT_DASH)),
    ("mgu", known(ORANGE, None)),
    ("gru_reset_after", known(ORANGE, LONG_DASH)),
    ("mingru", known(ORANGE, SHORT_DASH)),
    ("ligru", known(ORANGE, DOTS)),
    ("mut1", known(GREEN, None)),
    ("mut2", known(GREEN, LONG_DASH)),
    ("mut3", known(GREEN, SHORT_DASH)),
    ("ugrnn", known(OLIVE, None)),
    ("ran", known(OLIVE, LONG_DASH)),
    ("sru", known(OLIVE, SHORT_DASH)),
];

/// What is left for other cells, in order of appearance.
const LEFT: [CellStyle; 9] = [
    known(GREY, None),
    known(GREEN, DOTS),
    known(PURPLE, DOTS),
    known(GREY, LONG_DASH),
    known(SKY, DOTS),
    known(OLIVE, DOTS),
    known(GREY, SHORT_DASH),
    known(VERMILION, DOTS),
    known(BLUE, DOTS),
];

/// Dashes of what has the same cell, in order of appearance.
const DASHES: [Option<(f64, f64)>; 4] = [None, LONG_DASH, SHORT_DASH, DOTS];

/// Marks of what colours and dashes cannot tell apart.
const MARKERS: [Option<Marker>; 7] = [
    None,
    Some(Marker::Disc),
    Some(Marker::Square),
    Some(Marker::Triangle),
    Some(Marker::Diamond),
    Some(Marker::Ring),
    Some(Marker::Cross),
];

const fn known(color: RGBColor, dash: Option<(f64, f64)>) -> CellStyle {
    CellStyle { color, dash, marker: None }
}

/// Names of the cells that have a fixed style, whatever else a figure shows.
pub fn styled_cells() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

/// A style for each name, no two alike up to 200 names: figures that give the same list agree.
///
/// Known cells have their fixed style. A known cell with something added (`gru, hidden 64`) has its
/// colour. Other names take what is left, in the order in which they first appear.
pub(crate) fn cell_styles<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<&'a str, CellStyle> {
    let names: Vec<&str> = names.into_iter().collect();
    let fixed =
        |name: &str| KNOWN.iter().find(|(known, _)| *known == name).map(|(_, style)| *style);
    let mut given: BTreeMap<&str, CellStyle> =
        names.iter().filter_map(|name| Some((*name, fixed(name)?))).collect();
    for name in names {
        if given.contains_key(name) {
            continue;
        }
        let cell = name.split_once(", ").map_or(name, |(cell, _)| cell);
        let free = |style: &CellStyle| given.values().all(|other| other != style);
        let variant = fixed(cell).and_then(|style| variants(style).find(free));
        let style = variant.or_else(|| others().find(free)).unwrap_or(LEFT[0]);
        given.insert(name, style);
    }
    given
}

/// Styles of the same colour: the cell's own, its dashes, its dashes with marks.
fn variants(own: CellStyle) -> impl Iterator<Item = CellStyle> {
    let dashed = move |marker| DASHES.map(|dash| CellStyle { dash, marker, ..own });
    [own].into_iter().chain(MARKERS.into_iter().flat_map(dashed))
}

/// Styles for names that no style is fixed for: those left, the same with marks, all with marks.
fn others() -> impl Iterator<Item = CellStyle> {
    let marked = |styles: Vec<CellStyle>| {
        let with = move |marker| {
            styles.clone().into_iter().map(move |style| CellStyle { marker, ..style })
        };
        MARKERS.into_iter().skip(1).flat_map(with)
    };
    let known = KNOWN.iter().map(|(_, style)| *style).collect();
    LEFT.into_iter().chain(marked(LEFT.to_vec())).chain(marked(known))
}

/// The short name by which figures show the cells that most of them have.
pub(crate) fn short_title(name: &str) -> Option<&'static str> {
    match name {
        "rnn" => Some("RNN"),
        "lstm" => Some("LSTM"),
        "gru" => Some("GRU"),
        "gru_reset_after" => Some("GRU reset-after"),
        "lstm_peephole" => Some("LSTM peephole"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cells_keep_their_style_in_any_order() {
        let one = cell_styles(["my_cell", "rnn", "lstm", "mgu", "gru"]);
        let other = cell_styles(["gru", "my_other_cell", "mgu", "lstm"]);
        assert!(["gru", "mgu", "lstm"].iter().all(|name| one[name] == other[name]));
    }

    /// Arms of all cells, more than any figure draws, and cells that nobody knows.
    #[test]
    fn no_two_names_look_alike() {
        let arms =
            (0..6).flat_map(|rate| styled_cells().map(move |cell| format!("{cell}, rate {rate}")));
        let names: Vec<String> = (0..9).map(|number| format!("other_{number}")).collect();
        let names = styled_cells().map(str::to_owned).chain(names).chain(arms);
        let names: Vec<String> = names.take(190).collect();
        let styles: Vec<CellStyle> =
            cell_styles(names.iter().map(String::as_str)).into_values().collect();
        assert_eq!(styles.len(), 190);
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[..index].contains(style), "{style:?} is there twice");
        }
    }

    #[test]
    fn variants_have_the_colour_of_their_cell() {
        let styles = cell_styles(["gru, hidden 64", "gru, hidden 128", "lstm, hidden 64"]);
        let [first, second, third] =
            ["gru, hidden 64", "gru, hidden 128", "lstm, hidden 64"].map(|name| styles[name]);
        assert_eq!([first.color, second.color, third.color], [VERMILION, VERMILION, BLUE]);
        assert_eq!([first.dash, second.dash, third.dash], [None, LONG_DASH, None]);
        let styles = cell_styles(["gru, hidden 64", "gru"]);
        assert_ne!(styles["gru, hidden 64"], styles["gru"]);
    }
}
