use fastrand::Rng;
use manager_core::UtcTime;
use oap_core::{
    Address, Body, Control, Id, Message, Notification, SampleSize, SampleValues, Samples,
    Statistics, Timestamp,
};

use super::emitted::emitted;

/// What the input can measure, in mV.
const MOST: i16 = 1800;

/// After so many samples come their statistics.
const SUMMED_UP: u8 = 10;

/// An analog input of a mote, to which something is connected that changes slowly.
#[derive(Clone, Debug)]
pub(super) struct Analog {
    rng: Rng,
    level: i16,
    /// Since the last statistics, in mV.
    samples: Vec<i16>,
}

impl Analog {
    pub(super) fn new(mut rng: Rng) -> Self {
        let level = rng.i16(200..1600);
        Self { rng, level, samples: Vec::new() }
    }

    /// Measures; returns what the mote sends.
    pub(super) fn sample(&mut self, utc: UtcTime, rate_ms: u32) -> Vec<Vec<u8>> {
        self.level = (self.level + self.rng.i16(-8..=8)).clamp(0, MOST);
        self.samples.push(self.level);
        let (address, timestamp) = (Address::Analog(0), Timestamp::new(utc.secs, utc.usecs));
        let values = SampleValues::bits16(core::slice::from_ref(&self.level));
        let samples = Samples { address, timestamp, rate_ms, values };
        let mut messages = vec![message(Notification::Samples(samples))];
        if self.samples.len() >= SUMMED_UP.into() {
            let samples = core::mem::take(&mut self.samples);
            let sum: i32 = samples.iter().copied().map(i32::from).sum();
            let statistics = Statistics {
                address,
                timestamp,
                rate_ms,
                num_samples: SUMMED_UP,
                sample_size: SampleSize::Bits16,
                min: samples.iter().copied().min().unwrap_or_default(),
                max: samples.iter().copied().max().unwrap_or_default(),
                average: i16::try_from(sum / i32::from(SUMMED_UP)).unwrap_or(MOST),
            };
            messages.push(message(Notification::Statistics(statistics)));
        }
        messages
    }
}

fn message(notification: Notification<'_>) -> Vec<u8> {
    let message = Message {
        control: Control::default(),
        id: Id::new(0, 0),
        body: Body::Notification(notification),
    };
    emitted(message.buffer_len(), |buffer| message.emit(buffer))
}
