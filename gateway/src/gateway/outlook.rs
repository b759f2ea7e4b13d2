//! What there is to expect: how far the gateway is with its manager, and how many motes that has.

use core::fmt;
use core::time::Duration;
use std::time::Instant;

use manager_core::command::{GetMoteConfig, MoteConfig};
use manager_core::{MacAddress, Request};

use super::Gateway;
use crate::{Phase, Status};

/// Between two questions how many motes there are: until readings come and every mote that is known
/// is there, and after.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// More motes than any manager has.
const MAX_MOTES: u32 = 1024;

/// What was said last, and when the manager is asked again.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    said: Status,
    operational: Option<u32>,
    known: Option<u32>,
    /// Motes of the manager's list so far, while it is gone through.
    listed: u32,
    is_heard: bool,
    /// None if the manager does not know the question.
    next: Option<Instant>,
    listener: Option<Listener>,
}

/// Hears each change.
struct Listener(Box<dyn FnMut(&Status) + Send>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Outlook {
    /// A session has begun.
    pub(super) fn begin(&mut self, now: Instant) {
        (self.operational, self.known) = (None, None);
        (self.is_heard, self.next) = (false, Some(now));
    }

    /// Readings have come.
    pub(super) const fn hear(&mut self) {
        self.is_heard = true;
    }

    /// The manager does not say.
    pub(super) const fn give_up(&mut self) {
        self.next = None;
    }

    pub(super) fn listen(&mut self, listener: impl FnMut(&Status) + Send + 'static) {
        self.listener = Some(Listener(Box::new(listener)));
    }
}

impl Gateway {
    /// Calls this with what it says of its manager, at once and whenever that changes.
    pub fn on_status(&mut self, listener: impl FnMut(&Status) + Send + 'static) {
        self.outlook.listen(listener);
        self.say_status(true);
    }

    /// Asks what is there, if it is time, and says what has changed.
    pub(super) fn look_out(&mut self, now: Instant) {
        if self.subscribed && self.outlook.next.is_some_and(|at| at <= now) {
            // If another request is under way, this one can wait for the next turn.
            let asked = self.line.session.request(self.line.now(), &Request::GetNetworkInfo);
            let Outlook { is_heard, operational, known, .. } = self.outlook;
            let all_there = is_heard && operational >= known;
            let interval = if all_there { INTERVALS.1 } else { INTERVALS.0 };
            if asked.is_ok() {
                self.outlook.next = Some(now + interval);
            }
        }
        self.say_status(false);
    }

    /// The manager has said how many motes are in its network. As long as none has reported, or more
    /// are there than it knew, it is also asked which ones it knows.
    pub(super) fn learn_operational(&mut self, motes: u16) {
        self.outlook.operational = Some(motes.into());
        self.say_status(false);
        self.outlook.listed = 0;
        self.ask_mote(MacAddress([0; 8]));
    }

    /// The manager knows this mote.
    pub(super) fn learn_mote(&mut self, mote: &MoteConfig) {
        self.outlook.listed += u32::from(!mote.is_ap);
        self.ask_mote(mote.mac_address);
    }

    /// The manager knows no more.
    pub(super) fn end_motes(&mut self) {
        self.outlook.known = Some(self.outlook.listed);
        self.say_status(false);
    }

    fn ask_mote(&mut self, mac_address: MacAddress) {
        // A manager that has just booted meets its motes one by one, so what it knew may be old.
        let Outlook { is_heard, operational, known, .. } = self.outlook;
        let is_asked = !is_heard || known.is_none() || known < operational;
        if is_asked && self.outlook.listed <= MAX_MOTES {
            let next = GetMoteConfig { mac_address, next: true };
            // If another request is under way, the list is begun anew the next time.
            let _ = self.line.session.request(self.line.now(), &Request::GetMoteConfig(next));
        }
    }

    fn say_status(&mut self, anyway: bool) {
        let port = self.line.port();
        let phase = match port {
            Some(_) if self.subscribed => Phase::Connected,
            Some(_) => Phase::Connecting,
            None => Phase::Searching,
        };
        let Outlook { said, operational, known, is_heard, .. } = &self.outlook;
        let is_connected = phase == Phase::Connected;
        let operational = operational.filter(|_| is_connected);
        let known = known.filter(|_| is_connected);
        let is_heard = *is_heard && is_connected;
        let motes = (operational, known);
        let is_new = (said.port.as_deref(), said.phase, said.is_heard) != (port, phase, is_heard)
            || (said.motes_operational, said.motes_known) != motes;
        if !is_new && !anyway {
            return;
        }
        let port = port.map(str::to_owned);
        let said =
            Status { port, phase, motes_known: known, motes_operational: operational, is_heard };
        if is_connected && !is_heard && is_new && operational.is_some() && !self.is_quiet {
            tracing::info!(motes = operational, "{said}");
        }
        self.bulletin.put(&said);
        if let Some(Listener(listener)) = &mut self.outlook.listener {
            listener(&said);
        }
        self.outlook.said = said;
    }
}
