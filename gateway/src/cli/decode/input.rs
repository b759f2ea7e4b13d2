//! Where octets come from, and in which form.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use host::{Failure, exit};

use super::hex::parse_hex;
use crate::cli::capture_file::{CaptureReader, Direction, MAGIC, foreign};

/// Octets that went one way over a line.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) octets: Vec<u8>,
    /// Where each chunk of a capture begins, and when it was heard in µs; empty without times.
    pub(super) times: Vec<(usize, u64)>,
}

impl Line {
    /// When the octet at this place was heard.
    pub(super) fn time(&self, at: usize) -> Option<u64> {
        let after = self.times.partition_point(|&(start, _)| start <= at);
        self.times.get(after.checked_sub(1)?).map(|&(_, micros)| micros)
    }
}

/// What there is to decode.
#[derive(Debug)]
pub(super) enum Input {
    /// Octets whose way is not known.
    Plain(Line),
    /// A capture file: both ways, and what ended it before its end.
    Capture { from_manager: Line, to_manager: Line, fault: Option<String> },
}

/// Takes the words of the command line: a file's name, `-` for stdin, or octets in hex.
pub(super) fn read(words: &[String]) -> Result<Input, Failure> {
    let not_data = |reason: String| Failure::new(exit::DATA, reason);
    let unreadable = |name: &str, error| {
        Failure::new(exit::NO_INPUT, format_args!("{name} cannot be read: {error}"))
    };
    match words {
        [word] if word == "-" => {
            let mut content = Vec::new();
            let read = io::stdin().read_to_end(&mut content);
            read.map_err(|error| unreadable("stdin", error))?;
            from_content(content).map_err(|reason| not_data(format!("stdin {reason}")))
        }
        [word] if Path::new(word).exists() => {
            let content = fs::read(word).map_err(|error| unreadable(word, error))?;
            from_content(content).map_err(|reason| not_data(format!("{word} {reason}")))
        }
        words => {
            let octets = parse_hex(&words.join(" ")).map_err(|reason| match words {
                [_] => format!("there is no such file, and it is no hex either: {reason}"),
                _ => reason,
            });
            Ok(Input::Plain(Line { octets: octets.map_err(not_data)?, times: Vec::new() }))
        }
    }
}

/// Text is hex; anything else is a capture file or the octets themselves. An error says what it is
/// instead.
fn from_content(content: Vec<u8>) -> Result<Input, String> {
    if content.is_empty() {
        return Err("is empty".to_owned());
    }
    if content.starts_with(&MAGIC) {
        return Ok(from_capture(&content));
    }
    if let Some(what) = foreign(&content) {
        return Err(format!("is {what}"));
    }
    // Every frame has control characters in it, and no text has.
    let is_text = |text: &str| !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    let octets = match str::from_utf8(&content) {
        Ok(text) if is_text(text) => {
            let octets = parse_hex(text).map_err(|reason| format!("is no hex: {reason}"))?;
            if octets.is_empty() {
                return Err("holds no octets".to_owned());
            }
            octets
        }
        _ => content,
    };
    Ok(Input::Plain(Line { octets, times: Vec::new() }))
}

fn from_capture(content: &[u8]) -> Input {
    let (mut from_manager, mut to_manager) = (Line::default(), Line::default());
    let mut fault = None;
    for chunk in CaptureReader::new(content) {
        match chunk {
            Ok(chunk) => {
                let line = match chunk.direction {
                    Direction::FromManager => &mut from_manager,
                    Direction::ToManager => &mut to_manager,
                };
                line.times.push((line.octets.len(), chunk.micros));
                line.octets.extend(chunk.octets);
            }
            Err(error) => fault = Some(error.to_string()),
        }
    }
    Input::Capture { from_manager, to_manager, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(content: &[u8]) -> Result<Vec<u8>, String> {
        match from_content(content.to_vec())? {
            Input::Plain(line) => Ok(line.octets),
            Input::Capture { .. } => panic!("not a capture"),
        }
    }

    #[test]
    fn what_holds_no_line_is_told_apart() {
        for (content, said) in [
            (&b""[..], "is empty"),
            (b"\x1f\x8b\x08\x00", "is compressed by gzip; unpack it first"),
            (b"\xd4\xc3\xb2\xa1\x02\x00", "is a classic pcap file"),
            (b"\xa1\xb2\x3c\x4d\x00\x02", "is a classic pcap file"),
            ("23 °C\n".as_bytes(), "is no hex: line 1: \"°C\" is not hexadecimal"),
        ] {
            let error = octets(content).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn hex_and_raw_octets_are_told_apart() {
        assert_eq!(octets(b"7e 00\n03").unwrap(), [0x7e, 0, 3]);
        assert_eq!(octets(b"\x7e\x00\x03").unwrap(), [0x7e, 0, 3]);
        assert!(octets(b"7e 00 zz").unwrap_err().contains("\"zz\" is not hexadecimal"));
    }

    #[test]
    fn a_word_that_is_neither_says_so() {
        let failure = read(&["not-there.pcapng".to_owned()]).unwrap_err();
        let error = failure.reason();
        assert!(error.contains("no such file") && error.contains("no hex"), "{error}");
    }

    #[test]
    fn the_time_of_an_octet_is_that_of_its_chunk() {
        let line = Line { octets: vec![0; 9], times: vec![(0, 10), (4, 20)] };
        assert_eq!([0, 3, 4, 8].map(|at| line.time(at)), [10, 10, 20, 20].map(Some));
        assert_eq!(Line::default().time(0), None);
    }
}
