use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::{Deserializer, Value};

use super::record::{ReadError, Record, Records};

/// Longest object that is read.
const MAX_OBJECT: u64 = 64 * 1024;

/// An array of objects, or objects one after the other, such as one a line.
pub(super) fn read(input: Box<dyn BufRead>) -> Records {
    let mut objects = Objects { input, count: 0, array: Array::NotYet, ended: false };
    Box::new(core::iter::from_fn(move || {
        if objects.ended {
            return None;
        }
        let next = objects.read().transpose();
        objects.ended = !matches!(next, Some(Ok(_)));
        next
    }))
}

struct Objects {
    input: Box<dyn BufRead>,
    count: u64,
    array: Array,
    ended: bool,
}

/// Where it is with respect to the array around the objects, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Array {
    NotYet,
    Without,
    Begun,
    AfterObject,
    AfterComma,
    Ended,
}

impl Objects {
    fn read(&mut self) -> Result<Option<Record>, ReadError> {
        loop {
            let Some(next) = self.next_character()? else {
                return match self.array {
                    Array::NotYet | Array::Without | Array::Ended => Ok(None),
                    _ => Err(ReadError::Form("it ends within its array".to_owned())),
                };
            };
            self.array = match (next, self.array) {
                (b'[', Array::NotYet) => Array::Begun,
                (b']', Array::Begun | Array::AfterObject) => Array::Ended,
                (b',', Array::AfterObject) => Array::AfterComma,
                (b'{', Array::NotYet | Array::Without) => {
                    self.array = Array::Without;
                    return self.object().map(Some);
                }
                (b'{', Array::Begun | Array::AfterComma) => {
                    self.array = Array::AfterObject;
                    return self.object().map(Some);
                }
                _ => {
                    let place = match self.count {
                        0 => "at its beginning".to_owned(),
                        count => format!("after object {count}"),
                    };
                    let reason = format!("{place} there are no objects, in an array or one a line");
                    return Err(ReadError::Form(reason));
                }
            };
            self.input.consume(1);
        }
    }

    /// What follows white space; it is not taken.
    fn next_character(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blanks = buffer.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
            let next = buffer.get(blanks).copied();
            self.input.consume(blanks);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    fn object(&mut self) -> Result<Record, ReadError> {
        self.count += 1;
        let mut limited = self.input.by_ref().take(MAX_OBJECT);
        // It ends with its brace, and nothing behind that is taken.
        let object = Value::deserialize(&mut Deserializer::from_reader(&mut limited));
        let object = object.map_err(|error| {
            let place = self.count;
            if limited.limit() == 0 {
                let reason = format!("object {place} is longer than {MAX_OBJECT} octets");
                return ReadError::Form(reason);
            }
            match error.classify() {
                serde_json::error::Category::Io => ReadError::Io(error.into()),
                _ => ReadError::Form(format!("object {place} is not valid: {error}")),
            }
        })?;
        Ok(Record { line: None, reading: Ok(object) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn count(text: &str) -> Result<usize, String> {
        let records: Result<Vec<_>, _> = read(Box::new(Cursor::new(text.to_owned()))).collect();
        records.map(|records| records.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_array_or_a_line_each_is_taken() {
        for text in
            ["[{\"a\":1},\r\n{\"a\":{}}]\n", "{\"a\":1}\n{\"a\":[1]}\n", "{}{}", " [ {} , {} ] "]
        {
            assert_eq!(count(text), Ok(2), "{text}");
        }
        for text in ["", "[]", " \n"] {
            assert_eq!(count(text), Ok(0), "{text}");
        }
    }

    #[test]
    fn what_is_neither_says_where_it_goes_wrong() {
        for (text, said) in [
            ("garbage", "at its beginning there are no objects"),
            ("1", "at its beginning"),
            ("[{}", "it ends within its array"),
            ("[{},", "it ends within its array"),
            ("[{}{}]", "after object 1"),
            ("[{},]", "after object 1"),
            ("[{}] {}", "after object 1"),
            ("{},{}", "after object 1"),
            ("{\"a\":", "object 1 is not valid: EOF"),
            ("{} {\"a\":NaN}", "object 2 is not valid"),
        ] {
            let error = count(text).unwrap_err();
            assert!(error.starts_with(said), "{text}: {error}");
        }
        let long = format!("{{\"a\":\"{}\"}}", "a".repeat(65_536));
        assert_eq!(count(&long).unwrap_err(), "object 1 is longer than 65536 octets");
    }
}
