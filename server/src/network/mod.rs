//! `GET /api/v1/network` and `GET /api/v1/network/report`.

mod battery;
mod facts;
mod graph;
mod snapshot;

use core::time::Duration;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use readings::network::{Test, tests};
use readings::{Mac, Quantity, Timestamp};
use serde::Serialize;

pub(crate) use battery::{Battery, LOOK, battery};
use graph::Edge;
pub(crate) use snapshot::{OCTETS, Snapshot};

use crate::moment::before;
use crate::query::parameters::{headers, moment};
use crate::refusal::RequestError;
use crate::render::Format;
use crate::sites::Served;
use crate::state::MoteState;

/// How far back a report looks unless told otherwise.
const REPORT: Duration = Duration::from_secs(24 * 3600);

/// Octets that a report takes beside what it is made of.
const TESTS: usize = 8 << 20;

#[derive(Serialize)]
struct Network {
    at: Timestamp,
    access_point: Option<Mac>,
    motes: Vec<Entry>,
    links: Vec<Edge>,
    network: BTreeMap<&'static str, f64>,
}

#[derive(Serialize)]
struct Entry {
    mac: Mac,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    access_point: bool,
    mote_id: Option<u32>,
    /// How its temperatures come in; none if there are none, or at another moment than now.
    state: Option<MoteState>,
    /// As the manager numbers it.
    mote_state: Option<f64>,
    hops: Option<u32>,
    parents: Vec<Mac>,
    battery_voltage: Option<f64>,
    joins: Option<f64>,
    joined: Option<Timestamp>,
    routing: Option<bool>,
}

#[derive(Serialize)]
struct Report {
    from: Timestamp,
    to: Timestamp,
    passed: Option<bool>,
    tests: Vec<Test>,
}

/// The motes, who is whose parent, and each way between two of them, at a moment.
pub(crate) async fn show(
    Served(app): Served,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let now = app.keeping.clock.now();
    let mut at = None;
    for (name, value) in form_urlencoded::parse(query.as_deref().unwrap_or("").as_bytes()) {
        let fault = |reason: String| RequestError::parameter(&name, reason);
        match name.as_ref() {
            "at" => at = Some(moment(&value, now).map_err(fault)?),
            _ => return Err(fault("at is known".to_owned())),
        }
    }
    let share = app.answers.take(OCTETS).await?;
    let mut snapshot = Snapshot::take(&app, at.unwrap_or(now)).await?;
    let mut states = BTreeMap::new();
    if at.is_none() {
        let macs = app.store.motes(None, snapshot::MOTES).await?;
        let latest = app.store.latest(macs).await?;
        states.extend(latest.iter().map(|mote| (mote.last.mac, app.states.of(&mote.last).state)));
        snapshot.add(states.keys().copied());
    }
    let macs: Vec<Mac> = snapshot.macs().collect();
    let labels = app.store.labels(macs.clone()).await?;
    let mut labels: BTreeMap<Mac, String> =
        labels.into_iter().map(|label| (label.mac, label.text)).collect();
    let entry = |mac| Entry {
        mac,
        label: labels.remove(&mac),
        access_point: snapshot.is_access_point(mac),
        mote_id: snapshot.mote_id(mac),
        state: states.get(&mac).copied(),
        mote_state: snapshot.value(mac, Quantity::MOTE_STATE),
        hops: snapshot.hops(mac),
        parents: snapshot.parents(mac),
        battery_voltage: snapshot.value(mac, Quantity::BATTERY_VOLTAGE),
        joins: snapshot.value(mac, Quantity::JOINS),
        joined: snapshot.joined(mac),
        routing: snapshot.value(mac, Quantity::ROUTING).map(|value| value > 0.0),
    };
    let network = Network {
        at: at.unwrap_or(now),
        access_point: snapshot.access_points().first().copied(),
        motes: macs.into_iter().map(entry).collect(),
        links: graph::edges(&snapshot.links, &snapshot.measured),
        network: snapshot.of_network(),
    };
    let json = serde_json::to_vec(&network).unwrap_or_default();
    Ok((headers(Format::Json), Body::from(share.attach(json))).into_response())
}

/// How the network is doing, by named thresholds.
pub(crate) async fn report(
    Served(app): Served,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let now = app.keeping.clock.now();
    let (mut from, mut to) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_deref().unwrap_or("").as_bytes()) {
        let fault = |reason: String| RequestError::parameter(&name, reason);
        match name.as_ref() {
            "from" => from = Some(moment(&value, now).map_err(fault)?),
            "to" => to = Some(moment(&value, now).map_err(fault)?),
            _ => return Err(fault("from and to are known".to_owned())),
        }
    }
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| before(to, REPORT));
    if from >= to {
        return Err(RequestError::parameter("to", "is not after from".to_owned()));
    }
    let share = app.answers.take(OCTETS + TESTS).await?;
    let (motes, traffic) = facts::gather(&app, from, to).await?;
    let (tests, passed) = tests(&motes, &traffic);
    let json = serde_json::to_vec(&Report { from, to, passed, tests }).unwrap_or_default();
    Ok((headers(Format::Json), Body::from(share.attach(json))).into_response())
}
