use crate::{Counters, Decoder};

/// Octets asked for in one read.
const CHUNK: usize = 64;

/// What lies between a line and a decoder: the octets of one read, which may be several frames.
#[derive(Debug)]
pub(crate) struct Intake<const N: usize> {
    decoder: Decoder<N>,
    chunk: [u8; CHUNK],
    /// Of `chunk`, what has been read but not decoded.
    start: usize,
    end: usize,
}

impl<const N: usize> Intake<N> {
    pub(crate) const fn new() -> Self {
        Self { decoder: Decoder::new(), chunk: [0; CHUNK], start: 0, end: 0 }
    }

    /// Decodes up to the next good frame; `false` if more octets are needed for one.
    pub(crate) fn decode(&mut self) -> bool {
        while self.start < self.end {
            let pending = self.chunk.get(self.start..self.end).unwrap_or(&[]);
            let fed = self.decoder.feed(pending);
            self.start += fed.consumed;
            if matches!(fed.outcome, Some(Ok(_))) {
                return true;
            }
        }
        false
    }

    /// Where the next read goes, once all is decoded. If it fails nothing is lost.
    pub(crate) const fn space(&mut self) -> &mut [u8] {
        self.start = 0;
        self.end = 0;
        &mut self.chunk
    }

    /// So many octets were read.
    pub(crate) const fn fill(&mut self, read: usize) {
        self.end = read;
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.decoder.payload()
    }

    pub(crate) const fn counters(&self) -> Counters {
        self.decoder.counters()
    }
}
