use crate::field::{message, numbers};

message! {
    /// The response to `getNetworkInfo` (0x40): how the mesh is doing.
    ///
    /// ```text
    /// | numMotes (2) | asnSize (2) | advertisementState (1) | downFrameState (1) | netReliability (1)
    /// | netPathStability (1) | netLatency (4) | netState (1) | ipv6Address (16)
    /// | numLostPackets (4) | numArrivedPackets (8) | maxNumbHops (1) |
    /// ```
    ///
    /// Managers before 1.3.0 send nothing behind the address.
    #[derive(Default)]
    #[non_exhaustive]
    pub struct NetworkInfo {
        /// Operational motes, the access point not counted.
        pub num_motes: u16,
        /// Length of a time slot, in µs.
        pub asn_size: u16,
        /// Whether the network advertises itself to joining motes; 0 is on, 1 off.
        pub advertisement_state: u8,
        /// Whether the downstream frame is long; 0 is normal, 1 fast.
        pub down_frame_state: u8,
        /// Packets that arrived, in % of those sent.
        pub net_reliability: u8,
        /// Link transmissions that succeeded, in %.
        pub net_path_stability: u8,
        /// Mean time from mote to manager, in ms.
        pub net_latency: u32,
        /// What the network does.
        pub net_state: NetworkState,
        /// The manager's IPv6 address.
        pub ipv6_address: [u8; 16],
        appended:
        /// Packets lost since the statistics began.
        pub num_lost_packets: Option<u32>,
        /// Packets arrived since the statistics began.
        pub num_arrived_packets: Option<u64>,
        /// Most hops of any mote.
        pub max_numb_hops: Option<u8>,
    }
}

numbers! {
    /// What the network does.
    #[derive(Default)]
    pub enum NetworkState {
        /// 0
        #[default]
        Operational = 0,
        /// 1: the manager was booted to test its radio.
        Radiotest = 1,
        /// 2
        NotStarted = 2,
        /// 3
        StartupError = 3,
        /// 4
        ConfigurationError = 4,
        /// 5
        LicenseError = 5,
    }
}
