use clouddata_simulator::{Config, Simulator};

use crate::program::{gateway, run};
use crate::running::{Running, until};

fn simulator() -> clouddata_simulator::Running {
    Simulator::start(Config::default()).expect("it starts")
}

#[test]
fn a_manager_is_found_by_listening_alone() {
    let manager = simulator();
    let port = manager.port();
    let (code, out, err) = run(["ports", "--listen", port]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("heard: a manager"), "{out}");
    assert!(out.ends_with(&format!("{port} would be used: a manager is heard there\n")), "{out}");
    let report = manager.stop().unwrap();
    assert_eq!((report.tally.sessions, report.tally.malformed), (0, 0), "nothing was written");
    assert_eq!(report.from_client.frames, 0);
}

#[test]
fn a_port_in_use_names_the_program_that_uses_it() {
    let manager = simulator();
    let port = manager.port();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    let mut first = Running::start(gateway(["capture", file.to_str().unwrap(), "--port", port]));
    until("the port is open", || file.exists());
    // This process has the port open too, as the simulator is in it; which of the two is named first
    // is the processes' numbers'.
    let holder = format!("clouddata-gatew (process {})", first.id());
    let mut out = String::new();
    until("the program is named", || {
        out = run(["ports", port]).1;
        out.contains(&holder) || first.has_ended()
    });
    assert!(out.contains(&holder), "{out}: {:?}", first.wait());
    let other = directory.path().join("other.pcapng");
    let (code, _, err) = run(["capture", other.to_str().unwrap(), "--port", port]);
    assert_eq!(code, 69);
    assert!(err.contains("is busy") && err.contains(&holder), "{err}");
}

#[test]
fn a_port_that_is_not_there_is_refused() {
    let (code, out, err) = run(["ports", "/dev/ttyUSB-not-there"]);
    assert_eq!(code, 69, "{out}");
    assert!(out.contains("there is no such port"), "{out}");
    assert!(!out.contains("would be used"), "{out}");
    let named = "there is no such port: /dev/ttyUSB-not-there; this machine has ";
    assert!(err.contains(named), "{err}");
    let manager = simulator();
    let port = manager.port();
    let file = tempfile::NamedTempFile::new().unwrap();
    let no_port = file.path().to_str().unwrap();
    let (code, out, err) = run(["ports", "nosuch", port, no_port]);
    assert_eq!(code, 69, "{out}");
    assert!(err.contains(&format!("there is no such port: nosuch, {no_port}; ")), "{err}");
    assert!(out.contains(port), "the others are told: {out}");
}

#[test]
fn the_ports_that_there_are_help_who_has_mistaken_one() {
    let (_, all, _) = run(["ports"]);
    let names: Vec<_> = all
        .lines()
        .filter(|line| line.starts_with("/dev/"))
        .filter_map(|line| line.split(':').next())
        .collect();
    let (_, _, err) = run(["ports", "nosuch"]);
    for name in &names {
        assert!(err.contains(name), "{name}: {err}");
    }
    assert_eq!(names.is_empty(), err.contains("this machine has none at all"), "{err}");
    if let Some(name) = names.first().and_then(|name| name.strip_prefix("/dev/")) {
        let (_, out, _) = run(["ports", name]);
        assert!(out.starts_with(&format!("/dev/{name}: ")), "with or without its folder: {out}");
    }
}

#[test]
fn a_serial_number_that_no_board_has_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    let (code, _, err) = run(["capture", file.to_str().unwrap(), "--port", "usb:serial=NOTTHERE"]);
    assert_eq!(code, 69);
    assert!(err.contains("no port of a board with the USB serial number NOTTHERE"), "{err}");
    assert!(!file.exists());
}
