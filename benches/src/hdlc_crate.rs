//! The crate `hdlc`, with the crate `crc`. It takes whole frames, so finding them is done here.

use crc::{CRC_16_IBM_SDLC, Crc, Table};
use hdlc::SpecialChars;

use crate::{CAPACITY, Tally};

const FLAG: u8 = 0x7E;

static FCS: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_SDLC);

pub(crate) fn decode(line: &[u8], chunk: usize) -> Tally {
    let mut tally = Tally::default();
    let mut frame = vec![FLAG];
    for octets in line.chunks(chunk) {
        for &octet in octets {
            frame.push(octet);
            if octet == FLAG {
                if frame.len() > 4 && frame.len() <= hdlc_core::max_wire_len(CAPACITY) {
                    check(&frame, &mut tally);
                }
                frame.truncate(1);
            }
        }
    }
    tally
}

fn check(frame: &[u8], tally: &mut Tally) {
    if let Ok(content) = hdlc::decode(frame, SpecialChars::default())
        && let Some((payload, &fcs)) = content.split_last_chunk()
        && content.len() <= CAPACITY
        && !payload.is_empty()
        && FCS.checksum(payload) == u16::from_le_bytes(fcs)
    {
        tally.add(payload);
    }
}

pub(crate) fn encode(payloads: &[Vec<u8>]) -> Tally {
    let mut tally = Tally::default();
    let mut content = Vec::new();
    for payload in payloads {
        content.clear();
        content.extend_from_slice(payload);
        content.extend_from_slice(&FCS.checksum(payload).to_le_bytes());
        let frame = hdlc::encode(&content, SpecialChars::default()).expect("any content fits");
        tally.add(&frame);
    }
    tally
}
