//! Lines of small text files, none of them endless.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::decode::Text;
use crate::error::DataError;

/// The longest line of a text with labels, in bytes.
pub(crate) const LONGEST: u64 = 1 << 24;

/// Gives the lines of a published file with their numbers, counted from 1, without line ends.
pub(crate) fn for_each(
    path: &Path,
    mut each: impl FnMut(&str, usize) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = File::open(path).map_err(|e| DataError::io("open", path, e))?;
    let mut file = BufReader::new(Text::new(path, file));
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let read = (&mut file).take(LONGEST).read_until(b'\n', &mut bytes);
        if read.map_err(|e| DataError::io("read", path, e).of_published())? == 0 {
            break;
        }
        if bytes.len() as u64 == LONGEST {
            let reason = format!("the line is longer than {LONGEST} bytes");
            return Err(DataError::record(path, format!("line {line}"), reason));
        }
        // It is valid already.
        let text = String::from_utf8_lossy(&bytes);
        each(text.strip_suffix('\n').unwrap_or(&text), line)?;
    }
    Ok(())
}

/// A file that ends with an error in a line that is too long.
pub(crate) struct Limited<R> {
    inner: R,
    line: u64,
    length: u64,
}

impl<R> Limited<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, line: 1, length: 0 }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        for &byte in &out[..read] {
            self.length += 1;
            if byte == b'\n' {
                self.line += 1;
                self.length = 0;
            }
            if self.length >= LONGEST {
                let reason = format!("line {} is longer than {LONGEST} bytes", self.line);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
        }
        Ok(read)
    }
}
