//! What motes send.

use core::time::Duration;

use oap_core::UDP_PORT;

use super::super::clocks::Clocks;
use super::super::extras::{Extras, PORT, Said};
use super::super::mote::{Mote, Report};
use super::{Datagram, Happening, Network, What};

/// From a mote's last sample to its sending them.
const PACKING_TIME: Duration = Duration::from_millis(5);

impl Network {
    pub(super) fn sample(&mut self, index: usize, schedule: u64, at: Duration, clocks: &Clocks) {
        let Some(mote) = self.motes.get_mut(index).filter(|mote| mote.schedule == schedule) else {
            return;
        };
        self.measured += 1;
        let next = at + mote.sensor.rate();
        let report = mote.sample(at, clocks);
        let analog = mote.sample_analog(at, clocks);
        let (mac_address, extras) = (mote.mac_address, mote.extras.as_mut());
        let said = extras.and_then(Extras::pass);
        self.agenda.schedule(next, What::Sample { mote: index, schedule });
        self.send_report(index, at, report);
        for payload in analog {
            self.send_report(index, at, Some((payload, Vec::new())));
        }
        let Some(Said { payload, packet, line: text }) = said else { return };
        let sent = at + PACKING_TIME;
        self.send_up(index, sent, PORT, (payload, Vec::new()));
        self.send_up_aside(index, at, Happening::IpData { mac_address, sent, packet });
        self.send_up_aside(index, at, Happening::Log { mac_address, text });
    }

    pub(super) fn restart_sampling(&mut self, index: usize, first: Duration) {
        let Some(mote) = self.motes.get_mut(index) else { return };
        mote.schedule += 1;
        if mote.sensor.enable {
            // The wire has no more than microseconds.
            let first = Duration::from_micros(u64::try_from(first.as_micros()).unwrap_or(u64::MAX));
            self.agenda.schedule(first, What::Sample { mote: index, schedule: mote.schedule });
        }
    }

    /// If a mote was told to generate packets after this run, it begins.
    pub(super) fn plan_generated(&mut self, index: usize, at: Duration, before: u64) {
        let Some(Mote { generator, .. }) = self.motes.get(index) else { return };
        if let Some(wait) = generator.wait().filter(|_| generator.run != before) {
            let what = What::Generate { mote: index, run: generator.run };
            self.agenda.schedule(at + wait, what);
        }
    }

    pub(super) fn generate(&mut self, index: usize, run: u64, at: Duration) {
        let Some(Mote { generator, .. }) = self.motes.get_mut(index) else { return };
        let Some(wait) = generator.wait().filter(|_| generator.run == run) else { return };
        let packet = generator.packet();
        if generator.wait().is_some() {
            self.agenda.schedule(at + wait, What::Generate { mote: index, run });
        }
        self.send_up(index, at, UDP_PORT, (packet, Vec::new()));
    }

    pub(super) fn send_report(&mut self, index: usize, at: Duration, report: Option<Report>) {
        if let Some(report) = report {
            self.send_up(index, at + PACKING_TIME, UDP_PORT, report);
        }
    }

    pub(super) fn send_up(&mut self, index: usize, sent: Duration, dst_port: u16, report: Report) {
        let hop = self.hop();
        let Some(mote) = self.motes.get_mut(index) else { return };
        // The packets of one mote do not overtake each other.
        mote.heard = mote.heard.max(sent + hop);
        let (payload, readings) = report;
        let mac_address = mote.mac_address;
        let what = Datagram { mac_address, sent, dst_port, payload, readings };
        let what = Happening::Arrived(what);
        self.agenda.schedule(mote.heard, What::Arrive { mote: index, sent, what });
        self.mesh.carry_up(index + 1, sent);
    }

    /// What no reading waits for: a health report, a log, a packet that is no report.
    pub(super) fn send_up_aside(&mut self, index: usize, at: Duration, what: Happening) {
        let (sent, hop) = (at + PACKING_TIME, self.latency.mul_f64(0.5 + self.chance.f64()));
        self.agenda.schedule(sent + hop, What::Arrive { mote: index, sent, what });
        self.mesh.carry_up(index + 1, sent);
    }

    pub(super) fn arrive(&mut self, index: usize, at: Duration, sent: Duration, what: Happening) {
        let delay = at.saturating_sub(sent);
        self.statistics.arrived = self.statistics.arrived.wrapping_add(1);
        self.statistics.delay += delay;
        if let Some(mote) = self.motes.get_mut(index) {
            mote.record.received = mote.record.received.wrapping_add(1);
            mote.record.delay += delay;
        }
        self.noticed.push_back(what);
    }

    /// How long a packet takes through the mesh.
    pub(super) fn hop(&mut self) -> Duration {
        self.latency.mul_f64(0.5 + self.rng.f64())
    }
}
