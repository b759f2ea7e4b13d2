//! Accepts connections and serves each, within limits on what a client may take.

use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::app::{App, router};
use crate::guard::Peer;

/// How long a request's header may take, and how long an idle connection is kept: longer than most
/// gateways pause between two readings.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a client may leave what it was sent unacknowledged.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// Room for one request's header.
const MAX_HEADER: usize = 32 * 1024;

/// Most header fields of a request.
const MAX_HEADER_FIELDS: usize = 64;

/// Pause after the system refused a connection (out of file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Time between two ticks that do nothing but come before any of the above. A timer that ends before
/// all others is told to the thread that waits for the network, by a system call; with the next tick
/// always nearer, that of a request never is.
const TICK: Duration = Duration::from_secs(10);

/// Serves until the app stops, then lets the requests under way finish. Connections beyond
/// `max_connections` wait in the kernel's backlog.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, max_connections: usize) {
    let router = router(Arc::clone(&app));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max_connections));
    let mut stopped = app.stopped();
    let mut ticks = tokio::time::interval(TICK);
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => break,
            _ = ticks.tick() => continue,
            Some(accepted) = accept => accepted,
            else => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = set_options(&stream) {
            tracing::debug!(%error, "the connection is gone already");
            continue;
        }
        let connection = graceful.watch(serve_one(stream, router.clone(), Peer(peer)));
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            app.metrics.connections.inc();
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            app.metrics.connections.dec();
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// One client's requests, until it closes the connection or takes too long.
fn serve_one<S>(
    stream: S,
    router: Router,
    peer: Peer,
) -> impl GracefulConnection<Error = hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER)
        .max_headers(MAX_HEADER_FIELDS)
        .serve_connection(TokioIo::new(stream), service)
}

fn set_options(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_user_timeout(Some(SEND_TIMEOUT))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// The client's end of a connection, on a clock that jumps from one event to the next.
    fn connect() -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(serve_one(theirs, Router::new(), Peer(([127, 0, 0, 1], 1).into())));
        ours
    }

    async fn ask(client: &mut DuplexStream) {
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            answer.push(char::from(client.read_u8().await.unwrap()));
        }
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_gateway_that_posts_every_minute_keeps_its_connection() {
        let mut client = connect();
        for _ in 0..5 {
            ask(&mut client).await;
            sleep(Duration::from_secs(60)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed_in_the_end() {
        let mut client = connect();
        ask(&mut client).await;
        let idle = Instant::now();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(idle.elapsed().as_secs(), HEADER_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_of_one_octet_a_second_is_cut_off() {
        let (mut answers, mut client) = tokio::io::split(connect());
        let begun = Instant::now();
        tokio::spawn(async move {
            let mut header = b"GET / HTTP/1.1\r\nX: ".iter().chain(core::iter::repeat(&b'x'));
            while client.write_all(&[*header.next().unwrap()]).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut answer = Vec::new();
        answers.read_to_end(&mut answer).await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), HEADER_TIMEOUT.as_secs());
        assert!(!answer.starts_with(b"HTTP/1.1 2"));
    }
}
