//! The cores of this project.

use std::hint::black_box;

use hdlc_core::{Decoder, Encoder};
use manager_core::{Notification, Packet};
use oap_core::{Body, Message};

use crate::{CAPACITY, Tally};

pub(crate) fn decode(line: &[u8], chunk: usize) -> Tally {
    let mut tally = Tally::default();
    let mut decoder = Decoder::<CAPACITY>::new();
    for mut rest in line.chunks(chunk) {
        while !rest.is_empty() {
            let fed = decoder.feed(rest);
            if let Some(Ok(payload)) = fed.outcome {
                tally.add(payload);
            }
            rest = &rest[fed.consumed..];
        }
    }
    tally
}

pub(crate) fn encode(payloads: &[Vec<u8>], buffer: &mut [u8]) -> Tally {
    let mut tally = Tally::default();
    for payload in payloads {
        let len = Encoder::new(payload).emit(buffer).expect("the buffer holds any frame");
        tally.add(&buffer[..len]);
    }
    tally
}

/// From the payloads of frames to temperatures, in hundredths of a degree.
pub(crate) fn temperatures(payloads: &[Vec<u8>]) -> Tally {
    let mut tally = Tally::default();
    for payload in payloads {
        if let Ok(packet) = Packet::parse(payload)
            && let Ok(Notification::Data(data)) = Notification::parse(packet.body)
            && let Ok(Message { body: Body::Notification(notification), .. }) =
                Message::parse(data.data)
            && let oap_core::Notification::Samples(samples) = notification
        {
            tally.frames += 1;
            for (time, temperature) in samples.temperatures() {
                black_box(time);
                tally.octets += u64::from(black_box(temperature).hundredths().unsigned_abs());
            }
        }
    }
    tally
}
