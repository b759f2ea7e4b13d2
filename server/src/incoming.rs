use core::time::Duration;

use readings::{Element, Event, Kind, Link, Quantity, Reading, Timestamp};

use crate::app::App;
use crate::store::{Keeping, Records, Refused, Sample, Written};

/// What can be posted, on its way into the store.
pub(crate) trait Incoming: Element {
    /// The same with its time, as it is stored.
    type Stored: Send;

    /// What it is.
    const KIND: Kind;

    /// When, if it says so.
    fn timestamp(&self) -> Option<Timestamp>;

    /// How long it is kept.
    fn retention(&self, keeping: &Keeping) -> Duration {
        keeping.network_retention
    }

    /// Gives it its time.
    fn at(self, time: Timestamp) -> Self::Stored;

    /// For the store.
    fn records(all: Vec<Self::Stored>) -> Records;

    /// What those who listen will be told when it is stored: what this returns is kept until then.
    fn announcement(_all: &[Self::Stored], _app: &App) -> Announcement {
        Announcement::Network
    }
}

/// What is told of records when they are stored.
pub(crate) enum Announcement {
    /// Readings; those of temperature are told as they are.
    Samples(Vec<Sample>),
    /// Links, of which some are published.
    Links(Vec<Link>),
    /// That there is something new.
    Network,
}

impl Incoming for Reading {
    type Stored = Sample;

    const KIND: Kind = Kind::Readings;

    fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    fn retention(&self, keeping: &Keeping) -> Duration {
        keeping.retention_of(self.quantity)
    }

    fn at(self, time: Timestamp) -> Sample {
        let Self { mac, quantity, value, .. } = self;
        Sample { mac, quantity, time, value }
    }

    fn records(all: Vec<Sample>) -> Records {
        Records::Samples(all)
    }

    fn announcement(all: &[Sample], _: &App) -> Announcement {
        Announcement::Samples(all.to_vec())
    }
}

impl Incoming for Link {
    type Stored = Self;

    const KIND: Kind = Kind::Links;

    fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    fn at(mut self, time: Timestamp) -> Self {
        self.timestamp = Some(time);
        self
    }

    fn records(all: Vec<Self>) -> Records {
        Records::Links(all)
    }

    fn announcement(all: &[Self], app: &App) -> Announcement {
        match app.published.get() {
            Some(_) => Announcement::Links(all.to_vec()),
            None => Announcement::Network,
        }
    }
}

impl Incoming for Event {
    type Stored = Self;

    const KIND: Kind = Kind::Events;

    fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    fn at(mut self, time: Timestamp) -> Self {
        self.timestamp = Some(time);
        self
    }

    fn records(all: Vec<Self>) -> Records {
        Records::Events(all)
    }
}

impl Announcement {
    /// Of records that were stored by whichever server.
    pub(crate) fn of(records: Records) -> Self {
        match records {
            Records::Samples(samples) => Self::Samples(samples),
            Records::Links(links) => Self::Links(links),
            Records::Events(_) => Self::Network,
        }
    }

    /// Tells what is newly stored.
    pub(crate) fn tell(self, app: &App, client: &str, stored: usize, written: &Written) {
        let published = app.published.get();
        match self {
            Self::Samples(samples) => {
                let mut samples = newly(samples, stored, written);
                if let Some(latest) = published {
                    latest.hear(&samples);
                }
                let count = samples.len();
                samples.retain(|sample| sample.quantity == Quantity::TEMPERATURE);
                if samples.len() < count {
                    app.live.send_network(app.keeping.clock.now());
                }
                if !samples.is_empty() {
                    app.live.send(&samples);
                    app.states.hear(client, &samples);
                }
            }
            Self::Links(links) => {
                if let Some(latest) = published {
                    latest.hear_links(&newly(links, stored, written));
                }
                Self::Network.tell(app, client, stored, written);
            }
            Self::Network if stored > 0 => app.live.send_network(app.keeping.clock.now()),
            Self::Network => {}
        }
    }
}

/// Those that were not stored before, and are now.
fn newly<T>(mut all: Vec<T>, stored: usize, written: &Written) -> Vec<T> {
    if stored < all.len() {
        let mut index = 0;
        all.retain(|_| {
            let is_refused = |refused: &Refused| refused.index.cmp(&index);
            let known = written.repeated.binary_search(&index).is_ok()
                || written.refused.binary_search_by(is_refused).is_ok();
            index += 1;
            !known
        });
    }
    all
}
