use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use readings::{Event, Kind, Link, Reading};
use tokio::sync::watch;

use crate::body::Bodies;
use crate::budget::Budget;
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::mqtt::Latest;
use crate::sites::{House, Limits, Site, Usage, Visit, api, keep_private};
use crate::stamps::Stamps;
use crate::state::States;
use crate::store::{Keeping, Store};
use crate::stream::Live;
use crate::{
    assets, events, gateways, health, ingest, links, metrics, mote, motes, network, openapi,
    quantities, query, stream,
};

/// Memory for answers that are made and not yet sent, in octets, of all clients together.
const ANSWERS: usize = 32 << 20;

/// The same for the metrics, which wait for no other answers.
const METRICS: usize = 4 << 20;

/// Groups of readings, and news, that a slow listener may be behind: 7 MB at most of the former, which
/// all listeners share.
const BACKLOG: (usize, usize) = (1024, 256);

/// The same of each other site, of which there may be a thousand.
const SITES_BACKLOG: (usize, usize) = (64, 32);

/// What the handlers of one site share, and all that they see.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keeping: Keeping,
    pub(crate) guard: Guard,
    pub(crate) bodies: Bodies,
    pub(crate) answers: Budget,
    /// The same for the metrics.
    pub(crate) exposed: Budget,
    pub(crate) stamps: Stamps,
    /// How the motes and the gateways are doing.
    pub(crate) states: States,
    /// Of the whole server.
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) usage: Arc<Usage>,
    /// Readings as they are stored.
    pub(crate) live: Live,
    /// What is published of it, if anything is.
    pub(crate) published: OnceLock<Arc<Latest>>,
    stop: watch::Sender<bool>,
}

impl App {
    /// Serves a store that keeps what is said.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, keeping: impl Into<Keeping>, guard: Guard) -> Arc<Self> {
        Arc::new(Self {
            store,
            keeping: keeping.into(),
            guard,
            bodies: Bodies::new(),
            answers: Budget::new(ANSWERS),
            exposed: Budget::new(METRICS),
            stamps: Stamps::default(),
            states: States::new(BACKLOG.1),
            metrics: Arc::new(Metrics::new()),
            usage: Arc::new(Usage::new(&Limits::default())),
            live: Live::new(BACKLOG.0),
            published: OnceLock::new(),
            stop: watch::Sender::new(false),
        })
    }

    /// Serves another site of the same server: what is the server's they share, all else is its own.
    pub(crate) fn beside(
        &self,
        store: Arc<dyn Store>,
        usage: Arc<Usage>,
        site: &Site,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            keeping: site.limits.keeping(&self.keeping),
            guard: self.guard.beside(site.number, site.limits.streams),
            bodies: self.bodies.clone(),
            answers: self.answers.clone(),
            exposed: self.exposed.clone(),
            stamps: Stamps::default(),
            states: States::new(SITES_BACKLOG.1),
            metrics: Arc::clone(&self.metrics),
            usage,
            live: Live::new(SITES_BACKLOG.0),
            published: OnceLock::new(),
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

/// Every path that a server of this site alone answers.
pub fn router(app: Arc<App>) -> Router {
    routes(&Arc::new(House::alone(app)))
}

/// Every path that the server answers, once it is known whose a request is.
pub(crate) fn routes(house: &Arc<House>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .route("/api/v1/readings", get(query::readings))
        .route("/api/v1/motes", get(motes::list))
        .route("/api/v1/motes/{mac}", get(mote::show).put(motes::label))
        .route("/api/v1/quantities", get(quantities::list))
        .route("/api/v1/network", get(network::show))
        .route("/api/v1/network/report", get(network::report))
        .route("/api/v1/gateways", get(gateways::list).post(gateways::status))
        // Behind a proxy that strips the prefix, as with readings.
        .route("/gateways", post(gateways::status))
        .route("/api/v1/stream", get(stream::follow))
        .route("/api/v1/openapi.json", get(openapi::show));
    // Each on two paths; what can be asked for too has the public one.
    let [public, stripped] = Kind::Readings.paths();
    router = router
        .route(public, post(ingest::post::<Reading>))
        .route(stripped, post(ingest::post::<Reading>));
    let [public, stripped] = Kind::Links.paths();
    router = router
        .route(public, get(links::list).post(ingest::post::<Link>))
        .route(stripped, post(ingest::post::<Link>));
    let [public, stripped] = Kind::Events.paths();
    router = router
        .route(public, get(events::list).post(ingest::post::<Event>))
        .route(stripped, post(ingest::post::<Event>));
    // One layer for all that concerns every request: each has its price.
    let layer = from_fn_with_state(Arc::clone(house), around);
    assets::routes(api::routes(router)).layer(layer).with_state(Arc::clone(house))
}

async fn around(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let is_a_sites = request.extensions().get::<Visit>().is_some_and(Visit::is_a_sites);
    let timer = house.default.metrics.duration.start_timer();
    let mut response = next.run(request).await;
    timer.observe_duration();
    if is_a_sites {
        keep_private(response.headers_mut());
    }
    finish(&house.default, response)
}

/// What concerns every answer, whoever makes it.
pub(crate) fn finish(app: &App, mut response: Response) -> Response {
    app.metrics.count(response.status());
    // Nothing this server answers is to be taken for anything but what it says it is.
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
