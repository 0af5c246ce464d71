//! Text as outlines, from fonts carried in the program.
//!
//! SVG text is live: a viewer without the font draws another one, of another width, and labels
//! collide. So each glyph used is written once as a path and placed by `<use>`: the same picture
//! everywhere, smaller than an embedded font, and no font is looked for when the PNG is made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use epaint_default_fonts::{HACK_REGULAR, UBUNTU_LIGHT};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::PlotError;

/// Outlines are written in thousandths of the font size.
pub(crate) const EM: f64 = 1000.0;

/// Superscripts are their base characters, smaller and raised: Ubuntu Light has no raised minus.
const RAISED_SCALE: f64 = 0.68;
const RAISED_BY: f64 = 0.36;

/// Drawn for a character that neither font has.
const REPLACEMENT: char = '?';

/// The text font, with a second one for the characters it lacks.
pub(crate) struct Font {
    faces: [Face<'static>; 2],
}

/// One glyph of a laid-out text, in units of the font size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    pub(crate) character: char,
    pub(crate) x: f64,
    pub(crate) raised: bool,
}

impl Font {
    pub(crate) fn load() -> Result<Self, PlotError> {
        let parse =
            |name, bytes| Face::parse(bytes, 0).map_err(|source| PlotError::Font { name, source });
        Ok(Self { faces: [parse("Ubuntu Light", UBUNTU_LIGHT)?, parse("Hack", HACK_REGULAR)?] })
    }

    /// The glyphs of a line of text and its width, in units of the font size.
    pub(crate) fn layout(&self, text: &str) -> (Vec<Placed>, f64) {
        let mut x = 0.0;
        let mut glyphs = Vec::new();
        for character in text.chars() {
            let (character, raised) = match base_of_superscript(character) {
                Some(base) => (base, true),
                None => (self.drawable(character), false),
            };
            if character != ' ' {
                glyphs.push(Placed { character, x, raised });
            }
            x += self.advance(character) * if raised { RAISED_SCALE } else { 1.0 };
        }
        (glyphs, x)
    }

    /// The width of a line of text at a font size.
    pub(crate) fn width(&self, text: &str, size: f64) -> f64 {
        self.layout(text).1 * size
    }

    /// `text` in lines no wider than `width`, broken at spaces; a longer word is cut.
    pub(crate) fn wrap(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let word = self.shorten(word, size, width);
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        lines
    }

    /// `text`, its middle replaced by an ellipsis if it is wider than `width`: names that start alike
    /// mostly differ at their ends.
    pub(crate) fn shorten(&self, text: &str, size: f64, width: f64) -> String {
        self.shorten_at(text, 0.5, size, width)
    }

    /// The same with another share of what is kept standing before the ellipsis.
    fn shorten_at(&self, text: &str, before: f64, size: f64, width: f64) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        (1..letters.len())
            .rev()
            .map(|kept| {
                let head = (kept as f64 * before).ceil() as usize;
                let tail = letters.len() - (kept - head);
                letters[..head].iter().chain(&['…']).chain(&letters[tail..]).collect::<String>()
            })
            .find(|shorter| self.width(shorter, size) <= width)
            .unwrap_or_default()
    }

    /// The titles of these names, shortened where they are wider than `width`, and different wherever the
    /// names are: where no way to shorten all keeps them apart, those that would look alike have numbers.
    pub(crate) fn shorten_all(
        &self,
        names: &[&str],
        titles: &[&str],
        size: f64,
        width: f64,
    ) -> Vec<String> {
        let first = |k: usize| names.iter().position(|name| *name == names[k]) == Some(k);
        let twice = |texts: &[String]| {
            let mut kept: Vec<&str> =
                texts.iter().enumerate().filter(|(k, _)| first(*k)).map(|(_, t)| &t[..]).collect();
            let count = kept.len();
            kept.sort_unstable();
            kept.dedup();
            count - kept.len()
        };
        let shortened = |before: f64| -> Vec<String> {
            titles.iter().map(|title| self.shorten_at(title, before, size, width)).collect()
        };
        // What distinguishes variants, a "no" before all, stands nearer to the beginning.
        let ways = [0.7, 0.5, 0.9, 0.3, 0.1].map(shortened);
        let Some(best) = ways.into_iter().min_by_key(|texts| twice(texts)) else {
            return Vec::new();
        };
        if twice(&best) == 0 {
            return best;
        }
        let alike = |k: usize| {
            let other = |other: &usize| names[*other] != names[k] && best[*other] == best[k];
            (0..names.len()).any(|k| other(&k))
        };
        let mut numbered: Vec<&str> = Vec::new();
        let mut texts = Vec::new();
        for k in 0..names.len() {
            if !alike(k) {
                texts.push(best[k].clone());
                continue;
            }
            let number = numbered.iter().position(|name| *name == names[k]).unwrap_or_else(|| {
                numbered.push(names[k]);
                numbered.len() - 1
            });
            let number = format!(" ({})", number + 1);
            let room = (width - self.width(&number, size)).max(0.0);
            texts.push(self.shorten(titles[k], size, room) + &number);
        }
        texts
    }

    /// Whether the text can be drawn as it stands, without a replacement character.
    #[cfg(test)]
    pub(crate) fn covers(&self, character: char) -> bool {
        base_of_superscript(character).is_some() || self.glyph(character).is_some()
    }

    fn drawable(&self, character: char) -> char {
        match self.glyph(character) {
            Some(_) => character,
            None if character.is_whitespace() => ' ',
            None => REPLACEMENT,
        }
    }

    fn glyph(&self, character: char) -> Option<(&Face<'static>, GlyphId)> {
        self.faces.iter().find_map(|face| Some((face, face.glyph_index(character)?)))
    }

    fn advance(&self, character: char) -> f64 {
        self.glyph(character)
            .and_then(|(face, glyph)| {
                Some(f64::from(face.glyph_hor_advance(glyph)?) / f64::from(face.units_per_em()))
            })
            .unwrap_or(0.5)
    }

    /// The outline of a character as SVG path data, in [`EM`] units, y downwards.
    fn outline(&self, character: char) -> String {
        let Some((face, glyph)) = self.glyph(character) else {
            return String::new();
        };
        let scale = EM / f64::from(face.units_per_em());
        let mut path = PathData { text: String::new(), scale };
        // A glyph without an outline (a space) leaves the path empty.
        let _ = face.outline_glyph(glyph, &mut path);
        path.text
    }
}

/// The `<defs>` of a document: every glyph that its texts use, once each.
#[derive(Default)]
pub(crate) struct Glyphs {
    outlines: BTreeMap<char, String>,
}

impl Glyphs {
    /// The `<use>` elements that draw a text from `(0, 0)` in [`EM`] units, anchor at `start`.
    pub(crate) fn draw(&mut self, font: &Font, text: &str, start: f64) -> String {
        let mut uses = String::new();
        for Placed { character, x, raised } in font.layout(text).0 {
            self.outlines.entry(character).or_insert_with(|| font.outline(character));
            let code = u32::from(character);
            let x = ((x - start) * EM).round();
            // Writing to a String cannot fail.
            let _ = if raised {
                let y = -RAISED_BY * EM;
                write!(
                    uses,
                    r##"<use href="#u{code:x}" transform="translate({x} {y}) scale({RAISED_SCALE})"/>"##
                )
            } else {
                write!(uses, r##"<use href="#u{code:x}" x="{x}"/>"##)
            };
        }
        uses
    }

    /// The `<defs>` element.
    pub(crate) fn definitions(&self) -> String {
        let mut definitions = String::from("<defs>\n");
        for (character, outline) in &self.outlines {
            let code = u32::from(*character);
            // Writing to a String cannot fail.
            let _ = writeln!(definitions, r#"<path id="u{code:x}" d="{outline}"/>"#);
        }
        definitions.push_str("</defs>\n");
        definitions
    }
}

/// `⁻` and the raised digits, as the character to draw smaller.
fn base_of_superscript(character: char) -> Option<char> {
    Some(match character {
        '⁻' => '−',
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴' => '4',
        '⁵' => '5',
        '⁶' => '6',
        '⁷' => '7',
        '⁸' => '8',
        '⁹' => '9',
        _ => return None,
    })
}

/// Collects an outline as SVG path data. Writing to a String cannot fail, hence the ignored results.
struct PathData {
    text: String,
    scale: f64,
}

impl PathData {
    fn command(&mut self, letter: char, points: &[(f32, f32)]) {
        self.text.push(letter);
        for (index, (x, y)) in points.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            let (x, y) = (self.scaled(*x), self.scaled(-*y));
            let _ = write!(self.text, "{separator}{x} {y}");
        }
    }

    fn scaled(&self, value: f32) -> i32 {
        (f64::from(value) * self.scale).round() as i32
    }
}

impl OutlineBuilder for PathData {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('M', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.command('L', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.command('Q', &[(x1, y1), (x, y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.command('C', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.text.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn font() -> Font {
        Font::load().expect("the fonts are readable")
    }

    #[test]
    fn wraps_between_words_and_loses_none() {
        let text = "one two three four five six";
        let lines = font().wrap(text, 10.0, 60.0);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| font().width(line, 10.0) <= 60.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn shortens_to_the_width() {
        let short = font().shorten("a_very_long_name_of_a_cell", 10.0, 60.0);
        assert!(font().width(&short, 10.0) <= 60.0, "{short}");
        assert!(short.starts_with("a_") && short.contains('…') && short.ends_with("ll"), "{short}");
        assert_eq!(font().shorten("gru", 10.0, 60.0), "gru");
        assert_eq!(font().shorten("gru", 10.0, 0.0), "");
    }

    #[test]
    fn shortened_names_stay_apart() {
        let titles = ["LSTM, no input gate", "LSTM, no output gate", "LSTM, no forget gate", "GRU"];
        let names = ["lstm_nig", "lstm_nog", "lstm_nfg", "gru"];
        for width in [150.0, 120.0, 90.0, 40.0] {
            let mut texts = font().shorten_all(&names, &titles, 19.0, width);
            assert!(texts.iter().all(|text| font().width(text, 19.0) <= width), "{texts:?}");
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), 4, "{texts:?}");
            // "LSTM, input gate" would be another cell.
            let said = texts.iter().filter(|text| text.starts_with("LSTM, no")).count();
            assert!(said == 3 || width < 120.0, "{texts:?}");
        }
        let same = font().shorten_all(&["a", "b", "a"], &["a long name"; 3], 19.0, 60.0);
        assert!(same[0] == same[2] && same[0] != same[1], "{same:?}");
    }

    #[test]
    fn superscripts_are_smaller_and_raised() {
        let (glyphs, width) = font().layout("10⁻⁵");
        assert_eq!(glyphs.iter().map(|g| g.raised).collect::<Vec<_>>(), [false, false, true, true]);
        assert!(width < font().layout("10−5").1);
    }

    #[test]
    fn every_character_of_the_figures_has_a_glyph() {
        // The sources hold every fixed text; their comments do no harm. The test below this one
        // needs a character that is missing, and writes it as an escape.
        let sources = [
            include_str!("coloured_text.rs"),
            include_str!("curve_panels.rs"),
            include_str!("efficiency.rs"),
            include_str!("final_scores.rs"),
            include_str!("font.rs"),
            include_str!("gate_use.rs"),
            include_str!("gradient_flow.rs"),
            include_str!("heat_map.rs"),
            include_str!("learning_curves.rs"),
            include_str!("in_panel.rs"),
            include_str!("labels.rs"),
            include_str!("measure.rs"),
            include_str!("number.rs"),
            include_str!("pareto.rs"),
            include_str!("time_constants.rs"),
            include_str!("trend.rs"),
            include_str!("style.rs"),
        ];
        let font = font();
        for character in sources.iter().flat_map(|source| source.chars()) {
            assert!(character == '\n' || font.covers(character), "no glyph for {character:?}");
        }
        assert!(!font.covers('\u{6F22}'));
    }

    #[test]
    fn unknown_characters_are_replaced_not_lost() {
        let (glyphs, _) = font().layout("\u{6F22}\n");
        assert_eq!(glyphs.len(), 1);
        assert_eq!(glyphs[0].character, REPLACEMENT);
    }
}
