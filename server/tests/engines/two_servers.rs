//! Two servers share an engine, as behind a reverse proxy. One is killed under load; its clients go
//! on to the other one, and nothing is lost or there twice.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::Instant;

use engines::Process;
use readings::{Reading, Timestamp};

use crate::site::{HOUR, ago, reading};

const CLIENTS: usize = 8;
const BATCHES: usize = 50;
const BATCH: usize = 10;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn on_influxdb() {
    one_of_two_is_killed(engines::influxdb, "influxdb");
}

#[test]
fn on_victoriametrics() {
    one_of_two_is_killed(engines::victoriametrics, "victoriametrics");
}

fn one_of_two_is_killed(engine: fn(&Path) -> Process, kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("engine");
    std::fs::create_dir(&place).unwrap();
    let engine = engine(&place);
    let arguments = [
        "--store=influx1".to_owned(),
        format!("--influx-url={}", engine.url()),
        format!("--influx-engine={kind}"),
    ];
    let mut servers = ["one", "two"].map(|name| {
        let program = env!("CARGO_BIN_EXE_clouddata-server");
        engines::server(program, &folder.path().join(name), &arguments)
    });
    let urls = [servers[0].url(), servers[1].url()];
    // To the millisecond: VictoriaMetrics knows no more.
    let start = ago(HOUR).as_micros() / 1000 * 1000;
    let (answered, moved) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (urls, answered, moved) = (&urls, &answered, &moved);
            scope.spawn(move || {
                let mut turn = client;
                for batch in 0..BATCHES {
                    let body = format!("[{}]", batch_of(start, client, batch).join(","));
                    let begun = Instant::now();
                    while !post(&urls[turn % 2], &body) {
                        assert!(begun.elapsed() < PATIENCE, "no server takes the readings");
                        turn += 1;
                        moved.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(Duration::from_millis(10));
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let begun = Instant::now();
        while answered.load(Ordering::Relaxed) < CLIENTS * BATCHES / 4 {
            assert!(begun.elapsed() < PATIENCE, "the servers take nothing");
            thread::sleep(Duration::from_millis(1));
        }
        servers[0].kill();
    });
    assert!(moved.into_inner() > 0, "the server was killed when all was done");

    let expected: Vec<String> = (0..CLIENTS)
        .flat_map(|client| (0..BATCHES).flat_map(move |batch| batch_of(start, client, batch)))
        .collect();
    let begun = Instant::now();
    let mut found = stored(&urls[1]);
    // VictoriaMetrics shows what it has taken a little later.
    while found.len() < expected.len() && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
        found = stored(&urls[1]);
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(BTreeSet::from_iter(found), BTreeSet::from_iter(expected));
}

fn batch_of(start: i64, client: usize, batch: usize) -> Vec<String> {
    let mac = format!("00-17-0d-00-00-30-5d-{client:02x}");
    let one = |n: usize| {
        let time = start + i64::try_from(batch * BATCH + n).unwrap() * 1000;
        reading(&mac, 20.0, Timestamp::from_micros(time))
    };
    (0..BATCH).map(one).collect()
}

/// Whether they are stored.
fn post(url: &str, body: &str) -> bool {
    let request = ureq::post(format!("{url}/oap")).content_type("application/json");
    request.send(body).is_ok_and(|answer| answer.status() == 204)
}

fn stored(url: &str) -> Vec<String> {
    let mut answer = ureq::get(format!("{url}/api/v1/readings")).call().unwrap();
    let all: Vec<Reading> = answer.body_mut().read_json().unwrap();
    let text = |one: Reading| reading(&one.mac.to_string(), one.value, one.timestamp.unwrap());
    all.into_iter().map(text).collect()
}
