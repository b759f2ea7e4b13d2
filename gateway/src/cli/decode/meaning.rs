//! What the numbers in a message mean, and messages as lists of such fields.

use manager_core::NotificationMask;

use super::fields::Fields;
use super::text::{hex, mac};

/// How a field is said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// A number that says enough by itself.
    Plain,
    /// A number in this unit.
    Unit(&'static str),
    /// The same, below zero too.
    Signed(&'static str),
    /// A signed strength of a signal, 0 where there is none.
    Rssi,
    /// The names of the numbers from 0 on.
    Names(&'static [&'static str]),
    /// 0 or 1.
    Flag,
    Mac,
    Ipv6,
    /// Octets of the vendor's.
    Octets,
    /// Octets that are not for every eye.
    Secret,
    /// Channels, one bit each.
    Channels,
    /// Which notifications.
    Mask,
    Asn,
}

/// Fields in their order: octets, vendor's name, meaning.
pub(super) type Layout = &'static [(usize, &'static str, Meaning)];

pub(super) const DIRECTION: Meaning = Meaning::Names(&["none", "unused", "upstream", "downstream"]);

impl Fields<'_> {
    /// Takes all of these fields.
    pub(super) fn layout(&mut self, layout: Layout) -> Option<()> {
        for &(count, name, meaning) in layout {
            self.octets(count, name, |octets| meaning.text(octets))?;
        }
        Some(())
    }

    /// Takes those of these fields that are there: older devices end before one of them.
    pub(super) fn appended(&mut self, layout: Layout) -> Option<()> {
        for &(count, name, meaning) in layout {
            if self.is_empty() {
                break;
            }
            self.octets(count, name, |octets| meaning.text(octets))?;
        }
        Some(())
    }

    /// Takes so many items of these fields.
    pub(super) fn items(&mut self, count: u64, layout: Layout) -> Option<()> {
        for _ in 0..count {
            self.layout(layout)?;
        }
        Some(())
    }
}

impl Meaning {
    fn text(self, octets: &[u8]) -> String {
        let number = octets.iter().fold(0_u64, |number, &octet| number << 8 | u64::from(octet));
        let signed = || match octets {
            &[octet] => i64::from(octet.cast_signed()),
            _ => number.cast_signed(),
        };
        match self {
            Self::Plain => number.to_string(),
            Self::Unit(unit) => format!("{number} {unit}"),
            Self::Signed(unit) => format!("{} {unit}", signed()),
            Self::Rssi if number == 0 => "none".to_owned(),
            Self::Rssi => format!("{} dBm", signed()),
            Self::Names(names) => {
                let name = usize::try_from(number).ok().and_then(|number| names.get(number));
                match name {
                    Some(name) if !name.is_empty() => format!("{number}, {name}"),
                    _ => format!("{number}, unknown"),
                }
            }
            Self::Flag => format!("{number}, {}", if number == 0 { "no" } else { "yes" }),
            Self::Mac => mac(octets),
            Self::Ipv6 => <[u8; 16]>::try_from(octets).map_or_else(
                |_| hex(octets),
                |octets| core::net::Ipv6Addr::from(octets).to_string(),
            ),
            Self::Octets => hex(octets),
            Self::Secret if number == 0 => "zeros".to_owned(),
            Self::Secret => "not shown by name; it is in the octets".to_owned(),
            Self::Channels => channels(number),
            Self::Mask => mask(number),
            Self::Asn => format!("slot {number}"),
        }
    }
}

/// The channels of IEEE 802.15.4 whose bits are set.
fn channels(bits: u64) -> String {
    let set: Vec<String> =
        (0..16_u64).filter(|bit| bits >> bit & 1 == 1).map(|bit| (11 + bit).to_string()).collect();
    if set.is_empty() { "none".to_owned() } else { format!("channels {}", set.join(" ")) }
}

fn mask(bits: u64) -> String {
    let mask = NotificationMask(u32::try_from(bits).unwrap_or(u32::MAX));
    let names = [
        (NotificationMask::EVENT, "events"),
        (NotificationMask::LOG, "log"),
        (NotificationMask::DATA, "data"),
        (NotificationMask::IP_DATA, "ipData"),
        (NotificationMask::HEALTH_REPORT, "health reports"),
        (NotificationMask::RADIOTEST_STATS_PER, "radiotest statistics"),
    ];
    let known = names.iter().fold(0, |known, (bit, _)| known | bit.0);
    let mut set: Vec<String> = names
        .into_iter()
        .filter(|&(bit, _)| mask.contains(bit))
        .map(|(_, name)| name.to_owned())
        .collect();
    if mask.0 & !known != 0 {
        set.push(format!("unknown {:#x}", mask.0 & !known));
    }
    if set.is_empty() { "none".to_owned() } else { set.join(", ") }
}
