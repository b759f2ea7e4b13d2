//! What the vendor's thresholds say of a mesh.

use std::collections::BTreeMap;
use std::io::{self, Write};

use readings::network::{Test, tests};

use super::mesh::Mesh;

/// Most that have failed that are named, of each kind.
const MOST: usize = 10;

/// Tests of one kind, in the report's order.
struct Group<'a> {
    first: &'a Test,
    tests: Vec<&'a Test>,
}

/// A line for each kind of test, and below it what has not passed, and what to do.
pub(super) fn write(out: &mut impl Write, mesh: &Mesh) -> io::Result<()> {
    // How links do that have traffic is said by motes only.
    let (tests, passed) = tests(&mesh.facts(), &BTreeMap::new());
    writeln!(out)?;
    writeln!(out, "{:<27}  {:>8}  {:<7}  found", "test", "wanted", "verdict")?;
    for group in groups(&tests) {
        group.write(out)?;
    }
    let verdict = match passed {
        Some(true) => "All that could be told has passed.",
        Some(false) => "Not all has passed.",
        None => "Nothing could be told.",
    };
    writeln!(
        out,
        "{verdict} What motes say of themselves (mote_availability, stability_for_rssi) is in the \
         server's report, /api/v1/network/report."
    )?;
    out.flush()
}

/// Those of the network apart from those of motes.
fn groups(tests: &[Test]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for test in tests {
        let is_like = |group: &&mut Group<'_>| {
            let first = group.first;
            first.name == test.name && first.subject.is_some() == test.subject.is_some()
        };
        match groups.iter_mut().find(is_like) {
            Some(group) => group.tests.push(test),
            None => groups.push(Group { first: test, tests: vec![test] }),
        }
    }
    groups
}

impl Group<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Test { name, wanted, threshold, unit, remedy, subject, .. } = self.first;
        let known: Vec<&&Test> = self.tests.iter().filter(|test| test.passed.is_some()).collect();
        let failed: Vec<&&&Test> = known.iter().filter(|test| test.passed == Some(false)).collect();
        let verdict = match (known.is_empty(), failed.is_empty()) {
            (true, _) => "-",
            (false, true) => "pass",
            (false, false) => "FAIL",
        };
        let found = match (subject, &known[..]) {
            (_, []) => "not known".to_owned(),
            (None, [one, ..]) => format!("{} of the network", value(one)),
            (Some(_), known) => {
                let passed = known.len() - failed.len();
                format!("{passed} of {} motes pass", known.len())
            }
        };
        let wanted = format!("{wanted} {threshold}");
        writeln!(out, "{name:<27}  {wanted:>8}  {verdict:<7}  {found}")?;
        for test in failed.iter().take(MOST) {
            if let Some(mac) = test.subject {
                writeln!(out, "    {mac}: {} {unit}", value(test))?;
            }
        }
        if failed.len() > MOST {
            writeln!(out, "    and {} more", failed.len() - MOST)?;
        }
        if !failed.is_empty() {
            writeln!(out, "    {remedy}")?;
        }
        Ok(())
    }
}

fn value(test: &Test) -> String {
    test.value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
