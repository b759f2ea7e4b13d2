/// The manager's reliable notifications of one session, by their numbers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Inbound {
    /// The number that the manager used last.
    last: u8,
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
    /// Deliver it.
    New,
    /// It waits for the caller's acknowledgement.
    Waiting,
    /// Its acknowledgement was lost: send it again.
    Acknowledged,
    /// Others are missing before it.
    Gap { expected: u8 },
}

impl Inbound {
    pub(super) const fn new(mgr_seq_no: u8) -> Self {
        Self { last: mgr_seq_no, state: State::Foreign }
    }

    pub(super) fn arrive(&mut self, seq: u8) -> Arrival {
        let expected = self.last.wrapping_add(1);
        if seq == expected {
            *self = Self { last: seq, state: State::Delivered };
            return Arrival::New;
        }
        if seq != self.last {
            return Arrival::Gap { expected };
        }
        match self.state {
            // Sent in a session before this one and not acknowledged in it. To acknowledge it now
            // without delivering it could lose it.
            State::Foreign => {
                self.state = State::Delivered;
                Arrival::New
            }
            State::Delivered => Arrival::Waiting,
            State::Acknowledged => Arrival::Acknowledged,
        }
    }

    /// Whether the notification with this number is the caller's to acknowledge.
    pub(super) fn acknowledge(&mut self, seq: u8) -> bool {
        let delivered = seq == self.last && self.state != State::Foreign;
        if delivered {
            self.state = State::Acknowledged;
        }
        delivered
    }
}
