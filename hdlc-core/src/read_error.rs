use core::fmt;

use embedded_io::{Error, ErrorKind};

/// No frame, because of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReadError<E> {
    /// The line has ended.
    End,
    /// The line could not be read.
    Line(E),
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the line has ended"),
            Self::Line(error) => write!(f, "the line could not be read: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for ReadError<E> {}

impl<E: Error> Error for ReadError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::End => ErrorKind::BrokenPipe,
            Self::Line(error) => error.kind(),
        }
    }
}
