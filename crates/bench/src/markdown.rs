//! Tables that can be read as they are, and as Markdown.

use std::fmt::Write;

/// A table with columns as wide as their widest cell: the first to the left, the others to the
/// right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this head.
    pub(crate) fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { rows: vec![head.into_iter().map(Into::into).collect()] }
    }

    /// One more row, as long as the head.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether it has nothing but a head.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// The table as text, a line a row.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Writing to a String cannot fail.
                let _ = match column {
                    0 => write!(text, "| {cell:<width$} |"),
                    _ => write!(text, " {cell:>width$} |"),
                };
            }
            text.push('\n');
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(*width);
                    text.push_str(&match column {
                        0 => format!("| {dashes} |"),
                        _ => format!(" {}: |", &dashes[1..]),
                    });
                }
                text.push('\n');
            }
        }
        text
    }
}

/// Seconds as milliseconds with three or more significant digits.
pub(crate) fn milliseconds(seconds: f64) -> String {
    significant(seconds * 1e3)
}

/// A positive number with about three significant digits, without an exponent.
pub(crate) fn significant(value: f64) -> String {
    let decimals = match value {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["case", "ms"]);
        assert!(table.is_empty());
        table.row(["gru", "1.23"]);
        table.row(["gru_reset_after", "123456"]);
        let expected = "\
| case            |     ms |
| --------------- | -----: |
| gru             |   1.23 |
| gru_reset_after | 123456 |
";
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn numbers_keep_about_three_digits() {
        let cases = [(0.01234, "0.0123"), (0.1234, "0.123"), (1.234, "1.23"), (1234.5, "1234")];
        for (value, text) in cases {
            assert_eq!(significant(value), text);
        }
        assert_eq!(milliseconds(0.0123), "12.3");
    }
}
