use readings::{Direction, Event, Link, LinkKind, Mac, Quantity, Reading, Timestamp};

/// What one write brings: all of one kind, and all of a known time.
#[derive(Clone, Debug, PartialEq)]
pub enum Records {
    /// Values of quantities.
    Samples(Vec<Sample>),
    /// Ways between motes.
    Links(Vec<Link>),
    /// What has happened.
    Events(Vec<Event>),
}

/// Octets that count as one in what waits for a store: those of a few samples.
const UNIT: usize = 128;

/// Octets that an event takes beside its texts.
const EVENT: usize = 640;

/// The same for one of its details.
const DETAIL: usize = 32;

impl Records {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Samples(samples) => samples.len(),
            Self::Links(links) => links.len(),
            Self::Events(events) => events.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they count in what waits for a store: one for a sample or a link, more for an event,
    /// which needs more memory.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Events(events) => {
                events.iter().map(|event| octets_of(event).div_ceil(UNIT)).sum()
            }
            others => others.len(),
        }
    }

    /// The motes that they are about, one for each record that has one.
    pub(super) fn macs(&self) -> impl Iterator<Item = Mac> + '_ {
        (0..self.len()).filter_map(|index| self.mac(index))
    }

    /// The mote that this one is about.
    pub(super) fn mac(&self, index: usize) -> Option<Mac> {
        match self {
            Self::Samples(samples) => samples.get(index).map(|sample| sample.mac),
            Self::Links(links) => links.get(index).map(|link| link.mac),
            Self::Events(events) => events.get(index).and_then(|event| event.mac),
        }
    }
}

impl From<Vec<Sample>> for Records {
    fn from(samples: Vec<Sample>) -> Self {
        Self::Samples(samples)
    }
}

impl From<Vec<Link>> for Records {
    fn from(links: Vec<Link>) -> Self {
        Self::Links(links)
    }
}

impl From<Vec<Event>> for Records {
    fn from(events: Vec<Event>) -> Self {
        Self::Events(events)
    }
}

/// Memory that an event takes, about.
pub(crate) fn octets_of(event: &Event) -> usize {
    let texts = event.details.iter().map(|(name, detail)| {
        DETAIL
            + name.len()
            + match detail {
                readings::Detail::Number(_) => 0,
                readings::Detail::Text(text) => text.len(),
            }
    });
    EVENT + event.name.len() + texts.sum::<usize>()
}

/// One value of one quantity of one mote, at a moment that is known: a [`Reading`] as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The mote that it is about.
    pub mac: Mac,
    /// What was measured.
    pub quantity: Quantity,
    /// When it was measured.
    pub time: Timestamp,
    /// In the quantity's unit.
    pub value: f64,
}

impl Sample {
    /// A temperature in °C.
    #[must_use]
    pub const fn temperature(mac: Mac, time: Timestamp, celsius: f64) -> Self {
        Self { mac, quantity: Quantity::TEMPERATURE, time, value: celsius }
    }
}

impl From<Sample> for Reading {
    fn from(Sample { mac, quantity, time, value }: Sample) -> Self {
        Self { mac, quantity, value, timestamp: Some(time) }
    }
}

/// Some of the stored samples, of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Of this.
    pub quantity: Quantity,
    /// Of these motes; of all, if empty.
    pub macs: Vec<Mac>,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
}

/// Some of the stored links.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkSelection {
    /// Of these motes; of all, if empty.
    pub macs: Vec<Mac>,
    /// Of this kind; of all, if there is none.
    pub kind: Option<LinkKind>,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// Only those with attempts to send.
    pub measured: bool,
}

/// What tells one link from another, in the order in which they are stored.
pub type LinkKey = (Timestamp, Mac, Mac, LinkKind);

/// Some of the stored events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSelection {
    /// About these motes; about all and about none, if empty.
    pub macs: Vec<Mac>,
    /// With these names; with any, if empty.
    pub names: Vec<String>,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// So many of the last microsecond are passed over: they have been seen.
    pub seen: usize,
}

impl LinkSelection {
    /// Whether a link has what is wanted of measurements.
    pub(super) fn is_measured_enough(&self, link: &Link) -> bool {
        !self.measured || link.attempts.is_some_and(|attempts| attempts > 0)
    }
}

impl EventSelection {
    /// Whether an event of these two is about what is wanted.
    pub(super) fn is_about(&self, mac: Option<Mac>, neighbour: Option<Mac>) -> bool {
        let has = |it: Option<Mac>| it.is_some_and(|mac| self.macs.contains(&mac));
        self.macs.is_empty() || has(mac) || has(neighbour)
    }
}

/// The time of what is stored: what came without one was dated by the server.
pub(super) fn time_of(timestamp: Option<Timestamp>) -> Timestamp {
    timestamp.unwrap_or(Timestamp::from_micros(0))
}

/// What tells this link from others.
#[must_use]
pub fn key_of(link: &Link) -> LinkKey {
    (time_of(link.timestamp), link.mac, link.neighbour, link.kind)
}

const KINDS: [LinkKind; 3] = [LinkKind::Path, LinkKind::Used, LinkKind::Heard];

const DIRECTIONS: [Direction; 4] =
    [Direction::None, Direction::Unused, Direction::Upstream, Direction::Downstream];

/// A number that stores keep in place of a kind.
pub(super) fn code_of_kind(kind: LinkKind) -> i64 {
    code_in(&KINDS, kind)
}

/// The kind of such a number.
pub(super) fn kind_of_code(code: i64) -> Option<LinkKind> {
    usize::try_from(code).ok().and_then(|code| KINDS.get(code).copied())
}

/// A number that stores keep in place of a direction: 0 none, 1 unused, 2 upstream, 3 downstream.
pub(super) fn code_of_direction(direction: Direction) -> i64 {
    code_in(&DIRECTIONS, direction)
}

/// The direction of such a number.
pub(super) fn direction_of_code(code: i64) -> Option<Direction> {
    usize::try_from(code).ok().and_then(|code| DIRECTIONS.get(code).copied())
}

fn code_in<T: PartialEq>(all: &[T], one: T) -> i64 {
    all.iter()
        .position(|other| *other == one)
        .and_then(|code| i64::try_from(code).ok())
        .unwrap_or(0)
}

/// A number that was whole when it was written.
#[expect(clippy::cast_possible_truncation, clippy::unnecessary_wraps, reason = "a cast saturates")]
pub(super) const fn whole(number: f64) -> Option<i64> {
    Some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_by_the_memory_that_it_takes() {
        let small = Event::new("moteLost", Some(1), None);
        let mut large = small.clone();
        for n in 0..16 {
            large.details.insert(format!("detail{n}"), "x".repeat(256).as_str().into());
        }
        let weight = |event: &Event| Records::Events(vec![event.clone(); 10]).weight();
        assert_eq!(weight(&small), 60);
        assert!((380..450).contains(&weight(&large)), "{}", weight(&large));
    }

    #[test]
    fn codes_stay_what_they_are() {
        for (code, kind) in [(0, LinkKind::Path), (1, LinkKind::Used), (2, LinkKind::Heard)] {
            assert_eq!((code_of_kind(kind), kind_of_code(code)), (code, Some(kind)));
        }
        for (code, name) in [(0, "none"), (1, "unused"), (2, "upstream"), (3, "downstream")] {
            let direction: Direction = name.parse().unwrap();
            assert_eq!(code_of_direction(direction), code);
            assert_eq!(direction_of_code(code), Some(direction));
        }
        assert_eq!((kind_of_code(3), direction_of_code(-1)), (None, None));
    }
}
