use core::time::Duration;

use clouddata_simulator::{Config, Settings, Simulator};
use readings::Reading;
use serde_json::Value;

use crate::program::{gateway, run};
use crate::running::Running;

fn simulator() -> clouddata_simulator::Running {
    let settings = Settings { motes: 2, period: Duration::from_millis(100), ..Settings::default() };
    Simulator::start(Config { settings, ..Config::default() }).expect("it starts")
}

#[test]
fn whatever_comes_is_printed_as_json_lines_with_the_hosts_time() {
    let manager = simulator();
    let port = manager.port();
    let (code, out, err) = run(["print", "--format", "json", "--count", "20", "--port", port]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let records: Vec<Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert_eq!(records.len(), 20, "{out}");
    let now = readings::Timestamp::now().as_micros();
    for record in &records {
        let time: readings::Timestamp = record["timestamp"].as_str().unwrap().parse().unwrap();
        assert!((0..60_000_000).contains(&(now - time.as_micros())), "not in 2002: {out}");
    }
    assert!(records.iter().any(|record| record.get("temperature").is_some()), "{out}");
    let report = manager.stop().unwrap();
    assert!(report.tally.readings.acknowledged >= 1, "what is printed is acknowledged");
}

#[test]
fn whatever_comes_is_printed_as_a_table() {
    let settings = Settings {
        motes: 2,
        period: Duration::from_millis(100),
        health_every: Duration::from_secs(1),
        ..Settings::default()
    };
    let manager = Simulator::start(Config { settings, ..Config::default() }).expect("it starts");
    let running = Running::start(gateway(["print", "--port", manager.port()]));
    let line = running.line_with("battery_voltage");
    assert!(line.ends_with(" mV"), "{line}");
    let line = running.line_with("used ");
    assert!(line.contains("  to 00-17-0d-") && line.contains(" dBm, "), "{line}");
    let line = running.line_with("temperature ");
    let columns: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((columns.len(), columns[2], columns[4]), (5, "temperature", "°C"), "{line}");
    running.terminate();
    assert_eq!(running.wait().0, 0);
}

#[test]
fn it_is_an_option_too() {
    let manager = simulator();
    let port = manager.port();
    let running = Running::start(gateway(["--print=json", "--port", port]));
    let line = running.line_with("\"temperature\"");
    serde_json::from_str::<Reading>(&line).expect("a reading");
    running.terminate();
    assert_eq!(running.wait().0, 0);
}

#[test]
fn what_is_no_oap_is_printed_if_it_is_wanted() {
    let settings = Settings {
        motes: 2,
        period: Duration::from_millis(100),
        extras: true,
        ..Settings::default()
    };
    let manager = Simulator::start(Config { settings, ..Config::default() }).expect("it starts");
    let port = manager.port();
    let running = Running::start(gateway(["print", "--extras", "userData,log", "--port", port]));
    let line = running.line_with("userData ");
    assert!(line.contains("octets 6e6f2e20000000"), "{line}");
    let line = running.line_with("  log ");
    assert!(line.contains("logMsg said what it had to say "), "{line}");
    running.terminate();
    assert_eq!(running.wait().0, 0);
    let (code, _, err) = run(["print", "--extras", "ipdata", "--port", port]);
    assert_eq!(code, 64, "{err}");
    assert!(err.contains("userData, ipData, log"), "{err}");
}
