use std::io::{self, Read};

use thiserror::Error;

use super::{
    BYTE_ORDER_MAGIC, Chunk, Direction, ENHANCED_PACKET, EPB_FLAGS, IF_TSRESOL,
    INTERFACE_DESCRIPTION, LINKTYPE_USER0, MAGIC, MICROSECONDS, OPT_END,
};

/// Longer blocks are taken for damage. A read from a port is a few thousand octets.
const MAX_BLOCK: usize = 16 * 1024 * 1024;

/// A capture file cannot be read, or not further.
#[derive(Debug, Error)]
pub(crate) enum CaptureError {
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("not a capture file: it does not begin as pcapng does")]
    NotPcapng,
    #[error("the capture file is damaged: {0}")]
    Damaged(&'static str),
    #[error("the capture file ends within a block; what is before it is whole")]
    CutShort,
    #[error(
        "a capture of link type {found}; expected {LINKTYPE_USER0} (LINKTYPE_USER0), which `clouddata-gateway capture` records"
    )]
    LinkType { found: u16 },
    #[error("a packet that says neither inbound nor outbound")]
    NoDirection,
}

/// Reads a capture file chunk by chunk, other blocks skipped. Nothing follows an error.
#[derive(Debug)]
pub(crate) struct CaptureReader<R> {
    file: R,
    section: Option<Section>,
    ended: bool,
}

#[derive(Debug)]
struct Section {
    order: ByteOrder,
    /// The resolution of each interface's times, in powers of ten.
    resolutions: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u16(self, octets: &[u8]) -> Option<u16> {
        let octets = octets.first_chunk().copied()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        })
    }

    fn u32(self, octets: &[u8]) -> Option<u32> {
        let octets = octets.first_chunk().copied()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        })
    }
}

const NO_FIELDS: CaptureError = CaptureError::Damaged("a block is too short for its fields");

impl<R: Read> CaptureReader<R> {
    pub(crate) const fn new(file: R) -> Self {
        Self { file, section: None, ended: false }
    }

    /// The next chunk; `None` at the file's end.
    fn read(&mut self) -> Result<Option<Chunk>, CaptureError> {
        loop {
            let mut kind = [0; 4];
            match self.file.read(&mut kind[..1])? {
                0 => return Ok(None),
                _ => self.fill(&mut kind[1..])?,
            }
            if kind == MAGIC {
                self.begin_section()?;
                continue;
            }
            let Some(Section { order, .. }) = self.section else {
                return Err(CaptureError::NotPcapng);
            };
            let mut len = [0; 4];
            self.fill(&mut len)?;
            let body = self.body(order, &len, 8)?;
            match order.u32(&kind) {
                Some(INTERFACE_DESCRIPTION) => self.add_interface(order, &body)?,
                Some(ENHANCED_PACKET) => return self.chunk(order, &body).map(Some),
                _ => {}
            }
        }
    }

    fn begin_section(&mut self) -> Result<(), CaptureError> {
        let mut start = [0; 8];
        self.fill(&mut start)?;
        let (len, magic) = start.split_at(4);
        let order = [ByteOrder::Little, ByteOrder::Big]
            .into_iter()
            .find(|order| order.u32(magic) == Some(BYTE_ORDER_MAGIC))
            .ok_or(CaptureError::NotPcapng)?;
        self.body(order, len, 12)?;
        self.section = Some(Section { order, resolutions: Vec::new() });
        Ok(())
    }

    /// What is left of a block of this length, of which so many octets have been read.
    fn body(&mut self, order: ByteOrder, len: &[u8], read: usize) -> Result<Vec<u8>, CaptureError> {
        let declared = order.u32(len).and_then(|len| usize::try_from(len).ok());
        let rest = declared
            .filter(|&len| len <= MAX_BLOCK && len % 4 == 0)
            .and_then(|len| len.checked_sub(read + 4))
            .ok_or(CaptureError::Damaged("a block's length cannot be"))?;
        let mut body = vec![0; rest];
        self.fill(&mut body)?;
        let mut repeated = [0; 4];
        self.fill(&mut repeated)?;
        if repeated != len {
            return Err(CaptureError::Damaged("a block's two lengths differ"));
        }
        Ok(body)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), CaptureError> {
        self.file.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => CaptureError::CutShort,
            _ => error.into(),
        })
    }

    fn add_interface(&mut self, order: ByteOrder, body: &[u8]) -> Result<(), CaptureError> {
        let (fixed, options) = body.split_at_checked(8).ok_or(NO_FIELDS)?;
        let found = order.u16(fixed).ok_or(NO_FIELDS)?;
        if found != LINKTYPE_USER0 {
            return Err(CaptureError::LinkType { found });
        }
        let resolution = find_option(order, options, IF_TSRESOL).and_then(<[u8]>::first);
        let resolution = resolution.copied().unwrap_or(MICROSECONDS);
        if resolution > 18 {
            return Err(CaptureError::Damaged("times in no decimal fraction of a second"));
        }
        if let Some(section) = &mut self.section {
            section.resolutions.push(resolution);
        }
        Ok(())
    }

    fn chunk(&self, order: ByteOrder, body: &[u8]) -> Result<Chunk, CaptureError> {
        let (fixed, rest) = body.split_at_checked(20).ok_or(NO_FIELDS)?;
        let word =
            |at: usize| fixed.get(at..).and_then(|octets| order.u32(octets)).ok_or(NO_FIELDS);
        let interface = usize::try_from(word(0)?).unwrap_or(usize::MAX);
        let resolution = self.section.as_ref().and_then(|s| s.resolutions.get(interface));
        let resolution = *resolution.ok_or(CaptureError::Damaged("a packet of no interface"))?;
        let time = u64::from(word(4)?) << 32 | u64::from(word(8)?);
        let micros = if resolution < MICROSECONDS {
            time.saturating_mul(10_u64.pow(u32::from(MICROSECONDS - resolution)))
        } else {
            time / 10_u64.pow(u32::from(resolution - MICROSECONDS))
        };
        let len = usize::try_from(word(12)?).unwrap_or(usize::MAX);
        let octets = rest.get(..len).ok_or(NO_FIELDS)?.to_vec();
        let options = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        let flags = find_option(order, options, EPB_FLAGS).and_then(|value| order.u32(value));
        let direction = flags.and_then(Direction::from_flags).ok_or(CaptureError::NoDirection)?;
        Ok(Chunk { micros, direction, octets })
    }
}

fn find_option(order: ByteOrder, mut options: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let code = order.u16(options)?;
        let len = usize::from(order.u16(options.get(2..)?)?);
        let value = options.get(4..4 + len)?;
        if code == wanted {
            return Some(value);
        }
        if code == OPT_END {
            return None;
        }
        options = options.get(4 + len.next_multiple_of(4)..)?;
    }
}

impl<R: Read> Iterator for CaptureReader<R> {
    type Item = Result<Chunk, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
