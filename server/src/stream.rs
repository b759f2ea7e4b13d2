//! `GET /api/v1/stream`: new readings as server-sent events.

use core::convert::Infallible;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use prometheus::IntGauge;
use readings::{Reading, Timestamp};
use serde_json::json;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::origin::Peer;
use crate::refusal::RequestError;
use crate::sites::{House, Visit};
use crate::state::News;
use crate::store::Sample;
use crate::streams::Ticket;

/// Readings that are stored within this time go into one event.
const GATHER: Duration = Duration::from_millis(200);

/// Time between events that show a silent stream to be alive.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Most readings of one event and of one group on its way there, so that a listener's memory is
/// bounded: some 20 kB as JSON.
const MAX_READINGS: usize = 200;

/// Time between two events that say there is something new about the network.
const NETWORK_PAUSE: Duration = Duration::from_secs(1);

/// What is stored, for those who listen.
pub(crate) struct Live {
    /// Temperatures.
    readings: broadcast::Sender<Arc<[Sample]>>,
    /// When there was last something else.
    network: watch::Sender<Option<Timestamp>>,
}

impl Live {
    /// A slow listener may be behind by so many groups of new readings before it is told to start
    /// over; of each there are [`MAX_READINGS`] at most.
    pub(crate) fn new(backlog: usize) -> Self {
        Self { readings: broadcast::Sender::new(backlog), network: watch::Sender::new(None) }
    }

    /// Other quantities, links or events are stored.
    pub(crate) fn send_network(&self, at: Timestamp) {
        self.network.send_replace(Some(at));
    }

    pub(crate) fn send(&self, new: &[Sample]) {
        if self.readings.receiver_count() == 0 {
            return;
        }
        for group in new.chunks(MAX_READINGS) {
            // Fails only if the last listener has just gone.
            let _ = self.readings.send(group.into());
        }
    }
}

/// A message `data: [readings…]` for newly stored readings, and an event `lagged` when some could
/// not be delivered, so that the client asks for them with `GET /api/v1/readings`. What else changes
/// has an event of its own name: `state`, `label`, `gateway`; and `network`, at most once a second, when
/// other quantities, links or events are stored.
pub(crate) async fn follow(
    State(house): State<Arc<House>>,
    visit: Visit,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    let app = Arc::clone(&visit.app);
    let ticket = app.guard.follow(&headers, peer.map(|Extension(peer)| peer))?;
    let listener = Listener {
        live: app.live.readings.subscribe(),
        network: app.live.network.subscribe(),
        network_pause: Instant::now(),
        news: app.states.news(),
        end: Box::pin(house.end_of(visit)),
        more: None,
        _ticket: ticket,
        _count: Count::new(&app.metrics.listeners),
    };
    let events = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let sse = Sse::new(events).keep_alive(
        KeepAlive::new().interval(KEEP_ALIVE).event(Event::default().event("alive").data("{}")),
    );
    // Asks reverse proxies (nginx) not to hold events back.
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, sse).into_response())
}

struct Listener {
    live: broadcast::Receiver<Arc<[Sample]>>,
    network: watch::Receiver<Option<Timestamp>>,
    /// Until then nothing is said of the network.
    network_pause: Instant,
    news: broadcast::Receiver<News>,
    /// Comes when the server stops, or the listener may listen no longer.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// What did not fit into the last event.
    more: Option<Arc<[Sample]>>,
    _ticket: Ticket,
    _count: Count,
}

impl Listener {
    /// None when it is over.
    async fn next(&mut self) -> Option<Event> {
        let mut new = match self.more.take() {
            Some(more) => Ok(more),
            None => {
                let first = tokio::select! {
                    // Readings first: a mote is heard of before it is told how it is doing.
                    biased;
                    () = &mut self.end => return None,
                    first = self.live.recv() => first,
                    at = network_change(&mut self.network, self.network_pause) => {
                        self.network_pause = Instant::now() + NETWORK_PAUSE;
                        let event = Event::default().event("network");
                        return event.json_data(json!({ "at": at? })).ok();
                    }
                    news = self.news.recv() => return news_event(news),
                };
                match first {
                    Ok(first) => {
                        tokio::time::sleep(GATHER).await;
                        Ok(first)
                    }
                    Err(RecvError::Lagged(count)) => Err(TryRecvError::Lagged(count)),
                    Err(RecvError::Closed) => return None,
                }
            }
        };
        let mut readings: Vec<Reading> = Vec::new();
        loop {
            match new {
                Ok(samples) if readings.len() + samples.len() > MAX_READINGS => {
                    self.more = Some(samples);
                    return Event::default().json_data(&readings).ok();
                }
                Ok(samples) => readings.extend(samples.iter().map(|&sample| Reading::from(sample))),
                Err(TryRecvError::Empty | TryRecvError::Closed) => {
                    return Event::default().json_data(&readings).ok();
                }
                Err(TryRecvError::Lagged(_)) => {
                    return Some(Event::default().event("lagged").data("{}"));
                }
            }
            new = self.live.try_recv();
        }
    }
}

/// The next moment at which something of the network was stored, but not before the pause is over.
async fn network_change(
    network: &mut watch::Receiver<Option<Timestamp>>,
    pause: Instant,
) -> Option<Timestamp> {
    tokio::time::sleep_until(pause).await;
    network.changed().await.ok()?;
    *network.borrow_and_update()
}

fn news_event(news: Result<News, RecvError>) -> Option<Event> {
    let event = Event::default();
    match news {
        Ok(News::States(motes)) => event.event("state").json_data(&*motes).ok(),
        Ok(News::Label(mac, label)) => {
            event.event("label").json_data(json!({ "mac": mac, "label": &*label })).ok()
        }
        Ok(News::Gateway(gateway)) => event.event("gateway").json_data(&*gateway).ok(),
        Err(RecvError::Lagged(_)) => Some(event.event("lagged").data("{}")),
        Err(RecvError::Closed) => None,
    }
}

/// Counts a listener for as long as it lives.
struct Count(IntGauge);

impl Count {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.dec();
    }
}
