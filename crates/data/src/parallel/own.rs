//! Parallel texts of the user's own.

use std::path::Path;

use super::answers::SentencePairs;
use super::build::{self, ParallelTexts, Texts};
use super::read;
use super::settings::{PairFiles, PairsSettings};
use crate::checksum;
use crate::codec::TextCodec;
use crate::error::DataError;
use crate::progress::Progress;
use crate::sequences::SequenceData;
use crate::source::Source;

/// Loads parallel texts of the user's own: in the splits that are given, or split by a draw so that no sentence of
/// either language is in two splits. Files may be packed (`.gz`).
///
/// # Errors
/// [`DataError::BadRecord`] with file and line for an empty line, a line of a table without a tab, files of unequal
/// numbers of lines; [`DataError::NotUtf8`], [`DataError::OtherEncoding`], [`DataError::Empty`], [`DataError::Io`];
/// [`DataError::BadSetting`] without files to train on, for one held-out split without the other, and for lengths
/// that leave nothing; [`DataError::NothingToScore`] for a split without pairs.
pub fn load_pairs(
    settings: &PairsSettings,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let source = source(settings)?;
    let texts = match (&settings.valid, &settings.test) {
        (None, None) => {
            let whole = read_files(&settings.train, progress)?;
            Texts::Whole(whole, settings.held_out.require()?)
        }
        (Some(valid), Some(test)) => Texts::Splits([
            read_files(&settings.train, progress)?,
            read_files(valid, progress)?,
            read_files(test, progress)?,
        ]),
        (Some(_), None) => return Err(one_split("test", "valid")),
        (None, Some(_)) => return Err(one_split("valid", "test")),
    };
    ParallelTexts { texts, tokenised: false, source }.data(settings.parallel())
}

/// Reads the held-out splits of parallel texts as [`load_pairs`] cuts them, in the numbers of a model that was trained
/// before. The training split is empty.
///
/// # Errors
/// Those of [`load_pairs`].
pub fn reload_pairs(
    settings: &PairsSettings,
    source_codec: &TextCodec,
    target_codec: &TextCodec,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let source = source(settings)?;
    let splits = match (&settings.valid, &settings.test) {
        (Some(valid), Some(test)) => [read_files(valid, progress)?, read_files(test, progress)?],
        _ => {
            let whole = read_files(&settings.train, progress)?;
            build::held_out(&whole, settings.held_out.require()?, settings.parallel())
        }
    };
    Ok(build::encoded(splits, source_codec, target_codec, source))
}

/// Reads all pairs of a table (sentence, tab, translation) as a test split, in the numbers of a model that was trained
/// before.
///
/// # Errors
/// Those of [`load_pairs`].
pub fn encode_pairs(
    path: &Path,
    source_codec: &TextCodec,
    target_codec: &TextCodec,
) -> Result<SequenceData, DataError> {
    let source = Source::of_user_file("pairs", path, checksum::of_whole_file(path)?);
    let splits = [SentencePairs::default(), read::table(path)?];
    Ok(build::encoded(splits, source_codec, target_codec, source))
}

fn one_split(lacking: &'static str, given: &str) -> DataError {
    let reason = format!(
        "`{given}` is given, and this is not; give both, or neither to have parts of `train` held out"
    );
    DataError::setting(lacking, reason)
}

fn read_files(
    files: &PairFiles,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SentencePairs, DataError> {
    for path in files.paths() {
        progress(Progress::Reading { path });
    }
    match files {
        PairFiles::One(path) => read::table(path),
        PairFiles::Two([one, two]) => read::two_files([one, two]),
    }
}

/// What was read, called by the first file.
fn source(settings: &PairsSettings) -> Result<Source, DataError> {
    let all: Vec<&Path> =
        settings.files().flat_map(|(_, files)| files.paths()).map(AsRef::as_ref).collect();
    let first = all.first().copied().unwrap_or(Path::new(""));
    if first.as_os_str().is_empty() {
        let reason = "the file or the two files of pairs to train on have to be named";
        return Err(DataError::setting("train", reason));
    }
    let files =
        all.iter().map(|path| checksum::of_whole_file(path)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> =
        settings.train.paths().iter().zip(&files).map(|(_, f)| &f.name[..]).collect();
    let title = names.join(" and ");
    let mut source = Source::of_user_file("pairs", first, files[0].clone());
    source.title = title;
    // Which files are which split, where there are several.
    let of_split = |(key, files): (&str, &PairFiles)| {
        let paths: Vec<String> =
            files.paths().iter().map(|path| path.display().to_string()).collect();
        format!("{} ({key})", paths.join(" and "))
    };
    if settings.files().count() > 1 {
        source.location = settings.files().map(of_split).collect::<Vec<_>>().join("; ");
    }
    source.files = files;
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;
    use std::fs;
    use std::path::PathBuf;

    fn settings(train: PairFiles) -> PairsSettings {
        PairsSettings { train, ..PairsSettings::default() }
    }

    #[test]
    fn a_table_is_split_and_read_again_in_the_same_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tsv");
        let row =
            |k: usize| format!("the number {} is {}\tsein wert {k} ist {}\n", k, k % 7, k % 5);
        fs::write(&path, (0..60).map(row).collect::<String>()).unwrap();
        for subwords in [0, 10] {
            let settings = PairsSettings {
                subwords,
                reversed: true,
                ..settings(PairFiles::One(path.clone()))
            };
            let data = load_pairs(&settings, &mut |_| ()).unwrap();
            assert_eq!(
                [&data.train, &data.valid, &data.test].map(crate::Sequences::len),
                [48, 6, 6]
            );
            let (source, answers) = (data.text.as_ref().unwrap(), data.answers.as_ref().unwrap());
            let again = reload_pairs(&settings, source, &answers.codec, &mut |_| ()).unwrap();
            assert_eq!((&again.valid, &again.test), (&data.valid, &data.test));
            let texts = again.answers.unwrap();
            assert_eq!(texts.of(Split::Test), answers.of(Split::Test));
            let all = encode_pairs(&path, source, &answers.codec).unwrap();
            assert_eq!(all.test.len(), 60);
            assert_eq!(all.target, data.target);
        }
    }

    #[test]
    fn splits_in_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let train = PairFiles::Two([file("a.de", "x y\nx y\n"), file("a.en", "u v\nu v\n")]);
        let valid = PairFiles::One(file("b.tsv", "y x\tv u\n"));
        let whole = PairsSettings {
            valid: Some(valid.clone()),
            test: Some(valid.clone()),
            ..settings(train.clone())
        };
        let data = load_pairs(&whole, &mut |_| ()).unwrap();
        assert_eq!((data.train.len(), data.test.len()), (2, 1));
        assert_eq!(data.source.title, "a.de and a.en");
        assert_eq!(data.source.files.len(), 4);
        for (settings, expected) in [
            (
                PairsSettings { test: None, ..whole.clone() },
                "test: `valid` is given, and this is not",
            ),
            (PairsSettings { valid: None, ..whole.clone() }, "valid: `test` is given"),
            (settings(PairFiles::One(PathBuf::new())), "train: the file or the two files"),
            (settings(train), "nothing to score in the validation split and the test split"),
        ] {
            let error = load_pairs(&settings, &mut |_| ()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn files_are_named_by_one_path_or_two() {
        let read = |text: &str| serde_json::from_str::<PairsSettings>(text);
        assert_eq!(read(r#"{"train": "a.tsv"}"#).unwrap().train.paths(), [PathBuf::from("a.tsv")]);
        let two = read(r#"{"train": ["a.de", "a.en"], "valid": "b"}"#).unwrap();
        assert_eq!(two.files().map(|(key, _)| key).collect::<Vec<_>>(), ["train", "valid"]);
        assert_eq!(two.train.paths().len(), 2);
        assert!(read(r#"{"train": ["a", "b", "c"]}"#).is_err());
    }
}
