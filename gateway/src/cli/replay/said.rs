use std::collections::HashMap;

use manager_core::{Packet, PacketType};

/// How many packets of each kind a client has sent. Two clients do not ask the same out of
/// curiosity, nor as often, so each kind is counted by itself: acknowledgements above all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said(HashMap<(PacketType, bool), usize>);

impl Said {
    /// Counts a frame, if there is a packet in it.
    pub(super) fn hear(&mut self, payload: &[u8]) {
        if let Ok(packet) = Packet::parse(payload) {
            *self.0.entry((packet.packet_type, packet.control.is_response())).or_default() += 1;
        }
    }

    /// Counts what a client says to this frame of the manager's, if it has to say something.
    pub(super) fn owe(&mut self, payload: &[u8]) {
        let Ok(Packet { control, packet_type, .. }) = Packet::parse(payload) else { return };
        if packet_type == PacketType::Notification && control.is_reliable() {
            *self.0.entry((packet_type, true)).or_default() += 1;
        }
    }

    /// How many there are in all.
    pub(super) fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// How many of these have been said here.
    pub(super) fn count_of(&self, others: &Self) -> usize {
        let here = |kind| self.0.get(kind).copied().unwrap_or_default();
        others.0.iter().map(|(kind, &count)| count.min(here(kind))).sum()
    }

    /// Whether all these have been said here.
    pub(super) fn covers(&self, others: &Self) -> bool {
        self.count_of(others) == others.count()
    }

    /// It is no longer waited for that these are said.
    pub(super) fn forgive(&mut self, others: &Self) {
        for (&kind, &count) in &others.0 {
            let here = self.0.entry(kind).or_default();
            *here = count.max(*here);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACKNOWLEDGEMENT: [u8; 5] = [1, 0x14, 7, 1, 0];
    const GET_TIME: [u8; 4] = [2, 0x17, 1, 0];

    fn said(payloads: &[&[u8]]) -> Said {
        let mut said = Said::default();
        for payload in payloads {
            said.hear(payload);
        }
        said
    }

    #[test]
    fn questions_do_not_stand_for_acknowledgements() {
        let recorded = said(&[&GET_TIME, &ACKNOWLEDGEMENT]);
        let mut here = said(&[&GET_TIME, &GET_TIME, &GET_TIME, &[0xff]]);
        assert_eq!((here.count(), here.count_of(&recorded), here.covers(&recorded)), (3, 1, false));
        here.hear(&ACKNOWLEDGEMENT);
        assert!(here.covers(&recorded));
        let mut more = Said::default();
        more.owe(&[0, 0x14, 7, 1, 6]);
        assert_eq!(more, Said::default());
        more.owe(&[2, 0x14, 7, 1, 6]);
        more.owe(&[2, 0x14, 8, 1, 6]);
        assert!(!here.covers(&more));
        here.forgive(&more);
        assert!(here.covers(&more));
    }
}
