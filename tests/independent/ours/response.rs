use manager_core::command::{MoteConfig, MoteInfo, MoteLinks, NetworkConfig, PathInfo};
use manager_core::{NetworkInfo, Response, TimeInfo};
use serde_json::{Map, Value, json};

use super::{hex, mac};

pub(super) fn fields(response: &Response<'_>) -> Value {
    let mut all = Map::new();
    let rc = match response {
        Response::Refused { code, .. } => (*code).into(),
        _ => 0,
    };
    all.insert("rc".into(), rc.into());
    all.extend(named(response).as_object().expect("names and values").clone());
    Value::Object(all)
}

fn named(response: &Response<'_>) -> Value {
    match response {
        Response::Refused { .. } | Response::Subscribe | Response::GetLog => json!({}),
        Response::GetTime(info) => time(info),
        Response::GetNextAclEntry(entry) => json!({
            "macAddress": mac(entry.mac_address),
            "joinKey": hex(&entry.join_key.0),
        }),
        Response::PingMote(callback) | Response::SendData(callback) => {
            json!({"callbackId": callback.callback_id})
        }
        Response::GetSystemInfo(info) => json!({
            "macAddress": mac(info.mac_address),
            "hwModel": info.hw_model,
            "hwRev": info.hw_rev,
            "swMajor": info.sw_major,
            "swMinor": info.sw_minor,
            "swPatch": info.sw_patch,
            "swBuild": info.sw_build,
        }),
        Response::GetMoteConfig(config) | Response::GetMoteConfigById(config) => mote(config),
        Response::GetPathInfo(info) => path(info),
        Response::GetNextPathInfo(next) => with(path(&next.path), "pathId", next.path_id.into()),
        Response::GetManagerStatistics(statistics) => json!({
            "serTxCnt": statistics.ser_tx_cnt,
            "serRxCnt": statistics.ser_rx_cnt,
            "serRxCRCErr": statistics.ser_rx_crc_err,
            "serRxOverruns": statistics.ser_rx_overruns,
            "apiEstabConn": statistics.api_estab_conn,
            "apiDroppedConn": statistics.api_dropped_conn,
            "apiTxOk": statistics.api_tx_ok,
            "apiTxErr": statistics.api_tx_err,
            "apiTxFail": statistics.api_tx_fail,
            "apiRxOk": statistics.api_rx_ok,
            "apiRxProtErr": statistics.api_rx_prot_err,
        }),
        Response::GetLicense(license) => json!({"license": hex(&license.license)}),
        Response::GetMoteInfo(info) => mote_info(info),
        Response::GetNetworkConfig(config) => network_config(config),
        Response::GetNetworkInfo(info) => network_info(info),
        Response::GetIpConfig(config) => json!({
            "ipv6Address": hex(&config.ipv6_address),
            "mask": hex(&config.mask),
        }),
        Response::GetMoteLinks(some) => links(some),
        other => panic!("no recording has {other:?}"),
    }
}

pub(super) fn time(info: &TimeInfo) -> Value {
    json!({
        "uptime": info.uptime,
        "utcSecs": info.utc.secs,
        "utcUsecs": info.utc.usecs,
        "asn": hex(&info.asn),
        "asnOffset": info.asn_offset,
    })
}

fn mote(config: &MoteConfig) -> Value {
    json!({
        "macAddress": mac(config.mac_address),
        "moteId": config.mote_id,
        "isAP": u8::from(config.is_ap),
        "state": u8::from(config.state),
        "reserved": config.reserved,
        "isRouting": u8::from(config.is_routing),
    })
}

fn path(info: &PathInfo) -> Value {
    json!({
        "source": mac(info.source),
        "dest": mac(info.dest),
        "direction": u8::from(info.direction),
        "numLinks": info.num_links,
        "quality": info.quality,
        "rssiSrcDest": info.rssi_src_dest.0,
        "rssiDestSrc": info.rssi_dest_src.0,
    })
}

fn mote_info(info: &MoteInfo) -> Value {
    let fields = json!({
        "macAddress": mac(info.mac_address),
        "state": u8::from(info.state),
        "numNbrs": info.num_nbrs,
        "numGoodNbrs": info.num_good_nbrs,
        "requestedBw": info.requested_bw,
        "totalNeededBw": info.total_needed_bw,
        "assignedBw": info.assigned_bw,
        "packetsReceived": info.packets_received,
        "packetsLost": info.packets_lost,
        "avgLatency": info.avg_latency,
    });
    let fields = appended(fields, "stateTime", info.state_time.map(Into::into));
    let fields = appended(fields, "numJoins", info.num_joins.map(Into::into));
    appended(fields, "hopDepth", info.hop_depth.map(Into::into))
}

fn network_config(config: &NetworkConfig) -> Value {
    json!({
        "networkId": config.network_id,
        "apTxPower": config.ap_tx_power,
        "frameProfile": config.frame_profile,
        "maxMotes": config.max_motes,
        "baseBandwidth": config.base_bandwidth,
        "downFrameMultVal": config.down_frame_mult_val,
        "numParents": config.num_parents,
        "ccaMode": config.cca_mode,
        "channelList": config.channel_list,
        "autoStartNetwork": u8::from(config.auto_start_network),
        "locMode": config.loc_mode,
        "bbMode": config.bb_mode,
        "bbSize": config.bb_size,
        "isRadioTest": config.is_radio_test,
        "bwMult": config.bw_mult,
        "oneChannel": config.one_channel,
    })
}

fn network_info(info: &NetworkInfo) -> Value {
    let fields = json!({
        "numMotes": info.num_motes,
        "asnSize": info.asn_size,
        "advertisementState": info.advertisement_state,
        "downFrameState": info.down_frame_state,
        "netReliability": info.net_reliability,
        "netPathStability": info.net_path_stability,
        "netLatency": info.net_latency,
        "netState": u8::from(info.net_state),
        "ipv6Address": hex(&info.ipv6_address),
    });
    let fields = appended(fields, "numLostPackets", info.num_lost_packets.map(Into::into));
    let fields = appended(fields, "numArrivedPackets", info.num_arrived_packets.map(Into::into));
    appended(fields, "maxNumbHops", info.max_numb_hops.map(Into::into))
}

fn links(links: &MoteLinks) -> Value {
    let items = links.links.iter().map(|link| {
        json!({
            "frameId": link.frame_id,
            "slot": link.slot,
            "channelOffset": link.channel_offset,
            "moteId": link.mote_id,
            "flags": link.flags,
        })
    });
    let items: Vec<_> = items.collect();
    json!({
        "idx": links.idx,
        "utilization": links.utilization,
        "numLinks": items.len(),
        "links": items,
    })
}

fn appended(fields: Value, name: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => with(fields, name, value),
        None => fields,
    }
}

fn with(mut fields: Value, name: &str, value: Value) -> Value {
    fields[name] = value;
    fields
}
