//! One split of a corpus: a text file, read whole, into token ids.

use std::fs;
use std::path::Path;

use crate::checksum;
use crate::error::DataError;
use crate::source::FileSum;
use crate::vocabulary::Vocabulary;

/// The word that ends every line, blank lines too.
pub(crate) const END_OF_LINE: &str = "<eos>";

/// Reads a file's text; its size and checksum come with it.
pub(crate) fn read(path: &Path) -> Result<(String, FileSum), DataError> {
    let bytes = fs::read(path).map_err(|e| DataError::io("read", path, e))?;
    let sum = FileSum {
        name: file_name(path),
        bytes: bytes.len() as u64,
        sha256: checksum::of_bytes(&bytes),
    };
    if bytes.is_empty() {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    Ok((utf8(path, bytes)?, sum))
}

/// Bytes as text, or the line of the first that is not.
pub(crate) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, DataError> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        DataError::NotUtf8 {
            path: path.to_owned(),
            line: good.iter().filter(|&&byte| byte == b'\n').count() + 1,
        }
    })
}

/// The last component of a path.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The ids of a training text; its words become the vocabulary.
pub(crate) fn tokenise_training(text: &str) -> (Vec<u32>, Vocabulary) {
    let mut vocabulary = Vocabulary::default();
    let mut tokens = Vec::new();
    for line in text.lines() {
        tokens.extend(words(line).map(|word| vocabulary.add(word)));
    }
    (tokens, vocabulary)
}

/// The ids of a validation or test text, which must hold `expected` tokens.
pub(crate) fn tokenise_held_out(
    path: &Path,
    text: &str,
    vocabulary: &Vocabulary,
    expected: u64,
) -> Result<Vec<u32>, DataError> {
    let mut tokens = Vec::with_capacity(expected as usize);
    let mut unknown = None;
    for (line_index, line) in text.lines().enumerate() {
        for word in words(line) {
            tokens.push(vocabulary.id(word).unwrap_or_else(|| {
                unknown.get_or_insert((line_index + 1, word));
                0
            }));
        }
    }
    // The count first: half a word at the end of a truncated file is also an unknown word.
    require_count(path, "tokens", expected, tokens.len() as u64)?;
    match unknown {
        None => Ok(tokens),
        Some((line, word)) => {
            Err(DataError::UnknownWord { path: path.to_owned(), line, word: word.to_owned() })
        }
    }
}

/// An error unless as many were found as were published.
pub(crate) fn require_count(
    path: &Path,
    what: &'static str,
    expected: u64,
    found: u64,
) -> Result<(), DataError> {
    if expected == found {
        return Ok(());
    }
    Err(DataError::WrongCount { path: path.to_owned(), what, expected, found })
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_ascii_whitespace().chain(std::iter::once(END_OF_LINE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_line_ends_with_its_token() {
        let (tokens, vocabulary) = tokenise_training(" a b \n\n a\n");
        assert_eq!(vocabulary.words().collect::<Vec<_>>(), ["a", "b", END_OF_LINE]);
        assert_eq!(tokens, [0, 1, 2, 2, 0, 2]);
    }

    #[test]
    fn an_unknown_word_is_named_with_its_line() {
        let (_, vocabulary) = tokenise_training("a b\n");
        let error = tokenise_held_out(Path::new("v.txt"), "a\nb c\n", &vocabulary, 5).unwrap_err();
        assert!(error.to_string().starts_with("v.txt, line 2: the word 'c'"));
    }

    #[test]
    fn the_bad_line_is_found() {
        let error = utf8(Path::new("t.txt"), b"a\nb\n\xff\n".to_vec()).unwrap_err();
        assert!(matches!(error, DataError::NotUtf8 { line: 3, .. }));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn tokens_spell_the_text(
            lines in prop::collection::vec(prop::collection::vec("[a-c]{1,2}", 0..6), 1..10),
        ) {
            let text: String = lines.iter().map(|line| format!(" {} \n", line.join(" "))).collect();
            let (tokens, vocabulary) = tokenise_training(&text);
            let spelt: Vec<&str> = tokens.iter().filter_map(|&id| vocabulary.word(id)).collect();
            let expected: Vec<&str> = lines.iter()
                .flat_map(|line| line.iter().map(String::as_str).chain([END_OF_LINE]))
                .collect();
            prop_assert_eq!(spelt, expected);
            let again = tokenise_held_out(Path::new("t"), &text, &vocabulary, tokens.len() as u64);
            prop_assert_eq!(again.unwrap(), tokens);
        }
    }
}
