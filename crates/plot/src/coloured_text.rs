//! A text coloured by what one unit does while it is read (as Karpathy et al. 2015, figure 2).

use plotters::style::RGBColor;

use crate::canvas::{Anchor, Rect, TextStyle};
use crate::font::Font;
use crate::sheet::sheet;
use crate::style::{FAINT_INK, HEADING_SIZE, LABEL_SIZE, MARGIN, NOTE_SIZE, WIDTH};
use crate::{Figure, Frame, PlotError};
use words::decimal;

/// One unit over a text.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadText {
    /// The cell's name, as in experiment files.
    pub cell: String,
    /// Which unit, and what is special about it.
    pub unit: String,
    /// What was read, with the unit's activation after it.
    pub tokens: Vec<(String, f64)>,
}

/// One text a unit, one above the other.
#[derive(Debug, Clone, PartialEq)]
pub struct ColouredText {
    /// The words around the figure.
    pub frame: Frame,
    /// Tokens are words, with space between them, and not single characters.
    pub words: bool,
    /// The units.
    pub texts: Vec<ReadText>,
}

const LINE: f64 = LABEL_SIZE * 1.5;
const HEADING: f64 = 32.0;
const GAP: f64 = 14.0;
const WORD_GAP: f64 = 7.0;
/// Full colour for the largest activation of a unit below 0 and above; still pale enough for dark text.
const NEGATIVE: RGBColor = RGBColor(0x7F, 0xB2, 0xE5);
const POSITIVE: RGBColor = RGBColor(0xF2, 0x9E, 0x6B);

/// A token in its place.
struct Placed {
    left: f64,
    right: f64,
    line: usize,
}

impl ColouredText {
    /// Draws the figure.
    pub fn draw(&self) -> Result<Figure, PlotError> {
        let font = Font::load()?;
        let styles = self.frame.styles(self.texts.iter().map(|text| text.cell.as_str()));
        let inner = WIDTH - 2.0 * MARGIN;
        let shown = |token: &str| match token {
            "\n" => "↵".to_owned(),
            _ => font.shorten(token, LABEL_SIZE, inner - WORD_GAP),
        };
        let placed: Vec<Vec<Placed>> = self
            .texts
            .iter()
            .map(|text| {
                let widths =
                    text.tokens.iter().map(|(token, _)| font.width(&shown(token), LABEL_SIZE));
                self.place(widths, inner)
            })
            .collect();
        let height = |all: &Vec<Placed>| {
            HEADING + GAP + all.last().map_or(0.0, |last| (last.line + 1) as f64 * LINE)
        };
        let token = if self.words { "word" } else { "character" };
        let notes = [format!(
            "Ground: the unit's activation after the {token}, blue below 0, white at 0, orange above; the fullest colour is \
             the number at the right of the unit's heading."
        )];
        sheet(&self.frame, &notes, placed.iter().map(height).sum(), |canvas, content| {
            let mut top = content.top;
            for ((text, all), style) in self.texts.iter().zip(&placed).zip(&styles) {
                let reach = text.reach();
                let range = format!("−{0} to {0}", decimal(reach));
                let right = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK).anchor(Anchor::End);
                canvas.text(content.right, top + HEADING_SIZE, &range, right);
                let room = content.width() - font.width(&range, NOTE_SIZE) - 12.0;
                let title = format!("{}, {}", self.frame.title_of(&text.cell), text.unit);
                let title = font.shorten(&title, HEADING_SIZE, room);
                let heading = TextStyle::of_size(HEADING_SIZE).strong().color(style.color);
                canvas.text(content.left, top + HEADING_SIZE, &title, heading);
                for ((token, value), place) in text.tokens.iter().zip(all) {
                    let top = top + HEADING + place.line as f64 * LINE;
                    let (left, right) = (content.left + place.left, content.left + place.right);
                    canvas.fill(
                        Rect { left, top, right, bottom: top + LINE - 3.0 },
                        ground(*value / reach),
                    )?;
                    let baseline = top + LABEL_SIZE;
                    let inset = if self.words { WORD_GAP / 2.0 } else { 0.0 };
                    canvas.text(
                        left + inset,
                        baseline,
                        &shown(token),
                        TextStyle::of_size(LABEL_SIZE),
                    );
                }
                top += height(all);
            }
            Ok(())
        })
    }

    /// Tokens of these widths, line by line.
    fn place(&self, widths: impl Iterator<Item = f64>, line: f64) -> Vec<Placed> {
        let gap = if self.words { WORD_GAP } else { 0.0 };
        let (mut x, mut number) = (0.0, 0);
        let mut all = Vec::new();
        for width in widths {
            let width = (width + gap).min(line);
            if x + width > line {
                (x, number) = (0.0, number + 1);
            }
            all.push(Placed { left: x, right: x + width, line: number });
            x += width;
        }
        all
    }
}

impl ReadText {
    /// The size of the largest activation, which has the full colour.
    fn reach(&self) -> f64 {
        let sizes =
            self.tokens.iter().map(|(_, value)| value.abs()).filter(|size| size.is_finite());
        let reach = sizes.fold(0.0, f64::max);
        if reach > 0.0 { reach } else { 1.0 }
    }
}

/// The colour of an activation as a share of the largest; white where there is none.
fn ground(value: f64) -> RGBColor {
    let RGBColor(red, green, blue) = if value < 0.0 { NEGATIVE } else { POSITIVE };
    let share = if value.is_nan() { 0.0 } else { value.abs().min(1.0) };
    let mix = |full: u8| (255.0 + (f64::from(full) - 255.0) * share).round() as u8;
    RGBColor(mix(red), mix(green), mix(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_they_are_full() {
        let text = ColouredText { frame: Frame::default(), words: true, texts: Vec::new() };
        let placed = text.place([40.0, 40.0, 40.0, 400.0, 1.0].into_iter(), 100.0);
        let lines: Vec<_> = placed.iter().map(|token| token.line).collect();
        assert_eq!(lines, [0, 0, 1, 2, 3]);
        assert!(placed.iter().all(|token| token.right <= 100.0));
        assert_eq!(placed[1].left, placed[0].right);
    }

    #[test]
    fn the_largest_activation_has_the_full_colour() {
        let text = |values: &[f64]| ReadText {
            cell: String::new(),
            unit: String::new(),
            tokens: values.iter().map(|value| (String::new(), *value)).collect(),
        };
        assert_eq!(text(&[0.01, -0.04, f64::NAN]).reach(), 0.04);
        assert_eq!(text(&[3.0, f64::INFINITY]).reach(), 3.0);
        assert_eq!(text(&[0.0]).reach(), 1.0);
    }

    #[test]
    fn colours_tell_the_sign_and_the_size() {
        assert_eq!([ground(-2.0), ground(1.0)], [NEGATIVE, POSITIVE]);
        assert_eq!(ground(0.0), ground(f64::NAN));
        assert_eq!(ground(0.0), RGBColor(255, 255, 255));
    }
}
