//! Texts with labels out of a table of the user's own (CSV, TSV).

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::error::DataError;
use crate::labelled::Labelled;
use crate::progress::Progress;
use crate::quoting::Quoting;
use crate::records::{self, Record};
use crate::scored::Mend;
use crate::sequences::SequenceData;
use crate::shown::shown;
use crate::source::Source;
use crate::split::{HeldOut, by_key};
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Cutoff;

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TableSettings {
    /// The file; the path is relative to the file in which it is written.
    pub path: PathBuf,
    /// The heading of the column with the text.
    pub text: String,
    /// The heading of the column with the label; every different text in it is a class.
    pub label: String,
    /// What a `"` at the beginning of a field means: a character (`none`), or that the field goes to
    /// the next one (`csv`). Where it is not given: `none` in a file whose name ends in `.tsv`, `csv`
    /// in others.
    pub quoting: Option<Quoting>,
    /// How a text is cut into tokens.
    pub tokeniser: Tokeniser,
    /// Which tokens of the training split are kept; the others are `<unk>`.
    pub cutoff: Cutoff,
    /// The most tokens of a text, its last ones; 0 for all.
    pub max_length: usize,
    /// What is held out of the different texts: rows of equal text stay in one split.
    pub held_out: HeldOut,
    /// The seed of that draw.
    pub seed: u64,
}

impl Default for TableSettings {
    /// No file yet; columns `text` and `label`, quotes by the file's name, prose, all words and
    /// lengths, a tenth for validation and test.
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            quoting: None,
            tokeniser: Tokeniser::Prose,
            cutoff: Cutoff::default(),
            max_length: 0,
            held_out: HeldOut::default(),
            seed: 1,
        }
    }
}

/// Loads a table of texts and labels. The first record holds the columns' headings; columns are
/// parted by commas, in a file whose name ends in `.tsv` by tabs; [`TableSettings::quoting`] says
/// what quotes mean. Classes are in the alphabetical order of their labels.
///
/// # Errors
/// [`DataError::BadRecord`] with file and line for a record that is not as wide as the first, a
/// text without tokens, an empty label, a quote in a strange place, a quoted field in which rows of
/// the table seem to stand (unless `quoting` is given) or a line of more than 16 MiB;
/// [`DataError::NotUtf8`], [`DataError::OtherEncoding`]; [`DataError::BadSetting`] for a column that is
/// not there, a single class, or without a path; [`DataError::Empty`] for an empty file or a table
/// without records;
/// [`DataError::NothingToScore`] for a split without rows; [`DataError::Io`] if the file cannot be
/// read.
pub fn load_table(
    settings: &TableSettings,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let path = settings.path.as_path();
    if path.as_os_str().is_empty() {
        return Err(DataError::setting("path", "the table's file has to be named"));
    }
    settings.held_out.require()?;
    settings.cutoff.require()?;
    progress(Progress::Reading { path });
    let table = read(path, settings, None)?;
    if let [label] = &table.classes[..] {
        let reason = format!(
            "every row of {} has the label {}; there must be two at least to tell apart",
            path.display(),
            shown(label)
        );
        return Err(DataError::setting("label", reason));
    }
    let splits = by_key(table.texts.iter(), settings.held_out, settings.seed);
    let source = Source::of_user_file("table", path, checksum::of_whole_file(path)?);
    let mend = mend(&table);
    table.data(splits, settings.cutoff, settings.max_length, source, mend)
}

/// What to do about an empty split of a table.
fn mend(table: &Labelled) -> Mend<'static> {
    let different = table.texts.iter().collect::<HashSet<_>>().len();
    match different < table.labels.len() {
        true => Mend::HeldOutTexts(different),
        false => Mend::HeldOut,
    }
}

/// Reads all rows. `known` are the classes, in their order; absent: all labels that there are, in that of the
/// alphabet.
pub(crate) fn read(
    path: &Path,
    settings: &TableSettings,
    known: Option<&[String]>,
) -> Result<Labelled, DataError> {
    let mut table = Labelled::new(settings.tokeniser);
    let mut labels: Vec<String> = Vec::new();
    let mut lines_of_fields = Vec::new();
    let wanted = [("text", settings.text.as_str()), ("label", &settings.label)];
    records::for_each(path, settings.quoting, &wanted, |record| {
        let bad = |reason: &str| Err(record.bad(path, reason));
        let label = record.field(1).trim();
        if label.is_empty() {
            return bad("there is no label");
        }
        if let Some(known) = known
            && !known.iter().any(|class| class == label)
        {
            let reason = format!(
                "the label {} is not among the classes of the training, which are: {}",
                shown(label),
                known.join(", ")
            );
            return Err(record.bad(path, reason));
        }
        let mut tokens = Vec::new();
        let vocabulary = &mut table.vocabulary;
        settings.tokeniser.each(record.field(0), |token| tokens.push(vocabulary.add(token)));
        if tokens.is_empty() {
            return bad("there is no word in the text");
        }
        if settings.quoting.is_none() {
            lines_of_fields.extend(rows_within(&record));
        }
        table.texts.push(tokens);
        labels.push(label.to_owned());
        Ok(())
    })?;
    let mut classes: BTreeMap<&str, u32> = labels.iter().map(|label| (label.as_str(), 0)).collect();
    for (begin, label) in lines_of_fields {
        if classes.contains_key(label.as_str()) {
            let reason = format!(
                "a quoted field that begins here spans lines of which one looks like a row with the label {}; \
                 set `quoting: none` if quotes are characters like any other in this table, `quoting: csv` if this is one field",
                shown(&label)
            );
            return Err(DataError::record(path, format!("line {begin}"), reason));
        }
    }
    let names: Vec<&str> = match known {
        Some(known) => known.iter().map(String::as_str).collect(),
        None => classes.keys().copied().collect(),
    };
    for (number, name) in (0..).zip(&names) {
        if let Some(class) = classes.get_mut(name) {
            *class = number;
        }
    }
    table.labels = labels.iter().map(|label| classes[label.as_str()]).collect();
    table.classes = names.into_iter().map(str::to_owned).collect();
    Ok(table)
}

/// The labels of what look like rows of a table inside quoted fields, with the line on which the
/// record begins: of whole lines that are as wide as the table.
fn rows_within(record: &Record<'_>) -> Vec<(u64, String)> {
    let (width, label_at) = (record.fields.len(), record.columns[1]);
    let label = |line: &str| {
        let cells: Vec<&str> = line.split(char::from(record.separator)).collect();
        (cells.len() == width).then(|| cells[label_at].trim().to_owned())
    };
    let lines = record.fields.iter().enumerate().flat_map(|(place, field)| {
        let lines: Vec<&str> = field.split('\n').collect();
        // The first line is a whole one in the first column only, the last never is.
        let first = usize::from(place > 0);
        lines[..lines.len() - 1].iter().skip(first).copied().collect::<Vec<_>>()
    });
    lines.filter_map(label).map(|label| (record.line, label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LONGEST;
    use crate::sequences::Sequences;
    use proptest::prelude::*;
    use std::fs;

    fn load(name: &str, bytes: &[u8]) -> Result<SequenceData, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        load_table(&TableSettings { path, ..TableSettings::default() }, &mut |_| ())
    }

    /// What is read of a table, before it is cut into splits.
    fn rows(name: &str, table: &str) -> Result<Labelled, DataError> {
        rows_by(name, table, None)
    }

    fn rows_by(name: &str, table: &str, quoting: Option<Quoting>) -> Result<Labelled, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, table).unwrap();
        read(&path, &TableSettings { quoting, ..TableSettings::default() }, None)
    }

    fn lengths(table: &Labelled) -> Vec<usize> {
        table.texts.iter().map(<[u32]>::len).collect()
    }

    #[test]
    fn texts_and_labels_of_both_kinds_of_table() {
        for (name, table) in [
            ("a.csv", "id,label,text\n1,bad,\"Dull, \"\"long\"\"\n\"\n2,good,A  joy!\n"),
            ("a.tsv", "id\tlabel\ttext\n1\tbad\tDull, \"long\"\n2\tgood\tA joy!\n"),
            ("a.tsv", "\u{feff}id\t label\ttext \r\n1\tbad\tDull, \"long\"\r\n2\tgood\tA joy!\r\n"),
        ] {
            let table = rows(name, table).unwrap();
            assert_eq!(table.classes, ["bad", "good"]);
            assert_eq!(lengths(&table), [5, 3]);
            assert_eq!(table.labels, [0, 1]);
        }
    }

    #[test]
    fn a_table_has_splits_of_its_rows() {
        let row = |k: usize| format!("text {k},{}\n", ["bad", "good"][k % 2]);
        let table = |rows: usize| format!("text,label\n{}", (0..rows).map(row).collect::<String>());
        let data = load("a.csv", table(20).as_bytes()).unwrap();
        let sizes = [&data.train, &data.valid, &data.test].map(Sequences::len);
        assert_eq!(sizes, [16, 2, 2]);
        assert_eq!(data.source.name, "table");
        let error = load("a.csv", table(8).as_bytes()).unwrap_err().to_string();
        let expected = "a.csv: there is nothing to score in the validation split and the test split: \
                        of its sequences, 8 are for training, 0 for validation, 0 for the test";
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn rows_of_equal_text_stay_together_which_is_told_where_a_split_is_empty() {
        let table = |texts: usize| {
            let row = |k: usize| format!("text {},{}\n", k % texts, ["bad", "good"][k % 2]);
            format!("text,label\n{}", (0..60).map(row).collect::<String>())
        };
        let told = |texts| load("a.csv", table(texts).as_bytes()).unwrap_err().to_string();
        let sizes = "60 are for training, 0 for validation, 0 for the test; each needs at least 1: \
                     rows of equal text stay in one split, and there";
        assert!(
            told(6).contains(&format!("{sizes} are 6 different texts: hold out")),
            "{}",
            told(6)
        );
        assert!(told(1).contains(&format!("{sizes} is 1 different text: hold out")), "{}", told(1));
        let data = load("a.csv", table(10).as_bytes()).unwrap();
        assert_eq!([&data.train, &data.valid, &data.test].map(Sequences::len), [48, 6, 6]);
    }

    #[test]
    fn a_stray_quote_swallows_no_rows() {
        let stray = "text\tlabel\none\ta\n\"two\tb\nthree\ta\n\"four\tb\nfive \"six\"\ta\n";
        let table = rows("a.tsv", stray).unwrap();
        assert_eq!(lengths(&table), [1, 2, 1, 2, 4]);
        assert_eq!(table.labels, [0, 1, 0, 1, 0]);
        // Said to be quoted, as a CSV file is: told with the line on which the field begins.
        let after =
            "line 3: the quoted field that begins here goes on after its closing quote on line 5";
        for (name, table, quoting) in [
            ("a.tsv", stray.to_owned(), Some(Quoting::Csv)),
            ("a.csv", stray.replace('\t', ","), None),
        ] {
            let error = rows_by(name, &table, quoting).unwrap_err().to_string();
            assert!(error.contains(after) && error.contains("`quoting: none`"), "{error}");
        }
        assert_eq!(
            rows_by("a.csv", &stray.replace('\t', ","), Some(Quoting::None)).unwrap().labels,
            table.labels
        );
        let error = rows("a.csv", "text,label\na,b\n\"c,d\ne,b\n").unwrap_err().to_string();
        assert!(error.contains("line 3: the quoted field that begins here has no end"), "{error}");
    }

    #[test]
    fn rows_within_a_quoted_field_are_told() {
        let table = "text,label\na,yes\nb,no\n\"c,yes\nd,no\n\",no\n";
        let error = rows("a.csv", table).unwrap_err().to_string();
        assert!(error.contains("line 4: a quoted field that begins here spans lines"), "{error}");
        assert!(error.contains("label `yes`"), "{error}");
        assert_eq!(lengths(&rows_by("a.csv", table, Some(Quoting::Csv)).unwrap()), [1, 1, 6]);
        // Lines with commas are no rows unless they end in a label.
        let poem = "text,label\n\"Roses are red,\nviolets are blue, he said\n\",yes\nb,no\n";
        assert_eq!(rows("a.csv", poem).unwrap().labels, [1, 0]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (table, expected) in [
            (&b"text,label\na,b\nc\n"[..], "a.csv, line 3: 1 column, where the first line has 2"),
            (
                b"text,label\na,b\n\xff,b\n",
                "a.csv, line 3: not valid UTF-8 (0xFF, byte 16 of the file)",
            ),
            (b"\xff\xfet\0e\0x\0t\0", "a.csv: this is UTF-16"),
            (b"text,label\na,b\nc,b\n", "label: every row of"),
            (b"text,label,text\na,b,c\n", "has two columns `text`"),
            (
                b"text;label\na;b\n",
                "has no column `text`, only: `text;label`; columns are parted by commas",
            ),
            (b"text,label\na, \n", "a.csv, line 2: there is no label"),
            (b"text,label\na,b\n ,b\n", "a.csv, line 3: there is no word"),
            (b"text,label\n", "a.csv is empty"),
            (b"", "a.csv is empty"),
            (b"\n\n", "a.csv is empty"),
            (b"text,label\na,b\n\n\nc, \n", "a.csv, line 5: there is no label"),
            (b"\ntext,label\n\na,b\n\n\n\nc\nd,b\n", "a.csv, line 8: 1 column, where"),
            (b"text,label\n\n\"a\n\nb\",b\n\n\"\nc\n\", ", "a.csv, line 7: there is no label"),
            (b"text,label\r\r\ra,b\r\rc, \r", "a.csv, line 6: there is no label"),
            (b"words,label\na,b\n", "has no column `text`, only: `words`, `label`"),
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
