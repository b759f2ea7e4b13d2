use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use readings::INGEST_PATHS;
use tokio::sync::{broadcast, watch};

use crate::assets;
use crate::metrics::Metrics;
use crate::stamps::Stamps;
use crate::store::{Sample, Store};
use crate::{health, ingest, metrics, query, stream};

/// Groups of new readings that a slow listener of the stream may be behind before it is told to
/// start over.
const LIVE_BACKLOG: usize = 1024;

/// What the handlers share.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) retention: Duration,
    pub(crate) stamps: Stamps,
    pub(crate) metrics: Metrics,
    /// Readings as they are stored.
    pub(crate) live: broadcast::Sender<Arc<[Sample]>>,
    stop: watch::Sender<bool>,
}

impl App {
    /// Serves a store that keeps readings for `retention`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, retention: Duration) -> Arc<Self> {
        Arc::new(Self {
            store,
            retention,
            stamps: Stamps::default(),
            metrics: Metrics::new(),
            live: broadcast::Sender::new(LIVE_BACKLOG),
            stop: watch::Sender::new(false),
        })
    }

    /// Ends what would else go on for ever: the streams.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }
}

/// Every path the server answers.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .route("/api/v1/readings", get(query::readings))
        .route("/api/v1/motes", get(query::motes))
        .route("/api/v1/stream", get(stream::follow));
    for path in INGEST_PATHS {
        router = router.route(path, post(ingest::post));
    }
    assets::routes(router)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), metrics::count))
        .with_state(app)
}
