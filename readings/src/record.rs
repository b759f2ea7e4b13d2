use crate::{Event, Link, Reading, Timestamp};

/// Anything that a manager says and a server stores.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A value of a quantity of a mote.
    Reading(Reading),
    /// A way between two motes.
    Link(Link),
    /// Something that has happened.
    Event(Event),
}

/// What a request brings: each kind has a path of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Reading`]s.
    Readings,
    /// [`Link`]s.
    Links,
    /// [`Event`]s.
    Events,
}

impl Kind {
    /// Paths on which a server takes it: the public one, and what is left of it behind a reverse
    /// proxy that strips `/api/v1`.
    #[must_use]
    pub const fn paths(self) -> [&'static str; 2] {
        match self {
            Self::Readings => ["/api/v1/oap", "/oap"],
            Self::Links => ["/api/v1/links", "/links"],
            Self::Events => ["/api/v1/events", "/events"],
        }
    }
}

impl Record {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Reading(_) => Kind::Readings,
            Self::Link(_) => Kind::Links,
            Self::Event(_) => Kind::Events,
        }
    }

    /// When.
    #[must_use]
    pub const fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Reading(reading) => reading.timestamp,
            Self::Link(link) => link.timestamp,
            Self::Event(event) => event.timestamp,
        }
    }

    /// Says when.
    pub const fn set_timestamp(&mut self, timestamp: Option<Timestamp>) {
        match self {
            Self::Reading(reading) => reading.timestamp = timestamp,
            Self::Link(link) => link.timestamp = timestamp,
            Self::Event(event) => event.timestamp = timestamp,
        }
    }
}

impl From<Reading> for Record {
    fn from(reading: Reading) -> Self {
        Self::Reading(reading)
    }
}

impl From<Link> for Record {
    fn from(link: Link) -> Self {
        Self::Link(link)
    }
}

impl From<Event> for Record {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

/// As in a request of its kind.
impl serde::Serialize for Record {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Reading(reading) => reading.serialize(serializer),
            Self::Link(link) => link.serialize(serializer),
            Self::Event(event) => event.serialize(serializer),
        }
    }
}
