use crate::field::message;

message! {
    /// How the mesh is set up: the response to `getNetworkConfig` (0x3F), and `setNetworkConfig`
    /// (0x1A), which sets all of it. Most of it is in force after the manager's next boot.
    ///
    /// ```text
    /// | networkId (2) | apTxPower (1) | frameProfile (1) | maxMotes (2) | baseBandwidth (2)
    /// | downFrameMultVal (1) | numParents (1) | ccaMode (1) | channelList (2) | autoStartNetwork (1)
    /// | locMode (1) | bbMode (1) | bbSize (1) | isRadioTest (1) | bwMult (2) | oneChannel (1) |
    /// ```
    pub struct NetworkConfig {
        /// Motes join the network that has their number.
        pub network_id: u16,
        /// Transmit power of the access point, in dBm.
        pub ap_tx_power: i8,
        /// 1.
        pub frame_profile: u8,
        /// The most motes, as it seems with the access point.
        pub max_motes: u16,
        /// What each joining mote gets, in ms a packet.
        pub base_bandwidth: u16,
        /// Length of the downstream frame: 1, 2 or 4 times the shortest.
        pub down_frame_mult_val: u8,
        /// Parents that each mote shall have.
        pub num_parents: u8,
        /// Whether motes listen before they send: 0 no, 1 for energy, 2 for a carrier, 3 for both.
        pub cca_mode: u8,
        /// The channels in use: bit 0 is channel 11 of IEEE 802.15.4.
        pub channel_list: u16,
        /// Whether the network starts with the manager.
        pub auto_start_network: bool,
        /// Without a meaning.
        pub loc_mode: u8,
        /// The backbone: 0 off, 1 upstream, 2 both ways.
        pub bb_mode: u8,
        /// Length of the backbone's frame.
        pub bb_size: u8,
        /// Whether the manager boots to test its radio.
        pub is_radio_test: u8,
        /// What motes get more than they need, in %, 100 to 1000.
        pub bw_mult: u16,
        /// The one channel in use; 0xFF for those of the list.
        pub one_channel: u8,
    }
}
