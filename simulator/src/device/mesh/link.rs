use core::time::Duration;

use manager_core::command::MoteLink;

use super::radio::Radio;

/// The upstream frame.
pub(in crate::device) const FRAME: u8 = 1;

/// Slots of the upstream frame.
const SLOTS: u32 = 256;

/// Channels that a link may hop over.
const CHANNELS: u32 = 15;

/// How often a packet is sent before it is sent over another link.
const MOST_TRIES: u32 = 20;

/// How much of the quality the last try is.
const NEWS: f64 = 0.02;

const TRANSMIT: u8 = 0x01;
const RECEIVE: u8 = 0x02;

/// Two nodes that hear each other.
#[derive(Debug)]
pub(super) struct Link {
    /// By their numbers; the access point is 0.
    pub(super) ends: [usize; 2],
    pub(super) radio: Radio,
    /// Since each end has last reported.
    pub(super) accounts: [Account; 2],
    /// Share of tries that succeeded, lately; `None` if nothing was ever sent.
    quality: Option<f64>,
}

/// What one end of a link counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::device) struct Account {
    pub(in crate::device) attempts: u32,
    pub(in crate::device) failures: u32,
    pub(in crate::device) received: u32,
}

impl Link {
    pub(super) fn new(ends: [usize; 2], radio: Radio) -> Self {
        Self { ends, radio, accounts: [Account::default(); 2], quality: None }
    }

    /// Which end a node is: 0 or 1.
    pub(super) const fn end(&self, node: usize) -> usize {
        (self.ends[0] != node) as usize
    }

    /// The node at the other end.
    pub(super) const fn peer(&self, node: usize) -> usize {
        self.ends[1 - self.end(node)]
    }

    /// What this end has counted since it was asked last.
    pub(super) fn take_account(&mut self, node: usize) -> Account {
        core::mem::take(&mut self.accounts[self.end(node)])
    }

    /// One end is gone, and the other has nobody to report of.
    pub(super) fn forget(&mut self) {
        self.accounts = [Account::default(); 2];
    }

    /// One packet goes over the link, tried again until it is acknowledged. Returns the tries.
    pub(super) fn carry(&mut self, sender: usize, now: Duration, rng: &mut fastrand::Rng) -> u32 {
        let stability = self.radio.stability(now);
        let mut tries = 1;
        while tries < MOST_TRIES && rng.f64() > stability {
            self.learn(0.0, now);
            tries += 1;
        }
        self.learn(1.0, now);
        let end = self.end(sender);
        let account = &mut self.accounts[end];
        account.attempts = account.attempts.saturating_add(tries);
        account.failures = account.failures.saturating_add(tries - 1);
        let there = &mut self.accounts[1 - end];
        there.received = there.received.saturating_add(1);
        tries
    }

    /// So many tries in vain.
    pub(super) fn fail(&mut self, sender: usize, tries: u32, now: Duration) {
        for _ in 0..tries {
            self.learn(0.0, now);
        }
        let account = &mut self.accounts[self.end(sender)];
        account.attempts = account.attempts.saturating_add(tries);
        account.failures = account.failures.saturating_add(tries);
    }

    /// In per cent: what was measured, or what the signal lets expect.
    pub(super) fn quality(&self, now: Duration) -> u8 {
        let quality = self.quality.unwrap_or_else(|| self.radio.stability(now));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        let percent = (quality * 100.0).round() as u8;
        percent
    }

    fn learn(&mut self, success: f64, now: Duration) {
        let before = self.quality.unwrap_or_else(|| self.radio.stability(now));
        self.quality = Some(before + NEWS * (success - before));
    }
}

/// The links of the upstream frame that a path has, as seen from one of its ends.
pub(super) fn slots(path: usize, count: u8, child: bool, mote_id: u16) -> Vec<MoteLink> {
    let flags = if child { TRANSMIT } else { RECEIVE };
    let link = |number: u8| {
        let (slot, channel_offset) = cell(path, number);
        MoteLink { frame_id: FRAME, slot, channel_offset, mote_id, flags }
    };
    (0..count).map(link).collect()
}

/// Slot and channel offset of a link: the same for both ends.
pub(super) fn cell(path: usize, number: u8) -> (u32, u8) {
    let spread = u32::try_from(path).unwrap_or_default().wrapping_mul(2_654_435_761);
    let place = (spread >> 8).wrapping_add(u32::from(number) * 97);
    let offset = u8::try_from((spread >> 3) % CHANNELS).unwrap_or_default();
    (place % SLOTS, offset)
}
