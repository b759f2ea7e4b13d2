use core::time::Duration;

use manager_core::MacAddress;
use oap_core::{
    Address, Body, Control, Id, Message, Notification, SampleValues, Samples, Temperature,
    Timestamp,
};

use super::clocks::Clocks;
use super::emitted::emitted;
use super::reading::Reading;
use super::thermometer::Thermometer;

/// A mote with the vendor's default application, as far as temperatures need it.
#[derive(Clone, Debug)]
pub(super) struct Mote {
    pub(super) mac_address: MacAddress,
    pub(super) state: MoteState,
    pub(super) sensor: Sensor,
    /// Whether its indicator LED is lit.
    pub(super) led: bool,
    /// Counts up when the sensor's schedule changes.
    pub(super) schedule: u64,
    /// When its last packet reaches the manager.
    pub(super) heard: Duration,
    thermometer: Thermometer,
    /// Measured, but not yet enough for a notification.
    collected: Vec<Reading>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MoteState {
    Searching,
    Joining,
    Operational,
}

/// How a mote reports its temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sensor {
    pub(super) enable: bool,
    pub(super) rate_ms: u32,
    pub(super) sample_count: u8,
}

impl Sensor {
    pub(super) const fn rate(self) -> Duration {
        Duration::from_millis(self.rate_ms as u64)
    }
}

/// What a notification of a mote brings: its OAP message, and the readings in that.
pub(super) type Report = (Vec<u8>, Vec<Reading>);

impl Mote {
    pub(super) const fn new(
        mac_address: MacAddress,
        sensor: Sensor,
        thermometer: Thermometer,
    ) -> Self {
        Self {
            mac_address,
            state: MoteState::Searching,
            sensor,
            led: false,
            schedule: 0,
            heard: Duration::ZERO,
            thermometer,
            collected: Vec::new(),
        }
    }

    /// The mote has lost its network, and everything that was set over it.
    pub(super) fn reset(&mut self, sensor: Sensor) {
        self.state = MoteState::Searching;
        self.sensor = sensor;
        self.led = false;
        self.collected.clear();
    }

    pub(super) fn temperature(&mut self, now: Duration) -> Temperature {
        self.thermometer.measure(now)
    }

    pub(super) fn readings_collected(&self) -> usize {
        self.collected.len()
    }

    /// Takes a sample, and hands over a notification if that makes enough.
    pub(super) fn sample(&mut self, now: Duration, clocks: &Clocks) -> Option<Report> {
        let temperature = self.thermometer.measure(now);
        let (mac_address, utc) = (self.mac_address, clocks.utc(now));
        self.collected.push(Reading { mac_address, measured: now, utc, temperature });
        (self.collected.len() >= usize::from(self.sensor.sample_count))
            .then(|| self.report(self.sensor.rate_ms))?
    }

    /// A notification of what has been collected, if anything, at this rate.
    pub(super) fn report(&mut self, rate_ms: u32) -> Option<Report> {
        let readings = core::mem::take(&mut self.collected);
        let first = readings.first()?.utc;
        let values: Vec<i16> = readings.iter().map(|r| r.temperature.hundredths()).collect();
        let message = Message {
            control: Control::default(),
            id: Id::new(0, 0),
            body: Body::Notification(Notification::Samples(Samples {
                address: Address::Temperature,
                timestamp: Timestamp::new(first.secs, first.usecs),
                rate_ms,
                values: SampleValues::bits16(&values),
            })),
        };
        let payload = emitted(message.buffer_len(), |buffer| message.emit(buffer));
        Some((payload, readings))
    }
}
