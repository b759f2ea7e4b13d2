/// The manager's reliable notifications of one session, by their numbers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Inbound {
    /// The number that the manager used last.
    last: u8,
    /// How many have been delivered; unlike their numbers, this never repeats.
    delivered: u64,
    state: State,
}

/// What has been done about the notification with the last number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum State {
    /// It belongs to a session before this one.
    Foreign,
    Delivered,
    Acknowledged,
}

/// What to do with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Deliver it, as the session's first, second, …
    New { delivery: u64 },
    /// It waits for the caller's acknowledgement.
    Waiting,
    /// Its acknowledgement was lost: send it again.
    Acknowledged,
    /// Others are missing before it.
    Gap { expected: u8 },
}

impl Inbound {
    pub(super) const fn new(mgr_seq_no: u8) -> Self {
        Self { last: mgr_seq_no, delivered: 0, state: State::Foreign }
    }

    pub(super) fn arrive(&mut self, seq: u8) -> Arrival {
        let expected = self.last.wrapping_add(1);
        if seq == expected {
            self.last = seq;
            return self.deliver();
        }
        if seq != self.last {
            return Arrival::Gap { expected };
        }
        match self.state {
            // Sent in a session before this one and not acknowledged in it. To acknowledge it now
            // without delivering it could lose it.
            State::Foreign => self.deliver(),
            State::Delivered => Arrival::Waiting,
            State::Acknowledged => Arrival::Acknowledged,
        }
    }

    const fn deliver(&mut self) -> Arrival {
        self.delivered = self.delivered.saturating_add(1);
        self.state = State::Delivered;
        Arrival::New { delivery: self.delivered }
    }

    /// The number to acknowledge, if this delivery is the one that waits for it.
    pub(super) fn acknowledge(&mut self, delivery: u64) -> Option<u8> {
        let is_last = delivery == self.delivered && self.state != State::Foreign;
        is_last.then(|| {
            self.state = State::Acknowledged;
            self.last
        })
    }
}
