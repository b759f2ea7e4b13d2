use crate::field::Field;
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// Reads so many items of a fixed length, and returns their octets.
pub(super) fn items<'a, T: Field>(
    reader: &mut Reader<'a>,
    count: u8,
) -> Result<&'a [u8], ParseError> {
    reader.octets(usize::from(count).saturating_mul(T::LEN))
}

/// The items in these octets; what is left at the end is too short for one.
pub(super) fn iterate<'a, T: Field + 'a>(octets: &'a [u8]) -> impl Iterator<Item = T> + 'a {
    octets.chunks_exact(T::LEN).filter_map(|item| T::read(&mut Reader::new(item)).ok())
}

/// How many items these octets hold.
#[expect(clippy::cast_possible_truncation, reason = "what was counted in an octet fits one")]
pub(super) const fn count<T: Field>(octets: &[u8]) -> u8 {
    (octets.len() / T::LEN) as u8
}

/// Writes items one after the other, and returns the octets that they take.
pub(super) fn emit<'b, T: Field>(items: &[T], buffer: &'b mut [u8]) -> Result<&'b [u8], EmitError> {
    let writer = items.iter().fold(Writer::new(&mut *buffer), |writer, item| item.write(writer));
    let len = writer.finish()?;
    buffer.get(..len).ok_or(EmitError::BufferTooSmall { needed: len })
}
