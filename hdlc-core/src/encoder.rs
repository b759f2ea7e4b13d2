#[cfg(feature = "fast")]
use core::mem;
use core::slice;

use crate::search::is_special;
#[cfg(feature = "fast")]
use crate::search::{NEAR, SHORT, len_to_special};
use crate::{BufferTooSmall, ESCAPE, ESCAPE_MASK, FCS_LEN, FLAG, fcs16};

/// The most octets that a payload of this length can take on the wire: everything escaped,
/// between two flags.
#[must_use]
pub const fn max_wire_len(payload_len: usize) -> usize {
    payload_len.saturating_add(FCS_LEN).saturating_mul(2).saturating_add(2)
}

/// Makes the frame of one payload: all at once with [`emit`](Self::emit), or octet by octet as an
/// iterator, which needs no buffer.
///
/// ```
/// use hdlc_core::Encoder;
///
/// let mut frame = [0; hdlc_core::max_wire_len(1)];
/// let len = Encoder::new(b"\x7d").emit(&mut frame)?;
/// assert_eq!(frame[..len], [0x7e, 0x7d, 0x5d, 0x1a, 0x58, 0x7e]);
/// assert!(Encoder::new(b"\x7d").eq([0x7e, 0x7d, 0x5d, 0x1a, 0x58, 0x7e]));
/// # Ok::<(), hdlc_core::BufferTooSmall>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Encoder<'a> {
    payload: &'a [u8],
    fcs: [u8; FCS_LEN],
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Position {
    Opening,
    /// At this octet of payload and FCS.
    Content(usize),
    /// The escape of this octet is out, the octet itself is not.
    Escaped(usize),
    Closed,
}

impl<'a> Encoder<'a> {
    /// An encoder of this payload. An empty one makes a frame that every decoder refuses.
    #[must_use]
    pub fn new(payload: &'a [u8]) -> Self {
        Self { payload, fcs: fcs16(payload).to_le_bytes(), position: Position::Opening }
    }

    /// Octets of the whole frame on the wire, both flags included.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let content = self.payload.iter().chain(&self.fcs);
        content.map(|&octet| if is_special(octet) { 2 } else { 1 }).sum::<usize>() + 2
    }

    /// Writes the whole frame to the start of `buffer` and returns how many octets that took.
    ///
    /// # Errors
    /// If the buffer is shorter than [`buffer_len`](Self::buffer_len).
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let len = buffer.len();
        let mut free = Free(buffer.iter_mut());
        match free.put_frame(self.payload, self.fcs) {
            Some(()) => Ok(len - free.0.len()),
            None => Err(BufferTooSmall { needed: self.buffer_len() }),
        }
    }

    fn content(&self, index: usize) -> Option<u8> {
        let fcs_index = index.checked_sub(self.payload.len());
        fcs_index.map_or_else(|| self.payload.get(index), |index| self.fcs.get(index)).copied()
    }
}

impl Iterator for Encoder<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match self.position {
            Position::Opening => {
                self.position = Position::Content(0);
                Some(FLAG)
            }
            Position::Content(index) => match self.content(index) {
                Some(octet) if is_special(octet) => {
                    self.position = Position::Escaped(index);
                    Some(ESCAPE)
                }
                Some(octet) => {
                    self.position = Position::Content(index + 1);
                    Some(octet)
                }
                None => {
                    self.position = Position::Closed;
                    Some(FLAG)
                }
            },
            Position::Escaped(index) => {
                self.position = Position::Content(index + 1);
                self.content(index).map(|octet| octet ^ ESCAPE_MASK)
            }
            Position::Closed => None,
        }
    }
}

impl core::iter::FusedIterator for Encoder<'_> {}

/// What is still free of a buffer. Each step is `None` if there is too little.
struct Free<'b>(slice::IterMut<'b, u8>);

impl Free<'_> {
    fn put_frame(&mut self, payload: &[u8], fcs: [u8; FCS_LEN]) -> Option<()> {
        self.put(FLAG)?;
        self.put_stuffed(payload)?;
        self.put_each_stuffed(&fcs)?;
        self.put(FLAG)
    }

    #[cfg(not(feature = "fast"))]
    fn put_stuffed(&mut self, octets: &[u8]) -> Option<()> {
        self.put_each_stuffed(octets)
    }

    #[cfg(feature = "fast")]
    fn put_stuffed(&mut self, octets: &[u8]) -> Option<()> {
        let mut rest = octets;
        while rest.len() >= SHORT {
            let (run, after) = rest.split_at_checked(len_to_special(rest))?;
            let (slots, free) =
                mem::take(&mut self.0).into_slice().split_at_mut_checked(run.len())?;
            // Not `copy_from_slice`: its check of the lengths would stay in the compiled code.
            slots.iter_mut().zip(run).for_each(|(slot, &octet)| *slot = octet);
            self.0 = free.iter_mut();
            let near = if run.len() < NEAR { NEAR } else { 1 };
            let (these, others) = after.split_at_checked(near).unwrap_or((after, &[]));
            self.put_each_stuffed(these)?;
            rest = others;
        }
        self.put_each_stuffed(rest)
    }

    fn put_each_stuffed(&mut self, octets: &[u8]) -> Option<()> {
        octets.iter().try_for_each(|&octet| {
            if is_special(octet) {
                self.put(ESCAPE)?;
                self.put(octet ^ ESCAPE_MASK)
            } else {
                self.put(octet)
            }
        })
    }

    fn put(&mut self, octet: u8) -> Option<()> {
        *self.0.next()? = octet;
        Some(())
    }
}
