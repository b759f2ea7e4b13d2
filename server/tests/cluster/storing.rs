//! What is answered is stored, whatever is killed.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::log::Log;
use crate::site::{Site, deliver, get, now, post, reading, until};

/// The readings that a server has are these.
fn has(site: &Site, server: usize, expected: &[Value]) {
    until("all is there, once", || {
        let found = get(&site.url(server), "/api/v1/readings")?;
        (found == json!(expected)).then_some(())
    });
}

#[test]
fn without_a_quorum_nothing_is_answered_as_stored_and_with_one_again() {
    let mut site = Site::start(1, &[]);
    let first = reading(1, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &first);
    site.nats[1].kill();
    site.nats[2].kill();
    let second = reading(2, 21.5, now());
    let (status, said) = post(&site.url(0), "/api/v1/oap", &second);
    assert_eq!(status, 503, "{said}");
    site.nats[1].restart();
    site.nats[2].restart();
    deliver(&site.url(0), "/api/v1/oap", &second);
    has(&site, 0, &[first, second]);
}

#[test]
fn nats_servers_that_are_restarted_in_turn_fail_no_post() {
    let mut site = Site::start(1, &[]);
    let mut readings = vec![reading(1, 21.5, now())];
    deliver(&site.url(0), "/api/v1/oap", &readings[0]);
    let mut log = Log::of(&site);
    let (url, is_over) = (site.url(0), Arc::<AtomicBool>::default());
    let until_over = Arc::clone(&is_over);
    let posting = std::thread::spawn(move || {
        while !until_over.load(Ordering::Relaxed) {
            let reading = reading(2, 21.5, now());
            let (status, said) = post(&url, "/api/v1/oap", &reading);
            assert_eq!(status, 204, "{said}");
            readings.push(reading);
        }
        readings
    });
    for nats in &mut site.nats {
        log.until_whole();
        nats.end();
        nats.restart();
    }
    log.until_whole();
    is_over.store(true, Ordering::Relaxed);
    has(&site, 0, &posting.join().unwrap());
}

#[test]
fn a_history_that_is_killed_gets_again_what_it_had_only_in_memory() {
    let mut site = Site::start(1, &[]);
    let first = reading(1, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &first);
    let in_history = |site: &Site| {
        let url = format!("{}/api/v1/export?match[]=temperature_value", site.history.url());
        let text = ureq::get(url).call().ok()?.body_mut().read_to_string().ok()?;
        (!text.is_empty()).then_some(text)
    };
    until("the history has it", || in_history(&site));
    site.history.kill();
    // It takes readings without its history.
    let second = reading(2, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &second);
    let notices =
        |site: &Site| get(&site.url(0), "/health").map(|health| health["notices"].clone());
    until("it is said that it waits", || notices(&site).filter(|notices| notices.is_array()));
    site.history.restart();
    until("the history has it again", || {
        in_history(&site).filter(|text| text.lines().count() == 2)
    });
    has(&site, 0, &[first, second]);
}

#[test]
fn a_server_that_is_killed_takes_nothing_with_it() {
    let mut site = Site::start(2, &[]);
    let first = reading(1, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &first);
    site.servers[0].kill();
    let second = reading(2, 21.5, now());
    deliver(&site.url(1), "/api/v1/oap", &second);
    has(&site, 1, &[first.clone(), second.clone()]);
    // One that is new has what was before it.
    site.add(&[]);
    has(&site, 2, &[first, second]);
}
