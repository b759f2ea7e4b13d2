use serde::{Deserialize, Serialize};

/// What a [`SimulatedManager`](super::SimulatedManager) has done since time zero, reboots
/// included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Boots, the first included.
    pub boots: u64,
    /// Hellos granted.
    pub sessions: u64,
    /// Hellos refused.
    pub refused_hellos: u64,
    /// Sessions ended by the next hello.
    pub replaced: u64,
    /// Sessions ended because the client did not acknowledge a notification.
    pub given_up: u64,
    /// Sessions ended because the number of a request was neither the last nor the next.
    pub out_of_sequence: u64,
    /// Sessions ended by a reboot.
    pub rebooted: u64,
    /// Hellos of the manager, which it says while there is no session.
    pub manager_hellos: u64,
    /// Requests carried out or refused.
    pub requests: u64,
    /// Requests that the client has sent again, and that were not carried out again.
    pub repeated_requests: u64,
    /// Packets of whatever kind that were sent.
    pub packets_sent: u64,
    /// Good frames that hold no packet, or not that of their type.
    pub malformed: u64,
    /// Packets that the manager does not wait for: requests without a session, late
    /// acknowledgements.
    pub unexpected: u64,
    /// Whole notifications.
    pub notifications: NotificationTally,
    /// The temperatures in them.
    pub readings: ReadingTally,
}

/// What has become of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationTally {
    /// Sent reliably, each counted once.
    pub sent: u64,
    /// Of those, acknowledged by the client.
    pub acknowledged: u64,
    /// Acknowledged with an error, which counts for nothing.
    pub rejected: u64,
    /// Sent again for want of an acknowledgement, with the same number.
    pub repeats: u64,
    /// Sent again in another session, with another number.
    pub sent_anew: u64,
    /// Sent without asking for an acknowledgement; what became of them nobody knows.
    pub best_effort: u64,
    /// Not sent, as the client had not subscribed to them, or there was none.
    pub unsubscribed: u64,
    /// Not sent, as too many others waited.
    pub overflowed: u64,
}

/// What has become of readings. At any moment `measured` is the sum of all others but `sent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingTally {
    /// Taken by motes.
    pub measured: u64,
    /// Still on their motes, or in the mesh.
    pub on_their_way: u64,
    /// With the manager, and not acknowledged.
    pub waiting: u64,
    /// Acknowledged by the client.
    pub acknowledged: u64,
    /// Sent without asking for an acknowledgement; what became of them nobody knows.
    pub best_effort: u64,
    /// Not sent, as the client had not subscribed to data, or there was none.
    pub unsubscribed: u64,
    /// Not sent, as too many notifications waited.
    pub overflowed: u64,
    /// Lost in reboots: waiting, or on their way, when the manager rebooted.
    pub lost_in_reboots: u64,
    /// Sent reliably, each counted once. A reading that was sent may have been acknowledged, wait,
    /// or have been lost in a reboot.
    pub sent: u64,
}
