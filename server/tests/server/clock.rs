use core::sync::atomic::{AtomicI64, Ordering::Relaxed};
use core::time::Duration;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Instant, SystemTime};

use clouddata_server::{Clock, Config, Running, Server};
use readings::{Reading, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{HOUR, MAC, client, url};

/// The host's clock, and how far somebody has set it, in hours.
#[derive(Clone, Default)]
struct HostClock(Arc<AtomicI64>);

impl HostClock {
    fn set(&self, hours: i64) {
        self.0.store(hours, Relaxed);
    }

    fn now(&self) -> Timestamp {
        hours(self.0.load(Relaxed))
    }
}

/// So many hours from now.
fn hours(hours: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() + hours * 3_600_000_000)
}

fn start(folder: &TempDir, host: &HostClock) -> Running {
    let (host, begun) = (host.clone(), Instant::now());
    let clock = Clock::new(move || host.now(), move || begun.elapsed());
    Server::start(Config {
        listen: ([127, 0, 0, 1], 0).into(),
        clock,
        ..Config::new(folder.path().to_owned())
    })
    .unwrap()
}

fn post(server: &Running, readings: &[Reading]) -> u16 {
    let request = client().post(url(server, "/oap"));
    request.send_json(readings).unwrap().status().as_u16()
}

fn reading(timestamp: Option<Timestamp>) -> Reading {
    Reading::temperature(MAC.parse().unwrap(), 20.0, timestamp)
}

/// A thousand readings of the last hours.
fn thousand() -> Vec<Reading> {
    let now = Timestamp::now().as_micros();
    let times = (1..=1000).map(|n| Timestamp::from_micros(now - n * 10_000_000));
    times.map(|time| reading(Some(time))).collect()
}

fn stored(server: &Running) -> Vec<Reading> {
    let answer = client().get(url(server, "/api/v1/readings")).call().unwrap();
    answer.into_body().read_json().unwrap()
}

fn notices(server: &Running) -> String {
    let health = client().get(url(server, "/health")).call().unwrap();
    assert_eq!(health.status(), 200);
    let health: Value = health.into_body().read_json().unwrap();
    health["notices"].to_string()
}

/// Waits for a look of the server at what is too old, which it has every ten seconds.
fn wait_for_notice(server: &Running, words: &str) {
    let begun = Instant::now();
    while !notices(server).contains(words) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", notices(server));
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn nothing_is_deleted_or_refused_because_the_clock_was_wrong_for_a_while() {
    let (folder, host) = (tempfile::tempdir().unwrap(), HostClock::default());
    let server = start(&folder, &host);
    assert_eq!(post(&server, &thousand()), 204);
    host.set(13);
    assert_eq!(post(&server, &[reading(None)]), 204);
    // One that is measured now is as good as ever.
    assert_eq!(post(&server, &[reading(Some(Timestamp::now()))]), 204);
    wait_for_notice(&server, "the clock was set while the server ran");
    host.set(-26);
    assert_eq!(post(&server, &[reading(Some(Timestamp::now()))]), 204);
    host.set(0);
    assert_eq!(stored(&server).len(), 1003);
    server.stop();
    assert_eq!(stored(&start(&folder, &HostClock::default())).len(), 1003);
}

#[test]
fn a_server_that_starts_with_a_wrong_clock_deletes_nothing() {
    let (folder, host) = (tempfile::tempdir().unwrap(), HostClock::default());
    let server = start(&folder, &host);
    assert_eq!(post(&server, &thousand()), 204);
    server.stop();
    host.set(24 * 365);
    let server = start(&folder, &host);
    wait_for_notice(&server, "every reading is older than 12h; none is deleted");
    // Not even when there are readings of this clock.
    assert_eq!(post(&server, &[reading(None)]), 204);
    server.stop();
    let server = start(&folder, &host);
    sleep(Duration::from_millis(500));
    server.stop();
    assert_eq!(stored(&start(&folder, &HostClock::default())).len(), 1001);
}

#[test]
fn after_the_clock_was_set_back_a_reading_without_a_time_is_of_now() {
    let (folder, host) = (tempfile::tempdir().unwrap(), HostClock::default());
    host.set(20);
    let server = start(&folder, &host);
    assert_eq!(post(&server, &[reading(None)]), 204);
    host.set(0);
    let (before, readings) = (Timestamp::now(), [reading(None); 3]);
    assert_eq!(post(&server, &readings), 204);
    let after = Timestamp::from_micros(Timestamp::now().as_micros() + 10);
    let stored = stored(&server);
    let times = stored.iter().filter_map(|reading| reading.timestamp);
    assert_eq!(times.filter(|time| (before..=after).contains(time)).count(), 3, "{stored:?}");
}

#[test]
fn every_answer_says_what_time_it_is_here() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder, &HostClock::default());
    let old = Timestamp::from_micros(Timestamp::now().as_micros() - HOUR.as_micros() as i64 * 13);
    let request = client().post(url(&server, "/oap"));
    let refused = request.send_json([reading(Some(old))]).unwrap();
    let good = client().get(url(&server, "/health")).call().unwrap();
    assert_eq!((refused.status().as_u16(), good.status().as_u16()), (422, 200));
    for answer in [refused, good] {
        let date = answer.headers()["date"].to_str().unwrap();
        let year = Timestamp::from(SystemTime::now()).to_string();
        assert!(date.ends_with(" GMT") && date.contains(&year[..4]), "{date}");
    }
}

/// What a mote says of itself, and events, are kept for longer, and go as little by a wrong clock.
#[test]
fn nothing_of_the_network_is_deleted_by_a_wrong_clock() {
    let (folder, host) = (tempfile::tempdir().unwrap(), HostClock::default());
    let server = start(&folder, &host);
    let ten_days_ago = hours(-240);
    let send = |server: &Running, path: &str, body: Value| {
        let answer = client().post(url(server, path)).send_json(body).unwrap();
        assert_eq!(answer.status().as_u16(), 204);
    };
    let charge = |time: Timestamp| json!({"mac": MAC, "charge": 7, "timestamp": time});
    let event = |time: Timestamp| json!({"event": "moteLost", "timestamp": time});
    send(&server, "/oap", charge(ten_days_ago));
    send(&server, "/events", event(ten_days_ago));
    host.set(24 * 25);
    send(&server, "/oap", json!({"mac": MAC, "charge": 8}));
    wait_for_notice(&server, "the clock was set while the server ran");
    // By either clock it is not too old.
    send(&server, "/events", event(hours(-241)));
    host.set(0);
    let count = |path: &str| {
        let answer = client().get(url(&server, path)).call().unwrap();
        answer.into_body().read_json::<Vec<Value>>().unwrap().len()
    };
    assert_eq!(count("/api/v1/readings?quantity=charge"), 2);
    assert_eq!(count("/api/v1/events"), 2);
}
