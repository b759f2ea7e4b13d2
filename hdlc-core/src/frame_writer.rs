use embedded_io::Write;

use crate::output::Output;

/// Writes frames to any [`embedded_io::Write`], through a small buffer on the stack.
///
/// In firmware that is a UART, for which its HAL has the implementation:
///
/// ```
/// # #[derive(Default)]
/// # struct Uart { sent: Vec<u8> }
/// # impl embedded_io::ErrorType for Uart { type Error = embedded_io::ErrorKind; }
/// # impl embedded_io::Write for Uart {
/// #     fn write(&mut self, octets: &[u8]) -> Result<usize, Self::Error> {
/// #         self.sent.extend(octets.first());
/// #         Ok(1.min(octets.len()))
/// #     }
/// #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// use hdlc_core::FrameWriter;
///
/// let mut writer = FrameWriter::new(Uart::default());
/// writer.write_frame(&[0, 3, 0, 2, 4, 0])?;
/// # assert_eq!(writer.line().sent, b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e");
/// # Ok::<(), embedded_io::ErrorKind>(())
/// ```
///
/// On a host it is any port of `std`, by way of `embedded-io-adapters`:
///
/// ```
/// use embedded_io_adapters::std::FromStd;
/// use hdlc_core::FrameWriter;
///
/// # fn open() -> Vec<u8> { Vec::new() }
/// let port = open();
/// let mut writer = FrameWriter::new(FromStd::new(port));
/// writer.write_frame(&[0, 3, 0, 2, 4, 0])?;
/// # let sent = writer.line().inner();
/// # assert_eq!(sent, b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FrameWriter<W> {
    inner: W,
}

impl<W: Write> FrameWriter<W> {
    /// A writer to this line.
    #[must_use]
    pub const fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Writes the frame of this payload and flushes the line.
    ///
    /// # Errors
    /// If the line cannot be written; a part of the frame may be out, and the peer discards it.
    pub fn write_frame(&mut self, payload: &[u8]) -> Result<(), W::Error> {
        let mut output = Output::new(payload);
        while let Some(chunk) = output.next_chunk() {
            self.inner.write_all(chunk)?;
        }
        self.inner.flush()
    }

    /// The line, as when it is also read from.
    pub const fn line(&mut self) -> &mut W {
        &mut self.inner
    }
}
