use super::MoteState;
use crate::MacAddress;
use crate::field::message;

message! {
    /// `getMoteInfo` (0x3E): how a mote is doing.
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct GetMoteInfo {
        /// The mote.
        pub mac_address: MacAddress,
    }
}

message! {
    /// The response to `getMoteInfo` (0x3E): how a mote is doing. Bandwidths are times between
    /// packets: the smaller, the more.
    ///
    /// ```text
    /// | macAddress (8) | state (1) | numNbrs (1) | numGoodNbrs (1) | requestedBw (4)
    /// | totalNeededBw (4) | assignedBw (4) | packetsReceived (4) | packetsLost (4) | avgLatency (4)
    /// | stateTime (4) | numJoins (1) | hopDepth (1) |
    /// ```
    ///
    /// Older managers send nothing behind the latency.
    #[derive(Default)]
    #[non_exhaustive]
    pub struct MoteInfo {
        /// The mote.
        pub mac_address: MacAddress,
        /// Whether it has joined.
        pub state: MoteState,
        /// Motes in range.
        pub num_nbrs: u8,
        /// Those of them whose path has a quality above 50.
        pub num_good_nbrs: u8,
        /// What the mote has asked for, in ms a packet; without a meaning for an access point, as
        /// are the next two.
        pub requested_bw: u32,
        /// The same with what its children need.
        pub total_needed_bw: u32,
        /// What it has got, in ms a packet.
        pub assigned_bw: u32,
        /// Packets that the manager has received from it since the statistics began.
        pub packets_received: u32,
        /// Packets of it that were lost since the statistics began.
        pub packets_lost: u32,
        /// Mean time from mote to manager, in ms.
        pub avg_latency: u32,
        appended:
        /// How long it has been in this state; in s, as far as samples tell.
        pub state_time: Option<u32>,
        /// How often it has joined.
        pub num_joins: Option<u8>,
        /// Hops to the access point, which itself has 0.
        pub hop_depth: Option<u8>,
    }
}
