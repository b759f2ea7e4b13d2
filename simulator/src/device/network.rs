use core::time::Duration;

use fastrand::Rng;
use manager_core::command::{GetMoteConfig, MoteConfig};
use manager_core::{MacAddress, ResponseCode, SendData};
use oap_core::UDP_PORT;

use super::Settings;
use super::agenda::Agenda;
use super::clocks::Clocks;
use super::mote::{Mote, MoteState, Report, Sensor};
use super::reading::Reading;
use super::thermometer::Thermometer;

/// Within this time of a boot all motes have begun to join.
const JOIN_SPREAD: Duration = Duration::from_secs(1);

/// From a mote's first word to its being operational.
const JOIN_TIME: Duration = Duration::from_millis(300);

/// From a mote's last sample to its sending them.
const PACKING_TIME: Duration = Duration::from_millis(5);

/// The motes, and the mesh between them and the manager.
#[derive(Debug)]
pub(super) struct Network {
    motes: Vec<Mote>,
    agenda: Agenda<What>,
    rng: Rng,
    latency: Duration,
    /// How motes report when they start.
    sensor: Sensor,
    arrived: u64,
    measured: u64,
}

/// What the manager notices.
#[derive(Debug)]
pub(super) enum Happening {
    Joined(MacAddress),
    Operational(MacAddress),
    /// A packet for a mote is on the air.
    Sent {
        callback_id: u32,
    },
    Arrived(Datagram),
}

/// A UDP packet from a mote.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) mac_address: MacAddress,
    pub(super) sent: Duration,
    pub(super) dst_port: u16,
    pub(super) payload: Vec<u8>,
    pub(super) readings: Vec<Reading>,
}

#[derive(Debug)]
enum What {
    Join(usize),
    Start(usize),
    /// Void if the mote's schedule has changed since.
    Sample {
        mote: usize,
        schedule: u64,
    },
    Arrive(Datagram),
    Send {
        callback_id: u32,
    },
    Deliver {
        mote: usize,
        src_port: u16,
        payload: Vec<u8>,
    },
}

impl Network {
    pub(super) fn new(settings: &Settings, sensor: Sensor, mut rng: Rng) -> Self {
        let time_of_day = settings.origin.secs.rem_euclid(86_400);
        #[expect(clippy::cast_precision_loss, reason = "below 86 400")]
        let time_of_day = time_of_day as f64;
        let motes = (1..=settings.motes).map(|number| {
            let thermometer = Thermometer::new(rng.fork(), time_of_day);
            Mote::new(mac_address(number), sensor, thermometer)
        });
        let motes = motes.collect();
        let latency = settings.latency;
        Self { motes, agenda: Agenda::new(), rng, latency, sensor, arrived: 0, measured: 0 }
    }

    /// The manager forms its network anew; what was under way is lost.
    pub(super) fn boot(&mut self, now: Duration) {
        self.agenda.clear();
        self.arrived = 0;
        for (index, mote) in self.motes.iter_mut().enumerate() {
            mote.reset(self.sensor);
            let join = now + JOIN_SPREAD.mul_f64(self.rng.f64());
            self.agenda.schedule(join, What::Join(index));
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.agenda.next_at()
    }

    /// The next thing that the manager has noticed by now.
    pub(super) fn next(&mut self, now: Duration, clocks: &Clocks) -> Option<Happening> {
        loop {
            let (at, what) = self.agenda.take_due(now)?;
            let happening = self.attend(at, what, clocks);
            if happening.is_some() {
                return happening;
            }
        }
    }

    /// What a mote is, or the one behind it; all zeros are in front of the first.
    pub(super) fn config(&self, of: &GetMoteConfig) -> Result<MoteConfig, ResponseCode> {
        let named = self.motes.iter().position(|mote| mote.mac_address == of.mac_address);
        let index = match (named, of.next) {
            (Some(index), next) => index + usize::from(next),
            (None, true) if of.mac_address == MacAddress([0; 8]) => 0,
            (None, _) => return Err(ResponseCode::NotFound),
        };
        let mote = self.motes.get(index).ok_or(ResponseCode::EndOfList)?;
        let state = match mote.state {
            MoteState::Searching => manager_core::command::MoteState::Lost,
            MoteState::Joining => manager_core::command::MoteState::Negotiating,
            MoteState::Operational => manager_core::command::MoteState::Operational,
        };
        Ok(MoteConfig {
            mac_address: mote.mac_address,
            // The access point is number 1.
            mote_id: u16::try_from(index + 2).unwrap_or(u16::MAX),
            is_ap: false,
            state,
            reserved: 0,
            is_routing: true,
        })
    }

    /// Takes a packet of the manager's client.
    pub(super) fn send(
        &mut self,
        now: Duration,
        packet: &SendData<'_>,
        callback_id: u32,
    ) -> Result<(), ResponseCode> {
        let everyone = packet.mac_address == MacAddress::BROADCAST;
        let addressed = |mote: &Mote| everyone || mote.mac_address == packet.mac_address;
        let operational = |mote: &Mote| mote.state == MoteState::Operational;
        if !everyone {
            let mote = self.motes.iter().find(|mote| addressed(mote));
            let mote = mote.ok_or(ResponseCode::NotFound)?;
            if !operational(mote) {
                return Err(ResponseCode::InvState);
            }
        }
        self.agenda.schedule(now + self.latency / 4, What::Send { callback_id });
        for index in 0..self.motes.len() {
            let reached = self.motes.get(index).is_some_and(|m| addressed(m) && operational(m));
            if reached && packet.dst_port == UDP_PORT {
                let (src_port, payload) = (packet.src_port, packet.data.to_vec());
                let at = now + self.hop();
                self.agenda.schedule(at, What::Deliver { mote: index, src_port, payload });
            }
        }
        Ok(())
    }

    pub(super) fn operational(&self) -> usize {
        self.motes.iter().filter(|mote| mote.state == MoteState::Operational).count()
    }

    pub(super) const fn latency(&self) -> Duration {
        self.latency
    }

    /// Packets that have arrived since boot.
    pub(super) const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Readings that have ever been taken.
    pub(super) const fn measured(&self) -> u64 {
        self.measured
    }

    /// Readings that are still on their motes, or on their way to the manager.
    pub(super) fn on_their_way(&self) -> usize {
        let collected: usize = self.motes.iter().map(Mote::readings_collected).sum();
        let in_the_mesh = self.agenda.iter().map(|what| match what {
            What::Arrive(datagram) => datagram.readings.len(),
            _ => 0,
        });
        collected + in_the_mesh.sum::<usize>()
    }

    fn attend(&mut self, at: Duration, what: What, clocks: &Clocks) -> Option<Happening> {
        match what {
            What::Join(index) => {
                let mote = self.motes.get_mut(index)?;
                mote.state = MoteState::Joining;
                self.agenda.schedule(at + JOIN_TIME, What::Start(index));
                Some(Happening::Joined(mote.mac_address))
            }
            What::Start(index) => {
                let share = self.motes.len();
                let mote = self.motes.get_mut(index)?;
                mote.state = MoteState::Operational;
                let mac_address = mote.mac_address;
                // Spread over the period, so that they do not all report at once.
                let phase = mote.sensor.rate().mul_f64(fraction(index, share));
                self.restart_sampling(index, at + phase);
                Some(Happening::Operational(mac_address))
            }
            What::Sample { mote: index, schedule } => {
                self.sample(index, schedule, at, clocks);
                None
            }
            What::Arrive(datagram) => {
                self.arrived = self.arrived.wrapping_add(1);
                Some(Happening::Arrived(datagram))
            }
            What::Send { callback_id } => Some(Happening::Sent { callback_id }),
            What::Deliver { mote, src_port, payload } => {
                self.answer(mote, at, src_port, &payload);
                None
            }
        }
    }

    fn sample(&mut self, index: usize, schedule: u64, at: Duration, clocks: &Clocks) {
        let Some(mote) = self.motes.get_mut(index).filter(|mote| mote.schedule == schedule) else {
            return;
        };
        self.measured += 1;
        let next = at + mote.sensor.rate();
        let report = mote.sample(at, clocks);
        self.agenda.schedule(next, What::Sample { mote: index, schedule });
        self.send_report(index, at, report);
    }

    fn answer(&mut self, index: usize, at: Duration, src_port: u16, payload: &[u8]) {
        let Some(mote) = self.motes.get_mut(index) else { return };
        let before = mote.sensor;
        let response = mote.answer(at, payload);
        if mote.sensor != before {
            // All samples of a notification are the same time apart.
            let report = mote.report(before.rate_ms);
            let next = at + mote.sensor.rate();
            self.send_report(index, at, report);
            self.restart_sampling(index, next);
        }
        if let Some(response) = response {
            self.send_up(index, at, src_port, (response, Vec::new()));
        }
    }

    fn restart_sampling(&mut self, index: usize, first: Duration) {
        let Some(mote) = self.motes.get_mut(index) else { return };
        mote.schedule += 1;
        if mote.sensor.enable {
            // The wire has no more than microseconds.
            let first = Duration::from_micros(u64::try_from(first.as_micros()).unwrap_or(u64::MAX));
            self.agenda.schedule(first, What::Sample { mote: index, schedule: mote.schedule });
        }
    }

    fn send_report(&mut self, index: usize, at: Duration, report: Option<Report>) {
        if let Some(report) = report {
            self.send_up(index, at + PACKING_TIME, UDP_PORT, report);
        }
    }

    fn send_up(&mut self, index: usize, sent: Duration, dst_port: u16, report: Report) {
        let hop = self.hop();
        let Some(mote) = self.motes.get_mut(index) else { return };
        // The packets of one mote do not overtake each other.
        mote.heard = mote.heard.max(sent + hop);
        let (payload, readings) = report;
        let mac_address = mote.mac_address;
        let datagram = Datagram { mac_address, sent, dst_port, payload, readings };
        self.agenda.schedule(mote.heard, What::Arrive(datagram));
    }

    /// How long a packet takes through the mesh.
    fn hop(&mut self) -> Duration {
        self.latency.mul_f64(0.5 + self.rng.f64())
    }
}

/// Consecutive addresses in the vendor's range.
fn mac_address(number: u16) -> MacAddress {
    let [high, low] = number.to_be_bytes();
    MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x31, high, low])
}

#[expect(clippy::cast_precision_loss, reason = "motes are 65 535 at most")]
fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
