//! How much each word that is written attends to each word that was read: one map a sentence, with the words on
//! both axes.

use plotters::style::RGBColor;

use crate::canvas::{Anchor, Canvas, Rect, TextStyle};
use crate::font::Font;
use crate::sheet::sheet;
use crate::style::{AXIS, HEADING_SIZE, NOTE_SIZE, RULE};
use crate::{Figure, Frame, PlotError};

/// A sentence with its translation.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionMap {
    /// Whose it is.
    pub heading: String,
    /// The words read, in the order in which they were.
    pub read: Vec<String>,
    /// The words written.
    pub written: Vec<String>,
    /// Of each word written the shares of the words read, which add up to 1.
    pub shares: Vec<Vec<f64>>,
}

/// One map a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionMaps {
    /// The words around the figure.
    pub frame: Frame,
    /// The maps.
    pub maps: Vec<AttentionMap>,
}

const COLUMNS: usize = 2;
/// Room for a word beside a map or above it.
const WORD: f64 = 96.0;
const HEADING: f64 = 26.0;
const GAP: f64 = 30.0;
/// The largest side of a square.
const SQUARE: f64 = 24.0;
/// From none to all.
const PALE: RGBColor = RGBColor(0xF6, 0xF7, 0xF9);
const DARK: RGBColor = RGBColor(0x0B, 0x1E, 0x3C);

impl AttentionMaps {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let font = Font::load()?;
        let rows: Vec<f64> = self
            .maps
            .chunks(COLUMNS)
            .map(|row| {
                row.iter().map(|map| map.written.len() as f64 * SQUARE).fold(SQUARE, f64::max)
            })
            .collect();
        let each = |height: f64| HEADING + WORD + height + GAP;
        let height: f64 = rows.iter().copied().map(each).sum();
        let notes = ["Each row is a word that was written, each column a word that was read; the darker, the larger its share of the attention.".to_owned()];
        sheet(&self.frame, &notes, height.max(each(SQUARE)), |canvas, content| {
            let width = (content.width() - GAP) / COLUMNS as f64;
            let mut top = content.top;
            for (maps, height) in self.maps.chunks(COLUMNS).zip(&rows) {
                for (column, map) in maps.iter().enumerate() {
                    let left = content.left + column as f64 * (width + GAP);
                    draw(canvas, &font, map, (left, top), width)?;
                }
                top += each(*height);
            }
            Ok(())
        })
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.maps.iter().all(|map| map.read.is_empty() || map.shares.is_empty())
    }
}

/// A map with its words, from its upper left corner on.
fn draw(
    canvas: &Canvas<'_>,
    font: &Font,
    map: &AttentionMap,
    (left, top): (f64, f64),
    width: f64,
) -> Result<(), PlotError> {
    let one = ((width - WORD) / map.read.len().max(1) as f64).min(SQUARE);
    let corner = (left + WORD, top + HEADING + WORD);
    let heading = TextStyle::of_size(HEADING_SIZE).strong();
    let text = font.shorten(&map.heading, HEADING_SIZE, width);
    canvas.text(left, top + HEADING_SIZE, &text, heading);
    for (row, (word, shares)) in map.written.iter().zip(&map.shares).enumerate() {
        let y = corner.1 + row as f64 * SQUARE;
        let style = TextStyle::of_size(NOTE_SIZE).anchor(Anchor::End);
        let text = font.shorten(word, NOTE_SIZE, WORD - 8.0);
        canvas.text(corner.0 - 6.0, y + SQUARE / 2.0 + NOTE_SIZE * 0.35, &text, style);
        for (column, share) in shares.iter().enumerate() {
            let x = corner.0 + column as f64 * one;
            canvas.fill(
                Rect { left: x, top: y, right: x + one, bottom: y + SQUARE },
                shade(*share),
            )?;
        }
    }
    for (column, word) in map.read.iter().enumerate() {
        let x = corner.0 + (column as f64 + 0.5) * one + NOTE_SIZE * 0.35;
        let text = font.shorten(word, NOTE_SIZE, WORD - 8.0);
        canvas.text(x, corner.1 - 6.0, &text, TextStyle::of_size(NOTE_SIZE).upwards());
    }
    let (right, bottom) =
        (corner.0 + map.read.len() as f64 * one, corner.1 + map.written.len() as f64 * SQUARE);
    let frame = [corner, (right, corner.1), (right, bottom), (corner.0, bottom), corner];
    canvas.line(&frame, RULE, AXIS, None)
}

/// The colour of a share.
fn shade(share: f64) -> RGBColor {
    // Lighter shares are told apart better on a root.
    let share = if share.is_finite() { share.clamp(0.0, 1.0).sqrt() } else { 0.0 };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(mix(PALE.0, DARK.0), mix(PALE.1, DARK.1), mix(PALE.2, DARK.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_dark_and_none_is_pale() {
        assert_eq!([shade(0.0), shade(1.0), shade(f64::NAN)], [PALE, DARK, PALE]);
        assert!(shade(0.5).0 < shade(0.1).0);
    }

    #[test]
    fn words_stand_on_both_axes() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let map = AttentionMap {
            heading: "one".to_owned(),
            read: words(&["ein", "hund"]),
            written: words(&["a", "dog", "<eos>"]),
            shares: vec![vec![0.9, 0.1], vec![0.2, 0.8], vec![0.5, 0.5]],
        };
        let maps = AttentionMaps { frame: Frame::default(), maps: vec![map.clone(), map] };
        assert!(!maps.is_empty());
        assert!(maps.draw().unwrap().svg.contains("<path"));
        assert!(AttentionMaps { frame: Frame::default(), maps: Vec::new() }.is_empty());
    }
}
