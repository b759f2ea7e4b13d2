//! What a manager has said, by a reading of the octets that knows nothing of the cores: offsets and
//! lengths as the vendor has published them.

use std::collections::{BTreeMap, BTreeSet};

use e2e::Frame;

/// A mote's octets.
pub(crate) type Mote = [u8; 8];

/// A packet's ports, if it has any, and its octets.
type Packet = (Option<[u16; 2]>, Vec<u8>);

/// What the manager has said up to now.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Number and type of each event.
    pub(crate) events: BTreeMap<u32, u8>,
    /// Of each device report: mote, charge, supply in mV, temperature.
    pub(crate) devices: BTreeSet<(Mote, u32, u16, i8)>,
    /// Of each neighbour: mote, neighbour, signal, sent, failed, received.
    pub(crate) used: BTreeSet<(Mote, Mote, i8, u16, u16, u16)>,
    /// Of each mote that was heard: mote, the other, signal, times.
    pub(crate) heard: BTreeSet<(Mote, Mote, i8, u8)>,
    /// Of each path that was asked for: its ends, direction, links, signals.
    pub(crate) paths: BTreeSet<(Mote, Mote, u8, u8, i8, i8)>,
    /// The motes by the manager's numbers.
    pub(crate) motes: BTreeMap<u16, Mote>,
    /// How each mote does: packets received and lost.
    pub(crate) packets: BTreeSet<(Mote, u32, u32)>,
    /// How many links each mote has, and in how many of these it sends and listens.
    pub(crate) slots: BTreeSet<(Mote, [u16; 3])>,
    /// Analog samples in mV, and lowest, highest and mean.
    pub(crate) analog: Vec<i16>,
    pub(crate) statistics: Vec<[i16; 3]>,
    /// What is no OAP, by the manager's time in µs.
    pub(crate) extras: BTreeMap<(Mote, i64), BTreeSet<Packet>>,
}

impl Said {
    pub(crate) fn read(frames: &[Frame]) -> Self {
        let mut said = Self::default();
        // Numbers come first: a neighbour may be named later.
        let payloads =
            || frames.iter().filter(|frame| frame.is_managers).map(|frame| &frame.payload[..]);
        for payload in payloads() {
            if let [_, 0x2f, _, _, 0, rest @ ..] = payload {
                let mac = mote(rest);
                said.motes.insert(u16_at(rest, 8), mac);
            }
            // A mote that is new.
            if let [2, 0x14, _, _, 1, _, _, _, _, 13, rest @ ..] = payload {
                said.motes.insert(u16_at(rest, 8), mote(rest));
            }
        }
        for payload in payloads() {
            match payload {
                [2, 0x14, _, _, 1, rest @ ..] => {
                    said.events.insert(u32_at(rest, 0), rest[4]);
                }
                [2, 0x14, _, _, 4, rest @ ..] if u16_at(rest, 22) == 0xf0b9 => {
                    said.read_oap(&rest[24..]);
                }
                [2, 0x14, _, _, 4, rest @ ..] => {
                    let ports = [u16_at(rest, 20), u16_at(rest, 22)];
                    said.add_extra(rest, (Some(ports), rest[24..].to_vec()));
                }
                [2, 0x14, _, _, 5, rest @ ..] => said.add_extra(rest, (None, rest[20..].to_vec())),
                [2, 0x14, _, _, 6, rest @ ..] => said.read_health(mote(rest), &rest[8..]),
                [_, 0x31, _, _, 0, rest @ ..] => {
                    let path = &rest[2..];
                    said.paths.insert((
                        mote(path),
                        mote(&path[8..]),
                        path[16],
                        path[17],
                        i8::from_be_bytes([path[19]]),
                        i8::from_be_bytes([path[20]]),
                    ));
                }
                [_, 0x3e, _, _, 0, rest @ ..] => {
                    said.packets.insert((mote(rest), u32_at(rest, 23), u32_at(rest, 27)));
                }
                _ => {}
            }
        }
        said.read_links(frames);
        said
    }

    /// Links come ten at a time, and their mote is in the question.
    fn read_links(&mut self, frames: &[Frame]) {
        let (mut asked, mut counts) = ([0; 8], [0; 3]);
        for Frame { is_managers, payload, .. } in frames {
            match (is_managers, &payload[..]) {
                (false, [_, 0x46, _, _, rest @ ..]) => {
                    asked = mote(rest);
                    if u16_at(rest, 8) == 0 {
                        counts = [0; 3];
                    }
                }
                (true, [_, 0x46, _, _, 0, rest @ ..]) => {
                    for link in rest[4..].chunks_exact(9).take(rest[3].into()) {
                        counts[0] += 1;
                        counts[1] += u16::from(link[8] & 1);
                        counts[2] += u16::from(link[8] >> 1 & 1);
                    }
                }
                (true, [_, 0x46, _, _, 11, ..]) => {
                    self.slots.insert((asked, counts));
                }
                _ => {}
            }
        }
    }

    fn read_health(&mut self, mac: Mote, mut blocks: &[u8]) {
        while let [id, length, rest @ ..] = blocks {
            let (body, rest) = rest.split_at(usize::from(*length));
            blocks = rest;
            match id {
                0x80 => {
                    let temperature = i8::from_be_bytes([body[5]]);
                    self.devices.insert((mac, u32_at(body, 0), u16_at(body, 6), temperature));
                }
                0x81 => {
                    for item in body[1..].chunks_exact(10) {
                        let signal = i8::from_be_bytes([item[3]]);
                        self.used.insert((
                            mac,
                            self.motes.get(&u16_at(item, 0)).copied().unwrap_or_default(),
                            signal,
                            u16_at(item, 4),
                            u16_at(item, 6),
                            u16_at(item, 8),
                        ));
                    }
                }
                0x82 => {
                    for item in body[2..].chunks_exact(4) {
                        let signal = i8::from_be_bytes([item[2]]);
                        self.heard.insert((
                            mac,
                            self.motes.get(&u16_at(item, 0)).copied().unwrap_or_default(),
                            signal,
                            item[3],
                        ));
                    }
                }
                _ => {}
            }
        }
    }

    fn add_extra(&mut self, packet: &[u8], extra: Packet) {
        // The first four octets of the seconds are none for a while.
        let micros = i64::from(u32_at(packet, 4)) * 1_000_000 + i64::from(u32_at(packet, 8));
        self.extras.entry((mote(&packet[12..]), micros)).or_default().insert(extra);
    }

    fn read_oap(&mut self, oap: &[u8]) {
        // Control, id, a notification, its type, the address 4.0, the time, the rate.
        let [_, _, 5, kind, 0xff, 2, 4, 0, rest @ ..] = oap else { return };
        let values = rest[18..].chunks_exact(2).map(|two| i16::from_be_bytes([two[0], two[1]]));
        match (kind, &values.collect::<Vec<_>>()[..]) {
            (0, values) => self.analog.extend(values),
            (1, &[min, max, mean]) => self.statistics.push([min, max, mean]),
            other => panic!("{other:?}"),
        }
    }
}

fn mote(octets: &[u8]) -> Mote {
    octets[..8].try_into().expect("eight octets")
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().expect("four octets"))
}
