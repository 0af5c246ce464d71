//! Records of tables of the user's own (CSV, TSV).

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use words::counted;

use crate::decode::Text;
use crate::error::{DataError, Owner};
use crate::lines::{LONGEST, Limited};
use crate::quoting::{Quoted, Quoting};
use crate::shown::shown;

/// A record of a table, as wide as its headings.
pub(crate) struct Record<'a> {
    /// The line on which it begins.
    pub(crate) line: u64,
    /// All fields.
    pub(crate) fields: &'a csv::StringRecord,
    /// The places of the wanted columns.
    pub(crate) columns: &'a [usize],
    /// What parts fields.
    pub(crate) separator: u8,
}

impl Record<'_> {
    /// The field in the wanted column number `column`.
    pub(crate) fn field(&self, column: usize) -> &str {
        self.fields.get(self.columns[column]).unwrap_or_default()
    }

    /// An error about this record of the table `path`.
    pub(crate) fn bad(&self, path: &Path, reason: impl Into<String>) -> DataError {
        DataError::record(path, format!("line {}", self.line), reason)
    }
}

/// Hands every record of a table to `each`. The first record holds the columns' headings; `wanted`
/// are the settings that name columns, with what they say. Columns are parted by commas, in a file
/// whose name ends in `.tsv` by tabs; where `quoting` is not given, it follows from the name too.
///
/// # Errors
/// [`DataError::BadSetting`] for a column that is not there, or there twice; [`DataError::Empty`] for a
/// table without records; [`DataError::BadRecord`] with the line for a record that is not as wide as
/// the headings; those of reading; those of `each`.
pub(crate) fn for_each(
    path: &Path,
    quoting: Option<Quoting>,
    wanted: &[(&'static str, &str)],
    mut each: impl FnMut(Record<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    let text = Limited::new(Text::new(path, file));
    let tabs = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
    let separator = if tabs { b'\t' } else { b',' };
    let quoting = quoting.unwrap_or(if tabs { Quoting::None } else { Quoting::Csv });
    let text: Box<dyn Read> = match quoting {
        Quoting::None => Box::new(text),
        Quoting::Csv => Box::new(Quoted::new(path, text, separator)),
    };
    // Every record ends with a line end, so that where the reader is after one tells its lines.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .quoting(quoting == Quoting::Csv)
        .flexible(true)
        .from_reader(text.chain(&b"\n"[..]));
    let column_in = |headings: &csv::StringRecord, &(setting, wanted): &(&'static str, &str)| {
        column(path, setting, wanted, headings)
    };
    let headings = match reader.headers() {
        Ok(headings) => headings.clone(),
        Err(error) => {
            // Where columns are parted by something else, that comes before what follows of it.
            let first = plain_headings(path, separator).unwrap_or_default();
            if first.len() == 1 {
                wanted.iter().try_for_each(|wanted| column_in(&first, wanted).map(drop))?;
            }
            return Err(bad_csv(path, error));
        }
    };
    let empty = || DataError::Empty { path: path.to_owned(), owner: Owner::User };
    if headings.is_empty() {
        return Err(empty());
    }
    let columns = wanted.iter().map(|wanted| column_in(&headings, wanted));
    let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;

    let mut records = 0;
    let mut fields = csv::StringRecord::new();
    while reader.read_record(&mut fields).map_err(|e| bad_csv(path, e))? {
        let line = first_line(&fields, reader.position());
        let record = Record { line, fields: &fields, columns: &columns, separator };
        if fields.len() != headings.len() {
            return Err(record.bad(path, other_width(fields.len(), headings.len())));
        }
        each(record)?;
        records += 1;
    }
    if records == 0 { Err(empty()) } else { Ok(()) }
}

/// The headings in a file's first line, without a thought of what is wrong with the file.
fn plain_headings(path: &Path, separator: u8) -> Option<csv::StringRecord> {
    let mut line = String::new();
    let file = File::open(path).ok()?.take(LONGEST);
    BufReader::new(file).read_line(&mut line).ok()?;
    let line = line.trim_end().trim_start_matches('\u{feff}');
    Some(line.split(char::from(separator)).collect())
}

/// The place of the one column with this heading.
fn column(
    path: &Path,
    setting: &'static str,
    wanted: &str,
    headings: &csv::StringRecord,
) -> Result<usize, DataError> {
    let named = |(_, heading): &(usize, &str)| heading.trim() == wanted.trim();
    let mut found = headings.iter().enumerate().filter(named).map(|(place, _)| place);
    let reason = match (found.next(), found.next()) {
        (Some(place), None) => return Ok(place),
        (Some(_), Some(_)) => format!("{} has two columns {}", path.display(), shown(wanted)),
        (None, _) => {
            let there: Vec<String> = headings.iter().map(shown).collect();
            let hint = match headings.get(0) {
                Some(only) if headings.len() == 1 && only.contains([';', '\t']) => {
                    "; columns are parted by commas, in a file whose name ends in .tsv by tabs"
                }
                _ => "",
            };
            let there = there.join(", ");
            format!("{} has no column {}, only: {there}{hint}", path.display(), shown(wanted))
        }
    };
    Err(DataError::setting(setting, reason))
}

/// The line on which a record begins, after which the reader is at `end`. The reader's own place of
/// a record is that of the blank lines before it.
fn first_line(record: &csv::StringRecord, end: &csv::Position) -> u64 {
    let within: usize = record.iter().map(|field| field.matches('\n').count()).sum();
    // Its last line ends behind it.
    end.line().saturating_sub(within as u64 + 1)
}

fn other_width(columns: usize, headings: usize) -> String {
    format!(
        "{}, where the first line has {headings}; fields with separators or line ends in them have to be quoted, and `quoting` set if that is not usual for the file",
        counted(columns, "column")
    )
}

fn bad_csv(path: &Path, error: csv::Error) -> DataError {
    let place =
        error.position().map_or("its beginning".to_owned(), |at| format!("line {}", at.line()));
    let reason = match error.into_kind() {
        csv::ErrorKind::Io(error) => return DataError::io("read", path, error),
        csv::ErrorKind::Utf8 { .. } => "not valid UTF-8".to_owned(),
        other => format!("{other:?}"),
    };
    DataError::record(path, place, reason)
}
