//! A machine that does not know the time yet.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use clouddata_gateway::port::PortChoice;
use clouddata_gateway::{Config, Gateway, HostClock};
use e2e::{Bench, PATIENCE, ScriptedServer, Wiretap};
use readings::{Record, Timestamp};

use crate::found::Found;
use crate::said::Said;
use crate::{LIVELY, rows_of};

#[test]
fn what_came_before_the_time_was_known_gets_the_time_at_which_it_came() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]).of_today();
    let begun = Timestamp::now();
    let (mut simulator, pty) = bench.simulator(&LIVELY);
    let wiretap = Wiretap::new(&pty);
    let port = PortChoice::Named(wiretap.port().to_owned());
    let url = server.url().parse().expect("an address");
    let booted = Instant::now();
    let is_awaited = Arc::new(AtomicBool::new(true));
    let awaited = Arc::clone(&is_awaited);
    let clock = HostClock::new(Timestamp::now)
        .with_since_boot(move || booted.elapsed())
        .with_network_time(move || awaited.load(Ordering::Relaxed));
    let config = Config::new(port, url, bench.path("gateway"));
    let gateway = Gateway::start_with_clock(config, clock).expect("a gateway");
    let stopper = gateway.stopper();
    let running = thread::spawn(move || gateway.run());
    let wait_until = |what: &str, holds: &dyn Fn() -> bool| {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "in vain for {what}");
            thread::sleep(core::time::Duration::from_millis(50));
        }
    };
    let undated = || rows_of(&bench, "undated", "length(identity) > 8");
    wait_until("some that wait", &|| undated() > 150);
    assert_eq!(server.network(), []);
    let set = Timestamp::now();
    is_awaited.store(false, Ordering::Relaxed);
    wait_until("them to be stored", &|| undated() == 0 && server.network().len() > 200);
    stopper.stop();
    let report = running.join().expect("a gateway does not panic");
    simulator.terminate();
    if report.spooled > 0 {
        bench.settle_all(server.url());
    }
    assert_eq!(report.dead_letters, 0, "{report:?}");
    let network = server.network();
    Found::read(&network).assert_is(&Said::read(&wiretap.frames()));
    let times = network.iter().map(|record| record.timestamp().expect("a time"));
    let before = times.filter(|time| *time < set).count();
    assert!(before > 100, "{before} of {}", network.len());
    assert!(network.iter().filter_map(Record::timestamp).all(|time| time >= begun));
}
