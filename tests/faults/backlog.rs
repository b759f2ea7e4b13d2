//! A server that has been away for days and is back.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use clouddata_gateway::Spool;
use e2e::{Bench, PATIENCE, ScriptedServer, by_length, once, resident_kib};
use readings::{Mac, Reading, Record, Timestamp};

use crate::Ended;

/// More than a million readings are, in octets and as the gateway's option.
const LIMIT: (u64, &str) = (512 * 1024 * 1024, "512");

/// Most that a gateway may hold in memory, however much waits in its spool.
const MOST_KIB: u64 = 20 * 1024;

/// Of a mote that the simulator does not have.
fn spooled(index: i64) -> Reading {
    let (mac, timestamp) = (Mac::from([7; 8]), Some(Timestamp::from_micros(index)));
    Reading::temperature(mac, 22.97, timestamp)
}

/// Everything is stored, once; live readings do not wait for the backlog, which the printed delays
/// show; and memory stays small.
#[test]
fn a_backlog_is_drained_while_live_readings_go_on() {
    let bench = Bench::lively();
    let count = by_length(50_000, 1_000_000);
    let mut spool = Spool::open(&bench.path("gateway"), LIMIT.0).expect("a spool");
    for start in (0..count).step_by(10_000) {
        let records: Vec<Record> =
            (start..start + 10_000).map(|index| spooled(index).into()).collect();
        assert_eq!(spool.append(&records).expect("there is room"), 0);
    }
    drop(spool);

    let server = ScriptedServer::start([]).of_today();
    let options = ["--motes", "10", "--period", "200ms", "--latency", "0s"];
    let (mut simulator, pty) = bench.simulator(&options);
    let begun = Instant::now();
    let mut gateway = bench.gateway_with(&pty, server.url(), &["--spool-limit", LIMIT.1]);
    let mut progress = Instant::now();
    let (mut backlog, mut live, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    let mut resident = 0;
    // Some go on for a while after the last of the backlog.
    while backlog.len() < usize::try_from(count).expect("not many") || live.len() < 100 {
        let now = Timestamp::now().as_micros();
        for reading in server.stored_from(backlog.len() + live.len()) {
            progress = Instant::now();
            if reading.mac == spooled(0).mac {
                backlog.push(reading);
            } else {
                let measured = reading.timestamp.map_or(0, Timestamp::as_micros);
                delays.push(now.saturating_sub(measured));
                live.push(reading);
            }
        }
        resident = resident.max(resident_kib(gateway.id()));
        assert!(progress.elapsed() < PATIENCE, "nothing comes any more:\n{}", gateway.heard());
        thread::sleep(Duration::from_millis(10));
    }
    let took = begun.elapsed().as_secs_f64();
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    live.extend(server.stored_from(backlog.len() + live.len()));

    delays.sort_unstable();
    let ms = |share: usize| delays[delays.len() * share / 100] / 1000;
    println!(
        "{count} drained in {took:.1} s; {} live ones meanwhile, delayed by {} ms (median), {} ms \
         (99 of 100), {} ms (at most); {resident} KiB resident at most",
        delays.len(),
        ms(50),
        ms(99),
        delays.last().expect("there are some") / 1000
    );
    backlog.sort_by_key(|reading| reading.timestamp);
    assert!(backlog.into_iter().eq((0..count).map(spooled)), "each is stored once");
    assert!(resident < MOST_KIB, "{resident} KiB");
    Ended::new(&bench, &once(&live), &server.network()).assert_exact();
}
