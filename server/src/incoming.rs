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
    fn announcement(_all: &[Self::Stored]) -> Announcement {
        Announcement::Network
    }
}

/// What is told of records when they are stored.
pub(crate) enum Announcement {
    /// Readings; those of temperature are told as they are.
    Samples(Vec<Sample>),
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

    fn announcement(all: &[Sample]) -> Announcement {
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
    /// Tells what is newly stored.
    pub(crate) fn tell(self, app: &App, client: &str, stored: usize, written: &Written) {
        let Self::Samples(mut samples) = self else {
            if stored > 0 {
                app.live.send_network(app.keeping.clock.now());
            }
            return;
        };
        if stored < samples.len() {
            let mut index = 0;
            samples.retain(|_| {
                let is_refused = |refused: &Refused| refused.index.cmp(&index);
                let known = written.repeated.binary_search(&index).is_ok()
                    || written.refused.binary_search_by(is_refused).is_ok();
                index += 1;
                !known
            });
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
}
