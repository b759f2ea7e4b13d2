use std::collections::BTreeMap;

use serde::Serialize;

use super::kind::{
    AP_LINKS, AVAILABILITY, ENOUGH, JOINED, Kind, MOTE_LINKS, NEIGHBOURS, RELIABILITY,
    SINGLE_PARENT, STRONG, STRONG_RSSI, WEAK, WEAK_RSSI,
};
use super::{Facts, Traffic, Wanted};
use crate::Mac;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Test {
    /// What it is called.
    pub name: &'static str,
    /// The mote; none for the network.
    pub subject: Option<Mac>,
    /// The other end of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbour: Option<Mac>,
    /// What was found, in the unit; none where nothing is known.
    pub value: Option<f64>,
    /// What it is told by.
    pub threshold: f64,
    /// How the value has to be to that.
    #[serde(skip)]
    pub wanted: Wanted,
    /// Empty for a number without one.
    pub unit: &'static str,
    /// None where there is nothing to tell it from.
    pub passed: Option<bool>,
    /// What the value is.
    pub meaning: &'static str,
    /// What to do if it has not passed.
    pub remedy: &'static str,
}

/// The tests, and whether all that could be told have passed; none if nothing could. `traffic` is
/// what each mote, the first, has said of its link to another.
#[must_use]
pub fn tests(
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
    for (&mac, facts) in motes {
        let subject = Some(mac);
        if facts.is_access_point {
            tests.push(AP_LINKS.test(subject, facts.links_rx));
            continue;
        }
        tests.extend([
            AVAILABILITY.test(subject, facts.tx.and_then(share)),
            RELIABILITY.test(subject, facts.packets.and_then(share)),
            JOINED.test(subject, facts.joins),
            NEIGHBOURS.test(subject, facts.good_neighbours),
            MOTE_LINKS.test(subject, facts.links),
        ]);
    }
    tests.extend(traffic.iter().filter_map(|(&ends, traffic)| test_of_link(ends, traffic)));
    let known = tests.iter().filter_map(|test| test.passed);
    let passed = known.reduce(|all, passed| all && passed);
    (tests, passed)
}

impl Kind {
    fn test(&self, subject: Option<Mac>, value: Option<f64>) -> Test {
        let &Self { name, wanted, threshold, unit, meaning, remedy } = self;
        let passed = value.map(|value| wanted.holds(value, threshold));
        let value = value.map(|value| (value * 1e6).round() / 1e6);
        let neighbour = None;
        Test { name, subject, neighbour, value, threshold, wanted, unit, passed, meaning, remedy }
    }
}

fn test_of_link((mac, neighbour): (Mac, Mac), traffic: &Traffic) -> Option<Test> {
    let rssi = traffic.rssi().filter(|_| traffic.attempts >= ENOUGH)?;
    let value = Some(traffic.stability());
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
    use super::*;
    use crate::{Link, LinkKind};

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
        assert_eq!((tests.len(), passed), (7, None));
    }

    #[test]
    fn each_threshold_judges_what_it_is_about() {
        let good = Facts {
            tx: Some((990.0, 10.0)),
            packets: Some((999.0, 1.0)),
            joins: Some(1.0),
            good_neighbours: Some(3.0),
            parents: Some(1),
            links: Some(179.0),
            ..Facts::default()
        };
        let bad = Facts {
            tx: Some((989.0, 11.0)),
            packets: Some((998.0, 2.0)),
            joins: Some(2.0),
            good_neighbours: Some(2.0),
            parents: Some(2),
            links: Some(180.0),
            ..Facts::default()
        };
        let access_point = Facts {
            is_access_point: true,
            parents: Some(0),
            links: Some(500.0),
            links_rx: Some(139.0),
            ..Facts::default()
        };
        let crowded = Facts { links_rx: Some(140.0), ..access_point.clone() };
        let of = |motes: &[&Facts]| {
            let motes = (1..).zip(motes).map(|(mote, &facts)| (mac(mote), facts.clone()));
            tests(&motes.collect(), &BTreeMap::new())
        };
        let (tests, passed) = of(&[&good, &access_point]);
        assert_eq!(passed, Some(true));
        assert_eq!(verdict(&tests, "mote_availability", Some(mac(1))), (Some(0.99), Some(true)));
        assert_eq!(verdict(&tests, "exactly_one_single_parent", None), (Some(1.0), Some(true)));
        assert_eq!(verdict(&tests, "ap_links", Some(mac(2))), (Some(139.0), Some(true)));
        assert_eq!(verdict(&tests, "mote_links", Some(mac(1))), (Some(179.0), Some(true)));
        let (tests, passed) = of(&[&good, &crowded]);
        assert_eq!(passed, Some(false));
        assert_eq!(verdict(&tests, "ap_links", Some(mac(2))), (Some(140.0), Some(false)));
        let (tests, passed) = of(&[&bad, &bad]);
        assert_eq!(passed, Some(false));
        for (name, value) in [
            ("mote_availability", 0.989),
            ("mote_reliability", 0.998),
            ("joined_once", 2.0),
            ("good_neighbours", 2.0),
            ("mote_links", 180.0),
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
            let mut traffic = Traffic::default();
            for _ in 0..10 {
                let mut link = Link::new(mac(1), mac(2), LinkKind::Used, None);
                (link.rssi, link.attempts) = (Some(rssi), Some(attempts));
                link.failures = Some(failures);
                traffic.add(&link);
            }
            let traffic = BTreeMap::from([((mac(1), mac(2)), traffic)]);
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
