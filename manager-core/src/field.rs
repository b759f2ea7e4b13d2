//! What messages are made of: fields that are read and written one after the other.

use crate::ParseError;
use crate::reader::Reader;
use crate::writer::Writer;

/// Something of a fixed length on the wire.
pub(crate) trait Field: Sized {
    /// Its octets.
    const LEN: usize;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError>;

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b>;
}

impl<const N: usize> Field for [u8; N] {
    const LEN: usize = N;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.array()
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(self)
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Field for $integer {
            const LEN: usize = size_of::<$integer>();

            fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
                reader.array().map(Self::from_be_bytes)
            }

            fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
                writer.octets(&self.to_be_bytes())
            }
        }
    )*};
}

integers!(u8, i8, u16, u32, u64, i64);

/// `bool8`: 0 or 1. Any other number is taken for 1.
impl Field for bool {
    const LEN: usize = 1;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(reader.u8()? != 0)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.u8(u8::from(*self))
    }
}

/// A message of fields in the order in which they are on the wire. Those that are `appended` are
/// absent from what older devices send: one that is absent has none behind it.
macro_rules! message {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $( $(#[$field_attribute:meta])* pub $field:ident: $type:ty, )*
            $( appended:
               $( $(#[$optional_attribute:meta])* pub $optional:ident: Option<$optional_type:ty>, )* )?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name {
            $( $(#[$field_attribute])* pub $field: $type, )*
            $( $( $(#[$optional_attribute])* pub $optional: Option<$optional_type>, )* )?
        }

        impl $name {
            /// Reads the fields; octets behind them are ignored.
            ///
            /// # Errors
            /// If a field is missing.
            pub fn parse(octets: &[u8]) -> Result<Self, $crate::ParseError> {
                <Self as $crate::field::Field>::read(&mut $crate::reader::Reader::new(octets))
            }

            /// Octets that the fields take.
            #[must_use]
            pub const fn buffer_len(&self) -> usize {
                #[allow(unused_mut, reason = "only with appended fields it grows")]
                let mut len = <Self as $crate::field::Field>::LEN;
                $( $(
                    if self.$optional.is_none() {
                        return len;
                    }
                    len += <$optional_type as $crate::field::Field>::LEN;
                )* )?
                len
            }

            /// Writes the fields and returns their length.
            ///
            /// # Errors
            /// If the buffer is too small.
            pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, $crate::EmitError> {
                let writer = $crate::writer::Writer::new(buffer);
                $crate::field::Field::write(self, writer).finish()
            }
        }

        impl $crate::field::Field for $name {
            const LEN: usize = 0 $( + <$type as $crate::field::Field>::LEN )*;

            fn read(reader: &mut $crate::reader::Reader<'_>) -> Result<Self, $crate::ParseError> {
                // All at once, so that one look at the length is enough.
                let fields: [u8; <$name as $crate::field::Field>::LEN] = reader.array()?;
                let fields = &mut $crate::reader::Reader::new(&fields);
                Ok(Self {
                    $( $field: $crate::field::Field::read(fields)?, )*
                    $( $( $optional: reader.appended()?, )* )?
                })
            }

            fn write<'b>(&self, writer: $crate::writer::Writer<'b>) -> $crate::writer::Writer<'b> {
                $( let writer = $crate::field::Field::write(&self.$field, writer); )*
                $( $( let writer = writer.appended(self.$optional.as_ref()); )* )?
                writer
            }
        }
    };
}

/// An octet with a meaning for some of its values. Every other value is kept as it is.
macro_rules! numbers {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $( $(#[$variant_attribute:meta])* $variant:ident = $number:literal, )*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_attribute])* $variant, )*
            /// Any other.
            Unknown(u8),
        }

        impl From<u8> for $name {
            fn from(octet: u8) -> Self {
                match octet {
                    $( $number => Self::$variant, )*
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(value: $name) -> Self {
                match value {
                    $( $name::$variant => $number, )*
                    $name::Unknown(other) => other,
                }
            }
        }

        impl $crate::field::Field for $name {
            const LEN: usize = 1;

            fn read(reader: &mut $crate::reader::Reader<'_>) -> Result<Self, $crate::ParseError> {
                reader.u8().map(Self::from)
            }

            fn write<'b>(&self, writer: $crate::writer::Writer<'b>) -> $crate::writer::Writer<'b> {
                writer.u8((*self).into())
            }
        }
    };
}

/// A message of fields with octets of any number behind them.
macro_rules! message_with_rest {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident<$lifetime:lifetime> {
            $( $(#[$field_attribute:meta])* pub $field:ident: $type:ty, )*
            rest: $(#[$rest_attribute:meta])* pub $rest:ident,
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name<$lifetime> {
            $( $(#[$field_attribute])* pub $field: $type, )*
            $(#[$rest_attribute])* pub $rest: &$lifetime [u8],
        }

        impl<$lifetime> $name<$lifetime> {
            /// Reads the fields and finds the octets behind them.
            ///
            /// # Errors
            /// If a field is missing.
            pub fn parse(octets: &$lifetime [u8]) -> Result<Self, $crate::ParseError> {
                Self::read($crate::reader::Reader::new(octets))
            }

            /// Octets of the whole message.
            #[must_use]
            pub const fn buffer_len(&self) -> usize {
                (0 $( + <$type as $crate::field::Field>::LEN )*).saturating_add(self.$rest.len())
            }

            /// Writes the message and returns its length.
            ///
            /// # Errors
            /// If the buffer is too small.
            pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, $crate::EmitError> {
                self.write($crate::writer::Writer::new(buffer)).finish()
            }

            pub(crate) fn read(
                mut reader: $crate::reader::Reader<$lifetime>,
            ) -> Result<Self, $crate::ParseError> {
                Ok(Self {
                    $( $field: $crate::field::Field::read(&mut reader)?, )*
                    $rest: reader.rest(),
                })
            }

            pub(crate) fn write<'b>(
                &self,
                writer: $crate::writer::Writer<'b>,
            ) -> $crate::writer::Writer<'b> {
                $( let writer = $crate::field::Field::write(&self.$field, writer); )*
                writer.octets(self.$rest)
            }
        }
    };
}

pub(crate) use {message, message_with_rest, numbers};
