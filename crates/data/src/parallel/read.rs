//! Pairs of sentences out of files.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use words::counted;

use super::answers::SentencePairs;
use crate::decode::Text;
use crate::error::{DataError, Owner};
use crate::lines::LONGEST;
use crate::shown::shown;
use crate::tokeniser::END_OF_LINE;

/// The lines of two files, each line of one the translation of the same line of the other.
pub(crate) fn two_files(paths: [&Path; 2]) -> Result<SentencePairs, DataError> {
    let [sources, references] = paths.map(|path| {
        let mut sentences = Vec::new();
        lines(path, open(path)?, |line, number| {
            sentences.push(sentence(path, line, number, "the line")?);
            Ok(())
        })?;
        Ok::<_, DataError>(sentences)
    });
    let (sources, references): (Vec<String>, Vec<String>) = (sources?, references?);
    if sources.len() != references.len() {
        let [(short, fewer), (long, more)] = match sources.len() < references.len() {
            true => [(paths[0], sources.len()), (paths[1], references.len())],
            false => [(paths[1], references.len()), (paths[0], sources.len())],
        };
        let reason = format!(
            "the file has {}, and {} has {more}; each line must be the translation of the same line of the other file",
            counted(fewer, "line"),
            long.display()
        );
        return Err(DataError::record(short, format!("line {}", fewer + 1), reason));
    }
    Ok(SentencePairs { sources, references })
}

/// The lines of a table without headings: sentence, tab, translation.
pub(crate) fn table(path: &Path) -> Result<SentencePairs, DataError> {
    table_of(path, open(path)?)
}

/// The same of a file that is open.
pub(crate) fn table_of(path: &Path, file: impl Read) -> Result<SentencePairs, DataError> {
    let mut pairs = SentencePairs::default();
    lines(path, file, |line, number| {
        let mut columns = line.split('\t');
        let (Some(source), Some(reference)) = (columns.next(), columns.next()) else {
            let reason =
                "there is no tab on this line; it must hold a sentence, a tab and its translation";
            return Err(DataError::record(path, format!("line {number}"), reason));
        };
        pairs.sources.push(sentence(path, source, number, "what stands before the tab")?);
        pairs.references.push(sentence(path, reference, number, "what stands after the tab")?);
        Ok(())
    })?;
    Ok(pairs)
}

/// A file, unpacked where its name ends in `.gz`.
fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    Ok(match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        true => Box::new(Unpacked {
            path: path.to_owned(),
            inner: GzDecoder::new(BufReader::new(file)),
        }),
        false => Box::new(file),
    })
}

/// A packed file, whose damage is told as such.
struct Unpacked<R> {
    path: PathBuf,
    inner: GzDecoder<R>,
}

impl<R: BufRead> Read for Unpacked<R>
where
    GzDecoder<R>: Read,
{
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(out).map_err(|error| {
            let damage =
                DataError::BadArchive { path: self.path.clone(), reason: error.to_string() };
            std::io::Error::new(std::io::ErrorKind::InvalidData, damage)
        })
    }
}

/// Gives the lines of a text with their numbers, counted from 1.
fn lines(
    path: &Path,
    file: impl Read,
    mut each: impl FnMut(&str, usize) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut file = BufReader::new(Text::new(path, file));
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let read = (&mut file).take(LONGEST).read_until(b'\n', &mut bytes);
        if read.map_err(|e| DataError::io("read", path, e))? == 0 {
            if number == 1 {
                return Err(DataError::Empty { path: path.to_owned(), owner: Owner::User });
            }
            break;
        }
        if bytes.len() as u64 == LONGEST {
            let reason = format!("the line is longer than {LONGEST} bytes");
            return Err(DataError::record(path, format!("line {number}"), reason));
        }
        // It is valid already.
        let text = String::from_utf8_lossy(&bytes);
        each(text.strip_suffix('\n').unwrap_or(&text), number)?;
    }
    Ok(())
}

/// A sentence, if there is one.
fn sentence(path: &Path, text: &str, line: usize, place: &str) -> Result<String, DataError> {
    let bad = |reason: String| Err(DataError::record(path, format!("line {line}"), reason));
    if text.trim().is_empty() {
        return bad(format!("{place} is empty; take the pair out, or write what is missing"));
    }
    if text.split_whitespace().any(|word| word == END_OF_LINE) {
        return bad(format!(
            "{} is the sign for the end of a sentence, which is added when it is read; take it out",
            shown(END_OF_LINE)
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn told(files: &[(&str, &[u8])]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, bytes)| {
                let path = folder.path().join(name);
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        let read = match &paths[..] {
            [one] => table(one),
            [one, two] => two_files([one, two]),
            _ => unreachable!(),
        };
        let folder = format!("{}/", folder.path().display());
        match read {
            Ok(pairs) => {
                format!("{:?}", pairs.sources.iter().zip(&pairs.references).collect::<Vec<_>>())
            }
            Err(error) => error.to_string().replace(&folder, ""),
        }
    }

    #[test]
    fn pairs_of_lines_and_of_columns() {
        assert_eq!(
            told(&[("a", b"x y\r\nz"), ("b", b"u\nv w\n")]),
            r#"[("x y", "u"), ("z", "v w")]"#
        );
        assert_eq!(told(&[("a.tsv", b"x\ty\tCC-BY\nz \tw\n")]), r#"[("x", "y"), ("z ", "w")]"#);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"x\ny\n").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(told(&[("a.gz", &packed), ("b", b"u\nv\n")]), r#"[("x", "u"), ("y", "v")]"#);
        let cut = told(&[("a.gz", &packed[..packed.len() - 9]), ("b", b"u\nv\n")]);
        assert!(cut.starts_with("a.gz: ") && cut.contains("the archive is damaged"), "{cut}");
    }

    #[test]
    fn what_is_no_pair_is_told_with_file_and_line() {
        for (files, expected) in [
            (
                &[("a.de", &b"x\ny\nz\n"[..]), ("a.en", b"u\nv\n")][..],
                "a.en, line 3: the file has 2 lines, and a.de has 3; each line must be the translation",
            ),
            (
                &[("a.de", b"x\n"), ("a.en", b"u\n\n")],
                "a.en, line 2: the line is empty; take the pair out",
            ),
            (&[("a.de", b"x\n \ny"), ("a.en", b"u\nv\nw")], "a.de, line 2: the line is empty"),
            (&[("a.de", b"x\n"), ("a.en", b"u\xff\n")], "a.en, line 1: not valid UTF-8 (0xFF"),
            (&[("a.de", b""), ("a.en", b"u\n")], "a.de is empty"),
            (
                &[("a.de", b"x <eos>\n"), ("a.en", b"u\n")],
                "a.de, line 1: `<eos>` is the sign for the end",
            ),
            (&[("a.tsv", b"x\ty\nz\n")], "a.tsv, line 2: there is no tab on this line"),
            (&[("a.tsv", b"x\ty\n\n")], "a.tsv, line 2: there is no tab on this line"),
            (&[("a.tsv", b"x\t \n")], "a.tsv, line 1: what stands after the tab is empty"),
            (&[("a.tsv", b"\ty\n")], "a.tsv, line 1: what stands before the tab is empty"),
        ] {
            let found = told(files);
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
