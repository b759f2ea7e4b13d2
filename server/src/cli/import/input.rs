use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use host::{Failure, exit};

/// What gzip's files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What some programs begin UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Opens a file, or standard input, as text: unpacked, and without a byte order mark.
pub(super) fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return text(BufReader::new(io::stdin())).map_err(|error| {
            Failure::new(exit::NO_INPUT, format_args!("stdin cannot be read: {error}"))
        });
    }
    File::open(file).and_then(|file| text(BufReader::new(file))).map_err(|error| {
        Failure::new(exit::NO_INPUT, format_args!("{} cannot be read: {error}", file.display()))
    })
}

fn text(mut input: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let (begin, input) = begin(&mut input, GZIP.len()).map(|begin| (begin, input))?;
    let input = io::Cursor::new(begin.clone()).chain(input);
    if begin == GZIP {
        // Several of them, one after the other, are one file.
        return unmarked(BufReader::new(MultiGzDecoder::new(input)));
    }
    unmarked(input)
}

fn unmarked(mut input: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut begin = begin(&mut input, BYTE_ORDER_MARK.len())?;
    if begin == BYTE_ORDER_MARK {
        begin.clear();
    }
    Ok(Box::new(io::Cursor::new(begin).chain(input)))
}

/// The first octets, or fewer if there are no more.
fn begin(input: &mut impl BufRead, len: usize) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    input.take(len as u64).read_to_end(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(octets: Vec<u8>) -> String {
        let mut read = String::new();
        text(io::Cursor::new(octets)).unwrap().read_to_string(&mut read).unwrap();
        read
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_packing_and_a_mark_are_taken_off() {
        for text in ["", "m", "mac,timestamp"] {
            assert_eq!(read(text.into()), text);
            assert_eq!(read(format!("\u{feff}{text}").into()), text);
            assert_eq!(read(packed(text)), text);
            assert_eq!(read(packed(&format!("\u{feff}{text}"))), text);
        }
        assert_eq!(read([packed("one"), packed("two")].concat()), "onetwo");
    }
}
