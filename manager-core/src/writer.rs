use crate::EmitError;
use crate::field::Field;

/// Writes a message's fields in order, big-endian, never past the end of a buffer.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    /// An appended field was absent, and so is what would come behind it.
    is_over: bool,
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0, is_over: false }
    }

    /// Appends a field. What does not fit is only counted; [`finish`](Self::finish) reports it.
    pub(crate) fn octets(mut self, field: &[u8]) -> Self {
        let end = self.len.saturating_add(field.len());
        if let Some(space) = self.buffer.get_mut(self.len..end) {
            // Not `copy_from_slice`, whose check that both are as long a compiler may leave standing.
            for (slot, octet) in space.iter_mut().zip(field) {
                *slot = *octet;
            }
        }
        self.len = end;
        self
    }

    pub(crate) fn u8(self, field: u8) -> Self {
        self.octets(&field.to_be_bytes())
    }

    pub(crate) fn u16(self, field: u16) -> Self {
        self.octets(&field.to_be_bytes())
    }

    pub(crate) fn u32(self, field: u32) -> Self {
        self.octets(&field.to_be_bytes())
    }

    /// A field that older devices do not send.
    pub(crate) fn appended<T: Field>(mut self, field: Option<&T>) -> Self {
        match field {
            Some(field) if !self.is_over => field.write(self),
            _ => {
                self.is_over = true;
                self
            }
        }
    }

    /// The message's length.
    pub(crate) const fn finish(self) -> Result<usize, EmitError> {
        if self.len <= self.buffer.len() {
            Ok(self.len)
        } else {
            Err(EmitError::BufferTooSmall { needed: self.len })
        }
    }
}
