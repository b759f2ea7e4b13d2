//! What comes by itself and without a time: health reports and events.

use std::time::Instant;

use manager_core::session::Token;
use readings::{Link, Mac, Record};

use super::Gateway;
use super::arrivals::Moment;
use super::complaints::Complaint;
use super::said::{Change, Heard};
use crate::{Health, Unnamed};

impl Gateway {
    /// Takes a health report or an event, which happened when it came first.
    pub(super) fn hear_network(&mut self, heard: Heard, body: Vec<u8>, token: Option<Token>) {
        self.check_clock();
        let now = Instant::now();
        let due = self.waits.hear(now, None);
        // Nothing comes before the manager was asked for its clock.
        let Some(moment) = self.moment() else { return };
        let session = self.line.session.counters().sessions;
        let moment = self.arrivals.hear(&body, session, moment);
        // What goes nowhere cannot be stored twice.
        if !self.uplink.leaves_out() {
            self.last_arrival.write(&body, moment);
        }
        let (records, unnamed) = match heard {
            Heard::Event(event, change) => {
                self.follow(change, now);
                (vec![event], Vec::new())
            }
            Heard::Health(health) => self.name(health),
        };
        if !unnamed.is_empty() {
            self.survey.calendar.look_for_names(now);
            if !self.keep(unnamed, moment) {
                return;
            }
        }
        self.report.network += records.len() as u64;
        match moment.date(records) {
            Ok(dated) => self.deliver(dated, token, due),
            Err(undated) => self.deliver_undated(&undated, token),
        }
    }

    /// Now, by both clocks; `None` before the manager's was looked at.
    pub(super) fn moment(&self) -> Option<Moment> {
        let manager_micros = self.clocks.last_look()?.from;
        Some(Moment { manager_micros, timestamp: self.clocks.time_of(manager_micros) })
    }

    /// The manager has rebooted: it remembers nothing, and its numbers mean other motes.
    pub(super) fn hear_reboot(&mut self) {
        self.arrivals.clear();
        self.last_arrival.clear();
        self.forget_names("its neighbour is unknown: the manager has rebooted before it was named");
    }

    /// What an event says of the manager's short numbers.
    fn follow(&mut self, change: Change, now: Instant) {
        match change {
            Change::None => {}
            Change::Created(mote_id, mac) => self.names.learn(mote_id, Mac::from(mac.0)),
            Change::Joined => self.survey.calendar.join(now),
            Change::Deleted(mote_id) => self.names.forget(mote_id),
            Change::Reset => {
                self.forget_names(
                    "its neighbour is unknown: the network was reset before it was named",
                );
                self.survey.begin_anew(now);
            }
        }
    }

    /// A health report's records, and the links whose neighbours have no names yet.
    fn name(&mut self, health: Health) -> (Vec<Record>, Vec<Unnamed>) {
        if let Some(fault) = health.fault {
            self.report.unreadable += 1;
            self.complaints.complain(Complaint::Unreadable, format_args!("health report: {fault}"));
        }
        let (mut records, mut unnamed) = (health.records, Vec::new());
        for link in health.links {
            match self.names.mac(link.mote_id) {
                Some(neighbour) => records.push(Link { neighbour, ..link.link }.into()),
                None => unnamed.push(link),
            }
        }
        (records, unnamed)
    }

    /// Makes links safe whose neighbours have no names yet. Returns whether they are.
    fn keep(&mut self, mut unnamed: Vec<Unnamed>, moment: Moment) -> bool {
        unnamed.iter_mut().for_each(|unnamed| unnamed.link.timestamp = moment.timestamp);
        self.report.network += unnamed.len() as u64;
        self.keep_unnamed(&unnamed, moment.manager_micros)
    }
}
