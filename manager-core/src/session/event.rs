use core::fmt;

use crate::command::RawResponse;
use crate::{HelloResponse, Notification, PacketType, ParseError, SuccessCode};

/// What the session tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event<'a> {
    /// The manager has granted a session. It starts without a subscription.
    Connected(HelloResponse),
    /// The session is over, and every token is stale. The next hello is already on its way, or held
    /// back for up to five seconds if more than two sessions in a row have broken within two.
    Lost(LostReason),
    /// The manager has not answered the first hellos. More follow, less often.
    Unanswered,
    /// The manager has refused the hello. More follow, less often.
    Refused(SuccessCode),
    /// A notification has arrived.
    Notification {
        /// It, or what is wrong with it. A faulty one must be acknowledged too: until then the
        /// manager sends nothing else.
        notification: Result<Notification<'a>, ParseError>,
        /// For [`Session::acknowledge`](crate::Session::acknowledge) once what it brings is
        /// safe. `None` for a best-effort notification, and for one that arrived across a gap in
        /// the manager's numbers.
        token: Option<Token>,
    },
    /// The manager has answered the request.
    Response(RawResponse<'a>),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LostReason {
    /// The manager has no session: it rebooted, or gave the client up.
    ManagerHello,
    /// The manager has begun a session that was not asked for.
    UnexpectedHelloResponse,
    /// Reliable notifications are missing.
    SequenceGap {
        /// The number that the next one must have.
        expected: u8,
        /// The number that came.
        found: u8,
    },
    /// The manager has not answered a request, nor its repetitions.
    NoResponse(PacketType),
}

impl fmt::Display for LostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagerHello => f.write_str("the manager has rebooted or given the client up"),
            Self::UnexpectedHelloResponse => {
                f.write_str("the manager has begun a session that was not asked for")
            }
            Self::SequenceGap { expected, found } => {
                write!(f, "notifications are missing: expected number {expected}, found {found}")
            }
            Self::NoResponse(packet_type) => {
                write!(f, "the manager has not answered {packet_type:?}")
            }
        }
    }
}

/// Stands for one reliable notification that has not been acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Token {
    pub(super) session: u64,
    pub(super) delivery: u64,
}
