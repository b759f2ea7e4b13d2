//! Accepts connections and serves each, within limits on what a client may take.

use core::convert::Infallible;
use core::net::SocketAddr;
use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use crate::app::{App, finish, routes};
use crate::guests::{Guest, Guests};
use crate::impatient::Impatient;
use crate::origin::{Origin, Peer};
use crate::places::{Place, Places};
use crate::sites::{House, Turned};
use crate::tally::Tally;

/// How long a request's header may take, and how long an idle connection is kept: longer than most
/// gateways pause between two readings.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a client may leave what it was sent unacknowledged.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// Room for one request's header.
const MAX_HEADER: usize = 32 * 1024;

/// What the kernel keeps of an answer that its client does not read.
const SEND_BUFFER: usize = 128 * 1024;

/// Part of all connections that one origin may have, unless it is a trusted proxy: one in so many.
const ORIGINS_PART: usize = 4;

/// How long a connection waits before another that does nothing is looked for anew.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The answer to a connection too many: what [`RequestError::TooMany`] is, for a request that is not
/// even read.
///
/// [`RequestError::TooMany`]: crate::refusal::RequestError::TooMany
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n\
    Retry-After: 5\r\nConnection: close\r\nContent-Length: 50\r\n\r\n\
    {\"error\":\"too many connections; try again in 5 s\"}";

/// Most header fields of a request.
const MAX_HEADER_FIELDS: usize = 64;

/// Pause after the system refused a connection (out of file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Time between two ticks that do nothing but come before any of the above. A timer that ends before
/// all others is told to the thread that waits for the network, by a system call; with the next tick
/// always nearer, that of a request never is.
const TICK: Duration = Duration::from_secs(10);

/// Serves until the app stops, then lets the requests under way finish. Connections beyond
/// `max_connections` wait until there is room: until one ends, or has been idle for a while.
pub(crate) async fn serve(listener: TcpListener, house: Arc<House>, max_connections: usize) {
    let app = Arc::clone(&house.default);
    if let Err(error) = SockRef::from(&listener).set_send_buffer_size(SEND_BUFFER) {
        tracing::debug!(%error, "connections keep the system's send buffer");
    }
    let entrance = Entrance { router: routes(&house), house };
    let graceful = GracefulShutdown::new();
    let hall = Hall {
        room: Arc::new(Semaphore::new(max_connections)),
        origins: Places::new(usize::MAX, max_connections / ORIGINS_PART),
        guests: Arc::new(Guests::new()),
        app: Arc::clone(&app),
        failed: Tally::default(),
    };
    let mut stopped = app.stopped();
    let mut ticks = tokio::time::interval(TICK);
    'serving: loop {
        // Not dropped by a tick: it may hold a connection that waits for room.
        let mut next = pin!(hall.receive(&listener));
        let received = loop {
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => break 'serving,
                _ = ticks.tick() => {}
                received = &mut next => break received,
            }
        };
        let Some((stream, peer, seat)) = received else { continue };
        let guest = hall.guests.enter();
        let serve = serve_one(stream, entrance.clone(), Peer(peer), Arc::clone(&guest));
        let connection = graceful.watch(serve);
        let (app, guests) = (Arc::clone(&app), Arc::clone(&hall.guests));
        tokio::spawn(async move {
            app.metrics.connections.inc();
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                },
                () = guest.is_to_leave() => tracing::debug!("an idle connection made room"),
            }
            guests.left(&guest);
            app.metrics.connections.dec();
            drop(seat);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Where connections are received.
struct Hall {
    room: Arc<Semaphore>,
    origins: Arc<Places>,
    guests: Arc<Guests>,
    app: Arc<App>,
    failed: Tally,
}

/// A connection's place among all, and among those of its origin unless that is a proxy.
type Seat = (OwnedSemaphorePermit, Option<Place>);

impl Hall {
    /// The next connection, once there is room for it; none if nothing came of it.
    async fn receive(
        &self,
        listener: &TcpListener,
    ) -> Option<(Impatient<TcpStream>, SocketAddr, Seat)> {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                if let Some(times) = self.failed.count() {
                    tracing::warn!(%error, times, "cannot accept a connection");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                return None;
            }
        };
        let place = if self.app.guard.trusts(peer.ip()) {
            None
        } else if let Ok(place) = self.origins.take(Some(Origin::of(peer.ip()))) {
            Some(place)
        } else {
            // Whether it arrives is the client's concern.
            let _ = SockRef::from(&stream).send(TOO_MANY);
            return None;
        };
        let patience = match set_options(&stream) {
            Ok(patience) => patience,
            Err(error) => {
                tracing::debug!(%error, "the connection is gone already");
                return None;
            }
        };
        let stream = Impatient::new(stream, patience);
        Some((stream, peer, (self.room().await?, place)))
    }

    async fn room(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(room);
        }
        loop {
            self.guests.make_room();
            let room = Arc::clone(&self.room).acquire_owned();
            if let Ok(room) = tokio::time::timeout(LOOK_AGAIN, room).await {
                return room.ok();
            }
        }
    }
}

/// Where requests come in.
#[derive(Clone)]
struct Entrance {
    house: Arc<House>,
    router: Router,
}

impl Answering for Entrance {
    async fn answer(self, mut request: Request<Body>) -> Response {
        let mut received = self.house.receive(&mut request);
        if received.as_ref().is_err_and(Turned::may_be_known_soon) {
            self.house.until_known().await;
            received = self.house.receive(&mut request);
        }
        match received {
            Ok(()) => self.router.answer(request).await,
            Err(turned) => finish(&self.house.default, turned.into_response()),
        }
    }
}

impl Answering for Router {
    async fn answer(self, request: Request<Body>) -> Response {
        let Ok(answer) = self.oneshot(request).await;
        answer
    }
}

/// Answers requests.
trait Answering: Clone {
    fn answer(self, request: Request<Body>) -> impl Future<Output = Response> + Send;
}

/// One client's requests, until it closes the connection or takes too long.
fn serve_one<S, A>(
    stream: S,
    answering: A,
    peer: Peer,
    guest: Arc<Guest>,
) -> impl GracefulConnection<Error = hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    A: Answering + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = guest.begin();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let answer = answering.clone().answer(request);
        async { Ok::<_, Infallible>(answer.await.map(|body| under_way.until_sent(body))) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER)
        .max_headers(MAX_HEADER_FIELDS)
        .serve_connection(TokioIo::new(stream), service)
}

/// Says how long its client is waited for, unless the system sees to that.
fn set_options(stream: &TcpStream) -> std::io::Result<Option<Duration>> {
    stream.set_nodelay(true)?;
    let by_system = host::set_send_timeout(stream, SEND_TIMEOUT)?;
    Ok((!by_system).then_some(SEND_TIMEOUT))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// The client's end of a connection, on a clock that jumps from one event to the next.
    fn connect() -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let guest = Guests::new().enter();
        tokio::spawn(serve_one(theirs, Router::new(), Peer(([127, 0, 0, 1], 1).into()), guest));
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
