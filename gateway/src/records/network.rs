//! What the manager knows of a mote, and of its network, as quantities.

use manager_core::command::{MoteConfig, MoteInfo, NetworkInfo};
use readings::{Quantity, Quantity as Q};

/// A quantity's value, if there is one.
type Value = (Quantity, Option<f64>);

pub(crate) fn mote_config(mote: &MoteConfig) -> [Value; 4] {
    [
        (Q::MOTE_ID, Some(mote.mote_id.into())),
        (Q::MOTE_STATE, Some(u8::from(mote.state).into())),
        (Q::ACCESS_POINT, Some(u8::from(mote.is_ap).into())),
        (Q::ROUTING, Some(u8::from(mote.is_routing).into())),
    ]
}

/// Of an access point bandwidths mean nothing, and a latency without packets is none.
pub(crate) fn mote_info(mote: &MoteInfo, is_ap: bool) -> [Value; 11] {
    let bandwidth = |value: u32| (!is_ap).then(|| value.into());
    let latency = (mote.packets_received > 0).then(|| mote.avg_latency.into());
    [
        (Q::NEIGHBOURS, Some(mote.num_nbrs.into())),
        (Q::GOOD_NEIGHBOURS, Some(mote.num_good_nbrs.into())),
        (Q::REQUESTED_BANDWIDTH, bandwidth(mote.requested_bw)),
        (Q::NEEDED_BANDWIDTH, bandwidth(mote.total_needed_bw)),
        (Q::ASSIGNED_BANDWIDTH, bandwidth(mote.assigned_bw)),
        (Q::PACKETS_RECEIVED, Some(mote.packets_received.into())),
        (Q::PACKETS_LOST, Some(mote.packets_lost.into())),
        (Q::LATENCY, latency),
        (Q::STATE_TIME, mote.state_time.map(f64::from)),
        (Q::JOINS, mote.num_joins.map(f64::from)),
        (Q::HOP_DEPTH, mote.hop_depth.map(f64::from)),
    ]
}

/// Before any packet has arrived, what is said of packets means nothing. Older managers do not say
/// whether any has.
pub(crate) fn network_info(network: &NetworkInfo) -> [Value; 8] {
    let of_packets = |value: f64| (network.num_arrived_packets != Some(0)).then_some(value);
    #[expect(clippy::cast_precision_loss, reason = "it is exact for centuries of packets")]
    let arrived = network.num_arrived_packets.map(|arrived| arrived as f64);
    [
        (Q::NETWORK_MOTES, Some(network.num_motes.into())),
        (Q::NETWORK_RELIABILITY, of_packets(network.net_reliability.into())),
        (Q::NETWORK_STABILITY, of_packets(network.net_path_stability.into())),
        (Q::NETWORK_LATENCY, of_packets(network.net_latency.into())),
        (Q::NETWORK_STATE, Some(u8::from(network.net_state).into())),
        (Q::NETWORK_PACKETS_LOST, network.num_lost_packets.map(f64::from)),
        (Q::NETWORK_PACKETS_ARRIVED, arrived),
        (Q::NETWORK_HOPS, network.max_numb_hops.map(f64::from)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<const N: usize>(values: [Value; N], quantity: Quantity) -> Option<f64> {
        values.into_iter().find(|(found, _)| *found == quantity).expect("it is there").1
    }

    #[test]
    fn before_any_packet_there_is_no_latency_and_no_reliability() {
        let mut mote = MoteInfo::default();
        assert_eq!(value(mote_info(&mote, false), Q::LATENCY), None);
        (mote.packets_received, mote.avg_latency) = (1, 300);
        assert_eq!(value(mote_info(&mote, false), Q::LATENCY), Some(300.0));
        let mut network = NetworkInfo::default();
        network.num_arrived_packets = Some(0);
        assert_eq!(value(network_info(&network), Q::NETWORK_RELIABILITY), None);
        network.num_arrived_packets = None;
        assert_eq!(value(network_info(&network), Q::NETWORK_RELIABILITY), Some(0.0));
    }

    #[test]
    fn an_access_point_has_no_bandwidth_and_an_older_manager_says_less() {
        let mote = MoteInfo::default();
        assert_eq!(value(mote_info(&mote, true), Q::REQUESTED_BANDWIDTH), None);
        assert_eq!(value(mote_info(&mote, false), Q::REQUESTED_BANDWIDTH), Some(0.0));
        assert_eq!(value(mote_info(&mote, false), Q::HOP_DEPTH), None);
    }
}
