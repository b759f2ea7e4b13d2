//! `GET /api/v1/stream`: new readings as server-sent events.

use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use prometheus::IntGauge;
use readings::Reading;
use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};

use crate::app::App;
use crate::state::News;
use crate::store::Sample;

/// Readings that are stored within this time go into one event.
const GATHER: Duration = Duration::from_millis(200);

/// Time between events that show a silent stream to be alive.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A message `data: [readings…]` for newly stored readings, and an event `lagged` when some could
/// not be delivered, so that the client asks for them with `GET /api/v1/readings`. What else changes
/// has an event of its own name: `state`, `label`, `gateway`.
pub(crate) async fn follow(State(app): State<Arc<App>>) -> Response {
    let listener = Listener {
        live: app.live.subscribe(),
        news: app.states.news(),
        stopped: app.stopped(),
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
    (headers, sse).into_response()
}

struct Listener {
    live: broadcast::Receiver<Arc<[Sample]>>,
    news: broadcast::Receiver<News>,
    stopped: watch::Receiver<bool>,
    _count: Count,
}

impl Listener {
    /// None when the server stops.
    async fn next(&mut self) -> Option<Event> {
        let first = tokio::select! {
            // Readings first: a mote is heard of before it is told how it is doing.
            biased;
            _ = self.stopped.wait_for(|&stopped| stopped) => return None,
            first = self.live.recv() => first,
            news = self.news.recv() => return news_event(news),
        };
        let mut readings: Vec<Reading> = Vec::new();
        let mut new = match first {
            Ok(first) => {
                tokio::time::sleep(GATHER).await;
                Ok(first)
            }
            Err(broadcast::error::RecvError::Lagged(count)) => Err(TryRecvError::Lagged(count)),
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        loop {
            match new {
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

fn news_event(news: Result<News, broadcast::error::RecvError>) -> Option<Event> {
    let event = Event::default();
    match news {
        Ok(News::States(motes)) => event.event("state").json_data(&*motes).ok(),
        Ok(News::Label(mac, label)) => {
            event.event("label").json_data(json!({ "mac": mac, "label": &*label })).ok()
        }
        Ok(News::Gateway(gateway)) => event.event("gateway").json_data(&*gateway).ok(),
        Err(broadcast::error::RecvError::Lagged(_)) => Some(event.event("lagged").data("{}")),
        Err(broadcast::error::RecvError::Closed) => None,
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
