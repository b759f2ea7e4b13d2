use core::mem;

use crate::EmitError;

/// Puts octets into a buffer, one behind the other.
pub(crate) struct Writer<'b> {
    rest: &'b mut [u8],
}

impl<'b> Writer<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { rest: buffer }
    }

    pub(crate) fn octets(&mut self, octets: &[u8]) -> Result<(), EmitError> {
        let found = self.rest.len();
        let room = mem::take(&mut self.rest).split_at_mut_checked(octets.len());
        let Some((room, rest)) = room else {
            return Err(EmitError::BufferTooSmall { expected: octets.len(), found });
        };
        self.rest = rest;
        // Not `copy_from_slice`, whose check that both are as long a compiler may leave standing.
        for (slot, octet) in room.iter_mut().zip(octets) {
            *slot = *octet;
        }
        Ok(())
    }

    pub(crate) fn u8(&mut self, value: u8) -> Result<(), EmitError> {
        self.octets(&[value])
    }

    pub(crate) fn u32(&mut self, value: u32) -> Result<(), EmitError> {
        self.octets(&value.to_be_bytes())
    }
}
