//! Text files of any length, read piece by piece.

use std::io::{self, Read};
use std::path::Path;

use crate::decode::Text;
use crate::error::{DataError, Owner};
use crate::open::open;
use crate::tokeniser::{Splitter, Tokeniser};

/// How much of a file is held at a time. A word of this length is taken for a sign that the file
/// is no text.
const BLOCK: usize = 1 << 20;

/// Gives every token of a text file with the number of its line, counted from 1.
///
/// Of the text, no more than two blocks of a megabyte are in memory at a time, however long its
/// lines are.
pub(crate) fn tokens_of_file(
    path: &Path,
    tokeniser: Tokeniser,
    each: impl FnMut(&str, usize),
) -> Result<(), DataError> {
    let file = open(path)?;
    tokens(path, file, tokeniser, BLOCK, each)
}

fn tokens(
    path: &Path,
    file: impl Read,
    tokeniser: Tokeniser,
    block: usize,
    mut each: impl FnMut(&str, usize),
) -> Result<(), DataError> {
    let mut splitter = Splitter::new(tokeniser);
    let mut empty = true;
    pieces(path, Text::new(path, file), tokeniser, block, |piece| {
        empty = false;
        splitter.piece(piece, &mut each);
    })?;
    if empty {
        return Err(DataError::Empty { path: path.to_owned(), owner: Owner::User });
    }
    splitter.end_of_text(each);
    Ok(())
}

/// Cuts a text into pieces, where no token is parted.
fn pieces<R: Read>(
    path: &Path,
    mut file: Text<R>,
    tokeniser: Tokeniser,
    block: usize,
    mut each: impl FnMut(&str),
) -> Result<(), DataError> {
    let mut buffer = vec![0; block];
    let mut filled = 0;
    let mut line = 1;
    loop {
        let read = match file.read(&mut buffer[filled..]) {
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(DataError::io("read", path, e)),
        };
        filled += read;
        let at_end = read == 0;
        let held = &buffer[..filled];
        let cut = match tokeniser {
            _ if at_end => filled,
            Tokeniser::Characters | Tokeniser::SpacedCharacters => whole_characters(held),
            Tokeniser::Words => whole_words(held),
            Tokeniser::Prose | Tokeniser::CasedProse => whole_breaks(&held[..whole_words(held)]),
        };
        if cut == 0 && filled == buffer.len() {
            return Err(DataError::LongWord { path: path.to_owned(), line, limit: block });
        }
        if cut > 0 {
            // It is valid already, and not cut within a character.
            each(&String::from_utf8_lossy(&held[..cut]));
        }
        line += newlines(&held[..cut]);
        if at_end {
            return Ok(());
        }
        buffer.copy_within(cut..filled, 0);
        filled -= cut;
    }
}

/// The length of `bytes` without the word at the end, which may go on.
fn whole_words(bytes: &[u8]) -> usize {
    bytes.iter().rposition(u8::is_ascii_whitespace).map_or(0, |space| space + 1)
}

/// The length of `bytes` without an HTML line break that is cut off at the end.
fn whole_breaks(bytes: &[u8]) -> usize {
    let text = bytes.trim_ascii_end();
    let tag = text.len().saturating_sub(3);
    if text[tag..].eq_ignore_ascii_case(b"<br") { tag } else { bytes.len() }
}

/// The length of `bytes` without a character that is cut off at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    // A character has up to four bytes; all but the first begin with the bits 10.
    let tail = bytes.len().saturating_sub(4);
    let start =
        bytes[tail..].iter().rposition(|byte| byte & 0xc0 != 0x80).map_or(0, |at| tail + at);
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.error_len().is_none() => start + error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// The bytes of a published file as text, which is not changed in any way.
pub(crate) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, DataError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        DataError::NotUtf8 {
            path: path.to_owned(),
            line: 1 + newlines(&bytes[..at]),
            position: at as u64 + 1,
            byte: bytes.get(at).copied().unwrap_or_default(),
            owner: Owner::Published,
        }
    })
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// The last component of a path.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(
        bytes: &[u8],
        tokeniser: Tokeniser,
        block: usize,
    ) -> Result<Vec<(String, usize)>, DataError> {
        let mut found = Vec::new();
        tokens(Path::new("t.txt"), bytes, tokeniser, block, |token, line| {
            found.push((token.to_owned(), line));
        })?;
        Ok(found)
    }

    #[test]
    fn the_bad_line_is_found() {
        let bytes = b"a\nb\n\xff\nc c c c c c\n";
        for block in [3, 8, 100] {
            for tokeniser in Tokeniser::ALL {
                let error = read(bytes, tokeniser, block).unwrap_err();
                assert!(matches!(error, DataError::NotUtf8 { line: 3, .. }), "{block}: {error}");
            }
        }
        let error = utf8(Path::new("t.txt"), bytes.to_vec()).unwrap_err();
        assert!(matches!(error, DataError::NotUtf8 { line: 3, .. }));
    }

    #[test]
    fn a_character_cut_off_at_the_end_of_the_file_is_found() {
        for tokeniser in Tokeniser::ALL {
            let error = read("a\né".as_bytes().split_last().unwrap().1, tokeniser, 8).unwrap_err();
            assert!(matches!(error, DataError::NotUtf8 { line: 2, .. }), "{error}");
        }
    }

    #[test]
    fn a_word_without_end_is_refused_with_its_line() {
        let text = format!("a b\n{}", "x".repeat(40));
        let error = read(text.as_bytes(), Tokeniser::Words, 16).unwrap_err().to_string();
        assert!(error.starts_with("t.txt, line 2: a word of more than 16 bytes"), "{error}");
        assert_eq!(read(text.as_bytes(), Tokeniser::Characters, 16).unwrap().len(), 44);
    }

    /// The same eight bytes for as long as told.
    struct Again(usize);

    impl Read for Again {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let words = (out.len() / 8).min(self.0);
            for word in out.chunks_exact_mut(8).take(words) {
                word.copy_from_slice(b"aaaaaaa ");
            }
            self.0 -= words;
            Ok(8 * words)
        }
    }

    #[test]
    fn a_line_of_a_hundred_megabytes_is_read_in_pieces() {
        let words = 100_000_000 / 8;
        let mut count = 0;
        tokens(Path::new("t"), Again(words), Tokeniser::Words, BLOCK, |_, line| {
            assert_eq!(line, 1);
            count += 1;
        })
        .unwrap();
        assert_eq!(count, words + 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_make_the_whole(text in "([a-c]{0,3}[ \n]|é|<br />|\\PC){1,30}", block in 8usize..40) {
            for tokeniser in Tokeniser::ALL {
                let Ok(found) = read(text.as_bytes(), tokeniser, block) else {
                    // Only a word as long as the block is refused; line breaks are not parted.
                    prop_assert!(!tokeniser.is_of_characters());
                    let glued = text.replace("<br ", "<br_");
                    prop_assert!(glued.split_ascii_whitespace().any(|word| word.len() + 1 >= block));
                    continue;
                };
                let tokens: Vec<String> = found.iter().map(|(token, _)| token.clone()).collect();
                // A byte-order mark is no text.
                let expected = text.strip_prefix('\u{feff}').unwrap_or(&text);
                prop_assert_eq!(tokens, tokeniser.split(expected));
                prop_assert!(found.iter().map(|(_, line)| line).is_sorted());
            }
        }

        #[test]
        fn any_bytes_are_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80), block in 4usize..40) {
            for tokeniser in Tokeniser::ALL {
                match read(&bytes, tokeniser, block) {
                    Ok(_) => prop_assert!(std::str::from_utf8(&bytes).is_ok()),
                    Err(DataError::NotUtf8 { .. }) => prop_assert!(std::str::from_utf8(&bytes).is_err()),
                    Err(DataError::OtherEncoding { .. } | DataError::BadRecord { .. }) => {}
                    Err(DataError::Empty { .. }) => {
                        prop_assert!(bytes.is_empty() || bytes == b"\xef\xbb\xbf");
                    }
                    Err(DataError::LongWord { .. }) => prop_assert!(bytes.len() >= block),
                    Err(other) => prop_assert!(false, "{}", other),
                }
            }
        }
    }
}
