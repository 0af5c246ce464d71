//! What commands print, on an output that may be closed or full.

use std::io::{self, Write};
use words::visible;

/// Passes on what is written until that fails, and swallows the rest: work whose output nobody reads any
/// more, or that finds no room, still goes on to its end, unless its output is [all there is of
/// it](Self::all_there_is). [`finish`](Self::finish) tells what happened.
#[derive(Debug)]
pub(crate) struct Output<W> {
    to: W,
    /// What is written is passed on as it is; else characters that steer a terminal are made visible.
    raw: bool,
    /// What cannot be written ends the work.
    ends: bool,
    failed: Option<io::Error>,
}

impl<W: Write> Output<W> {
    /// Writes to `to` what people read: names and titles of the user's own are in it.
    pub(crate) fn new(to: W) -> Self {
        Self { to, raw: false, ends: false, failed: None }
    }

    /// Passes on what is written as it is, where that is asked for.
    pub(crate) fn raw(self, raw: bool) -> Self {
        Self { raw, ..self }
    }

    /// Whether the work is to end where its output cannot be written any more.
    pub(crate) fn all_there_is(self, ends: bool) -> Self {
        Self { ends, ..self }
    }

    /// Whether its reader went away.
    pub(crate) fn is_closed(&self) -> bool {
        self.failed.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// An error where the work is to end.
    fn go_on(&self) -> io::Result<()> {
        match &self.failed {
            Some(error) if self.ends => Err(error.kind().into()),
            _ => Ok(()),
        }
    }

    /// The first thing that went wrong. That a reader went away (`rnnlab list cells | head`) is not.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        match self.failed.map_or(flushed, Err) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    fn keep(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            self.failed.get_or_insert(error);
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_none() {
            let done = match str::from_utf8(bytes) {
                Ok(text) if !self.raw => self.to.write_all(visible(text).as_bytes()),
                _ => self.to.write_all(bytes),
            };
            self.keep(done);
        }
        self.go_on().map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failed.is_none() {
            let done = self.to.flush();
            self.keep(done);
        }
        self.go_on()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes, then fails.
    struct Full(io::ErrorKind, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = 3 - self.1;
            if room == 0 {
                return Err(self.0.into());
            }
            self.1 += room.min(bytes.len());
            Ok(room.min(bytes.len()))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_that_is_printed_steers_the_terminal() {
        let printed = |raw| {
            let mut bytes = Vec::new();
            let mut output = Output::new(&mut bytes).raw(raw);
            writeln!(output, "a\u{1b}[31m\tb\r").unwrap();
            output.finish().unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(printed(false), "a<U+001B>[31m\tb<U+000D>\n");
        assert_eq!(printed(true), "a\u{1b}[31m\tb\r\n");
    }

    #[test]
    fn work_ends_whose_output_is_all_there_is_of_it() {
        let mut output = Output::new(Full(io::ErrorKind::BrokenPipe, 0)).all_there_is(true);
        let written = (0..5).take_while(|_| writeln!(output, "a line").is_ok()).count();
        assert!(written < 2 && output.is_closed());
        assert!(output.finish().is_ok());
    }

    #[test]
    fn work_goes_on_and_the_end_tells_of_it() {
        let ended = |kind| {
            let mut output = Output::new(Full(kind, 0));
            for _ in 0..5 {
                writeln!(output, "a line").unwrap();
            }
            output.flush().unwrap();
            output.finish().map_err(|error| error.kind())
        };
        assert_eq!(ended(io::ErrorKind::StorageFull), Err(io::ErrorKind::StorageFull));
        assert_eq!(ended(io::ErrorKind::BrokenPipe), Ok(()));
    }
}
