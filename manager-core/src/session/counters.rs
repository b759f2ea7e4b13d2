/// What a [`Session`](crate::Session) has seen since it was made, links and reconnections
/// included. What the line below it has seen is in [`hdlc_core::Counters`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Sessions that the manager granted.
    pub sessions: u64,
    /// Notifications delivered.
    pub notifications: u64,
    /// Reliable notifications that the manager sent again, and that were not delivered again.
    pub repeats: u64,
    /// Sessions ended because the manager's numbers jumped.
    pub sequence_gaps: u64,
    /// Hellos and commands sent again for want of an answer.
    pub retransmissions: u64,
    /// Good frames that hold no packet.
    pub malformed: u64,
    /// Packets that nobody waits for: late responses, notifications outside a session.
    pub unexpected: u64,
}

impl Counters {
    pub(super) const ZERO: Self = Self {
        sessions: 0,
        notifications: 0,
        repeats: 0,
        sequence_gaps: 0,
        retransmissions: 0,
        malformed: 0,
        unexpected: 0,
    };
}
