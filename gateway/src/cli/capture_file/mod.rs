//! Recordings of a serial line: what came from the manager and what went to it, when.
//!
//! The format is pcapng, so Wireshark and its tools open, cut, merge and convert it. A section
//! has one interface of link type `LINKTYPE_USER0` (147) and resolution 1 µs. Each Enhanced Packet
//! Block is one read from or write to the port, raw, with flags and escapes, so a frame may begin
//! in one and end in another; its `epb_flags` say *inbound* (from the manager) or *outbound* (to
//! it), and its time is the host's when the octets were there.

mod foreign;
mod reader;
mod writer;

pub(super) use foreign::foreign;
pub(super) use reader::CaptureReader;
pub(super) use writer::CaptureWriter;

/// The first octets of a capture file.
pub(super) const MAGIC: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

/// Tells the byte order of what follows.
const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;

const LINKTYPE_USER0: u16 = 147;

const OPT_END: u16 = 0;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const SHB_USERAPPL: u16 = 4;
const EPB_FLAGS: u16 = 2;

/// Powers of ten in a second's fraction: microseconds.
const MICROSECONDS: u8 = 6;

/// One read from a port, or one write to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// When, in µs since 1970-01-01T00:00:00Z.
    pub(crate) micros: u64,
    /// Which way.
    pub(crate) direction: Direction,
    /// What.
    pub(crate) octets: Vec<u8>,
}

/// Which way octets went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// *Inbound.*
    FromManager,
    /// *Outbound.*
    ToManager,
}

impl Direction {
    const fn flags(self) -> u32 {
        match self {
            Self::FromManager => 1,
            Self::ToManager => 2,
        }
    }

    const fn from_flags(flags: u32) -> Option<Self> {
        match flags & 3 {
            1 => Some(Self::FromManager),
            2 => Some(Self::ToManager),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks() -> Vec<Chunk> {
        let chunk =
            |micros, direction, octets: &[u8]| Chunk { micros, direction, octets: octets.to_vec() };
        vec![
            chunk(1_795_000_000_123_456, Direction::FromManager, &[0x7e]),
            chunk(1_795_000_000_123_457, Direction::ToManager, &[1, 2, 3, 4]),
            chunk(1_795_000_001_000_000, Direction::FromManager, &[0; 4096]),
        ]
    }

    fn written(chunks: &[Chunk]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = CaptureWriter::new(&mut file, "/dev/ttyUSB3").unwrap();
        for chunk in chunks {
            writer.write(chunk).unwrap();
        }
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let file = written(&chunks());
        assert!(file.starts_with(&MAGIC));
        let read: Result<Vec<_>, _> = CaptureReader::new(file.as_slice()).collect();
        assert_eq!(read.unwrap(), chunks());
    }

    #[test]
    fn every_block_is_as_the_standard_wants_it() {
        let file = written(&chunks());
        let mut rest = file.as_slice();
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let len = word(4) as usize;
            assert_eq!(len % 4, 0);
            assert_eq!(word(len - 4) as usize, len, "the length is repeated");
            kinds.push(word(0));
            rest = &rest[len..];
        }
        assert_eq!(kinds, [0x0A0D_0D0A, 1, 6, 6, 6]);
    }

    #[test]
    fn a_file_that_ends_within_a_block_gives_what_is_whole() {
        let file = written(&chunks());
        let read: Vec<_> = CaptureReader::new(&file[..file.len() - 1]).collect();
        assert_eq!(read.len(), 3);
        assert!(read[..2].iter().all(Result::is_ok));
        assert!(matches!(read[2], Err(reader::CaptureError::CutShort)), "{:?}", read[2]);
    }

    #[test]
    fn the_other_byte_order_and_other_resolutions_are_read_too() {
        let mut file = Vec::new();
        let mut block = |kind: u32, body: &[u8]| {
            let len = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
            file.extend([&kind.to_be_bytes()[..], &len, body, &len].concat());
        };
        block(0x0A0D_0D0A, b"\x1a\x2b\x3c\x4d\x00\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff");
        block(
            1,
            b"\x00\x93\x00\x00\x00\x00\x00\x00\x00\x09\x00\x01\x09\x00\x00\x00\x00\x00\x00\x00",
        );
        block(99, b"ignored!");
        let mut packet =
            b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x27\x10\x00\x00\x00\x01\x00\x00\x00\x01"
                .to_vec();
        packet.extend(b"\x7e\x00\x00\x00\x00\x02\x00\x04\x00\x00\x00\x02\x00\x00\x00\x00");
        block(6, &packet);
        let read: Result<Vec<_>, _> = CaptureReader::new(file.as_slice()).collect();
        let expected = Chunk { micros: 10, direction: Direction::ToManager, octets: vec![0x7e] };
        assert_eq!(read.unwrap(), [expected]);
    }

    #[test]
    fn damaged_files_end_in_an_error() {
        let file = written(&chunks());
        for at in 0..120 {
            let mut damaged = file.clone();
            damaged[at] ^= 0xFF;
            let read: Vec<_> = CaptureReader::new(damaged.as_slice()).collect();
            let errors = read.iter().filter(|chunk| chunk.is_err()).count();
            assert!(errors <= 1, "at {at}: {errors} errors");
            assert!(errors == 0 || read.last().unwrap().is_err(), "at {at}");
        }
    }
}
