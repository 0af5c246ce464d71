//! The bytes of a file as text: UTF-8 without a byte-order mark, lines that end in `\n`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{DataError, Owner};
use crate::open::open;

/// How much is looked at in one piece.
const CHUNK: usize = 1 << 16;
/// How many bytes tell whether a file is UTF-16 without a mark.
const TELLING: usize = 1024;

/// A reader of valid UTF-8, whatever it reads from: a byte-order mark is left out, and a carriage return,
/// alone or before a line feed, is a line end. Anything else than UTF-8 is an error ([`DataError`] inside the
/// [`io::Error`]) with its line and byte.
pub(crate) struct Text<R> {
    path: PathBuf,
    inner: R,
    /// Bytes read and not looked at: part of a character, or a carriage return.
    raw: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    begun: bool,
    ended: bool,
    /// Where `raw` begins: lines before it, and bytes.
    lines: usize,
    bytes: u64,
}

impl<R: Read> Text<R> {
    /// The text of a file, which is named in errors.
    pub(crate) fn new(path: &Path, inner: R) -> Self {
        Self {
            path: path.to_owned(),
            inner,
            raw: Vec::new(),
            ready: Vec::new(),
            given: 0,
            begun: false,
            ended: false,
            lines: 0,
            bytes: 0,
        }
    }

    /// Makes more of the text ready; nothing if not even a whole character was there.
    fn refill(&mut self) -> io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept + CHUNK, 0);
        let read = self.inner.read(&mut self.raw[kept..]);
        self.raw.truncate(kept + read.as_ref().map_or(0, |read| *read));
        self.ended = read? == 0;
        if !self.begun {
            // A mark has up to four bytes.
            if self.raw.len() < 4 && !self.ended {
                return Ok(());
            }
            self.begun = true;
            self.begin()?;
        }
        let whole = match std::str::from_utf8(&self.raw) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
            Err(error) => return Err(self.not_utf8(error.valid_up_to())),
        };
        let whole = match &self.raw[..whole] {
            // A line feed may follow.
            [.., b'\r'] if !self.ended => whole - 1,
            _ => whole,
        };
        self.ready.clear();
        self.given = 0;
        let mut returned = false;
        for line in self.raw[..whole].split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            match line {
                // The carriage return before it has ended the line.
                [b'\n'] if returned => {}
                [text @ .., b'\n' | b'\r'] => {
                    self.ready.extend_from_slice(text);
                    self.ready.push(b'\n');
                    self.lines += 1;
                }
                _ => self.ready.extend_from_slice(line),
            }
            returned = line.ends_with(b"\r");
        }
        self.raw.drain(..whole);
        self.bytes += whole as u64;
        Ok(())
    }

    /// Looks at the first bytes, which tell an encoding.
    fn begin(&mut self) -> io::Result<()> {
        let encoding = match self.raw[..] {
            [0xef, 0xbb, 0xbf, ..] => {
                self.raw.drain(..3);
                self.bytes = 3;
                return Ok(());
            }
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
            [0x1f, 0x8b, ..] => return Err(self.packed("gzip", "gunzip -k")),
            [b'P', b'K', 3, 4, ..] => return Err(self.packed("zip", "unzip")),
            _ => match unmarked(&self.raw[..self.raw.len().min(TELLING)]) {
                Some(encoding) => encoding,
                None => return Ok(()),
            },
        };
        Err(other(DataError::OtherEncoding { path: self.path.clone(), encoding }))
    }

    fn packed(&self, how: &str, program: &str) -> io::Error {
        let reason = format!("this is a {how} archive, not text; unpack it first (`{program}`)");
        other(DataError::record(&self.path, "its beginning".to_owned(), reason))
    }

    fn not_utf8(&self, at: usize) -> io::Error {
        other(DataError::NotUtf8 {
            path: self.path.clone(),
            line: self.lines + line_ends(&self.raw[..at]) + 1,
            position: self.bytes + at as u64 + 1,
            byte: self.raw[at],
            owner: Owner::User,
        })
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended && !out.is_empty() {
            self.refill()?;
        }
        let ready = &self.ready[self.given..];
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}

/// A whole text file: UTF-8, without a byte-order mark and with lines that end in `\n`.
///
/// # Errors
/// [`DataError::NotUtf8`], [`DataError::OtherEncoding`] or [`DataError::BadRecord`] for a file that is
/// no such text; [`DataError::Io`] if it cannot be read.
pub fn read_text(path: &Path) -> Result<String, DataError> {
    let file = open(path)?;
    let mut text = String::new();
    match Text::new(path, file).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(DataError::io("read", path, error)),
    }
}

/// How many lines end in text that is not yet looked at.
fn line_ends(raw: &[u8]) -> usize {
    let ends = raw.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    ends - raw.windows(2).filter(|pair| *pair == b"\r\n").count()
}

fn other(error: DataError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The encoding of text whose every second byte is 0, as Latin letters in UTF-16 have it.
fn unmarked(bytes: &[u8]) -> Option<&'static str> {
    let zeros =
        |first: usize| bytes.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = bytes.len() / 4;
    match (even, odd) {
        (0, odd) if odd > many => Some("UTF-16LE"),
        (even, 0) if even > many => Some("UTF-16BE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader that gives so many bytes at a time.
    struct Sips<'a>(&'a [u8], usize);

    impl Read for Sips<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(out.len()).min(self.0.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8], sip: usize) -> Result<String, DataError> {
        let mut text = String::new();
        let path = Path::new("t.txt");
        let read = Text::new(path, Sips(bytes, sip)).read_to_string(&mut text);
        read.map_err(|error| DataError::io("read", path, error)).map(|_| text)
    }

    #[test]
    fn a_byte_order_mark_is_no_text_and_carriage_returns_are_line_ends() {
        for sip in [1, 2, 3, 7, 100] {
            assert_eq!(read("\u{feff}aé\r\nb\r\n".as_bytes(), sip).unwrap(), "aé\nb\n");
            assert_eq!(read("a\u{feff}\rb\r\r\n\r".as_bytes(), sip).unwrap(), "a\u{feff}\nb\n\n\n");
            assert_eq!(read("\u{feff}".as_bytes(), sip).unwrap(), "");
            assert_eq!(read(b"", sip).unwrap(), "");
            assert_eq!(read(b"\r\n\r\r\n\n\r", sip).unwrap(), "\n\n\n\n\n");
        }
    }

    #[test]
    fn the_first_bad_byte_is_told_with_a_way_to_convert_the_file() {
        for sip in [1, 3, 100] {
            let error = read(b"\xef\xbb\xbfa\r\nb\xe9 c", sip).unwrap_err().to_string();
            let expected = "t.txt, line 2: not valid UTF-8 (0xE9, byte 8 of the file); ";
            assert!(error.starts_with(expected), "{error}");
            assert!(error.contains("`iconv -f LATIN1 -t UTF-8 t.txt > t.utf8.txt`"), "{error}");
            let error = read(b"a\rb\r\nc\r\xe9", sip).unwrap_err().to_string();
            assert!(error.starts_with("t.txt, line 4: not valid UTF-8 (0xE9, byte 8"), "{error}");
            let error = read("aé".as_bytes().split_last().unwrap().1, sip).unwrap_err();
            assert!(error.to_string().contains("(0xC3, byte 2 of the file)"), "{error}");
        }
    }

    #[test]
    fn another_encoding_is_told_by_name() {
        let sixteen = |mark: &[u8], of: fn(u16) -> [u8; 2]| {
            [mark, &"a b\nc d\n".encode_utf16().flat_map(of).collect::<Vec<u8>>()].concat()
        };
        for (bytes, name) in [
            (sixteen(&[0xff, 0xfe], u16::to_le_bytes), "UTF-16"),
            (sixteen(&[0xfe, 0xff], u16::to_be_bytes), "UTF-16"),
            (sixteen(&[], u16::to_le_bytes), "UTF-16LE"),
            (sixteen(&[], u16::to_be_bytes), "UTF-16BE"),
            (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], "UTF-32"),
        ] {
            let error = read(&bytes, 100).unwrap_err().to_string();
            assert!(error.contains(&format!("`iconv -f {name} -t UTF-8 t.txt > t.")), "{error}");
        }
        assert!(read(b"\x1f\x8b\x08abc", 100).unwrap_err().to_string().contains("gunzip"));
        // A single NUL is a character, if a strange one.
        assert_eq!(read(b"abcdefgh\0ij", 100).unwrap(), "abcdefgh\0ij");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_through(text in "[a-cé\u{feff}\r\n]{0,40}", sip in 1usize..10) {
            let expected = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let expected = expected.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(read(text.as_bytes(), sip).unwrap(), expected);
        }
    }
}
