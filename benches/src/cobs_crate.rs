//! The crate `cobs`, with the crate `crc`: another framing, for scale.

use cobs::CobsDecoder;
use crc::{CRC_16_IBM_SDLC, Crc, Table};

use crate::{CAPACITY, Tally};

static FCS: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_SDLC);

pub(crate) fn line(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut line = Vec::new();
    let mut buffer = [0; 2 * CAPACITY];
    for payload in payloads {
        let len = frame(payload, &mut buffer);
        line.extend_from_slice(&buffer[..len]);
    }
    line
}

pub(crate) fn decode(line: &[u8], chunk: usize) -> Tally {
    let mut tally = Tally::default();
    let mut buffer = [0; CAPACITY];
    let mut decoder = CobsDecoder::new(&mut buffer);
    for mut rest in line.chunks(chunk) {
        while let Some(report) = decoder.push(rest).expect("the line has no faults") {
            let content = &decoder.dest()[..report.frame_size()];
            if let Some((payload, &fcs)) = content.split_last_chunk()
                && FCS.checksum(payload) == u16::from_le_bytes(fcs)
            {
                tally.add(payload);
            }
            rest = &rest[report.parsed_size()..];
        }
    }
    tally
}

pub(crate) fn encode(payloads: &[Vec<u8>], buffer: &mut [u8]) -> Tally {
    let mut tally = Tally::default();
    for payload in payloads {
        let len = frame(payload, buffer);
        tally.add(&buffer[..len]);
    }
    tally
}

fn frame(payload: &[u8], buffer: &mut [u8]) -> usize {
    let mut content = [0; CAPACITY];
    let fcs = FCS.checksum(payload).to_le_bytes();
    content[..payload.len()].copy_from_slice(payload);
    content[payload.len()..payload.len() + fcs.len()].copy_from_slice(&fcs);
    let len = cobs::encode(&content[..payload.len() + fcs.len()], buffer);
    buffer[len] = 0;
    len + 1
}
