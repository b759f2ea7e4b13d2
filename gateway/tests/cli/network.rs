use core::time::Duration;
use std::thread;

use clouddata_simulator::{Config, Settings, Simulator};

use crate::program::run;

#[test]
fn motes_are_listed_with_their_parents_and_nothing_is_taken_from_the_manager() {
    let settings = Settings { motes: 3, period: Duration::from_secs(1), ..Settings::default() };
    let manager = Simulator::start(Config { settings, ..Config::default() }).expect("it starts");
    let port = manager.port();
    // Until they have joined.
    let mut out = String::new();
    for _ in 0..60 {
        let (code, printed, err) = run(["network", "--port", port]);
        assert_eq!((code, err.as_str()), (0, ""), "{printed}");
        out = printed;
        if out.contains("\n3 motes are in the network") {
            break;
        }
        thread::sleep(Duration::from_millis(500));
    }
    let (motes, verdicts) = out.split_once("\n\n").expect("the verdicts come behind the motes");
    let lines: Vec<&str> = motes.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 3 + 1, "{out}");
    assert!(lines[1].contains("access point") && lines[1].starts_with("00-17-0d-"), "{out}");
    for line in &lines[2..5] {
        assert!(line.contains("operational") && line.contains(" dBm"), "{out}");
    }
    let verdict = |name: &str| {
        let line = verdicts.lines().find(|line| line.starts_with(name)).expect(name);
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(verdict("joined_once"), "= 1 pass 3 of 3 motes pass");
    assert_eq!(verdict("mote_links"), "< 180 pass 3 of 3 motes pass");
    assert_eq!(verdict("ap_links"), "< 140 pass 1 of 1 motes pass");
    assert_eq!(verdict("mote_availability"), "≥ 0.99 - not known");
    // Each hears all others and the access point, and no one else.
    assert!(verdict("good_neighbours").starts_with("≥ 3 "), "{out}");
    let single = verdict("exactly_one_single_parent");
    let (verdict, count) =
        single.strip_prefix("= 1 ").and_then(|said| said.split_once(' ')).unwrap();
    let passes = count == "1 of the network";
    assert_eq!(verdict, if passes { "pass" } else { "FAIL" }, "{out}");
    let remedy = "give each mote that has one parent a second one in range";
    assert_eq!(out.contains(remedy), !passes, "{out}");
    let report = manager.stop().unwrap();
    assert_eq!(report.tally.notifications.acknowledged, 0);
}
