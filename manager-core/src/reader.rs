use crate::ParseError;
use crate::field::Field;

/// Reads a message's fields in order, big-endian, never past its end.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message, taken: 0 }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let Some((&field, rest)) = self.rest.split_first_chunk() else {
            let (expected, found) = (self.taken + N, self.taken + self.rest.len());
            return Err(ParseError::TooShort { expected, found });
        };
        self.rest = rest;
        self.taken += N;
        Ok(field)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ParseError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ParseError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ParseError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A field that older devices do not send; `None` if nothing is left.
    pub(crate) fn appended<T: Field>(&mut self) -> Result<Option<T>, ParseError> {
        if self.rest.is_empty() { Ok(None) } else { T::read(self).map(Some) }
    }

    /// So many octets.
    pub(crate) fn octets(&mut self, len: usize) -> Result<&'a [u8], ParseError> {
        let Some((octets, rest)) = self.rest.split_at_checked(len) else {
            let found = self.taken + self.rest.len();
            return Err(ParseError::TooShort { expected: self.taken.saturating_add(len), found });
        };
        self.rest = rest;
        self.taken += len;
        Ok(octets)
    }

    /// Everything after the fields read so far.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_from_the_messages_beginning() {
        let message = [1, 2, 3, 4, 5, 6, 7];
        let mut reader = Reader::new(&message);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.octets(2), Ok(&[2, 3][..]));
        let too_short = ParseError::TooShort { expected: 8, found: 7 };
        assert_eq!(reader.octets(5), Err(too_short), "and nothing was taken");
        assert_eq!(reader.u16(), Ok(0x0405));
        assert_eq!(reader.u32(), Err(ParseError::TooShort { expected: 9, found: 7 }));
        assert_eq!(reader.octets(2), Ok(&[6, 7][..]));
        assert_eq!(reader.u8(), Err(ParseError::TooShort { expected: 8, found: 7 }));
    }
}
