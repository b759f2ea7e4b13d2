use manager_core::command::{IpConfig, NetworkConfig};

/// What the manager remembers across reboots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) network_config: NetworkConfig,
    pub(super) ip_config: IpConfig,
}

/// What the manager tells the network while it is on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Air {
    pub(super) advertisement_state: u8,
    pub(super) down_frame_state: u8,
}

impl Default for Memory {
    /// As the vendor's published samples have it.
    fn default() -> Self {
        let network_config = NetworkConfig {
            network_id: 1229,
            ap_tx_power: 8,
            frame_profile: 1,
            max_motes: 101,
            base_bandwidth: 9000,
            down_frame_mult_val: 1,
            num_parents: 2,
            cca_mode: 0,
            channel_list: 0x7FFF,
            auto_start_network: true,
            loc_mode: 0,
            bb_mode: 0,
            bb_size: 1,
            is_radio_test: 0,
            bw_mult: 300,
            one_channel: 0xFF,
        };
        let mut ipv6_address = [0; 16];
        ipv6_address[..2].copy_from_slice(&[0xFE, 0x80]);
        ipv6_address[8..].copy_from_slice(&super::network::MANAGER.0);
        let mut mask = [0; 16];
        mask[..8].fill(0xFF);
        Self { network_config, ip_config: IpConfig { ipv6_address, mask } }
    }
}
