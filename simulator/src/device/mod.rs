//! The manager's side of the serial API, with its motes, without a port and without a clock.

mod access_list;
mod agenda;
mod analog;
mod application;
mod battery;
mod clocks;
mod emitted;
mod event;
mod execute;
mod extras;
mod handle;
mod memory;
mod mesh;
mod mote;
mod network;
mod notify;
mod outbox;
mod reading;
mod session;
mod settings;
mod tally;
mod thermometer;

pub use event::{Event, SessionEnd};
pub use reading::Reading;
pub use settings::{Clock, Firmware, MAX_SAMPLES, Settings, SettingsError};
pub use tally::{NotificationTally, ReadingTally, Tally};

use core::time::Duration;
use std::collections::VecDeque;

use clocks::Clocks;
use execute::UnderWay;
use fastrand::Rng;
use hdlc_core::Decoder;
use manager_core::MAX_FRAME_LEN;
use memory::{Air, Memory};
use mote::Sensor;
use network::Network;
use outbox::Outbox;
use session::Session;

/// A SmartMesh IP Manager with its motes, as seen through its serial API.
///
/// It never reads a clock or a port. `now` is the time since a moment of the caller's, time zero,
/// and must not go back. After each call the caller drains what comes out; then it waits for
/// octets from the client, or until [`poll_timeout`](Self::poll_timeout).
///
/// ```
/// use core::time::Duration;
/// use clouddata_simulator::{Settings, SimulatedManager};
///
/// let mut manager = SimulatedManager::new(Settings::default())?;
/// manager.handle_timeout(Duration::ZERO);
/// let hello = manager.poll_transmit().expect("there is no session");
/// assert_eq!(hello, b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e");
///
/// let now = Duration::from_millis(20);
/// manager.handle_bytes(now, b"\x7e\x00\x01\x00\x03\x04\x00\x00\xf7\xce\x7e");
/// let response = manager.poll_transmit().expect("a hello is answered");
/// assert_eq!(response[1..10], [0, 2, 0, 5, 0, 4, 0, 0, 0]);
/// # Ok::<(), clouddata_simulator::SettingsError>(())
/// ```
///
/// The same settings, octets and times give the same octets.
#[derive(Debug)]
pub struct SimulatedManager {
    settings: Settings,
    clocks: Clocks,
    memory: Memory,
    air: Air,
    network: Network,
    decoder: Decoder<MAX_FRAME_LEN>,
    session: Option<Session>,
    outbox: Outbox,
    /// Payloads of frames that are due.
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    /// When to say hello, while there is no session.
    hello_at: Duration,
    reboot_at: Option<Duration>,
    event_id: u32,
    callback_id: u32,
    under_way: Option<UnderWay>,
    tally: Tally,
    /// What had been counted when it booted.
    at_boot: (Tally, hdlc_core::Counters),
}

impl SimulatedManager {
    /// A manager that boots at time zero.
    ///
    /// # Errors
    /// If no manager or mote can have these settings.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let rate_ms = settings.rate_ms()?;
        let sensor = Sensor { enable: true, rate_ms, sample_count: settings.samples };
        let network = Network::new(&settings, sensor, Rng::with_seed(settings.seed));
        let mut manager = Self {
            clocks: Clocks::boot(Duration::ZERO, &settings),
            memory: Memory::default(),
            air: Air::default(),
            network,
            decoder: Decoder::new(),
            session: None,
            outbox: Outbox::new(settings.queue),
            transmit: VecDeque::new(),
            events: VecDeque::new(),
            hello_at: Duration::ZERO,
            reboot_at: None,
            event_id: 0,
            callback_id: 0,
            under_way: None,
            tally: Tally::default(),
            at_boot: Default::default(),
            settings,
        };
        manager.boot(Duration::ZERO);
        Ok(manager)
    }

    /// Whether a client has a session.
    #[must_use]
    pub const fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// What has been done so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally;
        tally.readings.measured = self.network.measured();
        tally.readings.on_their_way = self.network.on_their_way() as u64;
        tally.readings.waiting = self.outbox.readings() as u64;
        tally
    }

    /// What the line has brought from the client so far.
    #[must_use]
    pub const fn line_counters(&self) -> hdlc_core::Counters {
        self.decoder.counters()
    }

    /// Takes octets from the client, all of them.
    pub fn handle_bytes(&mut self, now: Duration, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let fed = self.decoder.feed(rest);
            rest = rest.get(fed.consumed..).unwrap_or_default();
            if let Some(Ok(payload)) = fed.outcome {
                let payload = payload.to_vec();
                self.handle_frame(now, &payload);
            }
        }
        while let Some(happening) = self.network.take_noticed() {
            self.handle_happening(happening);
        }
        self.launch(now);
    }

    /// Does what is due by now; at any other moment than [`poll_timeout`](Self::poll_timeout) that
    /// is nothing.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.reboot_at.is_some_and(|at| at <= now) {
            self.reboot(now);
        }
        while let Some(happening) = self.network.next(now, &self.clocks) {
            self.handle_happening(happening);
        }
        self.handle_silence(now);
        self.launch(now);
    }

    /// Restarts the manager, and with it the network: the session, what waits to be acknowledged
    /// and what is in the mesh are lost, and clock, uptime and numbers start over.
    pub fn reboot(&mut self, now: Duration) {
        if self.session.take().is_some() {
            self.tally.rebooted += 1;
            self.events.push_back(Event::SessionOver(SessionEnd::Rebooted));
        }
        let lost = self.outbox.readings() + self.network.on_their_way();
        self.tally.readings.lost_in_reboots += lost as u64;
        self.boot(now);
    }

    /// The next frame to write to the client, if any, whole and with its flags.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let payload = self.transmit.pop_front()?;
        Some(hdlc_core::Encoder::new(&payload).collect())
    }

    /// The next thing to tell, if any.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let hello_at = if self.session.is_none() { Some(self.hello_at) } else { None };
        let timeouts =
            [hello_at, self.reboot_at, self.network.poll_timeout(), self.outbox.poll_timeout()];
        timeouts.into_iter().flatten().min()
    }

    fn boot(&mut self, now: Duration) {
        self.clocks = Clocks::boot(now, &self.settings);
        self.network.boot(now);
        self.decoder.reset();
        self.outbox.clear();
        self.transmit.clear();
        self.hello_at = now;
        self.reboot_at = self.settings.reboot_every.map(|every| now + every);
        self.event_id = 0;
        self.callback_id = 0;
        self.under_way = None;
        self.air = Air::default();
        self.at_boot = (self.tally, self.decoder.counters());
        self.tally.boots += 1;
        self.events.push_back(Event::Booted);
    }
}
