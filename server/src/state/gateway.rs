use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::wall::{Micros, SECOND};

/// Most gateways that are known at a time.
const MAX_GATEWAYS: usize = 1000;

/// A gateway is away when it was not in touch for so many of the intervals that it promised, or
/// that its fastest mote keeps if it promised none.
const MISSED: (Micros, Micros) = (3, 10);

/// But never sooner than this.
const LEAST_LIMIT: Micros = 30 * SECOND;

/// How a gateway is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GatewayState {
    /// It is in touch.
    Ok,
    /// It was not for too long.
    Silent,
}

/// What a gateway says of its manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manager {
    /// The serial port, as the gateway names it.
    pub(crate) port: Option<String>,
    pub(crate) phase: Phase,
    /// Motes that the manager knows, be they in the network or not.
    pub(crate) motes_known: Option<u32>,
    /// Motes that are in the network and can report.
    pub(crate) motes_operational: Option<u32>,
}

/// How far a gateway is with its manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// There is no port, or none that is a manager's.
    Searching,
    /// There is a port, and no session yet.
    Connecting,
    /// The manager sends its motes' readings.
    Connected,
}

/// One gateway. Moments are on the server's axis.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    /// The name of its token, or its address.
    pub(super) name: String,
    pub(super) contact: Micros,
    /// Since when it is in touch without a break that could be more than a pause.
    pub(super) in_touch_since: Option<Micros>,
    /// How often it promised to be in touch.
    pub(super) promise: Option<Micros>,
    /// The shortest pace of its motes.
    pub(super) fastest: Option<Micros>,
    pub(super) state: GatewayState,
    pub(super) since: Micros,
    pub(super) manager: Option<Manager>,
    /// Since when the manager is not connected.
    pub(super) without_manager: Option<Micros>,
}

impl Gateway {
    fn new(name: &str, now: Micros) -> Self {
        Self {
            name: name.to_owned(),
            contact: now,
            in_touch_since: Some(now),
            promise: None,
            fastest: None,
            state: GatewayState::Ok,
            since: now,
            manager: None,
            without_manager: None,
        }
    }

    /// It is away when it was not in touch for so long.
    pub(super) fn limit(&self) -> Micros {
        let promised = self.promise.map(|promise| MISSED.0 * promise);
        let usual = || self.fastest.map(|fastest| MISSED.1 * fastest);
        promised.or_else(usual).unwrap_or(0).max(LEAST_LIMIT)
    }

    /// How long after a break its motes are given to be heard again.
    pub(super) fn settling(&self) -> Micros {
        self.limit() / 2
    }

    /// Whether what it has been silent about can be held against its motes: it is in touch, was
    /// for a while, and also since `moment`.
    pub(super) fn vouches_since(&self, moment: Micros, now: Micros) -> bool {
        self.state == GatewayState::Ok
            && !self.lacks_manager()
            && self.in_touch_since.is_some_and(|since| now - since >= self.settling())
            && self.contact >= moment
    }

    /// Whether it said so.
    pub(super) const fn lacks_manager(&self) -> bool {
        self.without_manager.is_some()
    }

    /// Whether it was in touch since the server was started.
    pub(super) const fn was_heard(&self) -> bool {
        self.in_touch_since.is_some()
    }

    fn touch(&mut self, now: Micros) {
        if self.in_touch_since.is_none() || now - self.contact > self.settling() {
            self.in_touch_since = Some(now);
        }
        self.contact = now;
    }

    fn look(&mut self, now: Micros) -> bool {
        let (state, since) = if now - self.contact >= self.limit() {
            (GatewayState::Silent, self.contact + self.limit())
        } else {
            (GatewayState::Ok, now)
        };
        let changed = state != self.state;
        if changed {
            (self.state, self.since) = (state, since);
        }
        changed
    }
}

/// The gateways, by a number each that none had before.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    by_number: BTreeMap<u32, Gateway>,
    by_name: BTreeMap<String, u32>,
    next: u32,
}

impl Gateways {
    /// A client was in touch. One that is no gateway yet becomes one if `is_gateway`.
    pub(super) fn touch(&mut self, name: &str, is_gateway: bool, now: Micros) -> Option<u32> {
        if let Some(&number) = self.by_name.get(name) {
            self.by_number.get_mut(&number)?.touch(now);
            return Some(number);
        }
        is_gateway.then(|| self.put(Gateway::new(name, now)))?
    }

    /// One that was known before the server was started, and last in touch at `contact`.
    ///
    /// Nobody has listened since, so that its silence counts from `now`.
    pub(super) fn resume(&mut self, known: Resumed, now: Micros) -> Option<u32> {
        let mut gateway = Gateway::new(&known.name, now);
        gateway.promise = known.promise;
        gateway.state = known.state;
        gateway.since = known.since;
        if known.state == GatewayState::Silent {
            gateway.contact = known.contact;
        }
        // Until it has been in touch nothing is held against its motes.
        gateway.in_touch_since = None;
        self.put(gateway)
    }

    /// What it says of its manager, and how often it will be in touch.
    pub(super) fn report(&mut self, number: u32, manager: Manager, promise: Micros, now: Micros) {
        let Some(gateway) = self.by_number.get_mut(&number) else { return };
        gateway.promise = Some(promise);
        gateway.without_manager = match manager.phase {
            Phase::Connected => None,
            Phase::Searching | Phase::Connecting => gateway.without_manager.or(Some(now)),
        };
        gateway.manager = Some(manager);
    }

    /// Looks at the clock; returns those whose state has changed.
    pub(super) fn look(&mut self, now: Micros) -> Vec<u32> {
        let all = self.by_number.iter_mut();
        all.filter_map(|(&number, gateway)| gateway.look(now).then_some(number)).collect()
    }

    /// The same of one.
    pub(super) fn look_at(&mut self, number: u32, now: Micros) -> bool {
        self.by_number.get_mut(&number).is_some_and(|gateway| gateway.look(now))
    }

    /// Forgets those that were not in touch since `moment`.
    pub(super) fn forget_before(&mut self, moment: Micros) {
        self.by_number.retain(|_, gateway| gateway.contact >= moment);
        self.by_name.retain(|_, number| self.by_number.contains_key(number));
    }

    pub(super) fn get(&self, number: u32) -> Option<&Gateway> {
        self.by_number.get(&number)
    }

    pub(super) fn number_of(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// By name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Gateway> {
        self.by_name.values().filter_map(|&number| self.get(number))
    }

    /// Takes the paces of the motes, with the numbers of their gateways.
    pub(super) fn set_fastest(&mut self, paces: impl Iterator<Item = (u32, Micros)>) {
        self.by_number.values_mut().for_each(|gateway| gateway.fastest = None);
        for (number, pace) in paces {
            if let Some(gateway) = self.by_number.get_mut(&number) {
                gateway.fastest = Some(gateway.fastest.map_or(pace, |fastest| fastest.min(pace)));
            }
        }
    }

    /// Makes room if there is none, by forgetting the one that is silent longest.
    fn put(&mut self, gateway: Gateway) -> Option<u32> {
        if self.by_number.len() >= MAX_GATEWAYS {
            let silent = self.by_number.iter().filter(|(_, one)| one.state == GatewayState::Silent);
            let (_, number) = silent.map(|(&number, one)| (one.contact, number)).min()?;
            let gone = self.by_number.remove(&number)?;
            self.by_name.remove(&gone.name);
        }
        let number = self.next;
        self.next = self.next.checked_add(1)?;
        self.by_name.insert(gateway.name.clone(), number);
        self.by_number.insert(number, gateway);
        Some(number)
    }
}

/// A gateway as it was kept while the server was away.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) name: String,
    pub(super) contact: Micros,
    pub(super) promise: Option<Micros>,
    pub(super) state: GatewayState,
    pub(super) since: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(gateways: &Gateways, name: &str) -> GatewayState {
        gateways.all().find(|gateway| gateway.name == name).unwrap().state
    }

    #[test]
    fn one_that_breaks_its_promise_is_silent_until_it_is_in_touch() {
        let mut gateways = Gateways::default();
        assert_eq!(gateways.touch("import", false, 0), None);
        let attic = gateways.touch("attic", true, 0).unwrap();
        let manager = Manager {
            port: None,
            phase: Phase::Connected,
            motes_known: None,
            motes_operational: None,
        };
        gateways.report(attic, manager, 20 * SECOND, 0);
        assert!(gateways.look(59 * SECOND).is_empty());
        assert_eq!(gateways.look(61 * SECOND), [attic]);
        assert_eq!(gateways.get(attic).unwrap().since, 60 * SECOND);
        gateways.touch("attic", false, 100 * SECOND);
        assert_eq!(gateways.look(101 * SECOND), [attic]);
        assert_eq!(state(&gateways, "attic"), GatewayState::Ok);
        // Its motes are given some time to be heard again.
        let vouches =
            |second| gateways.get(attic).unwrap().vouches_since(90 * SECOND, second * SECOND);
        assert!(!vouches(129) && vouches(130));
    }

    #[test]
    fn one_that_promises_nothing_is_expected_at_its_fastest_motes_pace() {
        let mut gateways = Gateways::default();
        let one = gateways.touch("192.0.2.1", true, 0).unwrap();
        gateways.set_fastest([(one, 300 * SECOND), (one, 60 * SECOND), (7, 1)].into_iter());
        assert!(gateways.look(599 * SECOND).is_empty());
        assert_eq!(gateways.look(600 * SECOND), [one]);
    }

    #[test]
    fn there_is_a_bound_and_who_is_in_touch_is_not_forgotten_for_a_newcomer() {
        let mut gateways = Gateways::default();
        for number in 0..MAX_GATEWAYS {
            gateways.touch(&number.to_string(), true, 0);
        }
        assert_eq!(gateways.touch("one more", true, 0), None);
        gateways.touch("5", false, 3600 * SECOND);
        gateways.look(3600 * SECOND);
        assert!(gateways.touch("one more", true, 3600 * SECOND).is_some());
        assert_eq!(gateways.all().count(), MAX_GATEWAYS);
        assert_eq!(state(&gateways, "5"), GatewayState::Ok);
        gateways.forget_before(1800 * SECOND);
        assert_eq!(gateways.all().count(), 2);
    }
}
