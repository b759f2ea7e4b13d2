use core::time::Duration;

use manager_core::MacAddress;
use oap_core::{
    Address, Body, Control, Id, Message, Notification, SampleValues, Samples, Temperature,
    Timestamp,
};

use super::analog::Analog;
use super::application::Generator;
use super::battery::Battery;
use super::clocks::Clocks;
use super::emitted::emitted;
use super::extras::Extras;
use super::reading::Reading;
use super::thermometer::Thermometer;

/// A mote with the vendor's default application, as far as temperatures need it.
#[derive(Clone, Debug)]
pub(super) struct Mote {
    pub(super) mac_address: MacAddress,
    /// The manager's short number of it; `None` if the manager does not know it.
    pub(super) id: Option<u16>,
    pub(super) state: MoteState,
    /// Counts up each time that it has joined.
    pub(super) life: u64,
    pub(super) record: Record,
    /// The manager waits for the answer to a ping.
    pub(super) is_pinged: bool,
    pub(super) battery: Battery,
    pub(super) analog: Option<Analog>,
    pub(super) extras: Option<Extras>,
    pub(super) generator: Generator,
    /// When it has last reported how it is doing, and how often it has.
    pub(super) reported: Duration,
    pub(super) reports: u32,
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

/// What the manager knows of a mote.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    /// Since when it is in its state.
    pub(super) state_since: Duration,
    pub(super) joins: u8,
    pub(super) received: u32,
    pub(super) lost: u32,
    /// All the times together that its packets have taken.
    pub(super) delay: Duration,
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
    pub(super) fn new(
        mac_address: MacAddress,
        sensor: Sensor,
        thermometer: Thermometer,
        battery: Battery,
    ) -> Self {
        Self {
            mac_address,
            id: None,
            state: MoteState::Searching,
            life: 0,
            record: Record::default(),
            is_pinged: false,
            battery,
            analog: None,
            extras: None,
            generator: Generator::default(),
            reported: Duration::ZERO,
            reports: 0,
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
        self.schedule += 1;
        self.reports = 0;
        self.led = false;
        self.generator = self.generator.again();
        self.collected.clear();
    }

    /// The same, and the manager does not know it any more.
    pub(super) fn forget(&mut self, sensor: Sensor, now: Duration) {
        self.reset(sensor);
        self.id = None;
        self.record = Record { state_since: now, ..Record::default() };
        self.is_pinged = false;
    }

    /// The mote is now in this state.
    pub(super) fn enter(&mut self, state: MoteState, now: Duration) {
        self.state = state;
        self.record.state_since = now;
        self.life += u64::from(state == MoteState::Operational);
    }

    /// What it says of its own temperature, in °C, without measuring for anybody.
    pub(super) fn chip_temperature(&self, now: Duration) -> i8 {
        let hundredths = self.thermometer.clone().measure(now).hundredths();
        i8::try_from(hundredths / 100).unwrap_or(i8::MAX)
    }

    /// What its analog input has to say, if it reports that.
    pub(super) fn sample_analog(&mut self, now: Duration, clocks: &Clocks) -> Vec<Vec<u8>> {
        let rate_ms = self.sensor.rate_ms;
        let analog = self.analog.as_mut();
        analog.map(|analog| analog.sample(clocks.utc(now), rate_ms)).unwrap_or_default()
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
