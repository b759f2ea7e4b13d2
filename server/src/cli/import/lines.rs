use std::io::{BufRead, Read};

use super::record::ReadError;

/// Longest line that is read; a reading takes some hundred octets.
const MAX_LINE: u64 = 64 * 1024;

/// The lines of a text that are not empty, each with its number, counted from 1.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    number: u64,
    ended: bool,
}

impl Lines {
    pub(super) const fn new(input: Box<dyn BufRead>) -> Self {
        Self { input, number: 0, ended: false }
    }

    fn read(&mut self) -> Result<Option<(u64, String)>, ReadError> {
        loop {
            self.number += 1;
            let mut line = Vec::new();
            let read = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
            if read == 0 {
                return Ok(None);
            }
            if line.last() != Some(&b'\n') {
                if read == MAX_LINE {
                    let reason = format!("line {} is longer than {MAX_LINE} octets", self.number);
                    return Err(ReadError::Form(reason));
                }
                let line = self.number;
                tracing::warn!(line, "the last line has no end; was the file cut short?");
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if !text.is_empty() {
                return Ok(Some((self.number, text.to_owned())));
            }
        }
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn lines_are_numbered_however_they_end() {
        let lines = Lines::new(Box::new(io::Cursor::new("a\r\n\n b \nc")));
        let lines: Vec<_> = lines.map(Result::unwrap).collect();
        assert_eq!(lines, [(1, "a".to_owned()), (3, "b".to_owned()), (4, "c".to_owned())]);
    }

    #[test]
    fn a_line_that_does_not_end_is_not_read_to_its_end() {
        let endless = io::BufReader::new(io::repeat(b'a'));
        let mut lines = Lines::new(Box::new(endless));
        let error = lines.next().unwrap().unwrap_err().to_string();
        assert_eq!(error, "line 1 is longer than 65536 octets");
        assert!(lines.next().is_none());
    }
}
