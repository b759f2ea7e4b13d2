use core::ops::BitOr;

/// The first octet of a message, without its response bit.
///
/// ```text
///   7   6   5   4   3    2       1         0
/// +---+---+---+---+---+------+----------+----------+
/// |     reserved      | sync | response | reliable |
/// +---+---+---+---+---+------+----------+----------+
/// ```
///
/// Whether a message is a response is what its [`Body`](crate::Body) says, so that the two cannot
/// disagree. Reserved bits are kept as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Control(u8);

impl Control {
    /// The sender wants the message acknowledged. Requests are sent with it.
    pub const RELIABLE: Self = Self(0b001);
    /// The message starts a session afresh: the receiver takes its [`Id`](crate::Id) as the first.
    pub const SYNC: Self = Self(0b100);

    pub(crate) const RESPONSE: u8 = 0b010;

    /// From the octet on the wire; its response bit is left out.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & !Self::RESPONSE)
    }

    /// The octet on the wire, with the response bit clear.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for Control {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_keeps_all_but_the_response_bit() {
        for octet in 0..=u8::MAX {
            assert_eq!(Control::from_bits(octet).bits(), octet & 0b1111_1101);
        }
    }

    #[test]
    fn flags_are_the_vendors_bits() {
        let control = Control::RELIABLE | Control::SYNC;
        assert_eq!(control.bits(), 0x05);
        assert!(control.contains(Control::RELIABLE));
        assert!(control.contains(Control::SYNC));
        assert!(control.contains(control));
        assert_eq!(control | Control::SYNC, control);
        assert!(!Control::RELIABLE.contains(Control::SYNC));
        assert!(!Control::RELIABLE.contains(control));
    }
}
