//! Sites with what gateways bring in hours.

use std::path::Path;
use std::sync::Arc;

use clouddata_server::{Answer, Limits, Records, Registry, Sample, SiteKeeping, SitesFile, Store};
use readings::{Event, Link, LinkKind, Quantity, Timestamp};

use crate::readings::mac;
use crate::sites::open;

pub(crate) const MOTES: u64 = 5;

/// Motes report every 30 s.
const PERIOD: i64 = 30_000_000;

pub(crate) const HOUR: i64 = 3_600_000_000;

/// How often motes say how they are.
const HEALTH: i64 = HOUR;

pub(crate) const LIMITS: SiteKeeping = SiteKeeping { max_motes: 100, max_readings: 1_000_000 };

/// Adds sites of which everybody may see everything; returns their numbers.
pub(crate) fn add(folder: &Path, sites: u32) -> Vec<u32> {
    let mut registry = SitesFile::open(folder).unwrap();
    let mut add = |site: u32| {
        let name = format!("site-{site}").parse().unwrap();
        registry.add_site(&name, true, &Limits::default()).unwrap().number
    };
    (0..sites).map(&mut add).collect()
}

/// Writes as gateways do: a request a site each 30 s.
pub(crate) fn fill(folder: &Path, sites: &[u32], hours: u32) -> usize {
    let (runtime, store) = open(folder);
    let views: Vec<_> = sites.iter().map(|&number| store.site(number, LIMITS)).collect();
    let now = Timestamp::now().as_micros();
    let first = now - i64::from(hours) * HOUR;
    let mut records = 0;
    let mut write = |all: Vec<(&Arc<dyn Store>, Records)>| {
        records += all.iter().map(|(_, some)| some.len()).sum::<usize>();
        let answers: Vec<Answer<_>> =
            all.into_iter().map(|(view, some)| view.write(some)).collect();
        for answer in answers {
            let written = runtime.block_on(answer).unwrap();
            assert!(written.repeated.is_empty() && written.refused.is_empty());
        }
    };
    for time in (first..now).step_by(usize::try_from(PERIOD).unwrap()) {
        let temperatures = |mote| {
            let value = 20.0 + f64::from(u32::try_from(time / PERIOD % 100).unwrap()) / 10.0;
            Sample::temperature(mac(mote), at(time, mote), value)
        };
        let samples = || (0..MOTES).map(temperatures).collect::<Vec<_>>();
        write(views.iter().map(|view| (view, samples().into())).collect());
        // The last of it is not too old yet for a picture of the network.
        if (time - first) % HEALTH == HEALTH / 2 {
            write(views.iter().map(|view| (view, health(time).into())).collect());
            write(views.iter().map(|view| (view, links(time).into())).collect());
            let joined = || vec![Event::new("moteOperational", Some(1), Some(at(time, 0)))];
            write(views.iter().map(|view| (view, joined().into())).collect());
        }
    }
    records
}

fn at(time: i64, mote: u64) -> Timestamp {
    Timestamp::from_micros(time + i64::try_from(mote).unwrap() * 1000)
}

pub(crate) fn asked() -> Vec<Quantity> {
    vec![
        Quantity::MOTE_ID,
        Quantity::MOTE_STATE,
        Quantity::STATE_TIME,
        Quantity::ACCESS_POINT,
        Quantity::ROUTING,
        Quantity::HOP_DEPTH,
        Quantity::JOINS,
        Quantity::BATTERY_VOLTAGE,
    ]
}

fn health(time: i64) -> Vec<Sample> {
    let of_mote = |mote: u64| {
        let sample = move |quantity: Quantity| Sample {
            mac: mac(mote),
            quantity,
            time: at(time, mote),
            value: 1.0_f64.max(*quantity.range().start()),
        };
        asked().into_iter().map(sample)
    };
    (0..MOTES).flat_map(of_mote).collect()
}

fn links(time: i64) -> Vec<Link> {
    let pairs = (0..MOTES).flat_map(|mote| (1..MOTES).map(move |n| (mote, (mote + n) % MOTES)));
    let link = |(mote, neighbour)| {
        let mut link = Link::new(mac(mote), mac(neighbour), LinkKind::Used, Some(at(time, mote)));
        (link.rssi, link.attempts, link.failures) = (Some(-70), Some(40), Some(7));
        link
    };
    pairs.map(link).collect()
}
