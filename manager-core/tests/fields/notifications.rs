//! What the manager reports by itself.

use manager_core::command::{PathDirection, Rssi};
use manager_core::notification::health_report::{
    BadLink, Block, ChannelReport, DeviceReport, DiscoveredNeighbor, Neighbor, QueueOccupancy,
};
use manager_core::notification::{
    CommandOutcome, Data, Event, EventKind, IpData, JoinFailure, Log, PingAnswer, RadiotestStatsPer,
};
use manager_core::{MacAddress, Notification, UtcTime};

const ONE: MacAddress = MacAddress([1, 2, 3, 4, 5, 6, 7, 8]);
const TWO: MacAddress = MacAddress([9, 10, 11, 12, 13, 14, 15, 16]);
const BOTH: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

#[test]
fn events_have_their_fields_where_the_vendor_has_them() {
    let (one, two): (&[u8], &[u8]) = (&BOTH[..8], &BOTH[8..]);
    let number: &[u8] = &[0xC1, 0xC2, 0xC3, 0xC4];
    let callback_id = 0xC1C2_C3C4;
    let events = [
        (0, one.to_vec(), EventKind::MoteReset(ONE)),
        (1, vec![], EventKind::NetworkReset),
        (
            2,
            [number, &[2]].concat(),
            EventKind::CommandFinished { callback_id, outcome: CommandOutcome::TimedOut },
        ),
        (3, one.to_vec(), EventKind::MoteJoin(ONE)),
        (4, one.to_vec(), EventKind::MoteOperational(ONE)),
        (5, one.to_vec(), EventKind::MoteLost(ONE)),
        (
            7,
            [number, two, &[0, 0, 1, 2, 0x0B, 0xA4, 0xF6]].concat(),
            EventKind::PingResponse {
                callback_id,
                mac_address: TWO,
                answer: Some(PingAnswer { delay: 258, voltage: 2980, temperature: -10 }),
            },
        ),
        (
            7,
            [number, two, &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0]].concat(),
            EventKind::PingResponse { callback_id, mac_address: TWO, answer: None },
        ),
        (
            10,
            [&BOTH[..], &[3]].concat(),
            EventKind::PathCreate { source: ONE, dest: TWO, direction: PathDirection::Downstream },
        ),
        (
            11,
            [&BOTH[..], &[2]].concat(),
            EventKind::PathDelete { source: ONE, dest: TWO, direction: PathDirection::Upstream },
        ),
        (12, [number, &[7]].concat(), EventKind::PacketSent { callback_id, rc: 7 }),
        (13, [one, &[1, 2]].concat(), EventKind::MoteCreate { mac_address: ONE, mote_id: 258 }),
        (14, [one, &[1, 2]].concat(), EventKind::MoteDelete { mac_address: ONE, mote_id: 258 }),
        (
            15,
            [one, &[1]].concat(),
            EventKind::JoinFailed { mac_address: ONE, reason: JoinFailure::NotOnAcl },
        ),
        (16, one.to_vec(), EventKind::InvalidMic(ONE)),
        (17, vec![5], EventKind::Unknown { event_type: 17, fields: &[5] }),
    ];
    for (event_type, fields, kind) in events {
        let body = [&[1, 0xE1, 0xE2, 0xE3, 0xE4, event_type], &fields[..]].concat();
        let notification = Notification::Event(Event { event_id: 0xE1E2_E3E4, kind });
        assert_eq!(Notification::parse(&body), Ok(notification));
        assert_eq!(kind.event_type(), event_type);
        assert_eq!(notification.buffer_len(), body.len(), "{kind:?}");
        let mut emitted = vec![0xA5; body.len()];
        assert_eq!(notification.emit(&mut emitted), Ok(body.len()), "{kind:?}");
        assert_eq!(emitted, body, "{kind:?}");
        for len in 1..body.len() {
            let cut = Notification::parse(&body[..len]);
            let is_unknown = event_type == 17 && len == 6;
            assert!(cut.is_err() || is_unknown, "{kind:?}, {len} octets: {cut:?}");
        }
    }
}

/// The ports of real data are the same at both ends, and do not show which is which.
#[test]
fn what_a_mote_sends_has_its_fields_where_the_vendor_has_them() {
    let body = [
        4, 0, 0, 0, 0, 0x3D, 0x22, 0x06, 0x50, 0, 6, 0x0E, 0xB3, 1, 2, 3, 4, 5, 6, 7, 8, 0xF0,
        0xB8, 0xF0, 0xB9, 0xD1, 0xD2,
    ];
    let utc = UtcTime { secs: 0x3D22_0650, usecs: 396_979 };
    let (src_port, dst_port, data) = (0xF0B8, 0xF0B9, &body[25..]);
    let expected = Data { utc, mac_address: ONE, src_port, dst_port, data };
    assert_eq!(Notification::parse(&body), Ok(Notification::Data(expected)));

    let packet = [&[5], &body[1..]].concat();
    let expected = IpData { utc, mac_address: ONE, packet: &packet[21..] };
    assert_eq!(Notification::parse(&packet), Ok(Notification::IpData(expected)));

    let log = [&[2], &BOTH[..]].concat();
    let expected = Log { mac_address: ONE, log_msg: &BOTH[8..] };
    assert_eq!(Notification::parse(&log), Ok(Notification::Log(expected)));
}

#[test]
fn the_result_of_a_radio_test_has_its_fields_where_the_vendor_has_them() {
    fields!(
        |body| RadiotestStatsPer::parse(body).expect("a result"),
        "notifRadiotestStatsPER",
        {
            0 u16: num_rx_ok, 2 u16: num_rx_err, 4 u16: num_rx_inv, 6 u16: num_rx_miss,
            8 u16: per_int, 10 u16: per_frac,
        }
    );
}

#[test]
fn health_reports_have_their_fields_where_the_vendor_has_them() {
    fields!(
        |body| DeviceReport::parse(body).expect("a report"),
        "device",
        {
            0 u32: charge, 4 QueueOccupancy: queue_occ, 5 i8: temperature, 6 u16: battery_voltage,
            8 u16: num_tx_ok, 10 u16: num_tx_fail, 12 u16: num_rx_ok, 14 u16: num_rx_lost,
            16 u8: num_mac_dropped, 17 u8: worst_link.num_tx_bad, 18 u8: worst_link.frame_id,
            19 u32: worst_link.slot, 23 u8: worst_link.offset, 24 Option<u8>: num_net_mic_err,
            25 Option<u8>: num_mac_mic_err, 26 Option<u8>: num_mac_crc_err,
        }
    );
    fields!(
        |body| Neighbor::parse(body).expect("a neighbour"),
        "neighbour",
        {
            0 u16: neighbor_id, 2 u8: neighbor_flag, 3 Rssi: rssi, 4 u16: num_tx_packets,
            6 u16: num_tx_failures, 8 u16: num_rx_packets,
        }
    );
    fields!(
        |body| DiscoveredNeighbor::parse(body).expect("a neighbour"),
        "discovered neighbour",
        { 0 u16: neighbor_id, 2 Rssi: rssi, 3 u8: num_rx, }
    );
    fields!(
        |body| ChannelReport::parse(body).expect("a channel"),
        "channel",
        { 0 Rssi: idle_rssi, 1 u16: tx_unicast_attempts, 3 u16: tx_unicast_failures, }
    );
    fields!(
        |body| BadLink::parse(body).expect("a link"),
        "bad link",
        { 0 u8: num_tx_bad, 1 u8: frame_id, 2 u32: slot, 6 u8: offset, }
    );
}

/// A block as it is on the wire, and back.
fn check(wire: &[u8], check: impl FnOnce(Block<'_>)) {
    let block = Block::parse(wire[0], &wire[2..]).expect("a whole block");
    assert_eq!((block.id(), block.buffer_len()), (wire[0], wire.len()));
    let mut emitted = vec![0xA5; wire.len()];
    assert_eq!(block.emit(&mut emitted), Ok(wire.len()));
    assert_eq!(emitted, wire);
    check(block);
}

#[test]
fn blocks_have_their_numbers_and_say_how_many_items_they_hold() {
    check(&[0x81, 11, 1, 0, 7, 0, 0xCC, 0, 9, 0, 1, 0, 5], |block| {
        let Block::Neighbors(neighbors) = block else { panic!("{block:?}") };
        assert_eq!(neighbors.iter().map(|it| it.neighbor_id).collect::<Vec<_>>(), [7]);
    });
    check(&[0x82, 10, 3, 2, 0, 7, 0xCC, 1, 0, 8, 0xCD, 2], |block| {
        let Block::DiscoveredNeighbors(heard) = block else { panic!("{block:?}") };
        assert_eq!(heard.num_join_parents, 3);
        assert_eq!(heard.iter().map(|it| it.neighbor_id).collect::<Vec<_>>(), [7, 8]);
    });
    check(&[0x91, 12, 1, 10, 0xA1, 0, 4, 0, 1, 0xA2, 0, 6, 0, 2], |block| {
        let Block::Channels(channels) = block else { panic!("{block:?}") };
        let attempts: Vec<_> = channels.iter().map(|it| it.tx_unicast_attempts).collect();
        assert_eq!(attempts, [4, 6]);
    });
    check(&[[0x80, 27].as_slice(), &[9; 27]].concat(), |block| {
        assert!(matches!(block, Block::Device(_)), "{block:?}");
    });
}
