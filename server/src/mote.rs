//! `GET /api/v1/motes/{mac}`: everything known of one mote.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use readings::{Event, Link, Mac, Quantity, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::links;
use crate::moment::before;
use crate::motes::parse_mac;
use crate::network::{Battery, LOOK, OCTETS, Snapshot, battery};
use crate::query::parameters::{headers, moment};
use crate::refusal::RequestError;
use crate::render::Format;
use crate::sites::Served;
use crate::state::{MoteState, MoteView};
use crate::store::{EventSelection, LinkSelection, Sample, Selection};

/// Events of it that are shown, and the octets that they take.
const EVENTS: usize = 20;
const EVENT_OCTETS: usize = 1 << 20;

/// Its links that are shown.
const LINKS: usize = 1_000;

/// Capacities of batteries that there are, in mAh.
const MAX_CAPACITY: f64 = 1e9;

#[derive(Serialize)]
struct View {
    mac: Mac,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// How its temperatures come in; none if there are none, or at another moment than now.
    state: Option<MoteState>,
    since: Option<Timestamp>,
    pace_seconds: Option<f64>,
    quantities: BTreeMap<&'static str, Value>,
    links: Vec<Link>,
    parents: Vec<Mac>,
    hops: Option<u32>,
    joined: Option<Timestamp>,
    events: Vec<Event>,
    battery: Option<Battery>,
}

#[derive(Serialize)]
struct Value {
    value: f64,
    timestamp: Timestamp,
}

#[derive(Debug, Default, PartialEq)]
struct Parameters {
    at: Option<Timestamp>,
    capacity_mah: Option<f64>,
}

/// Everything known of one mote, now or at another moment.
pub(crate) async fn show(
    Served(app): Served,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let mac = parse_mac(path)?;
    let now = app.keeping.clock.now();
    let parameters = parse(query.as_deref().unwrap_or(""), now)?;
    let at = parameters.at.unwrap_or(now);
    let share = app.answers.take(OCTETS + EVENT_OCTETS).await?;
    let snapshot = Snapshot::take(&app, at).await?;
    let quantities = quantities(&app, mac, parameters.at, now).await?;
    let about = EventSelection {
        macs: vec![mac],
        names: Vec::new(),
        from: Timestamp::from_micros(i64::MIN),
        to: Timestamp::from_micros(at.as_micros().saturating_add(1)),
        seen: 0,
    };
    let events = app.store.events(about, EVENTS).await?;
    let own = LinkSelection { macs: vec![mac], ..links::at(at) };
    let own_links = app.store.newest_links(own, LINKS).await?;
    if quantities.is_empty() && events.is_empty() && own_links.is_empty() {
        return Err(RequestError::NoMote(mac));
    }
    let temperature = quantities.get(&Quantity::TEMPERATURE);
    let view = temperature.filter(|_| parameters.at.is_none()).map(|last| app.states.of(last));
    let view = view.map(|MoteView { state, since, pace_seconds, .. }| (state, since, pace_seconds));
    let label = app.store.labels(vec![mac]).await?.pop().map(|label| label.text);
    let battery = battery(
        quantities.get(&Quantity::BATTERY_VOLTAGE).map(|sample| sample.value),
        first_charge(&app, mac, at).await?,
        quantities.get(&Quantity::CHARGE).map(|sample| (sample.time, sample.value)),
        parameters.capacity_mah,
    );
    let value = |sample: Sample| {
        (sample.quantity.name(), Value { value: sample.value, timestamp: sample.time })
    };
    let view = View {
        mac,
        label,
        state: view.map(|(state, ..)| state),
        since: view.map(|(_, since, _)| since),
        pace_seconds: view.and_then(|(.., pace)| pace),
        quantities: quantities.into_values().map(value).collect(),
        links: own_links,
        parents: snapshot.parents(mac),
        hops: snapshot.hops(mac),
        joined: snapshot.joined(mac),
        events,
        battery,
    };
    let json = serde_json::to_vec(&view).unwrap_or_default();
    Ok((headers(Format::Json), Body::from(share.attach(json))).into_response())
}

/// The newest of each quantity: of all that is kept, but of temperatures of another moment than now
/// those of an hour, since these are kept by time.
async fn quantities(
    app: &App,
    mac: Mac,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<BTreeMap<Quantity, Sample>, RequestError> {
    let beginning = Timestamp::from_micros(i64::MIN);
    let others = Quantity::all().filter(|&quantity| quantity != Quantity::TEMPERATURE).collect();
    let mut all = app.store.newest(vec![mac], others, beginning, at.unwrap_or(now)).await?;
    match at {
        None => all.extend(app.store.latest(vec![mac]).await?.iter().map(|mote| mote.last)),
        Some(at) => {
            let from = before(at, links::VALIDITY);
            let temperature = vec![Quantity::TEMPERATURE];
            all.extend(app.store.newest(vec![mac], temperature, from, at).await?);
        }
    }
    Ok(all.into_iter().map(|sample| (sample.quantity, sample)).collect())
}

async fn first_charge(
    app: &App,
    mac: Mac,
    at: Timestamp,
) -> Result<Option<(Timestamp, f64)>, RequestError> {
    let selection =
        Selection { quantity: Quantity::CHARGE, macs: vec![mac], from: before(at, LOOK), to: at };
    let first = app.store.page(selection, None, 1).await?;
    Ok(first.first().map(|sample| (sample.time, sample.value)))
}

fn parse(query: &str, now: Timestamp) -> Result<Parameters, RequestError> {
    let mut parameters = Parameters::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let fault = |reason: String| RequestError::parameter(&name, reason);
        match name.as_ref() {
            "at" => parameters.at = Some(moment(&value, now).map_err(fault)?),
            "capacity_mah" => {
                let capacity = value.parse().ok();
                let capacity = capacity.filter(|mah: &f64| *mah > 0.0 && *mah <= MAX_CAPACITY);
                let reason = || "is no capacity in mAh such as 2000".to_owned();
                parameters.capacity_mah = Some(capacity.ok_or_else(|| fault(reason()))?);
            }
            _ => return Err(fault("at and capacity_mah are known".to_owned())),
        }
    }
    Ok(parameters)
}
