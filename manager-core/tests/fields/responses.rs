//! What a manager answers, behind its response code.

use manager_core::command::{
    Callback, MoteLink, MoteState, NetworkState, PathDirection, RawResponse, Rssi, Secret,
};
use manager_core::{
    EmitError, HelloResponse, MacAddress, ManagerHello, PacketType, ParseError, Response,
    ResponseCode, SuccessCode,
};

/// `number command { offset type: field, … }`
macro_rules! responses {
    ($($number:literal $name:ident $fields:tt)*) => {$(
        fields!(
            |fields: &[u8]| {
                let body = [&[0], fields].concat();
                match Response::parse(PacketType::from($number), &body) {
                    Ok(Response::$name(message)) => message,
                    other => panic!("{other:?}"),
                }
            },
            stringify!($name),
            $fields
        );
    )*};
}

#[test]
fn responses_have_their_fields_where_the_vendor_has_them() {
    responses! {
        0x15 Reset { 0 MacAddress: mac_address, }
        0x17 GetTime {
            0 u32: uptime, 4 i64: utc.secs, 12 u32: utc.usecs, 16 [u8; 5]: asn, 21 u16: asn_offset,
        }
        0x21 ExchangeMoteJoinKey { 0 u32: callback_id, }
        0x22 ExchangeNetworkId { 0 u32: callback_id, }
        0x26 GetRadiotestStatistics { 0 u16: rx_ok, 2 u16: rx_fail, }
        0x28 GetNextAclEntry { 0 MacAddress: mac_address, 8 Secret: join_key, }
        0x2A PingMote { 0 u32: callback_id, }
        0x2C SendData { 0 u32: callback_id, }
        0x2E GetSystemInfo {
            0 MacAddress: mac_address, 8 u8: hw_model, 9 u8: hw_rev, 10 u8: sw_major,
            11 u8: sw_minor, 12 u8: sw_patch, 13 u16: sw_build,
        }
        0x2F GetMoteConfig {
            0 MacAddress: mac_address, 8 u16: mote_id, 10 bool: is_ap, 11 MoteState: state,
            12 u8: reserved, 13 bool: is_routing,
        }
        0x30 GetPathInfo {
            0 MacAddress: source, 8 MacAddress: dest, 16 PathDirection: direction,
            17 u8: num_links, 18 u8: quality, 19 Rssi: rssi_src_dest, 20 Rssi: rssi_dest_src,
        }
        0x31 GetNextPathInfo {
            0 u16: path_id, 2 MacAddress: path.source, 10 MacAddress: path.dest,
            18 PathDirection: path.direction, 19 u8: path.num_links, 20 u8: path.quality,
            21 Rssi: path.rssi_src_dest, 22 Rssi: path.rssi_dest_src,
        }
        0x32 SetAdvertising { 0 u32: callback_id, }
        0x33 SetDownstreamFrameMode { 0 u32: callback_id, }
        0x35 GetManagerStatistics {
            0 u16: ser_tx_cnt, 2 u16: ser_rx_cnt, 4 u16: ser_rx_crc_err, 6 u16: ser_rx_overruns,
            8 u16: api_estab_conn, 10 u16: api_dropped_conn, 12 u16: api_tx_ok, 14 u16: api_tx_err,
            16 u16: api_tx_fail, 18 u16: api_rx_ok, 20 u16: api_rx_prot_err,
        }
        0x37 GetLicense { 0 [u8; 13]: license, }
        0x3B SendIp { 0 u32: callback_id, }
        0x3E GetMoteInfo {
            0 MacAddress: mac_address, 8 MoteState: state, 9 u8: num_nbrs, 10 u8: num_good_nbrs,
            11 u32: requested_bw, 15 u32: total_needed_bw, 19 u32: assigned_bw,
            23 u32: packets_received, 27 u32: packets_lost, 31 u32: avg_latency,
            35 Option<u32>: state_time, 39 Option<u8>: num_joins, 40 Option<u8>: hop_depth,
        }
        0x3F GetNetworkConfig {
            0 u16: network_id, 2 i8: ap_tx_power, 3 u8: frame_profile, 4 u16: max_motes,
            6 u16: base_bandwidth, 8 u8: down_frame_mult_val, 9 u8: num_parents, 10 u8: cca_mode,
            11 u16: channel_list, 13 bool: auto_start_network, 14 u8: loc_mode, 15 u8: bb_mode,
            16 u8: bb_size, 17 u8: is_radio_test, 18 u16: bw_mult, 20 u8: one_channel,
        }
        0x40 GetNetworkInfo {
            0 u16: num_motes, 2 u16: asn_size, 4 u8: advertisement_state, 5 u8: down_frame_state,
            6 u8: net_reliability, 7 u8: net_path_stability, 8 u32: net_latency,
            12 NetworkState: net_state, 13 [u8; 16]: ipv6_address, 29 Option<u32>: num_lost_packets,
            33 Option<u64>: num_arrived_packets, 41 Option<u8>: max_numb_hops,
        }
        0x41 GetMoteConfigById {
            0 MacAddress: mac_address, 8 u16: mote_id, 10 bool: is_ap, 11 MoteState: state,
            12 u8: reserved, 13 bool: is_routing,
        }
        0x43 GetIpConfig { 0 [u8; 16]: ipv6_address, 16 [u8; 16]: mask, }
    }
}

#[test]
fn what_begins_a_session_has_its_fields_where_the_vendor_has_them() {
    fields!(
        |body| HelloResponse::parse(body).expect("a response"),
        "hello_response",
        { 0 SuccessCode: success_code, 1 u8: version, 2 u8: mgr_seq_no, 3 u8: cli_seq_no, 4 u8: mode, }
    );
    fields!(
        |body| ManagerHello::parse(body).expect("a hello"),
        "manager_hello",
        { 0 u8: version, 1 u8: mode, }
    );
}

#[test]
fn links_are_read_one_after_the_other() {
    let mut body = vec![0, 0x01, 0x02, 3, 2];
    body.extend(0x11..=0x22);
    let Ok(Response::GetMoteLinks(links)) = Response::parse(PacketType::from(0x46), &body) else {
        panic!("links");
    };
    assert_eq!((links.idx, links.utilization), (0x0102, 3));
    let expected = [
        MoteLink {
            frame_id: 0x11,
            slot: 0x1213_1415,
            channel_offset: 0x16,
            mote_id: 0x1718,
            flags: 0x19,
        },
        MoteLink {
            frame_id: 0x1A,
            slot: 0x1B1C_1D1E,
            channel_offset: 0x1F,
            mote_id: 0x2021,
            flags: 0x22,
        },
    ];
    assert_eq!(links.links, expected);
    let response = Response::GetMoteLinks(links);
    let mut emitted = vec![0xA5; body.len()];
    assert_eq!((response.buffer_len(), response.emit(&mut emitted)), (23, Ok(23)));
    assert_eq!(emitted, body);
}

#[test]
fn a_response_is_read_by_whoever_knows_what_was_asked() {
    let packet_type = PacketType::GetTime;
    let raw = |body| RawResponse { packet_type, body };
    assert_eq!(raw(&[0, 1, 2][..]).fields(), Ok(&[1, 2][..]));
    assert_eq!(raw(&[18, 1, 2]).fields(), Err(ResponseCode::NotFound));
    assert_eq!(raw(&[]).fields(), Err(ResponseCode::Unknown(255)));
    let code = ResponseCode::NotFound;
    assert_eq!(raw(&[18]).parse(), Ok(Response::Refused { packet_type, code }));
}

#[test]
fn the_response_code_stands_before_what_is_answered_and_counts() {
    let unknown = PacketType::from(0x50);
    let responses: [(u8, Response<'_>, &[u8]); 4] = [
        (
            0x22,
            Response::ExchangeNetworkId(Callback { callback_id: 0x0102_0304 }),
            &[0, 1, 2, 3, 4],
        ),
        (0x1F, Response::ClearStatistics, &[0]),
        (0x50, Response::Other { packet_type: unknown, fields: &[7, 8] }, &[0, 7, 8]),
        (0x50, Response::Refused { packet_type: unknown, code: ResponseCode::NotFound }, &[18]),
    ];
    for (number, response, body) in responses {
        assert_eq!(Response::parse(PacketType::from(number), body), Ok(response.clone()));
        let needed = body.len();
        assert_eq!((response.packet_type().into(), response.buffer_len()), (number, needed));
        let mut emitted = vec![0xA5; needed];
        assert_eq!(response.emit(&mut emitted), Ok(needed));
        assert_eq!(emitted, body);
        for len in 0..needed {
            let too_small = Err(EmitError::BufferTooSmall { needed });
            assert_eq!(response.emit(&mut vec![0; len]), too_small, "{response:?}");
        }
    }
    let too_short = ParseError::TooShort { expected: 5, found: 4 };
    let cut = Response::parse(PacketType::ExchangeNetworkId, &[0, 1, 2, 3]);
    assert_eq!(cut, Err(too_short), "with the response code");
    let nothing = Response::parse(unknown, &[]);
    assert_eq!(nothing, Err(ParseError::TooShort { expected: 1, found: 0 }));
}
