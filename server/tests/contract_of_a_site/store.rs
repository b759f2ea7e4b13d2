//! The store that the tests of the contract talk to here.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::path::Path;
use std::sync::Arc;

use clouddata_server::{Answer, Embedded, Label, Records, Sample, SiteKeeping, Store};
use readings::{Event, Link, LinkKind, Mac, Quantity, Timestamp};

use crate::fixture::{HOUR, MAC};

const LIMITS: SiteKeeping = SiteKeeping { max_motes: 100_000, max_readings: 1_000_000 };

pub(crate) fn open(folder: &Path) -> Arc<dyn Store> {
    let store = Arc::new(Embedded::open(folder.join(Embedded::FILE_NAME), HOUR).unwrap());
    let neighbours = [store.clone(), store.site(6, LIMITS), store.site(8, LIMITS)];
    for site in neighbours {
        fill(&*site);
    }
    store.site(7, LIMITS)
}

/// Readings, links, events and a label that no test of the contract knows of, of a mote of which
/// each has some.
fn fill(site: &dyn Store) {
    let mac: Mac = MAC.parse().unwrap();
    let now = Timestamp::now().as_micros();
    let times = || (1..=50).map(|n| Timestamp::from_micros(now - n * 60_000_000));
    for quantity in [Quantity::TEMPERATURE, Quantity::CHARGE, Quantity::BATTERY_VOLTAGE] {
        let samples = times().map(|time| Sample { mac, quantity, time, value: 17.0 });
        store(site, samples.collect::<Vec<_>>().into());
    }
    let neighbour = Mac::from([9; 8]);
    let links = times().map(|time| Link::new(mac, neighbour, LinkKind::Path, Some(time)));
    store(site, links.collect::<Vec<_>>().into());
    let events = times().map(|time| Event::new("networkReset", Some(1), Some(time)));
    store(site, events.collect::<Vec<_>>().into());
    assert!(wait(site.label(Label { mac, text: "a neighbour's".to_owned() })));
}

fn store(site: &dyn Store, records: Records) {
    assert!(wait(site.write(records)).refused.is_empty());
}

/// Tests of the contract have a runtime of their own, and this is no task of it.
fn wait<T>(answer: Answer<T>) -> T {
    let mut answer = pin!(answer);
    loop {
        if let Poll::Ready(answer) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer.unwrap();
        }
        std::thread::yield_now();
    }
}
