//! How a network is doing, by the thresholds of the vendor's application note.

use std::collections::BTreeMap;

use readings::{Link, Mac};
use serde::Serialize;

use super::graph::stability;

/// What is known of a mote over the time of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) is_access_point: bool,
    /// Packets sent, and not sent for want of room, of all intervals; none without any.
    pub(crate) tx: Option<(f64, f64)>,
    /// Packets received from it, and lost.
    pub(crate) packets: Option<(f64, f64)>,
    /// How often it has joined.
    pub(crate) joins: Option<f64>,
    pub(crate) good_neighbours: Option<f64>,
    /// How many parents it has; none if no path of it is known.
    pub(crate) parents: Option<usize>,
}

/// Attempts, failures and the mean signal of one direction of a way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Traffic {
    attempts: u32,
    failures: u32,
    rssi_sum: i64,
    rssi_count: u32,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Test {
    name: &'static str,
    /// The mote; none for the network.
    subject: Option<Mac>,
    /// The other end of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    neighbour: Option<Mac>,
    value: Option<f64>,
    threshold: f64,
    unit: &'static str,
    /// None where there is nothing to tell it from.
    passed: Option<bool>,
    meaning: &'static str,
    /// What to do if it has not.
    remedy: &'static str,
}

struct Kind {
    name: &'static str,
    threshold: f64,
    unit: &'static str,
    meaning: &'static str,
    remedy: &'static str,
    passes: fn(value: f64, threshold: f64) -> bool,
}

fn at_least(value: f64, threshold: f64) -> bool {
    value >= threshold
}

/// Whether it is this whole number.
pub(super) fn exactly(value: f64, threshold: f64) -> bool {
    (value - threshold).abs() < 0.5
}

fn below(value: f64, threshold: f64) -> bool {
    value < threshold
}

fn above(value: f64, threshold: f64) -> bool {
    value > threshold
}

const AVAILABILITY: Kind = Kind {
    name: "mote_availability",
    threshold: 0.99,
    unit: "",
    meaning: "share of its packets that the mote could send: tx_ok / (tx_ok + tx_failed)",
    remedy: "its queue is full: let it report less often, or give it more bandwidth or better neighbours",
    passes: at_least,
};

const RELIABILITY: Kind = Kind {
    name: "mote_reliability",
    threshold: 0.999,
    unit: "",
    meaning: "share of the packets that arrive: packets_received / (packets_received + packets_lost)",
    remedy: "give the motes on the way more and better neighbours, or add a mote between",
    passes: at_least,
};

const JOINED: Kind = Kind {
    name: "joined_once",
    threshold: 1.0,
    unit: "",
    meaning: "how often the mote has joined: each further time it was lost, or started anew",
    remedy: "look at its battery, at what it stands behind, and at the events moteLost and moteReset",
    passes: exactly,
};

const NEIGHBOURS: Kind = Kind {
    name: "good_neighbours",
    threshold: 3.0,
    unit: "motes",
    meaning: "motes in range with a path quality above 50 %",
    remedy: "place another mote near it, or it nearer to others",
    passes: at_least,
};

const SINGLE_PARENT: Kind = Kind {
    name: "exactly_one_single_parent",
    threshold: 1.0,
    unit: "motes",
    meaning: "motes with one parent: in a mesh without loops one has, beside the access point, and all \
              others have two",
    remedy: "give each mote that has one parent a second one in range",
    passes: exactly,
};

const AP_LINKS: Kind = Kind {
    name: "ap_links",
    threshold: 140.0,
    unit: "links",
    meaning: "receive links of the access point; the manager does not say them here",
    remedy: "let motes report less often, or use a second manager",
    passes: below,
};

const MOTE_LINKS: Kind = Kind {
    name: "mote_links",
    threshold: 180.0,
    unit: "links",
    meaning: "links of one mote; the manager does not say them here",
    remedy: "let the motes behind it report less often, or place another beside it",
    passes: below,
};

const STRONG: Kind = Kind {
    name: "stability_for_rssi",
    threshold: 0.70,
    unit: "",
    meaning: "1 − failures/attempts of a link with a signal above −70 dBm, which should be stable",
    remedy: "something disturbs it: look for other radios on 2.4 GHz, and at the mote's antenna",
    passes: above,
};

const WEAK: Kind = Kind {
    name: "stability_for_rssi",
    threshold: 0.50,
    unit: "",
    meaning: "1 − failures/attempts of a link with a signal below −80 dBm, which is expected to be \
              below the threshold; one that is better is no fault, and not judged",
    remedy: "none is needed as long as the mote has better links",
    passes: below,
};

/// dBm above which a link should be stable, and below which it is not expected to be.
const STRONG_RSSI: f64 = -70.0;
const WEAK_RSSI: f64 = -80.0;

/// Packets of a link that tell something.
const ENOUGH: u32 = 30;

/// Adds what one mote says of its links over an interval: what it has sent, and how it hears the
/// other.
pub(crate) fn add_traffic(traffic: &mut BTreeMap<(Mac, Mac), Traffic>, link: &Link) {
    let Some(attempts) = link.attempts.filter(|&attempts| attempts > 0) else { return };
    let sum = traffic.entry((link.mac, link.neighbour)).or_default();
    sum.attempts = sum.attempts.saturating_add(attempts.into());
    sum.failures = sum.failures.saturating_add(link.failures.unwrap_or_default().into());
    if let Some(rssi) = link.rssi {
        sum.rssi_sum += i64::from(rssi);
        sum.rssi_count += 1;
    }
}

/// The tests, and whether all that could be told have passed; none if nothing could.
pub(crate) fn tests(
    motes: &BTreeMap<Mac, Facts>,
    traffic: &BTreeMap<(Mac, Mac), Traffic>,
) -> (Vec<Test>, Option<bool>) {
    let mut tests = Vec::new();
    let lossy = motes.values().filter_map(|facts| facts.packets);
    let all = lossy.reduce(|(received, lost), (r, l)| (received + r, lost + l));
    tests.push(RELIABILITY.test(None, all.and_then(share)));
    let parents: Vec<usize> = motes
        .values()
        .filter(|facts| !facts.is_access_point)
        .filter_map(|facts| facts.parents)
        .collect();
    let single = parents.iter().filter(|&&count| count == 1).count();
    tests.push(SINGLE_PARENT.test(None, (!parents.is_empty()).then(|| number(single))));
    tests.extend([AP_LINKS.test(None, None), MOTE_LINKS.test(None, None)]);
    for (&mac, facts) in motes.iter().filter(|(_, facts)| !facts.is_access_point) {
        let subject = Some(mac);
        tests.extend([
            AVAILABILITY.test(subject, facts.tx.and_then(share)),
            RELIABILITY.test(subject, facts.packets.and_then(share)),
            JOINED.test(subject, facts.joins),
            NEIGHBOURS.test(subject, facts.good_neighbours),
        ]);
    }
    tests.extend(traffic.iter().filter_map(|(&ends, traffic)| test_of_link(ends, traffic)));
    let known = tests.iter().filter_map(|test| test.passed);
    let passed = known.reduce(|all, passed| all && passed);
    (tests, passed)
}

impl Kind {
    fn test(&self, subject: Option<Mac>, value: Option<f64>) -> Test {
        let &Self { name, threshold, unit, meaning, remedy, passes } = self;
        let passed = value.map(|value| passes(value, threshold));
        let value = value.map(|value| (value * 1e6).round() / 1e6);
        Test { name, subject, neighbour: None, value, threshold, unit, passed, meaning, remedy }
    }
}

fn test_of_link((mac, neighbour): (Mac, Mac), traffic: &Traffic) -> Option<Test> {
    let &Traffic { attempts, failures, rssi_sum, rssi_count } = traffic;
    if attempts < ENOUGH || rssi_count == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rssi = rssi_sum as f64 / f64::from(rssi_count);
    let value = Some(stability(attempts, failures));
    let test = if rssi > STRONG_RSSI {
        STRONG.test(Some(mac), value)
    } else if rssi < WEAK_RSSI {
        let test = WEAK.test(Some(mac), value);
        Test { passed: test.passed.filter(|&passed| passed), ..test }
    } else {
        return None;
    };
    Some(Test { neighbour: Some(neighbour), ..test })
}

/// None if there is nothing to share.
fn share((good, bad): (f64, f64)) -> Option<f64> {
    (good + bad > 0.0).then(|| good / (good + bad))
}

#[expect(clippy::cast_precision_loss, reason = "a number of motes")]
const fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use readings::LinkKind;

    use super::*;

    fn mac(mote: u8) -> Mac {
        Mac::from([mote; 8])
    }

    fn verdict(tests: &[Test], name: &str, subject: Option<Mac>) -> (Option<f64>, Option<bool>) {
        let found = tests.iter().find(|test| test.name == name && test.subject == subject);
        found.map(|test| (test.value, test.passed)).unwrap()
    }

    #[test]
    fn what_is_not_known_has_not_passed() {
        let motes = BTreeMap::from([(mac(1), Facts::default())]);
        let (tests, passed) = tests(&motes, &BTreeMap::new());
        assert!(tests.iter().all(|test| test.value.is_none() && test.passed.is_none()));
        assert_eq!((tests.len(), passed), (8, None));
    }

    #[test]
    fn each_threshold_judges_what_it_is_about() {
        let good = Facts {
            tx: Some((990.0, 10.0)),
            packets: Some((999.0, 1.0)),
            joins: Some(1.0),
            good_neighbours: Some(3.0),
            parents: Some(1),
            ..Facts::default()
        };
        let bad = Facts {
            tx: Some((989.0, 11.0)),
            packets: Some((998.0, 2.0)),
            joins: Some(2.0),
            good_neighbours: Some(2.0),
            parents: Some(2),
            ..Facts::default()
        };
        let access_point = Facts { is_access_point: true, parents: Some(0), ..Facts::default() };
        let of = |motes: &[&Facts]| {
            let motes = (1..).zip(motes).map(|(mote, &facts)| (mac(mote), facts.clone()));
            tests(&motes.collect(), &BTreeMap::new())
        };
        let (tests, passed) = of(&[&good, &access_point]);
        assert_eq!(passed, Some(true));
        assert_eq!(verdict(&tests, "mote_availability", Some(mac(1))), (Some(0.99), Some(true)));
        assert_eq!(verdict(&tests, "exactly_one_single_parent", None), (Some(1.0), Some(true)));
        let (tests, passed) = of(&[&bad, &bad]);
        assert_eq!(passed, Some(false));
        for (name, value) in [
            ("mote_availability", 0.989),
            ("mote_reliability", 0.998),
            ("joined_once", 2.0),
            ("good_neighbours", 2.0),
        ] {
            assert_eq!(verdict(&tests, name, Some(mac(2))), (Some(value), Some(false)), "{name}");
        }
        assert_eq!(verdict(&tests, "mote_reliability", None), (Some(0.998), Some(false)));
        // None is not one, nor are two.
        assert_eq!(verdict(&tests, "exactly_one_single_parent", None), (Some(0.0), Some(false)));
        let (tests, _) = of(&[&good, &good]);
        assert_eq!(verdict(&tests, "exactly_one_single_parent", None), (Some(2.0), Some(false)));
    }

    #[test]
    fn links_are_judged_by_their_signal() {
        let judged = |rssi, attempts, failures| {
            let mut traffic = BTreeMap::new();
            for _ in 0..10 {
                let mut link = Link::new(mac(1), mac(2), LinkKind::Used, None);
                (link.rssi, link.attempts) = (Some(rssi), Some(attempts));
                link.failures = Some(failures);
                add_traffic(&mut traffic, &link);
            }
            let (tests, _) = tests(&BTreeMap::new(), &traffic);
            let test = tests.iter().find(|test| test.name == "stability_for_rssi")?;
            Some((test.value, test.threshold, test.passed))
        };
        assert_eq!(judged(-69, 10, 2), Some((Some(0.8), 0.7, Some(true))));
        assert_eq!(judged(-69, 10, 4), Some((Some(0.6), 0.7, Some(false))));
        assert_eq!(judged(-81, 10, 6), Some((Some(0.4), 0.5, Some(true))));
        assert_eq!(judged(-81, 10, 2), Some((Some(0.8), 0.5, None)));
        assert_eq!(judged(-75, 10, 2), None);
        assert_eq!(judged(-69, 2, 0), None);
    }
}
