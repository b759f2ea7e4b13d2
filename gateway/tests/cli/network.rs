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
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 3 + 1, "{out}");
    assert!(lines[1].contains("access point") && lines[1].starts_with("00-17-0d-"), "{out}");
    for line in &lines[2..5] {
        assert!(line.contains("operational") && line.contains(" dBm"), "{out}");
    }
    let report = manager.stop().unwrap();
    assert_eq!(report.tally.notifications.acknowledged, 0);
}
