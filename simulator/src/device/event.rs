use core::fmt;

use manager_core::{MacAddress, Subscribe, SuccessCode};

use super::reading::Reading;

/// What a [`SimulatedManager`](super::SimulatedManager) tells whoever runs it. No client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The manager has booted.
    Booted,
    /// A client has a session.
    SessionBegun,
    /// A hello was refused.
    HelloRefused(SuccessCode),
    /// The client has subscribed.
    Subscribed(Subscribe),
    /// There is no session any more.
    SessionOver(SessionEnd),
    /// A mote has joined.
    MoteOperational(MacAddress),
    /// The notification with this reading was sent reliably, for the first time.
    Sent(Reading),
    /// The client has acknowledged the notification that brought this reading.
    Acknowledged(Reading),
    /// A notification with this body, which brings no temperature, was sent reliably for the first
    /// time.
    NoticeSent(Vec<u8>),
    /// The client has acknowledged the notification with this body.
    NoticeAcknowledged(Vec<u8>),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The client has asked for another.
    Replaced,
    /// The client has not acknowledged a notification, nor its repetitions.
    GivenUp,
    /// The number of a request was neither the last nor the next.
    OutOfSequence,
    /// The manager has rebooted.
    Rebooted,
}

impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replaced => "the client has asked for another",
            Self::GivenUp => "the client has not acknowledged",
            Self::OutOfSequence => "a request was out of sequence",
            Self::Rebooted => "the manager has rebooted",
        })
    }
}
