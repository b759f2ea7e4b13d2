/// A mote's own application has something to say at each of so many periods.
const PERIODS: u32 = 5;

/// A port that is not OAP's, among those that a mote's packets carry in a few bits.
pub(super) const PORT: u16 = 0xF0B1;

/// A mote's own application, which sends what is no OAP, and its log.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    periods: u32,
}

/// What it sends at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// A payload to [`PORT`].
    pub(super) payload: Vec<u8>,
    /// An IP packet that is not plain UDP: an echo request of ICMPv6, as 6LoWPAN compresses it.
    pub(super) packet: Vec<u8>,
    /// A line of its log.
    pub(super) line: String,
}

impl Extras {
    /// A period has passed; returns what the application sends then.
    pub(super) fn pass(&mut self) -> Option<Said> {
        self.periods = self.periods.wrapping_add(1);
        if !self.periods.is_multiple_of(PERIODS) {
            return None;
        }
        let number = self.periods / PERIODS;
        let octets = number.to_be_bytes();
        Some(Said {
            payload: [&b"no. "[..], &octets].concat(),
            packet: [&[0x7A, 0x33, 0x3A, 0x80, 0x00][..], &octets].concat(),
            line: format!("said what it had to say {number} times"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_something_else_each_time() {
        let mut extras = Extras::default();
        let said: Vec<Said> = (0..20).filter_map(|_| extras.pass()).collect();
        assert_eq!(said.len(), 4);
        for (index, one) in said.iter().enumerate() {
            assert!(!said[..index].contains(one));
        }
    }
}
