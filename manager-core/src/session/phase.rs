use super::exchange::Exchange;
use super::inbound::Inbound;
use crate::PacketType;

/// Where the session is in its life.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Phase {
    /// There is no link.
    Down,
    /// Hellos are sent.
    Greeting(Exchange),
    /// There is a session.
    Up { inbound: Inbound, request: Option<(PacketType, Exchange)> },
}

impl Phase {
    /// What waits for an answer.
    pub(super) const fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Greeting(exchange) | Self::Up { request: Some((_, exchange)), .. } => {
                Some(exchange)
            }
            Self::Down | Self::Up { request: None, .. } => None,
        }
    }

    /// What waits for an answer.
    pub(super) const fn exchange_mut(&mut self) -> Option<&mut Exchange> {
        match self {
            Self::Greeting(exchange) | Self::Up { request: Some((_, exchange)), .. } => {
                Some(exchange)
            }
            Self::Down | Self::Up { request: None, .. } => None,
        }
    }
}
