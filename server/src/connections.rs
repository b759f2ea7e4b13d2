//! Accepts connections and serves each, within limits on what a client may take.

use core::time::Duration;
use std::sync::Arc;

use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::SockRef;
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

/// Serves until the app stops, then lets the requests under way finish. Connections beyond
/// `max_connections` wait in the kernel's backlog.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, max_connections: usize) {
    let router = router(Arc::clone(&app));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max_connections));
    let mut stopped = app.stopped();
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => break,
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
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection = builder().serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
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

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER)
        .max_headers(MAX_HEADER_FIELDS);
    builder
}

fn set_options(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_user_timeout(Some(SEND_TIMEOUT))
}
