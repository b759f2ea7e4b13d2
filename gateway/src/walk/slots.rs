use manager_core::command::{MoteLink, MoteLinks};
use readings::Quantity;

/// More links than a mote has room for.
const MOST: u16 = 1024;

/// What the manager's bits say of a link.
const TRANSMIT: u8 = 0x01;
const RECEIVE: u8 = 0x02;

/// The links of a mote, counted: time slots in which it sends or listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    all: u16,
    tx: u16,
    rx: u16,
}

impl Slots {
    /// Adds some that follow those that are there. Returns where the next begin; `None` if there
    /// are none, or too many for any mote.
    pub(super) fn add(&mut self, some: &MoteLinks) -> Option<u16> {
        let count = |flag: u8| {
            let is_so = |link: &&MoteLink| link.flags & flag != 0;
            u16::try_from(some.links.iter().filter(is_so).count()).unwrap_or(u16::MAX)
        };
        let before = self.all;
        self.all = before.saturating_add(u16::try_from(some.links.len()).unwrap_or(u16::MAX));
        self.tx = self.tx.saturating_add(count(TRANSMIT));
        self.rx = self.rx.saturating_add(count(RECEIVE));
        (before < self.all && self.all < MOST).then_some(self.all)
    }

    pub(super) fn quantities(self) -> Vec<(Quantity, f64)> {
        let Self { all, tx, rx } = self;
        [(Quantity::LINKS, all), (Quantity::LINKS_TX, tx), (Quantity::LINKS_RX, rx)]
            .map(|(quantity, count)| (quantity, count.into()))
            .into()
    }
}
