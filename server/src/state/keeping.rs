//! What is kept for the next time that the server starts.

use std::time::Instant;

use super::gateway::Resumed;
use super::kept::{Changes, Kept, KeptGateway, KeptMote};
use super::wall::{Micros, SECOND};
use super::{Inner, States};

/// Between two times that the gateways are kept although only their contact has changed.
const CONTACT_INTERVAL: Micros = 60 * SECOND;

/// Motes that are kept at a time, so that this holds nobody up.
const AT_A_TIME: usize = 10_000;

impl States {
    /// Takes up the gateways that were kept.
    pub(crate) fn resume_gateways(&self, kept: &mut Kept) -> rusqlite::Result<()> {
        let mut inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        for KeptGateway { name, contact, promise, state, since } in kept.gateways()? {
            let (contact, since) = (inner.wall.moment_of(contact), inner.wall.moment_of(since));
            inner.gateways.resume(Resumed { name, contact, promise, state, since }, now);
        }
        Ok(())
    }

    /// Takes up what was kept of the motes that are known by now.
    pub(crate) fn resume_motes(&self, kept: &mut Kept) -> rusqlite::Result<()> {
        let macs: Vec<_> = self.lock().motes.keys().copied().collect();
        for mac in macs {
            let Some(KeptMote { gateway, state, since, .. }) = kept.mote(mac)? else { continue };
            let mut inner = self.lock();
            let since = inner.wall.moment_of(since);
            let number = gateway.and_then(|name| inner.gateways.number_of(&name));
            if let Some(mote) = inner.motes.get_mut(&mac) {
                mote.resume(state, since);
                mote.gateway = mote.gateway.or(number);
            }
        }
        Ok(())
    }

    /// Keeps what has changed.
    pub(crate) fn keep(&self, kept: &mut Kept) -> rusqlite::Result<()> {
        let (changes, now) = {
            let mut inner = self.lock();
            let now = inner.wall.moment(Instant::now());
            (inner.changes(now), now)
        };
        if let Some(changes) = &changes {
            let saved = kept.save(changes);
            let mut inner = self.lock();
            if saved.is_ok() && changes.gateways.is_some() {
                inner.unkept.gateways_kept = now;
            } else if saved.is_err() {
                inner.unkept.motes.extend(changes.motes.iter().map(|mote| mote.mac));
                inner.unkept.forgotten.extend(&changes.forgotten);
                inner.unkept.gateways = true;
            }
            return saved;
        }
        Ok(())
    }
}

impl Inner {
    fn changes(&mut self, now: Micros) -> Option<Changes> {
        let unkept = &mut self.unkept;
        let mut motes = core::mem::take(&mut unkept.motes);
        if let Some(&rest) = motes.iter().nth(AT_A_TIME) {
            unkept.motes = motes.split_off(&rest);
        }
        let forgotten: Vec<_> = core::mem::take(&mut unkept.forgotten).into_iter().collect();
        let old = now - unkept.gateways_kept >= CONTACT_INTERVAL;
        let kept = unkept.gateways_kept;
        let gateways = core::mem::take(&mut unkept.gateways)
            || (old && self.gateways.all().any(|gateway| gateway.contact > kept));
        if motes.is_empty() && forgotten.is_empty() && !gateways {
            return None;
        }
        let motes = motes.into_iter().filter_map(|mac| {
            let mote = self.motes.get(&mac)?;
            let gateway = mote.gateway.and_then(|number| self.gateways.get(number));
            Some(KeptMote {
                mac,
                gateway: gateway.map(|gateway| gateway.name.clone()),
                state: mote.state,
                since: self.wall.time(mote.since),
            })
        });
        let motes = motes.collect();
        let gateways = gateways.then(|| {
            let all = self.gateways.all().map(|gateway| KeptGateway {
                name: gateway.name.clone(),
                contact: self.wall.time(gateway.contact),
                promise: gateway.promise,
                state: gateway.state,
                since: self.wall.time(gateway.since),
            });
            all.collect()
        });
        Some(Changes { motes, forgotten, gateways })
    }
}
