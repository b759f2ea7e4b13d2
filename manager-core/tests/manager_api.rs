//! The whole of the manager's API: how long each message is, what older managers leave away, and
//! what constructed frames mean.

#[path = "vectors/golden.rs"]
mod golden;

use hdlc_core::Decoder;
use manager_core::command::{
    Command, MoteState, NetworkState, NextPathInfo, PathDirection, PathInfo, Rssi, Secret,
};
use manager_core::notification::health_report::{
    BadLink, Block, ChannelReport, Channels, DeviceReport, DiscoveredNeighbor, DiscoveredNeighbors,
    Neighbor, Neighbors, QueueOccupancy,
};
use manager_core::notification::{
    CommandOutcome, Data, EventKind, HealthReport, JoinFailure, PingAnswer, RadiotestStatsPer,
};
use manager_core::{
    MacAddress, Notification, Packet, PacketType, ParseError, Request, Response, ResponseCode,
};

use golden::{octets, vectors};

const MOTE: MacAddress = MacAddress([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
const OTHER: MacAddress = MacAddress([0, 0x17, 0x0d, 0, 0, 0x31, 0xc1, 0xa0]);

/// The command's number, the octets of its request, and those of its response behind RC.
const COMMANDS: [(u8, usize, usize); 41] = [
    (0x15, 9, 8),
    (0x16, 8, 0),
    (0x17, 0, 23),
    (0x1A, 21, 0),
    (0x1F, 0, 0),
    (0x21, 24, 4),
    (0x22, 2, 4),
    (0x23, 8, 0),
    (0x25, 5, 0),
    (0x26, 0, 4),
    (0x27, 24, 0),
    (0x28, 8, 24),
    (0x29, 8, 0),
    (0x2A, 8, 4),
    (0x2B, 8, 0),
    (0x2C, 14, 4),
    (0x2D, 0, 0),
    (0x2E, 0, 15),
    (0x2F, 9, 14),
    (0x30, 16, 21),
    (0x31, 11, 23),
    (0x32, 1, 4),
    (0x33, 1, 4),
    (0x35, 0, 22),
    (0x36, 13, 0),
    (0x37, 0, 13),
    (0x38, 13, 0),
    (0x3A, 17, 0),
    (0x3B, 11, 4),
    (0x3D, 0, 0),
    (0x3E, 8, 35),
    (0x3F, 0, 21),
    (0x40, 0, 29),
    (0x41, 2, 14),
    (0x42, 16, 0),
    (0x43, 0, 32),
    (0x44, 32, 0),
    (0x45, 8, 0),
    (0x46, 10, 4),
    (0x4A, 0, 0),
    (0x4B, 7, 0),
];

#[test]
fn every_command_has_its_type_and_the_length_that_the_vendor_gives_it() {
    static ZEROS: [u8; 64] = [0; 64];
    for (number, request_len, response_len) in COMMANDS {
        let kind = PacketType::from(number);
        assert_ne!(kind, PacketType::Unknown(number));
        let request = Request::parse(kind, &ZEROS[..request_len]).expect("a whole request");
        assert!(!matches!(request, Request::Other { .. }), "{kind:?} has a type");
        assert_eq!((request.packet_type(), request.buffer_len()), (kind, request_len), "{kind:?}");
        let mut body = [0xA5; 64];
        assert_eq!(Command::emit(&request, &mut body), Ok(request_len));
        assert_eq!(body[..request_len], ZEROS[..request_len]);
        for len in 0..request_len {
            let short = Request::parse(kind, &ZEROS[..len]);
            assert!(matches!(short, Err(ParseError::TooShort { .. })), "{kind:?}: {short:?}");
        }

        let len = 1 + response_len;
        let response = Response::parse(kind, &ZEROS[..len]).expect("a whole response");
        assert!(!matches!(response, Response::Other { .. }), "{kind:?} has a type");
        assert_eq!((response.packet_type(), response.buffer_len()), (kind, len), "{kind:?}");
        assert_eq!(response.emit(&mut body), Ok(len));
        for len in 0..len {
            let short = Response::parse(kind, &ZEROS[..len]);
            let Err(ParseError::TooShort { expected, found }) = short else { panic!("{short:?}") };
            assert!(found == len && expected > len, "{kind:?}: {expected} for {len}");
        }
        for code in [ResponseCode::NotFound, ResponseCode::EndOfList] {
            let refused = Response::Refused { packet_type: kind, code };
            assert_eq!(Response::parse(kind, &[code.into()]), Ok(refused), "without fields");
        }
    }
}

#[test]
fn what_newer_managers_append_is_absent_from_older_ones() {
    let network = |len: usize| match Response::parse(PacketType::GetNetworkInfo, &[0; 43][..len]) {
        Ok(Response::GetNetworkInfo(info)) => {
            (info.num_lost_packets, info.num_arrived_packets, info.max_numb_hops)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(network(30), (None, None, None));
    assert_eq!(network(34), (Some(0), None, None));
    assert_eq!(network(42), (Some(0), Some(0), None));
    assert_eq!(network(43), (Some(0), Some(0), Some(0)));
    let mote = |len: usize| match Response::parse(PacketType::GetMoteInfo, &[0; 42][..len]) {
        Ok(Response::GetMoteInfo(info)) => (info.state_time, info.num_joins, info.hop_depth),
        other => panic!("{other:?}"),
    };
    assert_eq!(mote(36), (None, None, None));
    assert_eq!(mote(42), (Some(0), Some(0), Some(0)));
    for cut_short in [31, 33, 41] {
        let parsed = Response::parse(PacketType::GetNetworkInfo, &[0; 43][..cut_short]);
        assert!(parsed.is_err(), "{cut_short} octets end within a field");
    }
    let device = |len: usize| {
        let report = DeviceReport::parse(&[0; 27][..len]).expect("a whole report");
        (report.num_net_mic_err, report.num_mac_mic_err, report.num_mac_crc_err)
    };
    assert_eq!(device(24), (None, None, None));
    assert_eq!(device(27), (Some(0), Some(0), Some(0)));
}

#[test]
fn nothing_is_emitted_behind_what_is_absent() {
    let mut report = DeviceReport::default();
    report.num_mac_crc_err = Some(7);
    assert_eq!(report.buffer_len(), 24);
    let mut buffer = [0xA5; 27];
    assert_eq!(report.emit(&mut buffer), Ok(24));
    assert_eq!(buffer[24..], [0xA5; 3]);
}

#[test]
fn more_links_than_a_response_can_have_are_an_error() {
    let mut body = [0; 128];
    body[4] = 10;
    let Ok(Response::GetMoteLinks(links)) = Response::parse(PacketType::GetMoteLinks, &body[..95])
    else {
        panic!("ten links");
    };
    assert_eq!((links.links.len(), links.buffer_len()), (10, 94));
    body[4] = 2;
    let Ok(Response::GetMoteLinks(links)) = Response::parse(PacketType::GetMoteLinks, &body[..95])
    else {
        panic!("two links and octets without a meaning");
    };
    assert_eq!(links.links.len(), 2);
    body[4] = 11;
    let parsed = Response::parse(PacketType::GetMoteLinks, &body);
    assert_eq!(parsed, Err(ParseError::LengthMismatch { declared: 11, found: 10 }));
}

#[test]
fn keys_and_passwords_are_not_printed() {
    let request = Request::parse(PacketType::SetCommonJoinKey, &[0x5A; 16]).expect("a request");
    let printed = format!("{request:?}");
    assert!(!printed.contains("90") && !printed.to_lowercase().contains("5a"), "{printed}");
    assert_eq!(format!("{:?}", Secret([1; 16])), "Secret(…)");
}

#[test]
fn a_repeated_iteration_of_a_reports_blocks_skips_what_is_unknown() {
    let neighbor = Neighbor {
        neighbor_id: 2,
        neighbor_flag: 0,
        rssi: Rssi(-52),
        num_tx_packets: 100,
        num_tx_failures: 25,
        num_rx_packets: 7,
    };
    let heard = DiscoveredNeighbor { neighbor_id: 3, rssi: Rssi(-80), num_rx: 1 };
    let channel =
        ChannelReport { idle_rssi: Rssi(-95), tx_unicast_attempts: 4, tx_unicast_failures: 1 };
    let (mut neighbors, mut discovered, mut channels) = ([0; 110], [0; 8], [0; 75]);
    let mut device = DeviceReport::default();
    device.charge = 3393;
    device.worst_link = BadLink { num_tx_bad: 1, frame_id: 1, slot: 77, offset: 3 };
    let blocks = [
        Block::Device(device),
        Block::Unknown { id: 0x83, body: &[1, 2, 3] },
        Block::Neighbors(Neighbors::of(&[neighbor; 11], &mut neighbors).expect("room")),
        Block::DiscoveredNeighbors(
            DiscoveredNeighbors::of(2, &[heard; 2], &mut discovered).expect("room"),
        ),
        Block::Channels(Channels::of(&[channel; 15], &mut channels).expect("room")),
        Block::Unknown { id: 0x91, body: &[9, 0] },
    ];
    let mut payload = Vec::new();
    for block in &blocks {
        let mut buffer = vec![0; block.buffer_len()];
        assert_eq!(block.emit(&mut buffer), Ok(buffer.len()));
        payload.extend(buffer);
    }
    let report = HealthReport { mac_address: MOTE, payload: &payload };
    let found: Vec<_> = report.blocks().map(|block| block.expect("a whole block")).collect();
    assert_eq!(found, blocks);

    let Block::Neighbors(neighbors) = found[2] else { panic!("neighbours") };
    assert_eq!(neighbors.iter().collect::<Vec<_>>(), [neighbor; 11]);
    assert_eq!(neighbor.stability(), Some(0.75));
    assert_eq!(Neighbor { num_tx_packets: 0, ..neighbor }.stability(), None, "nothing was sent");
    let Block::Device(device) = found[0] else { panic!("the device") };
    assert!(device.bad_link().is_some());
    assert_eq!(DeviceReport::default().bad_link(), None);

    let report = HealthReport { payload: &payload[..payload.len() - 1], ..report };
    let cut: Vec<_> = report.blocks().collect();
    assert_eq!(cut.len(), blocks.len());
    assert!(cut[..5].iter().all(Result::is_ok) && cut[5].is_err(), "only the last is cut short");
}

#[test]
fn a_block_that_declares_more_than_it_holds_is_an_error_and_hides_no_other() {
    let payload = [0x81, 1, 1, 0x82, 2, 0, 1, 0x91, 3, 1, 9, 0, 0x80, 3, 0, 0, 0, 0x99, 0];
    let report = HealthReport { mac_address: MOTE, payload: &payload };
    let blocks: Vec<_> = report.blocks().map(|block| block.map(|block| block.id())).collect();
    assert_eq!(blocks.len(), 5);
    assert!(blocks[..4].iter().all(Result::is_err), "{blocks:?}");
    assert_eq!(blocks[4], Ok(0x99));
}

#[test]
fn the_queue_is_at_most_as_full_as_its_larger_half_says() {
    for (octet, mean, max) in [(0x21, 1, 2), (0x12, 1, 2), (0x37, 3, 7), (0xF0, 0, 15)] {
        assert_eq!((QueueOccupancy(octet).mean(), QueueOccupancy(octet).max()), (mean, max));
    }
}

/// The payload of a vector's frame.
fn payload(name: &str) -> Vec<u8> {
    let vectors = vectors("manager_api.json");
    let vector = vectors.iter().find(|vector| vector["name"] == name).expect("the vector");
    let frame = octets(&vector["frame"]);
    let mut decoder = Decoder::<128>::new();
    let fed = decoder.feed(&frame);
    fed.outcome.expect("a frame").expect("a good frame").to_vec()
}

fn event(name: &str, check: impl FnOnce(EventKind<'_>)) {
    let payload = payload(name);
    let packet = Packet::parse(&payload).expect("a packet");
    let Ok(Notification::Event(event)) = Notification::parse(packet.body) else { panic!("{name}") };
    check(event.kind);
}

fn response(name: &str, check: impl FnOnce(Response<'_>)) {
    let payload = payload(name);
    let packet = Packet::parse(&payload).expect("a packet");
    check(Response::parse(packet.packet_type, packet.body).expect("a response"));
}

#[test]
fn the_numbers_of_an_event_are_read_by_its_own_table() {
    event("commandFinished rc=1", |kind| {
        let EventKind::CommandFinished { outcome, .. } = kind else { panic!("{kind:?}") };
        assert_eq!(outcome, CommandOutcome::Nack);
    });
    event("commandFinished rc=2", |kind| {
        let EventKind::CommandFinished { outcome, .. } = kind else { panic!("{kind:?}") };
        assert_eq!(outcome, CommandOutcome::TimedOut);
    });
    event("packetSent rc=1", |kind| {
        assert_eq!(kind, EventKind::PacketSent { callback_id: 5, rc: 1 });
    });
    event("joinFailed reason=2", |kind| {
        let reason = JoinFailure::WrongKey;
        assert_eq!(kind, EventKind::JoinFailed { mac_address: MOTE, reason });
    });
    event("invalidMIC", |kind| assert_eq!(kind, EventKind::InvalidMic(MOTE)));
    event("pathCreate", |kind| {
        let direction = PathDirection::Upstream;
        assert_eq!(kind, EventKind::PathCreate { source: MOTE, dest: OTHER, direction });
    });
}

#[test]
fn a_ping_that_was_not_answered_has_no_voltage_and_no_temperature() {
    event("pingResponse delay=-1 (timeout)", |kind| {
        let expected = EventKind::PingResponse { callback_id: 5, mac_address: MOTE, answer: None };
        assert_eq!(kind, expected);
    });
    event("pingResponse ok", |kind| {
        let answer = Some(PingAnswer { delay: 1234, voltage: 2980, temperature: 23 });
        assert_eq!(kind, EventKind::PingResponse { callback_id: 5, mac_address: MOTE, answer });
    });
}

#[test]
fn health_reports_and_the_radio_test() {
    let payload_of_device = payload("healthReport device");
    let packet = Packet::parse(&payload_of_device).expect("a packet");
    let Ok(Notification::HealthReport(report)) = Notification::parse(packet.body) else {
        panic!("a report");
    };
    let Some(Ok(Block::Device(device))) = report.blocks().next() else { panic!("a device") };
    assert_eq!((device.charge, device.temperature, device.battery_voltage), (3393, 25, 3026));
    assert_eq!((device.queue_occ.max(), device.num_mac_crc_err), (2, Some(24)));

    let payload_of_neighbors = payload("healthReport neighbors");
    let packet = Packet::parse(&payload_of_neighbors).expect("a packet");
    let Ok(Notification::HealthReport(report)) = Notification::parse(packet.body) else {
        panic!("a report");
    };
    let Some(Ok(Block::Neighbors(neighbors))) = report.blocks().next() else { panic!("them") };
    let neighbor = neighbors.iter().next().expect("one");
    assert_eq!((neighbor.neighbor_id, neighbor.rssi.dbm()), (1, Some(-52)));
    assert_eq!((neighbor.num_tx_packets, neighbor.num_tx_failures), (93, 1));

    let payload = payload("radiotestStatsPER");
    let packet = Packet::parse(&payload).expect("a packet");
    let expected = RadiotestStatsPer {
        num_rx_ok: 1,
        num_rx_err: 1,
        num_rx_inv: 1,
        num_rx_miss: 1,
        per_int: 1,
        per_frac: 1,
    };
    let notification = Notification::parse(packet.body);
    assert_eq!(notification, Ok(Notification::RadiotestStatsPer(expected)));
}

#[test]
fn data_is_found_without_the_other_notifications() {
    for vector in vectors("oap_notifications.json") {
        let payload = octets(&vector["packet"]);
        let packet = Packet::parse(&payload).expect("a packet");
        let Ok(Notification::Data(data)) = Notification::parse(packet.body) else { panic!("data") };
        assert_eq!(Data::of_notification(packet.body), Ok(Some(data)));
        let cut = Data::of_notification(&packet.body[..20]);
        assert!(matches!(cut, Err(ParseError::TooShort { .. })), "{cut:?}");
    }
    assert_eq!(Data::of_notification(&[1, 0, 0, 0, 7, 1]), Ok(None), "an event");
    assert_eq!(Data::of_notification(&[]), Ok(None));
}

#[test]
fn a_walk_through_the_network() {
    response("getNextPathInfo response", |response| {
        let Response::GetNextPathInfo(NextPathInfo { path_id, path }) = response else {
            panic!("{response:?}")
        };
        assert_eq!((path_id, path.source, path.dest), (2, MOTE, OTHER));
        assert_eq!((path.direction, path.num_links), (PathDirection::Downstream, 2));
        assert_eq!((path.quality, path.measured_quality()), (74, Some(74)));
        assert_eq!((path.rssi_src_dest.dbm(), path.rssi_dest_src.dbm()), (Some(-60), Some(-61)));
        let unused = PathInfo { direction: PathDirection::Unused, rssi_src_dest: Rssi(0), ..path };
        assert_eq!((unused.measured_quality(), unused.rssi_src_dest.dbm()), (None, None));
    });
    response("getMoteInfo response", |response| {
        let Response::GetMoteInfo(info) = response else { panic!("{response:?}") };
        assert_eq!((info.mac_address, info.state), (MOTE, MoteState::Operational));
        assert_eq!((info.requested_bw, info.packets_received), (61770, 12));
        assert_eq!(
            (info.state_time, info.num_joins, info.hop_depth),
            (Some(11226), Some(1), Some(0))
        );
    });
    response("getMoteConfig response", |response| {
        let Response::GetMoteConfig(config) = response else { panic!("{response:?}") };
        assert_eq!((config.mote_id, config.is_ap, config.is_routing), (1, true, true));
    });
    response("getNetworkInfo response, pre-1.3.0", |response| {
        let Response::GetNetworkInfo(info) = response else { panic!("{response:?}") };
        assert_eq!((info.num_motes, info.net_state), (5, NetworkState::Operational));
        assert_eq!((info.net_latency, info.max_numb_hops), (420, None));
    });
    response("getNetworkInfo response, 42 octets", |response| {
        let Response::GetNetworkInfo(info) = response else { panic!("{response:?}") };
        assert_eq!((info.num_lost_packets, info.num_arrived_packets), (Some(1), Some(1000)));
        assert_eq!(info.max_numb_hops, Some(3));
    });
}
