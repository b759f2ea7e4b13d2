use core::time::Duration;
use std::collections::HashSet;

use clouddata_simulator::{Event, Faults, Reading, ReadingTally, Settings, SimulatedManager};
use oap_core::Timestamp;

use crate::caller::{Caller, Key};
use crate::line::Line;

/// Both peers, the line between them, and time.
pub(crate) struct World {
    pub(crate) manager: SimulatedManager,
    pub(crate) caller: Caller,
    to_client: Line,
    to_manager: Line,
    now: Duration,
    /// What the manager takes for acknowledged, in that order.
    acknowledged: Vec<Key>,
}

impl World {
    pub(crate) fn new(settings: Settings, faults: Faults) -> Self {
        let seed = settings.seed;
        Self {
            manager: SimulatedManager::new(settings).expect("they are possible"),
            caller: Caller::new(seed),
            to_client: Line::new(faults, seed ^ 0x5555),
            to_manager: Line::new(faults, seed ^ 0xAAAA),
            now: Duration::ZERO,
            acknowledged: Vec::new(),
        }
    }

    pub(crate) fn calm_down(&mut self) {
        self.to_client.calm_down();
        self.to_manager.calm_down();
    }

    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.settle();
            let next = [
                self.manager.poll_timeout(),
                self.caller.next_at(),
                self.to_client.next_at(),
                self.to_manager.next_at(),
            ];
            let next = next.into_iter().flatten().min().expect("the manager always has plans");
            if next > end {
                self.now = end;
                return;
            }
            assert!(next > self.now, "time stands still at {next:?}");
            self.now = next;
        }
    }

    /// Lets both peers do what they have to do now.
    fn settle(&mut self) {
        let now = self.now;
        self.manager.handle_timeout(now);
        self.caller.handle_timeout(now);
        while let Some(octets) = self.to_client.arrived(now) {
            self.caller.handle_bytes(now, &octets);
            self.transmit();
        }
        while let Some(octets) = self.to_manager.arrived(now) {
            self.manager.handle_bytes(now, &octets);
            self.transmit();
        }
        self.transmit();
        while let Some(event) = self.manager.poll_event() {
            if let Event::Acknowledged(reading) = event {
                let key = key(&reading);
                assert!(self.caller.has_acknowledged(&key), "{key:?}: nobody acknowledged that");
                self.acknowledged.push(key);
            }
        }
    }

    fn transmit(&mut self) {
        while let Some(frame) = self.manager.poll_transmit() {
            self.to_client.send(self.now, &frame);
        }
        while let Some(frame) = self.caller.poll_transmit() {
            self.to_manager.send(self.now, &frame);
        }
    }

    /// Both sides agree on what was acknowledged, and nothing is unaccounted for.
    pub(crate) fn check_books(&self) {
        let distinct: HashSet<_> = self.acknowledged.iter().collect();
        assert_eq!(distinct.len(), self.acknowledged.len(), "acknowledged twice");

        let mut told = self.caller.acknowledged().iter();
        for key in &self.acknowledged {
            assert!(told.any(|other| other == key), "{key:?} was acknowledged out of order");
        }

        let tally = self.manager.tally().readings;
        let ReadingTally {
            measured,
            on_their_way,
            waiting,
            acknowledged,
            best_effort,
            unsubscribed,
            overflowed,
            lost_in_reboots,
            sent,
        } = tally;
        let known = [on_their_way, waiting, acknowledged, unsubscribed, lost_in_reboots];
        assert_eq!(measured, known.iter().sum::<u64>(), "{tally:?}");
        assert_eq!((best_effort, overflowed), (0, 0));
        assert_eq!(acknowledged, self.acknowledged.len() as u64);
        assert!(acknowledged <= sent && sent <= acknowledged + waiting + lost_in_reboots);
        assert!(self.caller.deliveries() >= acknowledged);
    }
}

fn key(reading: &Reading) -> Key {
    let time = Timestamp::new(reading.utc.secs, reading.utc.usecs);
    (reading.mac_address, time, reading.temperature)
}
