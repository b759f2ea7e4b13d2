use core::fmt::Display;
use std::io::{self, Stdout, Write};

use crate::Failure;

/// Where results go: stdout. Nobody panics because of what is at its other end.
///
/// A reader who has closed it, such as `head -1`, has seen enough: what is written then goes
/// nowhere, is no error, and [`is_open`](Self::is_open) says so to those who would write without
/// end. A full disk is an error. What is written is there when it was flushed.
#[derive(Debug)]
pub struct Output<W = Stdout> {
    to: W,
    open: bool,
}

impl Output {
    /// The process' stdout.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(io::stdout())
    }
}

impl<W: Write> Output<W> {
    /// Results that go somewhere else, in the same way.
    pub const fn to(to: W) -> Self {
        Self { to, open: true }
    }

    /// Whether anybody reads on.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    fn unless_closed<T>(&mut self, done: io::Result<T>, closed: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.open = false;
                Ok(closed)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if !self.open {
            return Ok(octets.len());
        }
        let written = self.to.write(octets);
        self.unless_closed(written, octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.open {
            return Ok(());
        }
        let flushed = self.to.flush();
        self.unless_closed(flushed, ())
    }
}

/// Writes text to stdout as it is, and sees to it that it is there.
///
/// # Errors
/// If it cannot be written, but not if nobody reads it.
pub fn print(text: impl Display) -> Result<(), Failure> {
    // In one piece, so that nothing that goes the same way comes between.
    let (text, mut output) = (text.to_string(), Output::stdout());
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    written.map_err(|error| Failure::of_output(&error))
}

/// Says something on stderr that is no result and no failure. Where nobody can be told, nobody is.
pub fn remark(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use std::io::BufWriter;

    use super::*;

    #[test]
    fn a_reader_who_has_seen_enough_is_no_error() {
        let (reader, writer) = io::pipe().unwrap();
        let mut output = Output::to(BufWriter::new(writer));
        writeln!(output, "a result").unwrap();
        assert!(output.is_open());
        drop(reader);
        output.flush().unwrap();
        assert!(!output.is_open());
        writeln!(output, "another").and_then(|()| output.flush()).unwrap();
    }
}
