//! A terminal in memory, for tests: what is drawn on it, line by line.

use indicatif::TermLike;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Columns of the terminal.
pub(super) const COLUMNS: usize = 80;

/// Lines on a screen, and where the cursor is.
#[derive(Debug, Default)]
struct Lines {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

/// A terminal that everyone who has it draws on.
#[derive(Debug, Clone, Default)]
pub(super) struct Screen(Arc<Mutex<Lines>>);

impl Screen {
    /// The lines that are not blank.
    pub(super) fn lines(&self) -> Vec<String> {
        let screen = self.locked();
        let text = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned();
        screen.lines.iter().map(text).filter(|line| !line.is_empty()).collect()
    }

    /// A test that failed while drawing leaves it usable: bars draw once more when they are dropped.
    fn locked(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, text: &str) {
        let mut screen = self.locked();
        let plain = console::strip_ansi_codes(text).into_owned();
        for letter in plain.chars() {
            // As a terminal does: what has no room goes on in the next line.
            if screen.column == COLUMNS && !matches!(letter, '\n' | '\r') {
                (screen.row, screen.column) = (screen.row + 1, 0);
            }
            let (row, column) = (screen.row, screen.column);
            match letter {
                '\n' => (screen.row, screen.column) = (row + 1, 0),
                '\r' => screen.column = 0,
                _ => {
                    assert!(
                        column < COLUMNS,
                        "a line is longer than the terminal is wide: {plain}"
                    );
                    if screen.lines.len() <= row {
                        screen.lines.resize(row + 1, Vec::new());
                    }
                    let line = &mut screen.lines[row];
                    line.resize(line.len().max(column + 1), ' ');
                    line[column] = letter;
                    screen.column += 1;
                }
            }
        }
    }

    fn moved(&self, change: impl FnOnce(&mut Lines)) -> io::Result<()> {
        change(&mut self.locked());
        Ok(())
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        COLUMNS as u16
    }

    fn height(&self) -> u16 {
        24
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.moved(|screen| screen.row = screen.row.saturating_sub(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.moved(|screen| screen.row += n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.moved(|screen| screen.column += n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.moved(|screen| screen.column = screen.column.saturating_sub(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.put(text);
        self.put("\n");
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.put(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.moved(|screen| {
            let row = screen.row;
            if let Some(line) = screen.lines.get_mut(row) {
                line.clear();
            }
            screen.column = 0;
        })
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
