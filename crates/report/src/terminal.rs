//! A document as text for a terminal.

use super::document::{Block, Side, Table};
use unicode_width::UnicodeWidthStr;

/// The columns at which running text is broken: more do not read well, fewer hold no words.
const LEAST: usize = 20;
const MOST: usize = 100;

/// Renders blocks for a terminal of so many columns, where that is known: running text is broken there, and a
/// table that is wider is written row by row. Figures, and what most readers skip, are left out.
pub(super) fn render(blocks: &[Block], columns: Option<usize>) -> String {
    let terminal = columns;
    let width = columns.unwrap_or(MOST).clamp(LEAST, MOST);
    blocks.iter().filter_map(|part| block(part, width, terminal)).collect::<Vec<_>>().join("\n")
}

fn block(block: &Block, width: usize, terminal: Option<usize>) -> Option<String> {
    match block {
        Block::Heading(title) => Some(format!("{title}\n{}\n", "=".repeat(title.width()))),
        Block::Lead(words) | Block::Text(words) => Some(wrapped(words, "", width)),
        Block::Link { title, target } => Some(format!("{title}: {target}\n")),
        Block::Warning { title, text } => Some(wrapped(&format!("! {title} {text}"), "  ", width)),
        Block::List(points) => {
            Some(points.iter().map(|point| wrapped(&format!("- {point}"), "  ", width)).collect())
        }
        Block::Table(table) => Some(table_text(table, width, terminal)),
        Block::Code(code) => Some(format!("    {}\n", code.trim_end().replace('\n', "\n    "))),
        Block::Figure(_) | Block::Details { .. } => None,
    }
}

/// Columns under their titles, the caption below.
fn table_text(table: &Table, columns: usize, terminal: Option<usize>) -> String {
    let titles = table.columns.iter().map(|(title, _)| title.as_str());
    let width = |column: usize, title: &str| {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        cells.map(String::as_str).chain([title]).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> =
        titles.clone().enumerate().map(|(column, title)| width(column, title)).collect();
    let whole = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    if terminal.is_some_and(|terminal| whole > terminal.max(LEAST)) {
        return rows_apart(table, columns);
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).zip(&table.columns);
        let padded = padded.map(|((cell, &width), (_, side))| match side {
            // The standard library pads by characters, of which some take two columns.
            Side::Left => format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))),
            Side::Right => format!("{}{cell}", " ".repeat(width.saturating_sub(cell.width()))),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut titles.clone());
    text.push_str(&line(
        &mut widths
            .iter()
            .map(|&width| "-".repeat(width))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    ));
    for row in &table.rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    if !table.caption.is_empty() {
        text.push_str(&wrapped(&table.caption, "", columns));
    }
    text
}

/// Each row by itself, its first cell above the others: for terminals that are too narrow for columns.
fn rows_apart(table: &Table, columns: usize) -> String {
    let mut text = String::new();
    for row in &table.rows {
        let mut cells = table.columns.iter().map(|(title, _)| title).zip(row);
        if let Some((_, first)) = cells.next() {
            text.push_str(&wrapped(first, "  ", columns));
        }
        for (title, cell) in cells {
            text.push_str(&wrapped(&format!("- {title}: {cell}"), "    ", columns));
        }
    }
    if !table.caption.is_empty() {
        text.push_str(&wrapped(&table.caption, "", columns));
    }
    text
}

/// Text broken into lines, all but the first after `indent`.
fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let (mut done, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if line.width() + word.width() >= width {
            done.push_str(line.trim_end());
            done.push('\n');
            line = indent.to_owned();
        }
        line.push_str(word);
        line.push(' ');
    }
    done + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_and_text_is_broken() {
        let mut table = Table::new("Caption.", &["", "#score"]);
        table.row(vec!["gru".to_owned(), "1.25".to_owned()]);
        table.row(vec!["längst".to_owned(), "–".to_owned()]);
        let text = render(&[Block::Table(table), Block::List(vec!["long ".repeat(30)])], None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..5],
            ["        score", "------  -----", "gru      1.25", "längst      –", "Caption.",]
        );
        let mut wide = Table::new("", &["", "#score"]);
        wide.row(vec!["長い名前".to_owned(), "1".to_owned()]);
        let text = render(&[Block::Table(wide)], None);
        assert!(text.lines().all(|line| line.width() == 15), "{text}");
        assert!(lines[6].starts_with("- long") && lines[7].starts_with("  long"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= MOST));
    }

    #[test]
    fn a_table_that_is_too_wide_is_written_row_by_row() {
        let mut table = Table::new("Caption.", &["", "#perplexity", "parameters"]);
        table.row(vec![
            "gru".to_owned(),
            "152.2 (150.1 to 154.3)".to_owned(),
            "600,000".to_owned(),
        ]);
        let blocks = [Block::Table(table)];
        let narrow =
            "gru\n- perplexity: 152.2 (150.1 to\n    154.3)\n- parameters: 600,000\nCaption.\n";
        assert_eq!(render(&blocks, Some(30)), narrow);
        for columns in [LEAST, 40, 100] {
            let text = render(&blocks, Some(columns));
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= columns, "{columns}: {text}");
        }
        assert!(render(&blocks, Some(100)).contains("perplexity  parameters"));
    }

    #[test]
    fn running_text_is_as_wide_as_the_terminal() {
        let widest = |columns: Option<usize>| {
            let text = render(&[Block::Text("long ".repeat(60))], columns);
            text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
        };
        assert_eq!([Some(60), Some(300), None].map(widest), [59, 99, 99]);
    }
}
