use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use readings::Kind;

use crate::sites::{House, Visit};

/// Octets of all series that there can be.
const MOST: usize = 512 << 10;

/// The same with those of sites.
const MOST_WITH_SITES: usize = 2 * MOST;

/// What becomes of notices to webhooks.
#[derive(Clone)]
pub(crate) struct NoticeCounters {
    pub(crate) delivered: IntCounter,
    pub(crate) failed: IntCounter,
    pub(crate) dropped: IntCounter,
}

/// What becomes of what is published.
#[derive(Clone)]
pub(crate) struct MqttMetrics {
    pub(crate) connected: IntGauge,
    pub(crate) motes: IntGauge,
    pub(crate) waiting: IntGauge,
    pub(crate) published: IntCounter,
    pub(crate) failed: IntCounter,
}

/// What becomes of what is posted, for one kind of it.
pub(crate) struct KindCounters {
    pub(crate) stored: IntCounter,
    pub(crate) repeated: IntCounter,
    pub(crate) refused: IntCounter,
}

/// What the server counts.
pub(crate) struct Metrics {
    registry: Registry,
    readings: KindCounters,
    links: KindCounters,
    events: KindCounters,
    pub(crate) connections: IntGauge,
    pub(crate) listeners: IntGauge,
    pub(crate) notices: NoticeCounters,
    pub(crate) mqtt: MqttMetrics,
    store_up: IntGauge,
    requests: IntCounterVec,
    pub(crate) duration: Histogram,
}

impl Metrics {
    #[expect(clippy::expect_used, reason = "the names are constants, and valid")]
    pub(crate) fn new() -> Self {
        const VALID: &str = "metrics have valid and distinct names";
        let registry = Registry::new();
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(format!("clouddata_server_{name}"), help).expect(VALID);
            registry.register(Box::new(counter.clone())).expect(VALID);
            counter
        };
        let of_kind = |kind| {
            let (name, noun) = match kind {
                Kind::Readings => ("readings", "Readings"),
                Kind::Links => ("links", "Links"),
                Kind::Events => ("events", "Events"),
            };
            KindCounters {
                stored: counter(&format!("{name}_stored_total"), &format!("{noun} newly stored.")),
                repeated: counter(
                    &format!("{name}_repeated_total"),
                    &format!("{noun} received that were stored already."),
                ),
                refused: counter(
                    &format!("{name}_refused_total"),
                    &format!("{noun} refused with a reason (422)."),
                ),
            }
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(format!("clouddata_server_{name}"), help).expect(VALID);
            registry.register(Box::new(gauge.clone())).expect(VALID);
            gauge
        };
        let requests = IntCounterVec::new(
            Opts::new("clouddata_server_requests_total", "Requests answered."),
            &["status"],
        )
        .expect(VALID);
        registry.register(Box::new(requests.clone())).expect(VALID);
        let duration = Histogram::with_opts(
            HistogramOpts::new(
                "clouddata_server_request_seconds",
                "Time from a request's header to its answer.",
            )
            .buckets(vec![0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5]),
        )
        .expect(VALID);
        registry.register(Box::new(duration.clone())).expect(VALID);
        Self {
            readings: of_kind(Kind::Readings),
            links: of_kind(Kind::Links),
            events: of_kind(Kind::Events),
            notices: NoticeCounters {
                delivered: counter("notices_delivered_total", "Notices that webhooks took."),
                failed: counter("notices_failed_total", "Attempts that webhooks did not take."),
                dropped: counter("notices_dropped_total", "Notices given up: too many waited."),
            },
            mqtt: MqttMetrics {
                connected: gauge("mqtt_connected", "1 if the MQTT broker is connected, else 0."),
                motes: gauge("mqtt_motes", "Motes that are published."),
                waiting: gauge("mqtt_waiting", "Topics whose newest value is still to be sent."),
                published: counter("mqtt_published_total", "Messages that the MQTT broker took."),
                failed: counter(
                    "mqtt_failed_total",
                    "Connections that the MQTT broker did not take, or that were lost.",
                ),
            },
            connections: gauge("connections", "Open connections."),
            listeners: gauge("stream_listeners", "Clients that follow the stream."),
            store_up: gauge("store_up", "1 if the store can take readings, else 0."),
            requests,
            duration,
            registry,
        }
    }

    /// What becomes of one kind.
    pub(crate) const fn of(&self, kind: Kind) -> &KindCounters {
        match kind {
            Kind::Readings => &self.readings,
            Kind::Links => &self.links,
            Kind::Events => &self.events,
        }
    }

    /// Counts a request by the status that it is answered with.
    pub(crate) fn count(&self, status: StatusCode) {
        self.requests.with_label_values(&[status.as_str()]).inc();
    }
}

/// The Prometheus text format, version 0.0.4.
///
/// They have memory of their own, and do not wait for it. While all of it is on its way to others,
/// motes and gateways are only counted.
pub(crate) async fn show(State(house): State<Arc<House>>, visit: Visit) -> Response {
    let app = &house.default;
    let up = app.store.check().await.is_ok();
    app.metrics.store_up.set(i64::from(up));
    // What sites there are is nobody else's business.
    let sites = if visit.is_server_admin() { house.gather() } else { Vec::new() };
    let share = app.exposed.try_take(if sites.is_empty() { MOST } else { MOST_WITH_SITES });
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    let mut families = app.metrics.registry.gather();
    // A family without a series cannot be written.
    families.extend(
        app.states
            .gather(share.is_some())
            .into_iter()
            .chain(sites)
            .filter(|one| !one.get_metric().is_empty()),
    );
    if let Err(error) = encoder.encode(&families, &mut text) {
        tracing::error!(%error, "the metrics cannot be written");
    }
    let media_type = [(header::CONTENT_TYPE, encoder.format_type().to_owned())];
    let body = match share {
        Some(share) => Body::from(share.attach(text)),
        None => Body::from(text),
    };
    (media_type, body).into_response()
}
