use crate::Encoder;

/// Octets given to one write.
const CHUNK: usize = 32;

/// What lies between an encoder and a line: the octets of one write.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    octets: Encoder<'a>,
    chunk: [u8; CHUNK],
}

impl<'a> Output<'a> {
    /// The frame of this payload.
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self { octets: Encoder::new(payload), chunk: [0; CHUNK] }
    }

    /// What to write next; `None` when the whole frame is out.
    pub(crate) fn next_chunk(&mut self) -> Option<&[u8]> {
        let mut len = 0;
        for (slot, octet) in self.chunk.iter_mut().zip(&mut self.octets) {
            *slot = octet;
            len += 1;
        }
        self.chunk.get(..len).filter(|chunk| !chunk.is_empty())
    }
}
