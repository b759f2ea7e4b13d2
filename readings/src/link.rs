use core::fmt;
use core::str::FromStr;

use serde::de::MapAccess;
use serde::{Deserialize, Serialize};

use crate::body::{Element, Fault, Object, Posted, check_mac, check_timestamp};
use crate::{Field, Mac, Timestamp};

/// What a mote, or the manager, says of the way between two motes at one moment.
///
/// Its identity is `(mac, neighbour, kind, timestamp)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whose link it is: the mote that reports it, or a path's source.
    pub mac: Mac,
    /// The mote at its other end.
    pub neighbour: Mac,
    /// Who says it, and so which of the fields below there are.
    pub kind: LinkKind,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Signal at the neighbour's end of a path, at the mote's of other kinds, in dBm; none before
    /// anything was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rssi: Option<i8>,
    /// Signal at the other end than `rssi`, in dBm: of a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rssi_back: Option<i8>,
    /// Packets sent to the neighbour in the interval: of a used link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u16>,
    /// How many of these were not acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<u16>,
    /// Packets received from the neighbour in the interval, or how often it was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<u16>,
    /// What was received of what was sent over a path that is used, in per cent; of others the
    /// manager only guesses by the signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// Which way a path is used, as seen from the mote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Time slots of a path in the upstream frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<u8>,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// The manager's table of paths.
    Path,
    /// A mote's report of the neighbours that it speaks to: health report 0x81.
    Used,
    /// A mote's report of the neighbours that it has only heard: health report 0x82.
    Heard,
}

/// Which way a path is used, as seen from the mote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// There is no path.
    None,
    /// It could be used.
    Unused,
    /// Towards the access point: the neighbour is a parent.
    Upstream,
    /// Away from it: the neighbour is a child.
    Downstream,
}

impl Link {
    /// One of which nothing is known yet.
    #[must_use]
    pub const fn new(
        mac: Mac,
        neighbour: Mac,
        kind: LinkKind,
        timestamp: Option<Timestamp>,
    ) -> Self {
        Self {
            mac,
            neighbour,
            kind,
            timestamp,
            rssi: None,
            rssi_back: None,
            attempts: None,
            failures: None,
            received: None,
            quality: None,
            direction: None,
            slots: None,
        }
    }

    /// Child and parent, if a path says so: the manager says it of both ends.
    #[must_use]
    pub const fn relation(&self) -> Option<(Mac, Mac)> {
        match (self.kind, self.direction) {
            (LinkKind::Path, Some(Direction::Upstream)) => Some((self.mac, self.neighbour)),
            (LinkKind::Path, Some(Direction::Downstream)) => Some((self.neighbour, self.mac)),
            _ => None,
        }
    }
}

macro_rules! names {
    ($kind:ident, $expected:literal, $( $variant:ident $name:literal ),*) => {
        impl $kind {
            /// Its name in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $kind {
            type Err = &'static str;

            fn from_str(name: &str) -> Result<Self, &'static str> {
                match name {
                    $( $name => Ok(Self::$variant), )*
                    _ => Err(concat!("is not ", $expected)),
                }
            }
        }
    };
}

names! { LinkKind, "path, used or heard", Path "path", Used "used", Heard "heard" }

names! {
    Direction, "none, unused, upstream or downstream",
    None "none", Unused "unused", Upstream "upstream", Downstream "downstream"
}

impl Element for Link {
    fn read<'de, A: MapAccess<'de>>(
        map: A,
        index: usize,
        posted: &mut Posted<Self>,
    ) -> Result<(), A::Error> {
        let checked = check(&Object::read(map)?);
        posted.add(index, checked);
        Ok(())
    }
}

fn check(object: &Object<'_>) -> Result<Link, Fault> {
    let named = |name| move |reason: &'static str| Fault::new(Field::named(name), reason);
    let mac = check_mac(Field::MAC, object.get("mac"))?;
    let neighbour = check_mac(Field::named("neighbour"), object.get("neighbour"))?;
    let kind = match object.text("kind")? {
        Some(kind) => kind.parse().map_err(named("kind"))?,
        None => return Err(Fault::new(Field::named("kind"), "is missing")),
    };
    let direction = object.text("direction")?.map(str::parse).transpose();
    let quality = object.integer("quality")?;
    if quality.is_some_and(|quality: u8| quality > 100) {
        return Err(Fault::new(Field::named("quality"), "is more than 100 per cent"));
    }
    Ok(Link {
        mac,
        neighbour,
        kind,
        timestamp: check_timestamp(object.get("timestamp"))?,
        rssi: object.integer("rssi")?,
        rssi_back: object.integer("rssi_back")?,
        attempts: object.integer("attempts")?,
        failures: object.integer("failures")?,
        received: object.integer("received")?,
        quality,
        direction: direction.map_err(named("direction"))?,
        slots: object.integer("slots")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: &str = "00-17-0d-00-00-30-5d-39";

    #[test]
    fn what_is_written_comes_back_the_same() {
        let (mac, neighbour) = (MAC.parse().unwrap(), Mac::from([7; 8]));
        let timestamp = Some(Timestamp::from_micros(1));
        let used = Link {
            rssi: Some(-70),
            attempts: Some(200),
            failures: Some(3),
            received: Some(0),
            ..Link::new(mac, neighbour, LinkKind::Used, timestamp)
        };
        let path = Link {
            rssi: Some(-60),
            rssi_back: Some(-61),
            quality: Some(97),
            direction: Some(Direction::Upstream),
            slots: Some(2),
            ..Link::new(mac, neighbour, LinkKind::Path, None)
        };
        let json = serde_json::to_vec(&[used, path]).unwrap();
        let posted = Posted::<Link>::parse(&json).unwrap();
        assert_eq!(posted.accepted.iter().map(|a| a.item).collect::<Vec<_>>(), [used, path]);
        assert_eq!(serde_json::from_slice::<Vec<Link>>(&json).unwrap(), [used, path]);
    }

    #[test]
    fn the_field_at_fault_is_named() {
        for (fields, name) in [
            (r#""kind": "used""#, "neighbour"),
            (r#""neighbour": "x", "kind": "used""#, "neighbour"),
            (r#""neighbour": "00-17-0d-00-00-30-5d-3a""#, "kind"),
            (r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "felt""#, "kind"),
            (r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "used", "rssi": 128"#, "rssi"),
            (r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "used", "rssi": 0.5"#, "rssi"),
            (r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "used", "rssi": 1e300"#, "rssi"),
            (
                r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "path", "quality": 101"#,
                "quality",
            ),
            (
                r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "path", "direction": "up""#,
                "direction",
            ),
            (
                r#""neighbour": "00-17-0d-00-00-30-5d-3a", "kind": "path", "timestamp": 1"#,
                "timestamp",
            ),
        ] {
            let json = format!(r#"[{{"mac": "{MAC}", {fields}}}]"#);
            let posted = Posted::<Link>::parse(json.as_bytes()).unwrap();
            assert_eq!((posted.accepted.len(), posted.refused.len()), (0, 1), "{json}");
            assert_eq!(posted.refused[0].field.name(), name, "{json}");
        }
    }
}
