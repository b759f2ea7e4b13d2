//! What a client asks.

use manager_core::NotificationMask;
use manager_core::command::{
    self, Command, PathFilter, RadiotestPacket, RadiotestTx, ResetTarget, Secret,
};
use manager_core::{Hello, MacAddress, PacketType, Request};

/// `number command { offset type: field, … }`
macro_rules! requests {
    ($($number:literal $name:ident $fields:tt)*) => {$(
        assert_eq!(u8::from(PacketType::$name), $number);
        fields!(
            |body| match Request::parse(PacketType::from($number), body) {
                Ok(Request::$name(message)) => message,
                other => panic!("{other:?}"),
            },
            stringify!($name),
            $fields
        );
        let Ok(request) = Request::parse(PacketType::from($number), &[0x81; 64]) else {
            panic!("{}", stringify!($name));
        };
        let Request::$name(alone) = &request else { panic!("{request:?}") };
        assert_same(alone, &request);
    )*};
}

/// Asserts that a command's own type says what [`Request`] says.
fn assert_same(alone: &dyn Command, request: &Request<'_>) {
    for command in [alone, request] {
        assert_eq!(command.packet_type(), request.packet_type());
        assert_eq!(command.buffer_len(), request.buffer_len(), "{request:?}");
        let (mut emitted, mut expected) = ([0xA5; 64], [0xA5; 64]);
        assert_eq!(command.emit(&mut emitted), Ok(command.buffer_len()), "{request:?}");
        assert_eq!(request.emit(&mut expected), Ok(command.buffer_len()), "{request:?}");
        assert_eq!(emitted, expected, "{request:?}");
    }
}

#[test]
fn requests_have_their_fields_where_the_vendor_has_them() {
    requests! {
        0x15 Reset { 0 ResetTarget: target, 1 MacAddress: mac_address, }
        0x16 Subscribe { 0 NotificationMask: filter, 4 NotificationMask: unack_filter, }
        0x1A SetNetworkConfig {
            0 u16: network_id, 2 i8: ap_tx_power, 3 u8: frame_profile, 4 u16: max_motes,
            6 u16: base_bandwidth, 8 u8: down_frame_mult_val, 9 u8: num_parents, 10 u8: cca_mode,
            11 u16: channel_list, 13 bool: auto_start_network, 14 u8: loc_mode, 15 u8: bb_mode,
            16 u8: bb_size, 17 u8: is_radio_test, 18 u16: bw_mult, 20 u8: one_channel,
        }
        0x21 ExchangeMoteJoinKey { 0 MacAddress: mac_address, 8 Secret: key, }
        0x22 ExchangeNetworkId { 0 u16: id, }
        0x25 RadiotestRx { 0 u16: mask, 2 u16: duration, 4 u8: station_id, }
        0x27 SetAclEntry { 0 MacAddress: mac_address, 8 Secret: join_key, }
        0x28 GetNextAclEntry { 0 MacAddress: mac_address, }
        0x29 DeleteAclEntry { 0 MacAddress: mac_address, }
        0x2A PingMote { 0 MacAddress: mac_address, }
        0x2B GetLog { 0 MacAddress: mac_address, }
        0x2F GetMoteConfig { 0 MacAddress: mac_address, 8 bool: next, }
        0x30 GetPathInfo { 0 MacAddress: source, 8 MacAddress: dest, }
        0x31 GetNextPathInfo { 0 MacAddress: mac_address, 8 PathFilter: filter, 9 u16: path_id, }
        0x32 SetAdvertising { 0 u8: activate, }
        0x33 SetDownstreamFrameMode { 0 u8: frame_mode, }
        0x36 SetTime { 0 u8: trigger, 1 i64: utc.secs, 9 u32: utc.usecs, }
        0x38 SetLicense { 0 [u8; 13]: license, }
        0x3A SetCliUser { 0 u8: role, 1 Secret: password, }
        0x3E GetMoteInfo { 0 MacAddress: mac_address, }
        0x41 GetMoteConfigById { 0 u16: mote_id, }
        0x42 SetCommonJoinKey { 0 Secret: key, }
        0x44 SetIpConfig { 0 [u8; 16]: ipv6_address, 16 [u8; 16]: mask, }
        0x45 DeleteMote { 0 MacAddress: mac_address, }
        0x46 GetMoteLinks { 0 MacAddress: mac_address, 8 u16: idx, }
        0x4B RadiotestTxPer { 0 i8: tx_power, 1 u16: num_packets, 3 u16: chan_mask, 5 u16: num_repeat, }
    }
    fields!(
        |body| Hello::parse(body).expect("a hello"),
        "hello",
        { 0 u8: version, 1 u8: cli_seq_no, 2 u8: mode, }
    );
}

#[test]
fn a_hello_is_of_the_version_that_the_manager_speaks() {
    assert_eq!(Hello::new(7), Hello { version: 4, cli_seq_no: 7, mode: 0 });
}

#[test]
fn commands_without_fields_have_their_numbers() {
    let commands: [(u8, Request<'_>, &dyn Command); 12] = [
        (0x17, Request::GetTime, &command::GetTime),
        (0x1F, Request::ClearStatistics, &command::ClearStatistics),
        (0x26, Request::GetRadiotestStatistics, &command::GetRadiotestStatistics),
        (0x2D, Request::StartNetwork, &command::StartNetwork),
        (0x2E, Request::GetSystemInfo, &command::GetSystemInfo),
        (0x35, Request::GetManagerStatistics, &command::GetManagerStatistics),
        (0x37, Request::GetLicense, &command::GetLicense),
        (0x3D, Request::RestoreFactoryDefaults, &command::RestoreFactoryDefaults),
        (0x3F, Request::GetNetworkConfig, &command::GetNetworkConfig),
        (0x40, Request::GetNetworkInfo, &command::GetNetworkInfo),
        (0x43, Request::GetIpConfig, &command::GetIpConfig),
        (0x4A, Request::RadiotestRxPer, &command::RadiotestRxPer),
    ];
    for (number, request, alone) in commands {
        assert_eq!(u8::from(request.packet_type()), number);
        assert_same(alone, &request);
        assert_eq!(Request::parse(PacketType::from(number), &[]), Ok(request));
    }
}

#[test]
fn what_is_sent_to_a_mote_stands_behind_how() {
    let body: Vec<u8> = (1..=17).collect();
    let Ok(Request::SendIp(ip)) = Request::parse(PacketType::from(0x3B), &body) else {
        panic!("a packet");
    };
    assert_eq!(ip.mac_address, MacAddress([1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!((ip.priority, ip.options, ip.encrypted_offset), (9, 10, 11));
    assert_eq!(ip.data, [12, 13, 14, 15, 16, 17]);
    let Ok(Request::SendData(data)) = Request::parse(PacketType::from(0x2C), &body) else {
        panic!("data");
    };
    assert_eq!(data.mac_address, MacAddress([1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!((data.priority, data.options), (9, 14));
    assert_eq!((data.src_port, data.dst_port), (0x0A0B, 0x0C0D));
    assert_eq!(data.data, [15, 16, 17]);
}

#[test]
fn a_test_of_the_radio_sends_a_sequence_of_packets() {
    let body = [1, 0x7F, 0xFE, 0, 9, 0xF8, 2, 20, 1, 44, 125, 0, 7, 5];
    let Ok(Request::RadiotestTx(test)) = Request::parse(PacketType::from(0x23), &body) else {
        panic!("a test");
    };
    let mut sequence = heapless::Vec::new();
    for (pk_len, delay) in [(20, 300), (125, 7)] {
        sequence.push(RadiotestPacket { pk_len, delay }).expect("room");
    }
    let expected = RadiotestTx {
        test_type: 1,
        chan_mask: 0x7FFE,
        repeat_cnt: 9,
        tx_power: -8,
        sequence,
        station_id: 5,
    };
    assert_eq!(test, expected);
    let mut emitted = [0; 14];
    assert_eq!((test.buffer_len(), test.emit(&mut emitted)), (14, Ok(14)));
    assert_eq!(emitted, body);
}

#[test]
fn any_other_command_is_what_the_caller_says() {
    let packet_type = PacketType::from(0x50);
    let request = Request::Other { packet_type, body: &[7, 8, 9] };
    assert_eq!(Request::parse(packet_type, &[7, 8, 9]), Ok(request.clone()));
    assert_eq!((request.packet_type(), request.buffer_len()), (packet_type, 3));
    let mut emitted = [0; 3];
    assert_eq!(request.emit(&mut emitted), Ok(3));
    assert_eq!(emitted, [7, 8, 9]);
}
