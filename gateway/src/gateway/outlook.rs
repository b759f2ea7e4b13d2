//! What there is to expect: how far the gateway is with its manager, and how many motes that has.

use core::fmt;

use super::Gateway;
use crate::{Phase, Status};

/// What was said last, and what is known by now.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    said: Status,
    operational: Option<u32>,
    known: Option<u32>,
    is_heard: bool,
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
    pub(super) const fn begin(&mut self) {
        (self.operational, self.known, self.is_heard) = (None, None, false);
    }

    /// Readings have come.
    pub(super) const fn hear(&mut self) {
        self.is_heard = true;
    }

    /// Whether it is of interest which motes the manager knows: as long as none has reported, or
    /// more are there than were known.
    pub(super) fn wants_list(&self) -> bool {
        !self.is_heard || self.known.is_none() || self.known < self.operational
    }

    /// Whether there is nothing to wait for.
    pub(super) fn are_all_there(&self) -> bool {
        self.is_heard && self.operational >= self.known
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

    /// The manager has said how many motes are in its network.
    pub(super) fn learn_operational(&mut self, motes: u16) {
        self.outlook.operational = Some(motes.into());
        self.say_status(false);
    }

    /// The manager has said how many motes it knows.
    pub(super) fn learn_known(&mut self, motes: usize) {
        self.outlook.known = u32::try_from(motes).ok();
        self.say_status(false);
    }

    pub(super) fn say_status(&mut self, anyway: bool) {
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
