//! What every figure has around its content: title, subtitle, warning, notes.

use crate::PlotError;
use crate::canvas::{Canvas, Rect, TextStyle};
use crate::figure::Figure;
use crate::font::Font;
use crate::style::{
    CellStyle, FAINT_INK, MARGIN, NOTE_SIZE, SUBTITLE_SIZE, TITLE_SIZE, WARNING_GROUND,
    WARNING_INK, WIDTH, cell_styles, short_title,
};
use std::collections::BTreeMap;

/// The words around a figure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// What the figure shows, or what it says.
    pub title: String,
    /// The data and the conditions: `Penn Treebank (words), 3 seeds, equal parameters`.
    pub subtitle: String,
    /// Shown in a strip under the title, for results that must not be mistaken for others: a
    /// stand-in dataset, an unfinished sweep.
    pub warning: Option<String>,
    /// Names in prose of what is compared, by the names that the figure's data have.
    pub titles: BTreeMap<String, String>,
    /// All that figures beside this one show, in one order for all of them: what looks alike in two
    /// figures is the same. Names that are not among them come after.
    pub series: Vec<String>,
}

impl Frame {
    /// The name to show: the cells that most figures have are known by short ones.
    pub fn title_of<'a>(&'a self, name: &'a str) -> &'a str {
        let given = || self.titles.get(name).map_or(name, String::as_str);
        short_title(name).unwrap_or_else(given)
    }

    /// The style of each name.
    pub(crate) fn styles<'a>(
        &'a self,
        names: impl Iterator<Item = &'a str> + Clone,
    ) -> Vec<CellStyle> {
        let given = cell_styles(self.series.iter().map(String::as_str).chain(names.clone()));
        names.map(|name| given[name]).collect()
    }

    /// The names to show, none wider than `width` and no two alike that are not the same.
    pub(crate) fn labels<'a>(
        &self,
        font: &Font,
        names: impl Iterator<Item = &'a str>,
        size: f64,
        width: f64,
    ) -> Vec<String> {
        let names: Vec<&str> = names.collect();
        let titles: Vec<&str> = names.iter().map(|name| self.title_of(name)).collect();
        font.shorten_all(&names, &titles, size, width)
    }
}

/// Line height as a multiple of the font size.
const LEADING: f64 = 1.32;

/// Lines of text, placed from the top down.
struct Block {
    lines: Vec<String>,
    style: TextStyle,
    top: f64,
}

impl Block {
    fn new(font: &Font, text: &str, style: TextStyle, top: f64, width: f64) -> Self {
        Self { lines: font.wrap(text, style.size, width), style, top }
    }

    fn bottom(&self) -> f64 {
        self.top + self.lines.len() as f64 * self.style.size * LEADING
    }

    fn draw(&self, canvas: &Canvas<'_>, left: f64) {
        for (index, line) in self.lines.iter().enumerate() {
            let baseline = self.top + self.style.size * (1.0 + index as f64 * LEADING);
            canvas.text(left, baseline, line, self.style);
        }
    }
}

/// Draws a figure whose content has the given height; `content` gets the rectangle it may fill.
pub(crate) fn sheet(
    frame: &Frame,
    notes: &[String],
    content_height: f64,
    content: impl FnOnce(&Canvas<'_>, Rect) -> Result<(), PlotError>,
) -> Result<Figure, PlotError> {
    const STRIP_PADDING: f64 = 7.0;
    let font = Font::load()?;
    let inner = WIDTH - 2.0 * MARGIN;

    let title_style = TextStyle::of_size(TITLE_SIZE).strong();
    let title = Block::new(&font, &frame.title, title_style, MARGIN - 4.0, inner);
    let faint = TextStyle::of_size(SUBTITLE_SIZE).color(FAINT_INK);
    let subtitle = Block::new(&font, &frame.subtitle, faint, title.bottom(), inner);
    let warning = frame.warning.as_deref().map(|text| {
        let style = TextStyle::of_size(SUBTITLE_SIZE).color(WARNING_INK).strong();
        let top = subtitle.bottom() + 6.0 + STRIP_PADDING;
        Block::new(&font, text, style, top, inner - 4.0 * STRIP_PADDING)
    });
    let strip = warning.as_ref().map(|block| Rect {
        left: MARGIN,
        top: block.top - STRIP_PADDING,
        right: WIDTH - MARGIN,
        bottom: block.bottom() + STRIP_PADDING - 3.0,
    });

    let top = strip.map_or(subtitle.bottom(), |strip| strip.bottom + 4.0) + 10.0;
    let bottom = top + content_height;
    let note_style = TextStyle::of_size(NOTE_SIZE).color(FAINT_INK);
    let note = Block::new(&font, &notes.join(" "), note_style, bottom + 12.0, inner);
    let height = note.bottom() + MARGIN - 6.0;

    Canvas::figure(&font, (WIDTH, height.ceil()), &frame.title, |canvas| {
        title.draw(canvas, MARGIN);
        subtitle.draw(canvas, MARGIN);
        if let Some(strip) = strip {
            canvas.fill(strip, WARNING_GROUND)?;
        }
        if let Some(warning) = &warning {
            warning.draw(canvas, MARGIN + 2.0 * STRIP_PADDING);
        }
        note.draw(canvas, MARGIN);
        content(canvas, Rect { left: MARGIN, top, right: WIDTH - MARGIN, bottom })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_has_its_short_name_or_the_given_or_its_own() {
        let title = |name: &str| (name.to_owned(), format!("title of {name}"));
        let frame = Frame { titles: [title("gru"), title("cfn")].into(), ..Frame::default() };
        assert_eq!(frame.title_of("gru"), "GRU");
        assert_eq!(frame.title_of("cfn"), "title of cfn");
        assert_eq!(frame.title_of("cfn, lr 0.1"), "cfn, lr 0.1");
    }
}
