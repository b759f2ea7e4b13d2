//! The motes, and the mesh between them and the manager.

mod downstream;
mod fading;
mod happening;
mod health;
mod joining;
mod paths;
mod roster;
mod upstream;

use core::time::Duration;
use std::collections::VecDeque;

use fastrand::Rng;
use manager_core::notification::EventKind;

use super::access_list::AccessList;
use super::agenda::Agenda;
use super::analog::Analog;
use super::battery::Battery;
use super::clocks::Clocks;
use super::extras::Extras;
use super::mesh::Mesh;
use super::mote::{Mote, MoteState, Sensor};
use super::settings::{Firmware, Settings};
use super::thermometer::Thermometer;
use happening::What;
pub(super) use happening::{Datagram, Happening};
pub(super) use roster::MANAGER;
use roster::Roster;

/// Apart from readings, so that what befalls the mesh does not change them.
const MESH_CHANCE: u64 = 0x6D65_7368;

/// Everything behind the manager's radio. A mote's index is its node's number in the mesh less one.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) access_list: AccessList,
    motes: Vec<Mote>,
    roster: Roster,
    mesh: Mesh,
    agenda: Agenda<What>,
    noticed: VecDeque<Happening>,
    rng: Rng,
    /// What the mesh depends on.
    chance: Rng,
    latency: Duration,
    /// How motes report when they start.
    sensor: Sensor,
    firmware: Firmware,
    health_every: Duration,
    /// Between two changes of a mote's paths, in the mean; zero if they do not change.
    path_lasts: Duration,
    booted: Duration,
    statistics: Statistics,
    measured: u64,
}

/// What has come since the manager began to count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Statistics {
    pub(super) arrived: u64,
    pub(super) lost: u32,
    /// All the times together that packets have taken.
    pub(super) delay: Duration,
}

impl Network {
    pub(super) fn new(settings: &Settings, sensor: Sensor, mut rng: Rng) -> Self {
        let time_of_day = settings.origin.secs.rem_euclid(86_400);
        #[expect(clippy::cast_precision_loss, reason = "below 86 400")]
        let time_of_day = time_of_day as f64;
        let mut chance = Rng::with_seed(settings.seed ^ MESH_CHANCE);
        let motes = (1..=settings.motes).map(|number| {
            let thermometer = Thermometer::new(rng.fork(), time_of_day);
            let battery = Battery::new(&mut chance);
            let mut mote = Mote::new(roster::mac_address(number), sensor, thermometer, battery);
            mote.analog = settings.analog.then(|| Analog::new(chance.fork()));
            mote.extras = settings.extras.then(Extras::default);
            mote
        });
        let motes: Vec<_> = motes.collect();
        let mesh = Mesh::new(motes.len(), chance.fork());
        Self {
            access_list: AccessList::default(),
            roster: Roster::new(),
            mesh,
            motes,
            agenda: Agenda::new(),
            noticed: VecDeque::new(),
            rng,
            chance,
            latency: settings.latency,
            sensor,
            firmware: settings.firmware,
            health_every: settings.health_every,
            path_lasts: settings.path_lasts,
            booted: Duration::ZERO,
            statistics: Statistics::default(),
            measured: 0,
        }
    }

    /// The manager forms its network anew; what was under way is lost.
    pub(super) fn boot(&mut self, now: Duration) {
        self.agenda.clear();
        self.noticed.clear();
        self.clear_statistics();
        self.roster = Roster::new();
        self.mesh.boot();
        for mote in &mut self.motes {
            mote.forget(self.sensor, now);
        }
        self.booted = now;
        self.agenda.schedule(now, What::Form);
        self.plan_joining(now);
        self.plan_fading(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.agenda.next_at()
    }

    /// The next thing that the manager has noticed by now.
    pub(super) fn next(&mut self, now: Duration, clocks: &Clocks) -> Option<Happening> {
        loop {
            if let Some(happening) = self.noticed.pop_front() {
                return Some(happening);
            }
            let (at, what) = self.agenda.take_due(now)?;
            self.attend(at, what, clocks);
        }
    }

    /// Takes what the manager has noticed in carrying out a request.
    pub(super) fn take_noticed(&mut self) -> Option<Happening> {
        self.noticed.pop_front()
    }

    pub(super) fn clear_statistics(&mut self) {
        self.statistics = Statistics::default();
        self.mesh.count_anew();
    }

    pub(super) const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Readings that have ever been taken.
    pub(super) const fn measured(&self) -> u64 {
        self.measured
    }

    /// Readings that are still on their motes, or on their way to the manager.
    pub(super) fn on_their_way(&self) -> usize {
        let collected: usize = self.motes.iter().map(Mote::readings_collected).sum();
        let in_the_mesh = self.agenda.iter().map(|what| match what {
            What::Arrive { what: Happening::Arrived(datagram), .. } => datagram.readings.len(),
            _ => 0,
        });
        collected + in_the_mesh.sum::<usize>()
    }

    fn attend(&mut self, at: Duration, what: What, clocks: &Clocks) {
        match what {
            What::Form => self.notice(EventKind::NetworkReset),
            What::Join(index) => self.join(index, at),
            What::Start(index) => self.start(index, at),
            What::Sample { mote, schedule } => self.sample(mote, schedule, at, clocks),
            What::Report { mote, life } => self.report_health(mote, life, at),
            What::Arrive { mote, sent, what } => self.arrive(mote, at, sent, what),
            What::Send { callback_id } => {
                self.notice(EventKind::PacketSent { callback_id, rc: 0 });
            }
            What::Finish { callback_id } => {
                self.noticed.push_back(Happening::Finished { callback_id });
            }
            What::Deliver { mote, src_port, payload } => self.answer(mote, at, src_port, &payload),
            What::Generate { mote, run } => self.generate(mote, run, at),
            What::Pong { mote, asked, callback_id } => self.pong(mote, at, asked, callback_id),
            What::Log(index) => self.log(index, at),
            What::Fade(index) => self.fade(index, at),
            What::Reset(index) => self.restart(index, at),
        }
    }

    fn notice(&mut self, event: EventKind<'static>) {
        self.noticed.push_back(Happening::Event(event));
    }

    fn is_operational(&self, index: usize) -> bool {
        self.motes.get(index).is_some_and(|mote| mote.state == MoteState::Operational)
    }
}

#[expect(clippy::cast_precision_loss, reason = "motes are 65 535 at most")]
fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
