//! How each mote and each gateway is doing, by what of them was stored and when.
//!
//! - A mote is late after three missed reports of its own pace, and silent after ten. Its pace is
//!   the median of the last intervals between its reports, 30 s until it is known, and a second at
//!   least. One that is late or silent is ok again with a report that is younger than two
//!   intervals; then it is late again only after five missed reports, until it has kept its pace
//!   for five.
//! - Silence counts from when a reading was measured: see [`mote::Mote::report`].
//! - A gateway is who brings readings that are fresh, or says that it is one. It is silent after
//!   three of the intervals that it promised, or ten of its fastest mote's, and 30 s at least.
//! - All of it goes by a clock that nobody can set. What is found at the start is taken from the
//!   store, and from a small file what the store does not know.

mod exposition;
mod gateway;
mod keeping;
mod kept;
mod mote;
mod pace;
mod recall;
mod trouble;
mod wall;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::{Mac, Timestamp};
use serde::Serialize;
use tokio::sync::{broadcast, watch as flag};

pub(crate) use gateway::{GatewayState, Manager};
pub(crate) use kept::Kept;
pub(crate) use mote::MoteState;
pub(crate) use recall::{recall, recall_latest};
pub(crate) use trouble::{End, Found, Subject, Trouble};

use gateway::{Gateway, Gateways};
use mote::Mote;
use wall::{Micros, SECOND, Wall};

use crate::moment::before;
use crate::store::Sample;

/// Most motes that are watched: as many as a store takes.
const MAX_MOTES: usize = 100_000;

/// Motes whose news are told together, at most.
const AT_A_TIME: usize = 200;

/// Longest and shortest interval that a gateway may promise to be in touch in.
const PROMISES: core::ops::RangeInclusive<Micros> = SECOND..=3600 * SECOND;

/// The state of every mote and gateway.
pub(crate) struct States {
    inner: Mutex<Inner>,
    news: broadcast::Sender<News>,
    /// Whether what was stored before has been looked at.
    recalled: flag::Sender<bool>,
}

struct Inner {
    wall: Wall,
    motes: BTreeMap<Mac, Mote>,
    gateways: Gateways,
    unkept: Unkept,
}

/// What is not kept yet.
#[derive(Default)]
struct Unkept {
    motes: BTreeSet<Mac>,
    forgotten: BTreeSet<Mac>,
    gateways: bool,
    /// When the gateways were kept last.
    gateways_kept: Micros,
}

/// What changes without a reading.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Motes' states.
    States(Arc<[MoteView]>),
    /// Somebody gave a mote another name; none, if it is empty.
    Label(Mac, Arc<str>),
    /// A gateway's state, or what it says.
    Gateway(Arc<GatewayView>),
}

/// A mote's state, as it is told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MoteView {
    pub(crate) mac: Mac,
    pub(crate) state: MoteState,
    pub(crate) since: Timestamp,
    pub(crate) pace_seconds: Option<f64>,
}

/// A gateway's state, as it is told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GatewayView {
    pub(crate) name: String,
    pub(crate) state: GatewayState,
    pub(crate) since: Timestamp,
    pub(crate) last_contact: Timestamp,
    pub(crate) manager: Option<Manager>,
}

impl States {
    /// Of nothing yet. A slow listener of the stream may be behind by so much news.
    pub(crate) fn new(backlog: usize) -> Self {
        let inner = Inner {
            wall: Wall::new(Instant::now(), Timestamp::now()),
            motes: BTreeMap::new(),
            gateways: Gateways::default(),
            unkept: Unkept::default(),
        };
        Self {
            inner: Mutex::new(inner),
            news: broadcast::Sender::new(backlog),
            recalled: flag::Sender::new(false),
        }
    }

    /// What changes from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Tells those who listen.
    pub(crate) fn tell(&self, news: News) {
        // Fails only if nobody does.
        let _ = self.news.send(news);
    }

    /// A client has made a request that a gateway makes.
    pub(crate) fn touch(&self, client: &str) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let number = inner.gateways.touch(client, false, now);
        let news = inner.look_at_gateway(number, now);
        drop(inner);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Samples of a client are stored that were not before.
    pub(crate) fn hear(&self, client: &str, samples: &[Sample]) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let (changed, fresh) = inner.hear(samples, now);
        let known = inner.gateways.number_of(client);
        let number = inner.gateways.touch(client, !fresh.is_empty(), now);
        inner.unkept.gateways |= number != known;
        for mac in fresh {
            let Inner { motes, unkept, .. } = &mut *inner;
            let Some(mote) = motes.get_mut(&mac) else { continue };
            if mote.gateway != number {
                mote.gateway = number;
                unkept.motes.insert(mac);
            }
        }
        let mut news = Vec::from_iter(inner.look_at_gateway(number, now));
        news.extend(inner.news_of(changed));
        drop(inner);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// A gateway says how it is, and in how many seconds it will be in touch again.
    pub(crate) fn hear_gateway(&self, client: &str, manager: Manager, promise_seconds: f64) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let known = inner.gateways.number_of(client);
        let Some(number) = inner.gateways.touch(client, true, now) else { return };
        inner.unkept.gateways |= known.is_none();
        #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and is clamped")]
        let promise = ((promise_seconds * 1e6) as Micros).clamp(*PROMISES.start(), *PROMISES.end());
        let said = inner.gateways.get(number).and_then(|gateway| gateway.manager.clone());
        let is_new = said.as_ref() != Some(&manager);
        inner.gateways.report(number, manager, promise, now);
        let mut news = inner.look_at_gateway(Some(number), now);
        if is_new && news.is_none() {
            news = inner.gateways.get(number).map(|gateway| inner.news_of_gateway(gateway));
        }
        drop(inner);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Looks at the clock, and tells what has changed.
    pub(crate) fn look(&self) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        inner.wall.compare(now, Timestamp::now());
        let Inner { motes, gateways, .. } = &mut *inner;
        gateways
            .set_fastest(motes.values().filter_map(|mote| Some((mote.gateway?, mote.expected()))));
        let changed = motes.iter_mut().filter_map(|(&mac, mote)| mote.look(now).then_some(mac));
        let changed: Vec<Mac> = changed.collect();
        let mut news = inner.look_at_gateways(now);
        news.extend(inner.news_of(changed));
        drop(inner);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Whether any mote would have another state if nothing were heard of it.
    pub(crate) fn would_change(&self) -> bool {
        let inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        inner.motes.values().any(|mote| mote.clone().look(now))
    }

    /// Forgets motes and gateways that were not heard for as long as readings are kept.
    pub(crate) fn forget(&self, retention: Duration) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let oldest = before(inner.wall.time(now), retention);
        let Inner { motes, unkept, .. } = &mut *inner;
        motes.retain(|&mac, mote| {
            let stays = mote.last() >= oldest.as_micros();
            if !stays {
                unkept.motes.remove(&mac);
                unkept.forgotten.insert(mac);
            }
            stays
        });
        let moment = inner.wall.moment_of(oldest);
        inner.gateways.forget_before(moment);
        inner.unkept.gateways = true;
    }

    /// The state of the mote whose latest sample this is.
    pub(crate) fn of(&self, sample: &Sample) -> MoteView {
        let inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let unknown = || Mote::new(sample.time.as_micros(), inner.age(sample.time, now), now);
        let mut mote = inner.motes.get(&sample.mac).cloned().unwrap_or_else(unknown);
        mote.look(now);
        inner.view(sample.mac, &mote)
    }

    /// How many gateways there are.
    pub(crate) fn count_gateways(&self) -> usize {
        self.lock().gateways.all().count()
    }

    /// Every gateway, by name.
    pub(crate) fn gateways(&self) -> Vec<GatewayView> {
        let inner = self.lock();
        inner.gateways.all().map(|gateway| inner.view_gateway(gateway)).collect()
    }

    /// What the store knows, the latest sample of each mote: before this server was started, or
    /// from another server that shares the store.
    pub(crate) fn recall_latest(&self, samples: &[Sample]) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let mut changed = Vec::new();
        for sample in samples {
            let (age, time) = (inner.age(sample.time, now), sample.time.as_micros());
            let room = inner.motes.len() < MAX_MOTES;
            match inner.motes.get_mut(&sample.mac) {
                Some(mote) if mote.last() < time => {
                    let before = mote.state;
                    mote.report(&[time], age, now);
                    changed.extend((mote.state != before).then_some(sample.mac));
                }
                None if room => {
                    inner.motes.insert(sample.mac, Mote::new(time, age, now));
                }
                Some(_) | None => {}
            }
        }
        let news = inner.news_of(changed);
        drop(inner);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Times of readings that were stored of a mote before, ascending.
    pub(crate) fn recall_times(&self, mac: Mac, times: &[Micros]) {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        if let Some(mote) = inner.motes.get_mut(&mac) {
            mote.remember(times);
            mote.look(now);
        }
    }

    /// All that was stored before has been looked at.
    pub(crate) fn end_recall(&self) {
        self.recalled.send_replace(true);
    }

    /// Waits until what was stored before has been looked at.
    pub(crate) async fn recalled(&self) {
        // Fails only when this is gone.
        let _ = self.recalled.subscribe().wait_for(|&recalled| recalled).await;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Returns the motes whose state has changed, and those whose readings are fresh.
    fn hear(&mut self, samples: &[Sample], now: Micros) -> (Vec<Mac>, Vec<Mac>) {
        let mut times: Vec<(Mac, Micros)> =
            samples.iter().map(|sample| (sample.mac, sample.time.as_micros())).collect();
        times.sort_unstable();
        let (mut changed, mut fresh) = (Vec::new(), Vec::new());
        for of_mote in times.chunk_by(|(before, _), (mac, _)| before == mac) {
            let Some(&(mac, newest)) = of_mote.last() else { continue };
            let age = self.age(Timestamp::from_micros(newest), now);
            let before = self.motes.get(&mac).map(|mote| (mote.state, mote.pace().is_some()));
            if before.is_none() && self.motes.len() >= MAX_MOTES {
                continue;
            }
            let mote = self.motes.entry(mac).or_insert_with(|| Mote::new(newest, age, now));
            let times: Vec<Micros> = of_mote.iter().map(|&(_, time)| time).collect();
            if before.is_none() {
                mote.learn(&times, false);
                mote.look(now);
            } else if mote.last() < newest {
                let new = times.partition_point(|&time| time <= mote.last());
                mote.report(&times[new..], age, now);
            } else {
                continue;
            }
            if before != Some((mote.state, mote.pace().is_some())) {
                changed.push(mac);
            }
            if mote.state == MoteState::Ok {
                fresh.push(mac);
            }
        }
        (changed, fresh)
    }

    fn look_at_gateways(&mut self, now: Micros) -> Vec<News> {
        let changed = self.gateways.look(now);
        self.unkept.gateways |= !changed.is_empty();
        let changed = changed.into_iter().filter_map(|number| self.gateways.get(number));
        changed.map(|gateway| self.news_of_gateway(gateway)).collect()
    }

    /// The same of one that was in touch: no other changes by that.
    fn look_at_gateway(&mut self, number: Option<u32>, now: Micros) -> Option<News> {
        let number = number.filter(|&number| self.gateways.look_at(number, now))?;
        self.unkept.gateways = true;
        self.gateways.get(number).map(|gateway| self.news_of_gateway(gateway))
    }

    fn news_of_gateway(&self, gateway: &Gateway) -> News {
        News::Gateway(Arc::new(self.view_gateway(gateway)))
    }

    fn news_of(&mut self, changed: Vec<Mac>) -> Vec<News> {
        self.unkept.motes.extend(&changed);
        let views: Vec<MoteView> = changed
            .into_iter()
            .filter_map(|mac| Some(self.view(mac, self.motes.get(&mac)?)))
            .collect();
        views.chunks(AT_A_TIME).map(|some| News::States(some.into())).collect()
    }

    fn age(&self, time: Timestamp, now: Micros) -> Micros {
        now.saturating_sub(self.wall.moment_of(time))
    }

    fn view(&self, mac: Mac, mote: &Mote) -> MoteView {
        #[expect(clippy::cast_precision_loss, reason = "whole milliseconds, below 2^32")]
        let pace_seconds = mote.pace().map(|pace| (pace / 1000) as f64 / 1e3);
        MoteView { mac, state: mote.state, since: self.wall.time(mote.since), pace_seconds }
    }

    fn view_gateway(&self, gateway: &Gateway) -> GatewayView {
        GatewayView {
            name: gateway.name.clone(),
            state: gateway.state,
            since: self.wall.time(gateway.since),
            last_contact: self.wall.time(gateway.contact),
            manager: gateway.manager.clone(),
        }
    }
}
