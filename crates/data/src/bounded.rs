//! Archives that unpack to more than they should.

use std::io::{self, Read};

/// Passes on what is unpacked, and fails when it is more than a limit: a small archive can be made
/// that unpacks to more than a disk or memory holds.
pub(crate) struct Bounded<R> {
    inner: R,
    limit: u64,
    left: u64,
}

impl<R> Bounded<R> {
    /// At most `limit` bytes of `inner`.
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, limit, left: limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let reason = format!("it unpacks to more than {} bytes", self.limit);
            io::Error::new(io::ErrorKind::InvalidData, reason)
        })?;
        Ok(read)
    }
}
