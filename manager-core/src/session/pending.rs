use super::{Event, LostReason, Token};
use crate::{HelloResponse, SuccessCode};

/// The events that wait to be polled, in the order in which they are: what one frame or moment
/// brought, as nothing else is handled before they are polled.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Pending {
    pub(super) delivery: Option<Delivery>,
    pub(super) lost: Option<LostReason>,
    pub(super) greeting: Option<Greeting>,
}

/// An event whose content is still in the decoder.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Delivery {
    Notification(Option<Token>),
    Response,
}

/// What has become of a hello; in less room than an [`Event`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Greeting {
    Connected(HelloResponse),
    Unanswered,
    Refused(SuccessCode),
}

impl From<Greeting> for Event<'_> {
    fn from(greeting: Greeting) -> Self {
        match greeting {
            Greeting::Connected(response) => Self::Connected(response),
            Greeting::Unanswered => Self::Unanswered,
            Greeting::Refused(code) => Self::Refused(code),
        }
    }
}

impl Pending {
    pub(super) const NONE: Self = Self { delivery: None, lost: None, greeting: None };

    pub(super) const fn is_empty(&self) -> bool {
        self.delivery.is_none() && self.lost.is_none() && self.greeting.is_none()
    }
}
