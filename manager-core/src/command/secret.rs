use core::fmt;

use crate::ParseError;
use crate::field::Field;
use crate::reader::Reader;
use crate::writer::Writer;

/// Sixteen octets that are not to be printed: a join key, or a password of the manager's command
/// line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Secret {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Secret(…)");
    }
}

impl Field for Secret {
    const LEN: usize = 16;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.array().map(Self)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(&self.0)
    }
}
