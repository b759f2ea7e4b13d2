/// The second octet of a message: which session it belongs to, and its number there.
///
/// ```text
///   7   6   5   4   3   2   1   0
/// +---------------+---------------+
/// |    session    |   sequence    |
/// +---------------+---------------+
/// ```
///
/// A response carries the id of its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Id(u8);

impl Id {
    /// From a session and a sequence number, of which the low four bits count.
    #[must_use]
    pub const fn new(session: u8, sequence: u8) -> Self {
        Self((session << 4) | (sequence & 0x0F))
    }

    /// From the octet on the wire.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// The session, 0 to 15.
    #[must_use]
    pub const fn session(self) -> u8 {
        self.0 >> 4
    }

    /// The number within the session, 0 to 15.
    #[must_use]
    pub const fn sequence(self) -> u8 {
        self.0 & 0x0F
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_is_the_high_nibble() {
        let id = Id::from_octet(0xA7);
        assert_eq!((id.session(), id.sequence()), (0xA, 0x7));
    }

    #[test]
    fn every_octet_is_its_two_nibbles() {
        for octet in 0..=u8::MAX {
            let id = Id::from_octet(octet);
            assert_eq!(Id::new(id.session(), id.sequence()).octet(), octet);
        }
    }

    #[test]
    fn only_the_low_four_bits_count() {
        assert_eq!(Id::new(0x12, 0x34), Id::new(0x2, 0x4));
    }
}
