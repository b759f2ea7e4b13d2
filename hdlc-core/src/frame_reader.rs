use core::fmt;

use embedded_io::{Error, ErrorKind, Read};

use crate::{Counters, Decoder};

/// Octets asked for in one read.
const CHUNK: usize = 64;

/// Reads frames from any [`embedded_io::Read`]. Bad frames are skipped and counted. `N` is the
/// longest frame, as for [`Decoder`].
///
/// In firmware that is a UART, for which its HAL has the implementation:
///
/// ```
/// # use std::collections::VecDeque;
/// # struct Uart { fifo: VecDeque<u8> }
/// # impl embedded_io::ErrorType for Uart { type Error = embedded_io::ErrorKind; }
/// # impl embedded_io::Read for Uart {
/// #     fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
/// #         let Some(octet) = self.fifo.pop_front() else { return Ok(0) };
/// #         buffer[0] = octet;
/// #         Ok(1)
/// #     }
/// # }
/// # fn uart() -> Uart {
/// #     Uart { fifo: b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e".iter().copied().collect() }
/// # }
/// use hdlc_core::FrameReader;
///
/// let mut reader = FrameReader::<_, 128>::new(uart());
/// assert_eq!(reader.read_frame(), Ok(&[0, 3, 0, 2, 4, 0][..]));
/// ```
///
/// On a host it is any port of `std`, by way of `embedded-io-adapters`:
///
/// ```
/// use embedded_io_adapters::std::FromStd;
/// use hdlc_core::FrameReader;
///
/// # fn open() -> impl std::io::Read {
/// #     std::io::Cursor::new(b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e")
/// # }
/// let port = open();
/// let mut reader = FrameReader::<_, 128>::new(FromStd::new(port));
/// assert_eq!(reader.read_frame().ok(), Some(&[0, 3, 0, 2, 4, 0][..]));
/// ```
#[derive(Debug)]
pub struct FrameReader<R, const N: usize> {
    inner: R,
    decoder: Decoder<N>,
    chunk: [u8; CHUNK],
    /// Of `chunk`, what has been read but not decoded.
    start: usize,
    end: usize,
}

impl<R: Read, const N: usize> FrameReader<R, N> {
    /// A reader at the start of a line.
    #[must_use]
    pub const fn new(inner: R) -> Self {
        Self { inner, decoder: Decoder::new(), chunk: [0; CHUNK], start: 0, end: 0 }
    }

    /// Waits for the next good frame and returns its payload.
    ///
    /// # Errors
    /// If the line ends or cannot be read. The reader may be used again; a frame of which a part
    /// has arrived is not lost.
    pub fn read_frame(&mut self) -> Result<&[u8], ReadError<R::Error>> {
        loop {
            let pending = self.chunk.get(self.start..self.end).unwrap_or(&[]);
            let fed = self.decoder.feed(pending);
            self.start += fed.consumed;
            if matches!(fed.outcome, Some(Ok(_))) {
                break;
            }
            if self.start == self.end {
                self.start = 0;
                self.end = 0;
                self.end = match self.inner.read(&mut self.chunk) {
                    Ok(0) => return Err(ReadError::End),
                    Ok(read) => read,
                    Err(error) => return Err(ReadError::Line(error)),
                };
            }
        }
        Ok(self.decoder.payload())
    }

    /// What has been delivered and thrown away so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.decoder.counters()
    }

    /// The line, as when it is also written to.
    pub const fn line(&mut self) -> &mut R {
        &mut self.inner
    }
}

/// No frame, because of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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
