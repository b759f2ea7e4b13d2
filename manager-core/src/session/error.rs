use core::fmt;

/// A request cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// There is no session.
    NotConnected,
    /// Another request waits for its response; the protocol has one at a time.
    Busy,
    /// The request is longer than the manager takes.
    TooLong {
        /// The longest body.
        expected: usize,
        /// The request's.
        found: usize,
    },
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("there is no session"),
            Self::Busy => f.write_str("another request waits for its response"),
            Self::TooLong { expected, found } => {
                write!(f, "request too long: expected at most {expected} octets, found {found}")
            }
        }
    }
}

impl core::error::Error for RequestError {}

/// The session to which the token belongs is over, so that the notification may come again; or it
/// has gone on to another notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleToken;

impl fmt::Display for StaleToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session of this notification is over")
    }
}

impl core::error::Error for StaleToken {}
