use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io::{self, IoSlice};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection that fails when its peer has taken nothing for too long, for systems that do not see
/// to that themselves.
#[derive(Debug)]
pub(crate) struct Impatient<S> {
    stream: S,
    patience: Option<Duration>,
    /// While a write waits for the peer.
    end: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    /// One that waits for a peer this long, or as long as the system does.
    pub(crate) const fn new(stream: S, patience: Option<Duration>) -> Self {
        Self { stream, patience, end: None }
    }

    fn unless_late<T>(
        &mut self,
        done: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match (done, self.patience) {
            (Poll::Pending, Some(patience)) => {
                let end = self.end.get_or_insert_with(|| Box::pin(sleep(patience)));
                end.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            (done, _) => {
                if done.is_ready() {
                    self.end = None;
                }
                done
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, octets);
        self.unless_late(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, octets);
        self.unless_late(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.unless_late(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(1);
        let mut ours = Impatient::new(ours, Some(PATIENCE));
        let error = ours.write_all(b"two").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_one_is_waited_for() {
        let (ours, mut theirs) = duplex(1);
        let mut ours = Impatient::new(ours, Some(PATIENCE));
        let writer = tokio::spawn(async move { ours.write_all(b"slow").await });
        for expected in *b"slow" {
            sleep(PATIENCE - Duration::from_secs(1)).await;
            assert_eq!(theirs.read_u8().await.unwrap(), expected);
        }
        writer.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_system_sees_to_it_nothing_is_given_up_here() {
        let (ours, _theirs) = duplex(1);
        let mut ours = Impatient::new(ours, None);
        timeout(PATIENCE * 10, ours.write_all(b"two")).await.unwrap_err();
    }
}
