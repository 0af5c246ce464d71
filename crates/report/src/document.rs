//! What a report says, apart from how it looks. The HTML and the Markdown report are two
//! renderings of one [`Document`], so they cannot disagree.
//!
//! Text is plain, with one convention: what stands between `backticks` is code.

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// The title.
    pub title: String,
    /// A line under the title.
    pub subtitle: String,
    /// The body.
    pub blocks: Vec<Block>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// Starts a section.
    Heading(String),
    /// A paragraph that stands out: the question.
    Lead(String),
    /// A paragraph.
    Text(String),
    /// The way to another file.
    Link {
        /// What is there.
        title: String,
        /// Where, seen from this document.
        target: String,
    },
    /// A box that nobody overlooks.
    Warning {
        /// In a few words.
        title: String,
        /// In full.
        text: String,
    },
    /// Points.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A figure.
    Figure(Picture),
    /// Text to be shown as typed.
    Code(String),
    /// What most readers skip.
    Details {
        /// What is inside.
        summary: String,
        /// The inside.
        blocks: Vec<Block>,
    },
}

impl Block {
    /// Names, without their endings, of the files of all figures in it.
    pub(super) fn stems(&self) -> Vec<String> {
        match self {
            Self::Figure(picture) => vec![picture.stem.clone()],
            Self::Details { blocks, .. } => blocks.iter().flat_map(Self::stems).collect(),
            _ => Vec::new(),
        }
    }
}

/// A table of text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Table {
    /// What it shows.
    pub caption: String,
    /// Column titles with the side that their cells keep to.
    pub columns: Vec<(String, Side)>,
    /// Cells, row by row.
    pub rows: Vec<Vec<String>>,
}

/// The side that a column's cells keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A figure with its words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    /// Name of its files in `figures/`, without ending.
    pub stem: String,
    /// The SVG document.
    pub svg: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
    /// What it shows and how to read it.
    pub caption: String,
}

/// A path relative to a document, as links have it: what is no plain letter is percent-encoded.
pub(super) fn address(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    path.bytes().map(encoded).collect()
}

impl Table {
    /// An empty table with these columns; a title that starts with `#` is a column of numbers.
    pub(super) fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let column = |title: &&str| match title.strip_prefix('#') {
            Some(title) => (title.to_owned(), Side::Right),
            None => ((*title).to_owned(), Side::Left),
        };
        Self {
            caption: caption.into(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_any_folder() {
        assert_eq!(address("a b%#?&\"ü/report.html"), "a%20b%25%23%3F%26%22%C3%BC/report.html");
        assert_eq!(address("gru_vs-lstm.2/report.html"), "gru_vs-lstm.2/report.html");
    }
}
