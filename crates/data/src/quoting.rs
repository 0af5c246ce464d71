//! Quotes in tables: what they mean, and whether each has its end.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::DataError;

/// What a `"` at the beginning of a field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// Nothing: it is a character like any other, and a field ends at the next tab or comma.
    None,
    /// The field goes to the next `"`, over separators and line ends; a quote in it is written
    /// twice (RFC 4180).
    Csv,
}

/// A reader of a quoted table, whose lines end in `\n`, that ends with an error at a quote in a strange
/// place: one after which the field goes on, or one without an end. Of such a quote, lenient readers
/// make a field of many rows.
pub(crate) struct Quoted<R> {
    path: PathBuf,
    inner: R,
    separator: u8,
    line: u64,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// At the beginning of a field.
    Begin,
    /// In a field without quotes.
    Plain,
    /// In a quoted field that began on this line.
    Inside(u64),
    /// After a quote in such a field: its end, or half of a quote written twice.
    Closed(u64),
}

impl<R> Quoted<R> {
    pub(crate) fn new(path: &Path, inner: R, separator: u8) -> Self {
        Self { path: path.to_owned(), inner, separator, line: 1, state: State::Begin }
    }

    fn after(&self, byte: u8) -> Result<State, DataError> {
        let ends = byte == self.separator || byte == b'\n';
        Ok(match (self.state, byte) {
            (State::Begin, b'"') => State::Inside(self.line),
            (State::Begin | State::Plain | State::Closed(_), _) if ends => State::Begin,
            (State::Begin | State::Plain, _) => State::Plain,
            (State::Inside(begin), b'"') => State::Closed(begin),
            (State::Inside(begin), _) | (State::Closed(begin), b'"') => State::Inside(begin),
            (State::Closed(begin), _) => {
                let until = match self.line == begin {
                    true => "on the same line".to_owned(),
                    false => format!("on line {}", self.line),
                };
                let problem = format!(
                    "the quoted field that begins here goes on after its closing quote {until}"
                );
                return Err(self.fault(begin, &problem));
            }
        })
    }

    fn fault(&self, line: u64, problem: &str) -> DataError {
        let reason = format!(
            "{problem}; write a quote inside a quoted field twice (\"\"), or set `quoting: none` if \
             quotes are characters like any other in this table"
        );
        DataError::record(&self.path, format!("line {line}"), reason)
    }
}

impl<R: Read> Read for Quoted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let fault = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let read = self.inner.read(out)?;
        for &byte in &out[..read] {
            self.state = self.after(byte).map_err(fault)?;
            self.line += u64::from(byte == b'\n');
        }
        match self.state {
            State::Inside(begin) if read == 0 && !out.is_empty() => {
                Err(fault(self.fault(begin, "the quoted field that begins here has no end")))
            }
            _ => Ok(read),
        }
    }
}
