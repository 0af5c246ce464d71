//! Texts with labels out of a table of the user's own (CSV, TSV).

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::error::DataError;
use crate::labelled::Labelled;
use crate::lines::Limited;

use crate::progress::Progress;
use crate::sequences::SequenceData;
use crate::source::Source;
use crate::split::{HeldOut, by_key};
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Cutoff;

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TableSettings {
    /// The file.
    pub path: PathBuf,
    /// The heading of the column with the text.
    pub text: String,
    /// The heading of the column with the label; every different text in it is a class.
    pub label: String,
    /// How a text is cut into tokens.
    pub tokeniser: Tokeniser,
    /// Which tokens of the training split are kept; the others are `<unk>`.
    pub cutoff: Cutoff,
    /// The most tokens of a text, its last ones; 0 for all.
    pub max_length: usize,
    /// What is held out. Equal texts are held out together.
    pub held_out: HeldOut,
    /// The seed of that draw.
    pub seed: u64,
}

impl Default for TableSettings {
    /// No file yet; columns `text` and `label`, prose, all words and lengths, a tenth for validation and test.
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            tokeniser: Tokeniser::Prose,
            cutoff: Cutoff::default(),
            max_length: 0,
            held_out: HeldOut::default(),
            seed: 1,
        }
    }
}

/// Loads a table of texts and labels. The first record holds the columns' headings; columns are
/// parted by commas, in a file whose name ends in `.tsv` by tabs. Classes are in the alphabetical
/// order of their labels.
///
/// # Errors
/// [`DataError::BadRecord`] with file and line for a record that is not as wide as the first, a
/// text without tokens, an empty label, bytes that are not UTF-8 or a field of more than 16 MiB;
/// [`DataError::BadSetting`] for a column that is not there, or without a path; [`DataError::Empty`] for a table
/// without records; [`DataError::Io`] if the file cannot be read.
pub fn load_table(
    settings: &TableSettings,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let path = settings.path.as_path();
    if path.as_os_str().is_empty() {
        return Err(DataError::setting("path", "the table's file has to be named"));
    }
    settings.held_out.require()?;
    progress(Progress::Reading { path });
    let table = read(path, settings)?;
    let splits = by_key(table.texts.iter(), settings.held_out, settings.seed);
    let source = Source::of_user_file("table", path, checksum::of_whole_file(path)?);
    table.data(splits, settings.cutoff, settings.max_length, source)
}

/// Reads all rows.
pub(crate) fn read(path: &Path, settings: &TableSettings) -> Result<Labelled, DataError> {
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    let tabs = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .from_reader(Limited::new(file));
    let headings = reader.headers().map_err(|e| bad_csv(path, e))?.clone();
    let column = |setting: &'static str, wanted: &str| {
        headings.iter().position(|heading| heading == wanted).ok_or_else(|| {
            let there = headings.iter().collect::<Vec<_>>().join(", ");
            let reason = format!("{} has no column '{wanted}', only: {there}", path.display());
            DataError::setting(setting, reason)
        })
    };
    let (text_at, label_at) = (column("text", &settings.text)?, column("label", &settings.label)?);

    let mut table = Labelled::new(settings.tokeniser);
    let mut labels: Vec<String> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| bad_csv(path, e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let bad = |reason: &str| Err(DataError::record(path, format!("line {line}"), reason));
        let text = record.get(text_at).unwrap_or_default();
        let label = record.get(label_at).unwrap_or_default().trim();
        if label.is_empty() {
            return bad("there is no label");
        }
        let mut tokens = Vec::new();
        let vocabulary = &mut table.vocabulary;
        settings.tokeniser.each(text, |token| tokens.push(vocabulary.add(token)));
        if tokens.is_empty() {
            return bad("there is no word in the text");
        }
        table.texts.push(tokens);
        labels.push(label.to_owned());
    }
    if labels.is_empty() {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    let mut classes: BTreeMap<&str, u32> = labels.iter().map(|label| (label.as_str(), 0)).collect();
    for (number, class) in (0..).zip(classes.values_mut()) {
        *class = number;
    }
    table.labels = labels.iter().map(|label| classes[label.as_str()]).collect();
    table.classes = classes.into_keys().map(str::to_owned).collect();
    Ok(table)
}

fn bad_csv(path: &Path, error: csv::Error) -> DataError {
    let place =
        error.position().map_or("its beginning".to_owned(), |at| format!("line {}", at.line()));
    let reason = match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            return DataError::io("read", path, error);
        }
        csv::ErrorKind::Utf8 { .. } => "not valid UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns, where the first line has {expected_len}")
        }
        other => format!("{other:?}"),
    };
    DataError::record(path, place, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LONGEST;
    use crate::sequences::{InputKind, Targets};
    use proptest::prelude::*;
    use std::fs;

    fn load(name: &str, bytes: &[u8]) -> Result<SequenceData, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        load_table(&TableSettings { path, ..TableSettings::default() }, &mut |_| ())
    }

    #[test]
    fn texts_and_labels_of_both_kinds_of_table() {
        for (name, table) in [
            ("a.csv", "id,label,text\n1,bad,\"Dull, \"\"long\"\"\n\"\n2,good,A  joy!\n"),
            ("a.tsv", "id\tlabel\ttext\n1\tbad\t\"Dull, \"\"long\"\"\"\n2\tgood\tA joy!\n"),
        ] {
            let data = load(name, table.as_bytes()).unwrap();
            assert_eq!(data.classes, ["bad", "good"]);
            assert_eq!(data.train.lengths().collect::<Vec<_>>(), [5, 3]);
            assert_eq!(data.train.targets(), &Targets::Classes(vec![0, 1]));
            assert_eq!(data.input, InputKind::Tokens { size: 1 + 7 });
            assert_eq!(data.source.name, "table");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (table, expected) in [
            (&b"text,label\na,b\nc\n"[..], "a.csv, line 3: 1 columns, where the first line has 2"),
            (b"text,label\na,b\n\xff,b\n", "a.csv, line 3: not valid UTF-8"),
            (b"text,label\na, \n", "a.csv, line 2: there is no label"),
            (b"text,label\na,b\n ,b\n", "a.csv, line 3: there is no word"),
            (b"text,label\n", "a.csv is empty"),
            (b"", "has no column 'text'"),
            (b"words,label\na,b\n", "has no column 'text', only: words, label"),
        ] {
            let error = load("a.csv", table).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn an_endless_field_is_refused() {
        let mut table = b"text,label\n\"".to_vec();
        table.resize(LONGEST as usize + 100, b'x');
        let error = load("a.csv", &table).unwrap_err().to_string();
        assert!(error.contains("longer than"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut table = b"text,label\n".to_vec();
            table.extend(bytes);
            match load("a.csv", &table) {
                Ok(data) => prop_assert!(!data.classes.is_empty()),
                Err(error) => prop_assert!(error.to_string().contains("a.csv")),
            }
        }
    }
}
