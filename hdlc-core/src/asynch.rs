//! The adapters for lines that are read and written asynchronously, as with embassy.

use embedded_io_async::{Read, Write};

use crate::intake::Intake;
use crate::output::Output;
use crate::{Counters, ReadError};

/// Reads frames from any [`embedded_io_async::Read`]. Bad frames are skipped and counted. `N` is
/// the longest frame, as for [`Decoder`](crate::Decoder).
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

    /// Waits for the next good frame and returns its payload. It may be dropped while it waits, as
    /// for a time-out: if the line's `read` loses nothing then, neither does this.
    ///
    /// # Errors
    /// If the line ends or cannot be read. The reader may be used again; a frame of which a part
    /// has arrived is not lost.
    pub async fn read_frame(&mut self) -> Result<&[u8], ReadError<R::Error>> {
        while !self.intake.decode() {
            match self.inner.read(self.intake.space()).await {
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

/// Writes frames to any [`embedded_io_async::Write`], through a small buffer.
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

    /// Writes the frame of this payload and flushes the line. If it is dropped while it waits, a
    /// part of the frame is out, and the peer discards it.
    ///
    /// # Errors
    /// If the line cannot be written; a part of the frame may be out, and the peer discards it.
    pub async fn write_frame(&mut self, payload: &[u8]) -> Result<(), W::Error> {
        let mut output = Output::new(payload);
        while let Some(chunk) = output.next_chunk() {
            self.inner.write_all(chunk).await?;
        }
        self.inner.flush().await
    }

    /// The line, as when it is also read from.
    pub const fn line(&mut self) -> &mut W {
        &mut self.inner
    }
}
