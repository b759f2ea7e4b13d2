use manager_core::Request;
use serde_json::{Value, json};

use super::{hex, mac};

pub(super) fn fields(request: &Request<'_>) -> Value {
    match request {
        Request::Subscribe(subscribe) => {
            json!({"filter": subscribe.filter.0, "unackFilter": subscribe.unack_filter.0})
        }
        Request::GetTime
        | Request::GetSystemInfo
        | Request::GetNetworkConfig
        | Request::GetNetworkInfo
        | Request::GetManagerStatistics
        | Request::GetIpConfig
        | Request::GetLicense => json!({}),
        Request::GetNextAclEntry(of) => json!({"macAddress": mac(of.mac_address)}),
        Request::PingMote(of) => json!({"macAddress": mac(of.mac_address)}),
        Request::GetLog(of) => json!({"macAddress": mac(of.mac_address)}),
        Request::GetMoteInfo(of) => json!({"macAddress": mac(of.mac_address)}),
        Request::SendData(packet) => json!({
            "macAddress": mac(packet.mac_address),
            "priority": packet.priority,
            "srcPort": packet.src_port,
            "dstPort": packet.dst_port,
            "options": packet.options,
            "data": hex(packet.data),
        }),
        Request::GetMoteConfig(of) => {
            json!({"macAddress": mac(of.mac_address), "next": u8::from(of.next)})
        }
        Request::GetMoteConfigById(of) => json!({"moteId": of.mote_id}),
        Request::GetPathInfo(of) => json!({"source": mac(of.source), "dest": mac(of.dest)}),
        Request::GetNextPathInfo(of) => json!({
            "macAddress": mac(of.mac_address),
            "filter": u8::from(of.filter),
            "pathId": of.path_id,
        }),
        Request::GetMoteLinks(of) => json!({"macAddress": mac(of.mac_address), "idx": of.idx}),
        other => panic!("no recording has {other:?}"),
    }
}
