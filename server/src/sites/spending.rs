//! Limits that count on all servers which share their stores: each tells the others what it has granted, which they
//! count as if they had. So on average no more is granted than one server would, but that which is granted before the
//! others have heard of it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use super::House;
use crate::app::App;
use crate::rates::Client;
use crate::store::{Stores, Told};

/// Between two words of a server that grants something.
const INTERVAL: Duration = Duration::from_millis(250);

/// Between two words of what streams there are, while there are any: a server that is new is to know.
const AGAIN: Duration = Duration::from_secs(4);

/// Clients in one word, which NATS takes no more than a megabyte of.
const MOST_CLIENTS: usize = 5000;

/// What a server tells.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    /// Streams that there are now, by site; none, if they are those that were told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    streams: Option<BTreeMap<u32, usize>>,
    /// What else was granted since the last word, by site.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    spent: BTreeMap<u32, Spent>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Spent {
    /// Stored readings that queries have looked at.
    #[serde(default)]
    queried: u64,
    /// How often whose requests were permitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asked: Vec<(Client, u32)>,
}

/// Tells other servers, and hears them, in `runtime`, if there are others.
pub(crate) fn spend(house: &Arc<House>, runtime: &Handle) {
    let Some(stores) = house.stores().map(Arc::clone) else { return };
    let Some(mut told) = stores.told() else { return };
    let house = Arc::clone(house);
    runtime.spawn(async move {
        let mut stopped = house.default.stopped();
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut teller = Teller::default();
        loop {
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => return,
                told = told.recv() => match told {
                    Some(told) => hear(&house, &told),
                    None => return,
                },
                _ = ticks.tick() => teller.tell(&house, &*stores),
            }
        }
    });
}

fn hear(house: &House, Told { server, word }: &Told) {
    let Ok(Word { streams, spent }) = serde_json::from_slice(word) else {
        tracing::debug!("what another server has granted is not understood");
        return;
    };
    if let Some(streams) = streams {
        house.default.guard.streams().elsewhere().hear(server, streams);
    }
    for (site, Spent { queried, asked }) in spent {
        // A site that nobody has asked for here has all its own to spend.
        let Some(app) = house.at_work(site) else { continue };
        app.usage.asked_elsewhere(queried);
        for (client, count) in asked {
            app.guard.rates().asked_elsewhere(client, count);
        }
    }
}

/// What was told last.
#[derive(Default)]
struct Teller {
    streams: BTreeMap<u32, usize>,
    at: Option<Instant>,
}

impl Teller {
    fn tell(&mut self, house: &House, stores: &dyn Stores) {
        let others = house.inhabited().into_iter().map(|(site, app)| (site.number, app));
        let all: Vec<_> = core::iter::once((0, Arc::clone(&house.default))).chain(others).collect();
        let word = Word { streams: self.streams(&all), spent: spent(&all) };
        if word == Word::default() {
            return;
        }
        if let Ok(word) = serde_json::to_vec(&word) {
            stores.tell(word);
        }
    }

    /// Those that there are, if it is to be said.
    fn streams(&mut self, all: &[(u32, Arc<App>)]) -> Option<BTreeMap<u32, usize>> {
        let counted = all.iter().map(|(site, app)| (*site, app.guard.streams().count()));
        let streams: BTreeMap<_, _> = counted.filter(|&(_, count)| count > 0).collect();
        let is_due = self.at.is_none_or(|at| at.elapsed() >= AGAIN) && !streams.is_empty();
        if !is_due && streams == self.streams {
            return None;
        }
        self.at = Some(Instant::now());
        self.streams.clone_from(&streams);
        Some(streams)
    }
}

/// What was granted since this was asked last.
fn spent(all: &[(u32, Arc<App>)]) -> BTreeMap<u32, Spent> {
    let mut room = MOST_CLIENTS;
    let of = |(site, app): &(u32, Arc<App>)| {
        let asked = app.guard.rates().untold(room);
        room -= asked.len();
        let spent = Spent { queried: app.usage.untold(), asked };
        (spent != Spent::default()).then_some((*site, spent))
    };
    all.iter().filter_map(of).collect()
}
