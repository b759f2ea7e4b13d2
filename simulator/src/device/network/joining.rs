//! How motes come and go.

use core::time::Duration;

use manager_core::notification::{EventKind, JoinFailure};

use super::super::mesh::Rearrangement;
use super::super::mote::MoteState;
use super::{Network, What, fraction};

/// Within this time of a boot all motes have begun to join.
const JOIN_SPREAD: Duration = Duration::from_secs(1);

/// From a mote's first word to its being operational.
const JOIN_TIME: Duration = Duration::from_millis(300);

/// How long a mote that could not join waits before it tries again.
const JOIN_RETRY: Duration = Duration::from_secs(30);

/// How long a mote that has lost its network looks for it, in s.
const SEARCH: core::ops::Range<u64> = 20..60;

/// Within this time of its joining, a mote has reported how it is doing.
const FIRST_REPORT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(12));

impl Network {
    /// Those near the access point join first, as the others have nobody else to hear.
    pub(super) fn plan_joining(&mut self, now: Duration) {
        let moments = self.motes.iter().map(|_| JOIN_SPREAD.mul_f64(self.rng.f64()));
        let mut moments: Vec<_> = moments.collect();
        moments.sort_unstable();
        for (moment, &node) in moments.into_iter().zip(self.mesh.nearest_first()) {
            self.agenda.schedule(now + moment, What::Join(node - 1));
        }
    }

    pub(super) fn join(&mut self, index: usize, at: Duration) {
        let Some(mote) = self.motes.get_mut(index) else { return };
        let mac_address = mote.mac_address;
        if !self.access_list.admits(mac_address) {
            self.agenda.schedule(at + JOIN_RETRY, What::Join(index));
            self.notice(EventKind::JoinFailed { mac_address, reason: JoinFailure::NotOnAcl });
            return;
        }
        mote.enter(MoteState::Joining, at);
        if mote.id.is_none() {
            let mote_id = self.roster.add(index);
            mote.id = Some(mote_id);
            self.notice(EventKind::MoteCreate { mac_address, mote_id });
        }
        self.agenda.schedule(at + JOIN_TIME, What::Start(index));
        self.notice(EventKind::MoteJoin(mac_address));
    }

    pub(super) fn start(&mut self, index: usize, at: Duration) {
        let changes = self.mesh.enter(index + 1, at);
        let share = self.motes.len();
        let Some(mote) = self.motes.get_mut(index) else { return };
        if !self.mesh.has_parents(index + 1) {
            mote.enter(MoteState::Searching, at);
            self.agenda.schedule(at + JOIN_RETRY, What::Join(index));
            return;
        }
        mote.enter(MoteState::Operational, at);
        mote.record.joins = mote.record.joins.saturating_add(1);
        mote.reported = at;
        let (mac_address, life) = (mote.mac_address, mote.life);
        // Spread over the period, so that they do not all report at once.
        let phase = mote.sensor.rate().mul_f64(fraction(index, share));
        self.restart_sampling(index, at + phase);
        if !self.health_every.is_zero() {
            let (earliest, spread) = FIRST_REPORT;
            let first = at + earliest + spread.mul_f64(fraction(index, share));
            self.agenda.schedule(first, What::Report { mote: index, life });
        }
        self.notice_changes(&changes);
        self.notice(EventKind::MoteOperational(mac_address));
    }

    /// A mote has lost its network. What it had to say has been said.
    pub(super) fn lose(&mut self, index: usize, at: Duration) {
        if !self.is_operational(index) {
            return;
        }
        let Some(mote) = self.motes.get_mut(index) else { return };
        let mac_address = mote.mac_address;
        self.notice(EventKind::MoteLost(mac_address));
        let unheard = self.chance.u32(1..4);
        self.statistics.lost = self.statistics.lost.wrapping_add(unheard);
        if let Some(mote) = self.motes.get_mut(index) {
            mote.record.lost = mote.record.lost.wrapping_add(unheard);
        }
        self.depart(index, at);
    }

    /// A mote has been told to start over.
    pub(super) fn restart(&mut self, index: usize, at: Duration) {
        if !self.is_operational(index) {
            return;
        }
        let efforts = self.mesh.efforts(index + 1);
        let Some(mote) = self.motes.get_mut(index) else { return };
        mote.battery.count_anew(at, efforts);
        let mac_address = mote.mac_address;
        self.notice(EventKind::MoteReset(mac_address));
        self.depart(index, at);
    }

    /// Tells of paths that have come and gone.
    pub(super) fn notice_changes(&mut self, changes: &Rearrangement) {
        use manager_core::command::PathDirection::Upstream as direction;
        for &(child, parent) in &changes.deleted {
            let (source, dest) = (self.mac_address(child), self.mac_address(parent));
            self.notice(EventKind::PathDelete { source, dest, direction });
        }
        for &(child, parent) in &changes.created {
            let (source, dest) = (self.mac_address(child), self.mac_address(parent));
            self.notice(EventKind::PathCreate { source, dest, direction });
        }
    }

    /// A mote leaves, and looks for the network again after a while.
    fn depart(&mut self, index: usize, at: Duration) {
        let Some(mote) = self.motes.get_mut(index) else { return };
        // Nothing that was measured is lost.
        let report = mote.report(mote.sensor.rate_ms);
        self.send_report(index, at, report);
        let sensor = self.sensor;
        if let Some(mote) = self.motes.get_mut(index) {
            mote.reset(sensor);
            mote.enter(MoteState::Searching, at);
        }
        let changes = self.mesh.leave(index + 1, at);
        self.notice_changes(&changes);
        let search = Duration::from_secs(self.chance.u64(SEARCH));
        self.agenda.schedule(at + search, What::Join(index));
        for (child, _) in changes.deleted {
            if child != index + 1 && !self.mesh.has_parents(child) {
                self.lose(child - 1, at);
            }
        }
    }
}
