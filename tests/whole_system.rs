//! The command that the README gives first, as its reader runs it.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{PATIENCE, Program, listen, readings};
use tempfile::TempDir;

fn start(directory: &TempDir, more: &[&str]) -> (Program, String) {
    let data_dir = directory.path().to_string_lossy();
    let arguments = [&["--listen", "127.0.0.1:0", "--data-dir", &data_dir], more].concat();
    let system = Program::start("clouddata", arguments);
    let url = system.wait_for("live page: ");
    (system, url)
}

#[test]
fn simulated_motes_show_up_on_the_server_and_it_stops_cleanly() {
    let directory = TempDir::new().expect("a temporary directory");
    for signal in ["TERM", "INT"] {
        let (mut system, url) = start(&directory, &["--simulate", "--motes", "3"]);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut motes: Vec<_> = readings(&url).into_iter().map(|r| r.mac).collect();
            motes.sort();
            motes.dedup();
            if motes.len() >= 3 {
                break;
            }
            assert!(Instant::now() < deadline, "{motes:?}\n{}", system.heard());
            thread::sleep(Duration::from_millis(100));
        }
        let page = ureq::get(&url).call().expect("the live page is served").into_body();
        let page = page.into_with_config().read_to_string().expect("it is text");
        assert!(page.contains("<html"), "{page}");
        system.signal(signal);
        let status = system.wait();
        assert!(status.success(), "{signal} ends it with {status}:\n{}", system.heard());
    }
}

#[test]
fn without_a_port_it_says_what_it_looked_at_and_simulates_nothing() {
    let directory = TempDir::new().expect("a temporary directory");
    let data_dir = directory.path().to_string_lossy();
    let arguments = ["--listen", "127.0.0.1:0", "--data-dir", &data_dir];
    let mut system = Program::start("clouddata", arguments);
    let status = system.wait();
    assert_eq!(status.code(), Some(69), "{}", system.heard());
    assert!(system.heard().contains("--simulate"), "{}", system.heard());
}

#[test]
fn a_listen_address_that_is_taken_is_named() {
    let directory = TempDir::new().expect("a temporary directory");
    let (_first, url) = start(&directory, &["--simulate"]);
    let listen = listen(&url);
    let other = TempDir::new().expect("a temporary directory");
    let data_dir = other.path().to_string_lossy();
    let arguments = ["--simulate", "--listen", listen, "--data-dir", &data_dir];
    let mut second = Program::start("clouddata", arguments);
    assert_eq!(second.wait().code(), Some(69), "{}", second.heard());
    assert!(second.heard().contains(listen), "{}", second.heard());
}
