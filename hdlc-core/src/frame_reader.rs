use embedded_io::Read;

use crate::intake::Intake;
use crate::{Counters, ReadError};

/// Reads frames from any [`embedded_io::Read`]. Bad frames are skipped and counted. `N` is the
/// longest frame, as for [`Decoder`](crate::Decoder).
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
    intake: Intake<N>,
}

impl<R: Read, const N: usize> FrameReader<R, N> {
    /// A reader at the start of a line.
    #[must_use]
    pub const fn new(inner: R) -> Self {
        Self { inner, intake: Intake::new() }
    }

    /// Waits for the next good frame and returns its payload.
    ///
    /// # Errors
    /// If the line ends or cannot be read. The reader may be used again; a frame of which a part
    /// has arrived is not lost.
    pub fn read_frame(&mut self) -> Result<&[u8], ReadError<R::Error>> {
        while !self.intake.decode() {
            match self.inner.read(self.intake.space()) {
                Ok(0) => return Err(ReadError::End),
                Ok(read) => self.intake.fill(read),
                Err(error) => return Err(ReadError::Line(error)),
            }
        }
        Ok(self.intake.payload())
    }

    /// What has been delivered and thrown away so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.intake.counters()
    }

    /// The line, as when it is also written to.
    pub const fn line(&mut self) -> &mut R {
        &mut self.inner
    }
}
