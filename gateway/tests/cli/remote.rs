//! Ports at the end of a network, as people name them.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::net::TcpListener;

use clouddata_simulator::{Config, Settings, Simulator};
use scripted_server::ScriptedServer;

use crate::program::run;

/// A manager behind a socket on this address.
fn manager(address: &str) -> clouddata_simulator::Running {
    let settings = Settings {
        motes: 2,
        period: Duration::from_millis(300),
        latency: Duration::from_millis(10),
        ..Settings::default()
    };
    let listen = Some(SocketAddr::new(address.parse().expect("an address"), 0));
    Simulator::start(Config { settings, listen, ..Config::default() }).expect("it starts")
}

#[test]
fn a_manager_is_found_there_by_listening_alone() {
    let manager = manager("127.0.0.1");
    let port = manager.port();
    let (code, out, err) = run(["ports", "--listen", port]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with(&format!("{port}: at the end of a network\n")), "{out}");
    assert!(out.ends_with(&format!("{port} would be used: a manager is heard there\n")), "{out}");
    assert_eq!(manager.stop().unwrap().from_client.frames, 0, "nothing was written");
}

#[test]
fn a_manager_there_passes_every_step_of_the_doctor() {
    let server = ScriptedServer::start([]);
    for address in ["127.0.0.1", "::1"] {
        let manager = manager(address);
        let port = manager.port();
        let (code, out, err) = run(["doctor", "--port", port, "--server", server.url()]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains(&format!("{port} is open")), "{out}");
    }
}

#[test]
fn another_client_is_turned_away() {
    let manager = manager("127.0.0.1");
    let first = std::net::TcpStream::connect(&manager.port()["tcp:".len()..]).unwrap();
    // It has the line when it is greeted.
    std::io::Read::read_exact(&mut &first, &mut [0; 10]).unwrap();
    let (code, out, _) = run(["doctor", "--port", manager.port()]);
    assert_eq!(code, 69, "{out}");
    assert!(out.contains("perhaps it serves somebody else"), "{out}");
}

#[test]
fn what_stands_in_the_way_is_named() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let refused = format!("tcp:{}", gone.local_addr().unwrap());
    drop(gone);
    for (port, code, said) in [
        (refused.as_str(), 69, "refuses the connection"),
        ("tcp:no-such-host.invalid:4000", 69, "no-such-host.invalid does not resolve"),
        ("tcp:no-such-host.invalid", 64, "expected tcp:HOST:PORT"),
        ("tcp:::1:4000", 64, "in brackets"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("line.pcapng");
        let (found, _, err) = run(["capture", file.to_str().unwrap(), "--port", port]);
        assert_eq!(found, code, "{port}: {err}");
        assert!(err.contains(port) && err.contains(said), "{err}");
    }
    let (code, out, _) = run(["ports", "--listen", &refused]);
    assert_eq!(code, 69, "{out}");
    assert!(out.contains("not heard: ") && out.contains("refuses the connection"), "{out}");
    let (code, _, err) = run(["ports", "tcp:host"]);
    assert_eq!(code, 64, "{err}");
}
