use core::fmt;

/// What is looked at, and what is wanted of it.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) wanted: Wanted,
    pub(super) threshold: f64,
    pub(super) unit: &'static str,
    pub(super) meaning: &'static str,
    pub(super) remedy: &'static str,
}

/// How a value has to be to its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// That or more.
    AtLeast,
    /// The same whole number.
    Exactly,
    /// Less.
    Below,
    /// More.
    Above,
}

impl Wanted {
    pub(super) fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Exactly => (value - threshold).abs() < 0.5,
            Self::Below => value < threshold,
            Self::Above => value > threshold,
        }
    }
}

impl fmt::Display for Wanted {
    /// As a sign before the threshold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AtLeast => "≥",
            Self::Exactly => "=",
            Self::Below => "<",
            Self::Above => ">",
        })
    }
}

pub(super) const AVAILABILITY: Kind = Kind {
    name: "mote_availability",
    wanted: Wanted::AtLeast,
    threshold: 0.99,
    unit: "",
    meaning: "share of its packets that the mote could send: tx_ok / (tx_ok + tx_failed)",
    remedy: "its queue is full: let it report less often, or give it more bandwidth or better neighbours",
};

pub(super) const RELIABILITY: Kind = Kind {
    name: "mote_reliability",
    wanted: Wanted::AtLeast,
    threshold: 0.999,
    unit: "",
    meaning: "share of the packets that arrive: packets_received / (packets_received + packets_lost)",
    remedy: "give the motes on the way more and better neighbours, or add a mote between",
};

pub(super) const JOINED: Kind = Kind {
    name: "joined_once",
    wanted: Wanted::Exactly,
    threshold: 1.0,
    unit: "",
    meaning: "how often the mote has joined: each further time it was lost, or started anew",
    remedy: "look at its battery, at what it stands behind, and at the events moteLost and moteReset",
};

pub(super) const NEIGHBOURS: Kind = Kind {
    name: "good_neighbours",
    wanted: Wanted::AtLeast,
    threshold: 3.0,
    unit: "motes",
    meaning: "motes in range with a path quality above 50 %",
    remedy: "place another mote near it, or it nearer to others",
};

pub(super) const SINGLE_PARENT: Kind = Kind {
    name: "exactly_one_single_parent",
    wanted: Wanted::Exactly,
    threshold: 1.0,
    unit: "motes",
    meaning: "motes with one parent: in a mesh without loops one has, beside the access point, and all \
              others have two",
    remedy: "give each mote that has one parent a second one in range",
};

pub(super) const AP_LINKS: Kind = Kind {
    name: "ap_links",
    wanted: Wanted::Below,
    threshold: 140.0,
    unit: "links",
    meaning: "time slots in which the access point listens: links_rx",
    remedy: "let motes report less often, or use a second manager",
};

pub(super) const MOTE_LINKS: Kind = Kind {
    name: "mote_links",
    wanted: Wanted::Below,
    threshold: 180.0,
    unit: "links",
    meaning: "time slots in which the mote sends or listens: links",
    remedy: "let the motes behind it report less often, or place another beside it",
};

pub(super) const STRONG: Kind = Kind {
    name: "stability_for_rssi",
    wanted: Wanted::Above,
    threshold: 0.70,
    unit: "",
    meaning: "1 − failures/attempts of a link with a signal above −70 dBm, which should be stable",
    remedy: "something disturbs it: look for other radios on 2.4 GHz, and at the mote's antenna",
};

pub(super) const WEAK: Kind = Kind {
    name: "stability_for_rssi",
    wanted: Wanted::Below,
    threshold: 0.50,
    unit: "",
    meaning: "1 − failures/attempts of a link with a signal below −80 dBm, which is expected to be \
              below the threshold; one that is better is no fault, and not judged",
    remedy: "none is needed as long as the mote has better links",
};

/// dBm above which a link should be stable, and below which it is not expected to be.
pub(super) const STRONG_RSSI: f64 = -70.0;
pub(super) const WEAK_RSSI: f64 = -80.0;

/// Packets of a link that tell something.
pub(super) const ENOUGH: u32 = 30;
