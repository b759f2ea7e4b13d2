use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::broker::{Broker, json};
use crate::server::{Server, mac, wait_until};

const MOTES: usize = 50;

/// What the server may use, whatever is published.
const LIMIT_MIB: usize = 128;

/// Posts one reading after another for so long; returns how long each took, in order.
fn load(server: &Server, count: &AtomicU64, time: Duration) -> Vec<Duration> {
    let (begun, agent) = (Instant::now(), ureq::Agent::new_with_defaults());
    let mut took = Vec::new();
    while begun.elapsed() < time {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let mote = usize::try_from(number).unwrap() % MOTES;
        let body = json!({ "mac": mac(mote), "temperature": number as f64 / 1e4 });
        let sent = Instant::now();
        assert_eq!(agent.post(server.url("/oap")).send_json(body).unwrap().status(), 204);
        took.push(sent.elapsed());
    }
    took.sort_unstable();
    took
}

fn report(what: &str, took: &[Duration]) {
    let at = |share: usize| took[(took.len() * share / 1000).min(took.len() - 1)];
    println!(
        "{what}: {} posts, p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?}",
        took.len(),
        at(500),
        at(990),
        at(999),
        at(1000)
    );
}

#[test]
fn a_broker_that_is_killed_under_load_costs_no_reading_and_gets_the_newest_values() {
    let seconds =
        std::env::var("MQTT_LOAD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let mut broker = Broker::open();
    let server = Server::of(&broker);
    let count = AtomicU64::new(0);
    server.wait_until_it_says("the broker takes what is published");
    // One that says nothing more: the broker, which forgets it, has to be told of it again.
    server.post("/oap", &json!({ "mac": mac(MOTES), "temperature": 1.5, "battery_voltage": 3000 }));
    report("with a broker", &load(&server, &count, time));
    thread::scope(|scope| {
        let loading = scope.spawn(|| load(&server, &count, time * 2));
        thread::sleep(time / 2);
        broker.process.kill();
        report("while it is killed", &loading.join().unwrap());
        server.wait_until_it_says("does not take what is published");
        report("without it", &load(&server, &count, time));
        // One that hangs is worse than one that is away.
        broker.process.restart();
        wait_until(|| server.metric("mqtt_connected") == 1.0, String::new);
        broker.process.signal("STOP");
        report("while it hangs", &load(&server, &count, time));
        broker.process.signal("CONT");
    });
    let total = 2 + count.load(Ordering::Relaxed);
    assert_eq!(server.metric("readings_stored_total"), total as f64);
    // The newest of each mote is what the store has.
    let motes: Value = json(&server.get("/api/v1/motes"));
    let newest: Vec<(String, f64)> = motes
        .as_array()
        .unwrap()
        .iter()
        .map(|mote| {
            (
                mote["mac"].as_str().unwrap().to_owned(),
                mote["last"]["temperature"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(newest.len(), MOTES + 1);
    broker.wait_for_retained(|all| {
        newest.iter().all(|(mac, value)| {
            let state = all.get(&format!("clouddata/{mac}"));
            state.is_some_and(|state| json(state)["temperature"].as_f64() == Some(*value))
        })
    });
    let discovery = format!("homeassistant/device/clouddata_{}/config", mac(MOTES));
    broker.wait_for_retained(|all| all.contains_key(&discovery));
    // One line for each state.
    assert!(server.said("does not take what is published").len() <= 3);
}

#[test]
fn a_hundred_thousand_motes_fit_and_as_many_as_wanted_are_published() {
    const POST: usize = 10_000;
    let broker = Broker::start(|_| "allow_anonymous true\nmax_queued_messages 0\n".to_owned(), &[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let server = Server::start(&url, "max_motes = 10000", &[]);
    for first in (0..100_000).step_by(POST) {
        let motes = (first..first + POST).map(|n| json!({ "mac": mac(n), "temperature": 20.5 }));
        server.post("/oap", &motes.collect());
    }
    wait_until(
        || server.metric("mqtt_motes") == 10_000.0 && server.metric("mqtt_waiting") == 0.0,
        String::new,
    );
    let retained = broker.wait_for_retained(|all| all.len() == 1 + 3 * 10_000);
    assert!(retained.contains_key(&format!("clouddata/{}", mac(0))));
    let peak = server.peak_memory();
    println!("the most memory used with 100 000 motes, 10 000 published: {peak} MiB");
    assert!(peak < LIMIT_MIB, "{peak} MiB");
}
