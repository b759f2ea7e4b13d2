//! What is known of a network at one moment.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use readings::network::parents;
use readings::{Link, LinkKind, Mac, Quantity, Timestamp};

use super::graph;
use crate::app::App;
use crate::links::{self, LINK, MOST};
use crate::moment::before;
use crate::refusal::RequestError;
use crate::store::{EventSelection, LinkSelection, Sample};

/// Most motes in a picture: a manager has a hundred.
pub(crate) const MOTES: usize = 1_000;

/// How long what was said of a mote is taken for what it is.
pub(crate) const VALIDITY: Duration = Duration::from_secs(24 * 3600);

/// Octets that all of it takes, until the answer is made.
pub(crate) const OCTETS: usize = MOST * LINK + MOTES * 2048;

/// Names of the events that say that a mote is in the network now.
const JOINS: [&str; 2] = ["moteJoin", "moteOperational"];

/// Events that are looked at for these.
const EVENTS: usize = 1_000;

/// What is asked of each mote.
static QUANTITIES: LazyLock<Vec<Quantity>> = LazyLock::new(|| {
    let of_motes = [
        Quantity::MOTE_ID,
        Quantity::MOTE_STATE,
        Quantity::STATE_TIME,
        Quantity::ACCESS_POINT,
        Quantity::ROUTING,
        Quantity::HOP_DEPTH,
        Quantity::JOINS,
        Quantity::BATTERY_VOLTAGE,
    ];
    let of_networks = Quantity::all().filter(|quantity| is_of_network(*quantity));
    of_motes.into_iter().chain(of_networks).collect()
});

/// The state of a mote that is in the network, as the manager numbers it.
const OPERATIONAL: u32 = 4;

/// What is known of a network at one moment.
pub(crate) struct Snapshot {
    /// The newest of each quantity of each mote.
    motes: BTreeMap<Mac, BTreeMap<Quantity, Sample>>,
    /// The newest of each way.
    pub(crate) links: Vec<Link>,
    /// The newest of each that has attempts.
    pub(crate) measured: Vec<Link>,
    pub(crate) parents: BTreeMap<Mac, BTreeSet<Mac>>,
    hops: BTreeMap<Mac, u32>,
    /// When events say that a mote has joined.
    joined: BTreeMap<Mac, Timestamp>,
}

impl Snapshot {
    /// As it was at this moment.
    pub(crate) async fn take(app: &App, at: Timestamp) -> Result<Self, RequestError> {
        let macs = app.store.known(None, MOTES).await?;
        let from = before(at, VALIDITY);
        let samples = app.store.newest(macs, QUANTITIES.clone(), from, at).await?;
        let links = app.store.newest_links(links::at(at), MOST).await?;
        let attempted =
            LinkSelection { kind: Some(LinkKind::Used), measured: true, ..links::at(at) };
        let measured = app.store.newest_links(attempted, MOST).await?;
        let joins = EventSelection {
            macs: Vec::new(),
            names: JOINS.map(str::to_owned).to_vec(),
            from: Timestamp::from_micros(i64::MIN),
            to: Timestamp::from_micros(at.as_micros().saturating_add(1)),
            seen: 0,
        };
        let joins = app.store.events(joins, EVENTS).await?;
        let mut joined = BTreeMap::new();
        for (mac, time) in joins.iter().filter_map(|event| event.mac.zip(event.timestamp)) {
            joined.entry(mac).or_insert(time);
        }
        let mut motes: BTreeMap<Mac, BTreeMap<Quantity, Sample>> = BTreeMap::new();
        for sample in samples {
            motes.entry(sample.mac).or_default().insert(sample.quantity, sample);
        }
        for link in &links {
            motes.entry(link.mac).or_default();
            motes.entry(link.neighbour).or_default();
        }
        let parents = parents(&links);
        let mut snapshot = Self { motes, links, measured, parents, hops: BTreeMap::new(), joined };
        snapshot.hops = graph::hops(&snapshot.access_points(), &snapshot.parents);
        Ok(snapshot)
    }

    /// Takes in motes of which nothing else is known.
    pub(crate) fn add(&mut self, macs: impl Iterator<Item = Mac>) {
        for mac in macs {
            self.motes.entry(mac).or_default();
        }
    }

    pub(crate) fn macs(&self) -> impl Iterator<Item = Mac> + '_ {
        self.motes.keys().copied()
    }

    pub(crate) fn value(&self, mac: Mac, quantity: Quantity) -> Option<f64> {
        self.sample(mac, quantity).map(|sample| sample.value)
    }

    fn sample(&self, mac: Mac, quantity: Quantity) -> Option<&Sample> {
        self.motes.get(&mac)?.get(&quantity)
    }

    pub(crate) fn is_access_point(&self, mac: Mac) -> bool {
        self.value(mac, Quantity::ACCESS_POINT).is_some_and(|value| value > 0.0)
    }

    pub(crate) fn access_points(&self) -> BTreeSet<Mac> {
        self.macs().filter(|&mac| self.is_access_point(mac)).collect()
    }

    /// Along upstream paths to an access point; else what the manager says.
    pub(crate) fn hops(&self, mac: Mac) -> Option<u32> {
        self.hops.get(&mac).copied().or_else(|| whole(self.value(mac, Quantity::HOP_DEPTH)?))
    }

    pub(crate) fn mote_id(&self, mac: Mac) -> Option<u32> {
        whole(self.value(mac, Quantity::MOTE_ID)?)
    }

    pub(crate) fn parents(&self, mac: Mac) -> Vec<Mac> {
        self.parents.get(&mac).into_iter().flatten().copied().collect()
    }

    /// Since when the mote is in the network: as long as the manager says that it is, else since the
    /// last event that says so.
    pub(crate) fn joined(&self, mac: Mac) -> Option<Timestamp> {
        let told = self
            .sample(mac, Quantity::STATE_TIME)
            .filter(|_| self.value(mac, Quantity::MOTE_STATE).and_then(whole) == Some(OPERATIONAL));
        let since = |sample: &Sample| {
            let time = Duration::try_from_secs_f64(sample.value).unwrap_or_default();
            before(sample.time, time)
        };
        told.map(since).or_else(|| self.joined.get(&mac).copied())
    }

    /// Values of the networks' own quantities.
    pub(crate) fn of_network(&self) -> BTreeMap<&'static str, f64> {
        let samples = self.motes.values().flat_map(BTreeMap::values);
        let own = samples.filter(|sample| is_of_network(sample.quantity));
        let mut newest: BTreeMap<&'static str, &Sample> = BTreeMap::new();
        for sample in own {
            let known = newest.entry(sample.quantity.name()).or_insert(sample);
            if known.time < sample.time {
                *known = sample;
            }
        }
        newest.into_iter().map(|(name, sample)| (name, sample.value)).collect()
    }
}

fn is_of_network(quantity: Quantity) -> bool {
    quantity.name().starts_with("network_")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
const fn whole(value: f64) -> Option<u32> {
    Some(value as u32)
}
