//! The fields of commands and of their responses.

use manager_core::PacketType;

use super::fields::{Fields, Layer};
use super::meaning::Meaning::{
    Channels, Flag, Ipv6, Mac, Mask, Names, Octets, Plain, Rssi, Secret, Signed, Unit,
};
use super::meaning::{DIRECTION, Layout};
use super::oap::explain_oap;
use super::time::explain_time;

const MOTE: Layout = &[(8, "macAddress", Mac)];
const CALLBACK: Layout = &[(4, "callbackId", Plain)];
const MOTE_STATE: &[&str] = &["lost", "negotiating", "", "", "operational"];
const PRIORITY: &[&str] = &["low", "medium", "high"];

const NETWORK_CONFIG: Layout = &[
    (2, "networkId", Plain),
    (1, "apTxPower", Signed("dBm")),
    (1, "frameProfile", Plain),
    (2, "maxMotes", Plain),
    (2, "baseBandwidth", Unit("ms a packet")),
    (1, "downFrameMultVal", Plain),
    (1, "numParents", Plain),
    (1, "ccaMode", Names(&["off", "energy", "carrier", "energy and carrier"])),
    (2, "channelList", Channels),
    (1, "autoStartNetwork", Flag),
    (1, "locMode", Plain),
    (1, "bbMode", Names(&["off", "upstream", "bidirectional"])),
    (1, "bbSize", Plain),
    (1, "isRadioTest", Flag),
    (2, "bwMult", Unit("%")),
    (1, "oneChannel", Plain),
];
const ACL_ENTRY: Layout = &[(8, "macAddress", Mac), (16, "joinKey", Secret)];
const IP_CONFIG: Layout = &[(16, "ipv6Address", Ipv6), (16, "mask", Ipv6)];
const LICENSE: Layout = &[(13, "license", Octets)];
const MOTE_CONFIG: Layout = &[
    (8, "macAddress", Mac),
    (2, "moteId", Plain),
    (1, "isAP", Flag),
    (1, "state", Names(MOTE_STATE)),
    (1, "reserved", Plain),
    (1, "isRouting", Flag),
];
const PATH_INFO: Layout = &[
    (8, "source", Mac),
    (8, "dest", Mac),
    (1, "direction", DIRECTION),
    (1, "numLinks", Plain),
    (1, "quality", Unit("%")),
    (1, "rssiSrcDest", Rssi),
    (1, "rssiDestSrc", Rssi),
];

/// Explains a command's fields.
pub(super) fn explain_request(mut fields: Fields<'_>, kind: PacketType) -> Option<()> {
    match kind {
        PacketType::SendData => {
            fields.layout(&[
                (8, "macAddress", Mac),
                (1, "priority", Names(PRIORITY)),
                (2, "srcPort", Plain),
            ])?;
            let port = fields.plain(2, "dstPort")?;
            fields.plain(1, "options")?;
            if port == u64::from(oap_core::UDP_PORT) {
                return explain_oap(fields.into_layer(Layer::Oap));
            }
            fields.remainder("UDP payload");
        }
        PacketType::SendIp => {
            fields.layout(&[
                (8, "macAddress", Mac),
                (1, "priority", Names(PRIORITY)),
                (1, "options", Plain),
                (1, "encryptedOffset", Plain),
            ])?;
            fields.remainder("IP packet");
        }
        PacketType::SetTime => {
            fields.plain(1, "trigger")?;
            super::time::explain_utc(&mut fields)?;
        }
        PacketType::RadiotestTx => {
            fields.layout(&[
                (1, "testType", Plain),
                (2, "chanMask", Channels),
                (2, "repeatCnt", Plain),
                (1, "txPower", Signed("dBm")),
            ])?;
            let count = fields.plain(1, "seqSize")?;
            fields.items(count, &[(1, "pkLen", Plain), (2, "delay", Plain)])?;
            fields.plain(1, "stationId")?;
        }
        _ => fields.layout(request(kind))?,
    }
    fields.remainder("not known here");
    Some(())
}

const fn request(kind: PacketType) -> Layout {
    match kind {
        PacketType::Reset => {
            &[(1, "type", Names(&["manager", "", "mote"])), (8, "macAddress", Mac)]
        }
        PacketType::Subscribe => &[(4, "filter", Mask), (4, "unackFilter", Mask)],
        PacketType::SetNetworkConfig => NETWORK_CONFIG,
        PacketType::ExchangeMoteJoinKey => &[(8, "macAddress", Mac), (16, "key", Secret)],
        PacketType::ExchangeNetworkId => &[(2, "id", Plain)],
        PacketType::RadiotestRx => {
            &[(2, "mask", Channels), (2, "duration", Plain), (1, "stationId", Plain)]
        }
        PacketType::SetAclEntry => ACL_ENTRY,
        PacketType::GetNextAclEntry
        | PacketType::DeleteAclEntry
        | PacketType::PingMote
        | PacketType::GetLog
        | PacketType::GetMoteInfo
        | PacketType::DeleteMote => MOTE,
        PacketType::GetMoteConfig => &[(8, "macAddress", Mac), (1, "next", Flag)],
        PacketType::GetPathInfo => &[(8, "source", Mac), (8, "dest", Mac)],
        PacketType::GetNextPathInfo => &[
            (8, "macAddress", Mac),
            (1, "filter", Names(&["all", "upstream"])),
            (2, "pathId", Plain),
        ],
        PacketType::SetAdvertising => &[(1, "activate", Plain)],
        PacketType::SetDownstreamFrameMode => &[(1, "frameMode", Plain)],
        PacketType::SetLicense => LICENSE,
        PacketType::SetCliUser => &[(1, "role", Plain), (16, "password", Secret)],
        PacketType::GetMoteConfigById => &[(2, "moteId", Plain)],
        PacketType::SetCommonJoinKey => &[(16, "key", Secret)],
        PacketType::SetIpConfig => IP_CONFIG,
        PacketType::GetMoteLinks => &[(8, "macAddress", Mac), (2, "idx", Plain)],
        PacketType::RadiotestTxPer => &[
            (1, "txPower", Signed("dBm")),
            (2, "numPackets", Plain),
            (2, "chanMask", Channels),
            (2, "numRepeat", Plain),
        ],
        _ => &[],
    }
}

/// Explains a response's fields, behind its response code.
pub(super) fn explain_response(fields: &mut Fields<'_>, kind: PacketType) -> Option<()> {
    match kind {
        PacketType::GetTime => explain_time(fields)?,
        PacketType::GetNextPathInfo => {
            fields.plain(2, "pathId")?;
            fields.layout(PATH_INFO)?;
        }
        PacketType::GetMoteLinks => {
            fields.layout(&[(2, "idx", Plain), (1, "utilization", Plain)])?;
            let count = fields.plain(1, "numLinks")?;
            fields.items(
                count,
                &[
                    (1, "frameId", Plain),
                    (4, "slot", Plain),
                    (1, "channelOffset", Plain),
                    (2, "moteId", Plain),
                    (1, "flags", Octets),
                ],
            )?;
        }
        _ => {
            let (always, appended) = response(kind);
            fields.layout(always)?;
            fields.appended(appended)?;
        }
    }
    Some(())
}

/// What every manager sends, and what only newer ones send behind it.
const fn response(kind: PacketType) -> (Layout, Layout) {
    let always: Layout = match kind {
        PacketType::Reset => MOTE,
        PacketType::ExchangeMoteJoinKey
        | PacketType::ExchangeNetworkId
        | PacketType::PingMote
        | PacketType::SendData
        | PacketType::SetAdvertising
        | PacketType::SetDownstreamFrameMode
        | PacketType::SendIp => CALLBACK,
        PacketType::GetRadiotestStatistics => &[(2, "rxOk", Plain), (2, "rxFail", Plain)],
        PacketType::GetNextAclEntry => ACL_ENTRY,
        PacketType::GetSystemInfo => &[
            (8, "macAddress", Mac),
            (1, "hwModel", Plain),
            (1, "hwRev", Plain),
            (1, "swMajor", Plain),
            (1, "swMinor", Plain),
            (1, "swPatch", Plain),
            (2, "swBuild", Plain),
        ],
        PacketType::GetMoteConfig | PacketType::GetMoteConfigById => MOTE_CONFIG,
        PacketType::GetPathInfo => PATH_INFO,
        PacketType::GetManagerStatistics => &[
            (2, "serTxCnt", Plain),
            (2, "serRxCnt", Plain),
            (2, "serRxCRCErr", Plain),
            (2, "serRxOverruns", Plain),
            (2, "apiEstabConn", Plain),
            (2, "apiDroppedConn", Plain),
            (2, "apiTxOk", Plain),
            (2, "apiTxErr", Plain),
            (2, "apiTxFail", Plain),
            (2, "apiRxOk", Plain),
            (2, "apiRxProtErr", Plain),
        ],
        PacketType::GetLicense => LICENSE,
        PacketType::GetMoteInfo => {
            return (
                &[
                    (8, "macAddress", Mac),
                    (1, "state", Names(MOTE_STATE)),
                    (1, "numNbrs", Plain),
                    (1, "numGoodNbrs", Plain),
                    (4, "requestedBw", Unit("ms a packet")),
                    (4, "totalNeededBw", Unit("ms a packet")),
                    (4, "assignedBw", Unit("ms a packet")),
                    (4, "packetsReceived", Plain),
                    (4, "packetsLost", Plain),
                    (4, "avgLatency", Unit("ms")),
                ],
                &[(4, "stateTime", Unit("s")), (1, "numJoins", Plain), (1, "hopDepth", Plain)],
            );
        }
        PacketType::GetNetworkConfig => NETWORK_CONFIG,
        PacketType::GetNetworkInfo => {
            return (
                &[
                    (2, "numMotes", Plain),
                    (2, "asnSize", Unit("µs")),
                    (1, "advertisementState", Names(&["on", "off"])),
                    (1, "downFrameState", Names(&["normal", "fast"])),
                    (1, "netReliability", Unit("%")),
                    (1, "netPathStability", Unit("%")),
                    (4, "netLatency", Unit("ms")),
                    (
                        1,
                        "netState",
                        Names(&[
                            "operational",
                            "radiotest",
                            "not started",
                            "startup error",
                            "configuration error",
                            "licence error",
                        ]),
                    ),
                    (16, "ipv6Address", Ipv6),
                ],
                &[
                    (4, "numLostPackets", Plain),
                    (8, "numArrivedPackets", Plain),
                    (1, "maxNumbHops", Plain),
                ],
            );
        }
        PacketType::GetIpConfig => IP_CONFIG,
        _ => &[],
    };
    (always, &[])
}
