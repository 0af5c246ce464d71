//! Texts and tables in the numbers of a model that was trained before: its vocabulary and classes
//! are given, and nothing is trained on.

use std::path::Path;

use crate::checksum;
use crate::corpus::{self, Corpus};
use crate::error::DataError;
use crate::progress::Progress;
use crate::sequences::SequenceData;
use crate::source::Source;
use crate::split::by_key;
use crate::table::{self, TableSettings};
use crate::text::tokens_of_file;
use crate::text_file::TextSettings;
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Vocabulary;

/// A text in the ids of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedText {
    /// The ids.
    pub tokens: Vec<u32>,
    /// How many of them stand for a token that the vocabulary does not have.
    pub unknown: usize,
}

/// Reads a whole text file (UTF-8) in the ids of a vocabulary, to be scored.
///
/// # Errors
/// [`DataError::NotInVocabulary`] for a token that is not in it, if `<unk>` is not either;
/// [`DataError::TooFewTokens`] for fewer than two; [`DataError::NotUtf8`], [`DataError::LongWord`] for a
/// file that is no text; [`DataError::Io`].
pub fn encode_file(
    path: &Path,
    tokeniser: Tokeniser,
    vocabulary: &Vocabulary,
) -> Result<EncodedText, DataError> {
    let too_few = |tokens| Err(DataError::TooFewTokens { path: path.to_owned(), tokens });
    match encoded_from(path, tokeniser, vocabulary, 0) {
        Err(DataError::Empty { .. }) => too_few(0),
        Ok(text) if text.tokens.len() < 2 => too_few(text.tokens.len()),
        read => read,
    }
}

/// Reads the held-out splits of a text file as [`load_text`](crate::load_text) cuts them, in the ids
/// of a vocabulary. The training split is empty.
///
/// # Errors
/// [`DataError::NotInVocabulary`], [`DataError::Empty`], [`DataError::NotUtf8`],
/// [`DataError::LongWord`], [`DataError::Io`].
pub fn reload_text(
    path: &Path,
    settings: TextSettings,
    vocabulary: &Vocabulary,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    let TextSettings { tokeniser, held_out, .. } = settings;
    progress(Progress::Reading { path });
    let file = checksum::of_whole_file(path)?;
    let mut count = 0;
    tokens_of_file(path, tokeniser, |_, _| count += 1)?;
    let [train, test] = corpus::tail(count, held_out.valid, held_out.test);
    let mut valid = encoded_from(path, tokeniser, vocabulary, train)?.tokens;
    let test = valid.split_off(test.saturating_sub(train).min(valid.len()));
    Ok(Corpus {
        source: Source::of_user_file("text", path, file),
        tokeniser,
        vocabulary: vocabulary.clone(),
        train: Vec::new(),
        valid,
        test,
    })
}

/// Reads the held-out splits of a table as [`load_table`](crate::load_table) cuts them, in the
/// numbers of a vocabulary and of classes. The training split is empty.
///
/// # Errors
/// Those of [`load_table`](crate::load_table), and [`DataError::BadSetting`] for a label that is not
/// among the classes.
pub fn reload_table(
    settings: &TableSettings,
    vocabulary: &Vocabulary,
    classes: &[String],
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<SequenceData, DataError> {
    let path = settings.path.as_path();
    progress(Progress::Reading { path });
    let table = table::read(path, settings, Some(classes))?;
    let [_, valid, test] = by_key(table.texts.iter(), settings.held_out, settings.seed);
    let source = Source::of_user_file("table", path, checksum::of_whole_file(path)?);
    table.held_out_data([valid, test], vocabulary, settings.max_length, source)
}

/// Reads all rows of a table as a test split, in the numbers of a vocabulary and of classes.
///
/// # Errors
/// Those of [`reload_table`].
pub fn encode_table(
    settings: &TableSettings,
    vocabulary: &Vocabulary,
    classes: &[String],
) -> Result<SequenceData, DataError> {
    let path = settings.path.as_path();
    let table = table::read(path, settings, Some(classes))?;
    let all = (0..table.labels.len()).collect();
    let source = Source::of_user_file("table", path, checksum::of_whole_file(path)?);
    table.held_out_data([Vec::new(), all], vocabulary, settings.max_length, source)
}

/// The ids of a text from token number `first` on.
fn encoded_from(
    path: &Path,
    tokeniser: Tokeniser,
    vocabulary: &Vocabulary,
    first: usize,
) -> Result<EncodedText, DataError> {
    let mut text = EncodedText { tokens: Vec::new(), unknown: 0 };
    let mut missing = None;
    let mut position = 0;
    tokens_of_file(path, tokeniser, |token, line| {
        position += 1;
        if position <= first {
            return;
        }
        text.unknown += usize::from(vocabulary.id(token).is_none());
        match vocabulary.encode(token) {
            Some(id) => text.tokens.push(id),
            None => {
                missing.get_or_insert_with(|| DataError::NotInVocabulary {
                    path: path.to_owned(),
                    line,
                    token: token.to_owned(),
                });
            }
        }
    })?;
    missing.map_or(Ok(text), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cutoff, HeldOut, Places, SequenceInputs, SequenceTargets, load_table, load_text};
    use std::fs;

    #[test]
    fn a_text_is_read_again_in_the_numbers_of_its_training() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        for tokeniser in Tokeniser::ALL {
            fs::write(&path, "The cat\u{a0}saw a Cat, and the dog.\n\n".repeat(30) + "The end")
                .unwrap();
            let settings = TextSettings {
                tokeniser,
                cutoff: Cutoff { min_count: 2, max_words: 0 },
                held_out: HeldOut { valid: 100, test: 200 },
            };
            let trained =
                load_text(&path, settings, &Places::new(Vec::new(), None), &mut |_| ()).unwrap();
            let again = reload_text(&path, settings, &trained.vocabulary, &mut |_| ()).unwrap();
            assert_eq!((&again.valid, &again.test), (&trained.valid, &trained.test));
            let whole = encode_file(&path, tokeniser, &trained.vocabulary).unwrap();
            let splits = [&trained.train[..], &trained.valid, &trained.test].concat();
            assert_eq!(whole.tokens, splits, "{tokeniser:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_counted_or_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "a b\nc a\n").unwrap();
        let known = |words: &[&str]| {
            Vocabulary::try_from(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
                .unwrap()
        };
        let with = encode_file(&path, Tokeniser::Words, &known(&["<unk>", "a", "<eos>"])).unwrap();
        assert_eq!(with, EncodedText { tokens: vec![1, 0, 2, 0, 1, 2], unknown: 2 });
        let without = encode_file(&path, Tokeniser::Words, &known(&["a", "b", "<eos>"]));
        let error = without.unwrap_err().to_string();
        assert!(error.contains("a.txt, line 2: \"c\" is not in the model's vocabulary"), "{error}");
    }

    #[test]
    fn a_text_without_a_token_to_predict_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let known = Vocabulary::try_from(["a", "b"].map(str::to_owned).to_vec()).unwrap();
        for (text, count) in [("", "0 tokens"), ("\u{feff}", "0 tokens"), ("b", "1 token")] {
            fs::write(&path, text).unwrap();
            let error = encode_file(&path, Tokeniser::Characters, &known).unwrap_err().to_string();
            let expected = format!("a.txt: {count} cannot be scored; at least 2 are needed");
            assert!(error.contains(&expected), "{error}");
        }
        fs::write(&path, "ab").unwrap();
        assert_eq!(encode_file(&path, Tokeniser::Characters, &known).unwrap().tokens, [0, 1]);
    }

    #[test]
    fn a_table_with_other_rows_keeps_words_and_classes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let row = |k: usize| match k % 2 {
            0 => format!("dull and long {k},bad\n"),
            _ => format!("a joy {k},good\n"),
        };
        let rows: String = (0..40).map(row).collect();
        fs::write(&path, format!("text,label\n{rows}")).unwrap();
        let settings = TableSettings { path, ..TableSettings::default() };
        let trained = load_table(&settings, &mut |_| ()).unwrap();
        let vocabulary = &trained.text.as_ref().unwrap().vocabulary;
        let again = reload_table(&settings, vocabulary, &trained.classes, &mut |_| ()).unwrap();
        assert_eq!((&again.valid, &again.test), (&trained.valid, &trained.test));

        // Other classes come first in the alphabet, other words are more frequent.
        fs::write(&settings.path, "text,label\nzebra joy,good\nzebra dull,bad\n").unwrap();
        let all = encode_table(&settings, vocabulary, &trained.classes).unwrap();
        assert_eq!(all.test.targets(), &SequenceTargets::Classes(vec![1, 0]));
        let id = |word| vocabulary.id(word).unwrap();
        let SequenceInputs::Tokens(texts) = all.test.inputs() else { panic!() };
        let texts: Vec<&[u32]> = texts.iter().collect();
        assert_eq!(texts, [[0, id("joy")], [0, id("dull")]]);
        fs::write(&settings.path, "text,label\nfine,average\n").unwrap();
        let error = encode_table(&settings, vocabulary, &trained.classes).unwrap_err();
        let told = format!("{error}");
        let place = format!("{}, line 2: the label ", settings.path.display());
        assert!(told.starts_with(&place) && told.contains("average"), "{told}");
    }
}
