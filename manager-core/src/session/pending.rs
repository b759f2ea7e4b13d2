use super::{Event, LostReason, Token};

/// The events that wait to be polled, in the order in which they are.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Pending {
    pub(super) delivery: Option<Delivery>,
    pub(super) lost: Option<LostReason>,
    pub(super) greeting: Option<Event<'static>>,
}

/// An event whose content is still in the decoder.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Delivery {
    Notification(Option<Token>),
    Response,
}

impl Pending {
    pub(super) const NONE: Self = Self { delivery: None, lost: None, greeting: None };

    pub(super) const fn is_empty(&self) -> bool {
        self.delivery.is_none() && self.lost.is_none() && self.greeting.is_none()
    }
}
