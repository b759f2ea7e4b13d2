use core::time::Duration;

use clouddata_simulator::{Config, Settings, Simulator};
use readings::Reading;

use crate::program::{gateway, run};
use crate::running::Running;

fn simulator() -> clouddata_simulator::Running {
    let settings = Settings { motes: 2, period: Duration::from_millis(100), ..Settings::default() };
    Simulator::start(Config { settings, ..Config::default() }).expect("it starts")
}

#[test]
fn readings_are_printed_as_json_lines_with_the_hosts_time() {
    let manager = simulator();
    let port = manager.path().to_str().unwrap();
    let (code, out, err) = run(["print", "--format", "json", "--count", "6", "--port", port]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let readings: Vec<Reading> =
        out.lines().map(|line| serde_json::from_str(line).expect("a reading")).collect();
    assert_eq!(readings.len(), 6, "{out}");
    let now = readings::Timestamp::now().as_micros();
    for reading in &readings {
        let age = now - reading.timestamp.expect("a time").as_micros();
        assert!((0..60_000_000).contains(&age), "not in 2002: {out}");
    }
    let report = manager.stop().unwrap();
    assert!(report.tally.readings.acknowledged >= 5, "what is printed is acknowledged");
}

#[test]
fn readings_are_printed_as_a_table() {
    let manager = simulator();
    let port = manager.path().to_str().unwrap();
    let (code, out, _) = run(["print", "--count", "2", "--port", port]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[0].starts_with("time ") && lines[0].ends_with("°C"), "{out}");
    let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "columns are straight:\n{out}");
}

#[test]
fn it_is_an_option_too() {
    let manager = simulator();
    let port = manager.path().to_str().unwrap();
    let running = Running::start(gateway(["--print=json", "--port", port]));
    let line = running.line_with("temperature");
    serde_json::from_str::<Reading>(&line).expect("a reading");
    running.terminate();
    assert_eq!(running.wait().0, 0);
}
