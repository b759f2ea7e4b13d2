use std::io::{self, Write};

use super::{
    BYTE_ORDER_MAGIC, Chunk, ENHANCED_PACKET, EPB_FLAGS, IF_NAME, IF_TSRESOL,
    INTERFACE_DESCRIPTION, LINKTYPE_USER0, MAGIC, MICROSECONDS, OPT_END, SHB_USERAPPL,
};

/// Writes a capture file. What has been written is whole after each call.
#[derive(Debug)]
pub(crate) struct CaptureWriter<W>(W);

impl<W: Write> CaptureWriter<W> {
    /// Begins a file about this port.
    pub(crate) fn new(file: W, port: &str) -> io::Result<Self> {
        const PROGRAM: &str = concat!("clouddata-gateway ", env!("CARGO_PKG_VERSION"));
        const LENGTH_UNKNOWN: i64 = -1;
        let mut writer = Self(file);
        let mut section = Vec::new();
        section.extend(BYTE_ORDER_MAGIC.to_le_bytes());
        section.extend([1, 0, 0, 0]); // version 1.0
        section.extend(LENGTH_UNKNOWN.to_le_bytes());
        push_option(&mut section, SHB_USERAPPL, PROGRAM.as_bytes());
        push_option(&mut section, OPT_END, &[]);
        writer.block(u32::from_le_bytes(MAGIC), &section)?;

        let mut interface = Vec::new();
        interface.extend(LINKTYPE_USER0.to_le_bytes());
        interface.extend([0; 6]); // reserved, and chunks of any length
        push_option(&mut interface, IF_NAME, port.as_bytes());
        push_option(&mut interface, IF_TSRESOL, &[MICROSECONDS]);
        push_option(&mut interface, OPT_END, &[]);
        writer.block(INTERFACE_DESCRIPTION, &interface)?;
        Ok(writer)
    }

    /// Adds a chunk.
    pub(crate) fn write(&mut self, chunk: &Chunk) -> io::Result<()> {
        let Chunk { micros, direction, octets } = chunk;
        let len = length(octets.len())?.to_le_bytes();
        let [b0, b1, b2, b3, b4, b5, b6, b7] = micros.to_le_bytes();
        let mut packet = vec![0; 4]; // of the first interface
        packet.extend([b4, b5, b6, b7, b0, b1, b2, b3]);
        packet.extend([len, len].concat());
        push_padded(&mut packet, octets);
        push_option(&mut packet, EPB_FLAGS, &direction.flags().to_le_bytes());
        push_option(&mut packet, OPT_END, &[]);
        self.block(ENHANCED_PACKET, &packet)?;
        self.0.flush()
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let len = length(body.len() + 12)?.to_le_bytes();
        self.0.write_all(&[&kind.to_le_bytes(), &len, body, &len].concat())
    }
}

fn length(len: usize) -> io::Result<u32> {
    u32::try_from(len).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// An option of at most 65 535 octets; what is longer is cut off.
fn push_option(block: &mut Vec<u8>, code: u16, value: &[u8]) {
    let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
    block.extend(code.to_le_bytes());
    block.extend(len.to_le_bytes());
    push_padded(block, &value[..usize::from(len)]);
}

/// To a multiple of four octets.
fn push_padded(block: &mut Vec<u8>, octets: &[u8]) {
    block.extend(octets);
    block.resize(block.len().next_multiple_of(4), 0);
}
