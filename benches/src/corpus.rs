use std::fmt;
use std::str::FromStr;

use manager_core::notification::Data;
use manager_core::{Control, MacAddress, Notification, Packet, PacketType, UtcTime};
use oap_core::{Address, Body, Message, SampleValues, Samples, Timestamp};

/// What is on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Data notifications of five temperatures, as a manager sends them: 64 octets of payload.
    Notifications,
    /// As long, but every octet of payload is a flag or an escape.
    Escaped,
    /// Six octets of payload.
    Short,
    /// Random octets.
    Noise,
    /// Data notifications of one temperature, as a mote sends them by default: 56 octets.
    OneTemperature,
}

impl Corpus {
    /// Its payloads. Noise has none.
    #[must_use]
    pub fn payloads(self, frames: usize) -> Vec<Vec<u8>> {
        let mut random = fastrand::Rng::with_seed(3);
        let payload = |number| match self {
            Self::Notifications => notification(number, 5, &mut random),
            Self::OneTemperature => notification(number, 1, &mut random),
            Self::Escaped => (0..64).map(|_| 0x7D + random.u8(0..2)).collect(),
            Self::Short => (0..6).map(|_| random.u8(0..0x7D)).collect(),
            Self::Noise => Vec::new(),
        };
        if self == Self::Noise { Vec::new() } else { (0..frames).map(payload).collect() }
    }

    /// Its octets on an HDLC line.
    #[must_use]
    pub fn line(self, frames: usize) -> Vec<u8> {
        if self == Self::Noise {
            let mut random = fastrand::Rng::with_seed(4);
            return std::iter::repeat_with(|| random.u8(..)).take(frames * 70).collect();
        }
        let payloads = self.payloads(frames);
        payloads.iter().flat_map(|payload| hdlc_core::Encoder::new(payload)).collect()
    }
}

/// A notification of temperatures, from one of 50 motes that report in turn.
fn notification(number: usize, samples: usize, random: &mut fastrand::Rng) -> Vec<u8> {
    const MOTES: usize = 50;
    let mote = number % MOTES;
    let secs = 1_025_665_200 + (number / MOTES) as i64 * 30;
    let usecs = random.u32(0..1_000_000);
    let values: Vec<i16> = (0..samples).map(|_| 1_800 + random.i16(0..800)).collect();
    let samples = Samples {
        address: Address::Temperature,
        timestamp: Timestamp::new(secs, usecs),
        rate_ms: 30_000,
        values: SampleValues::bits16(&values),
    };
    let oap = Message {
        control: oap_core::Control::from_bits(0),
        id: oap_core::Id::new(0, 0),
        body: Body::Notification(oap_core::Notification::Samples(samples)),
    };
    let mut data = [0; 64];
    let len = oap.emit(&mut data).expect("the buffer holds five samples");
    let notification = Notification::Data(Data {
        utc: UtcTime { secs: secs + 1, usecs: random.u32(0..1_000_000) },
        mac_address: MacAddress([0, 0x17, 0x0D, 0, 0, 0x30, 0x5D, mote as u8]),
        src_port: oap_core::UDP_PORT,
        dst_port: oap_core::UDP_PORT,
        data: &data[..len],
    });
    let mut body = [0; 128];
    let len = notification.emit(&mut body).expect("the buffer holds any notification");
    let packet = Packet {
        control: Control::RELIABLE,
        packet_type: PacketType::Notification,
        seq: number as u8,
        body: &body[..len],
    };
    let mut payload = vec![0; packet.buffer_len()];
    packet.emit(&mut payload).expect("the buffer has the length asked for");
    payload
}

const NAMES: [(Corpus, &str); 5] = [
    (Corpus::Notifications, "a"),
    (Corpus::Escaped, "b"),
    (Corpus::Short, "c"),
    (Corpus::Noise, "d"),
    (Corpus::OneTemperature, "one"),
];

impl fmt::Display for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name) = NAMES[*self as usize];
        f.write_str(name)
    }
}

impl FromStr for Corpus {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found.map(|&(corpus, _)| corpus).ok_or_else(|| format!("no corpus {name}"))
    }
}
