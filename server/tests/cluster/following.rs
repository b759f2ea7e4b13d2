//! Whatever is said to one server, each of them knows.

use core::time::Duration;
use std::sync::mpsc::Receiver;

use readings::Timestamp;
use serde_json::{Value, json};

use crate::log::Log;
use crate::site::{Site, deliver, get, mac, next, now, post, reading, stream, until};

/// The next readings that are streamed, so many at least.
fn streamed(events: &Receiver<(String, Value)>, count: usize) -> Vec<Value> {
    let mut readings = Vec::new();
    while readings.len() < count {
        readings.extend(next(events, "").as_array().unwrap().clone());
    }
    readings
}

#[test]
fn what_one_server_is_told_all_stream_and_show_once() {
    let site = Site::start(3, &[]);
    let streams: Vec<_> = (0..3).map(|server| stream(&site.url(server))).collect();
    let first = reading(1, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &first);
    // The same again by way of another server, and something new after it.
    deliver(&site.url(1), "/api/v1/oap", &first);
    let second = reading(2, 22.5, now());
    deliver(&site.url(2), "/api/v1/oap", &second);
    for (server, events) in streams.iter().enumerate() {
        assert_eq!(streamed(events, 2), [first.clone(), second.clone()], "server {server}");
        let url = site.url(server);
        let all = get(&url, "/api/v1/readings").unwrap();
        assert_eq!(all, json!([first, second]), "server {server}");
        let motes = get(&url, "/api/v1/motes").unwrap();
        let states: Vec<_> =
            motes.as_array().unwrap().iter().map(|mote| (&mote["last"], &mote["state"])).collect();
        assert_eq!(states, [(&first, &json!("ok")), (&second, &json!("ok"))], "server {server}");
    }
}

#[test]
fn a_nats_server_that_is_apart_from_all_others_is_left() {
    let mut site = Site::start(1, &[]);
    let folder = tempfile::tempdir().unwrap();
    let mut apart = engines::nats_cluster(folder.path());
    apart.drain(1..).for_each(|mut nats| nats.kill());
    site.nats.append(&mut apart);
    // It is the only one there when a server looks for one, and the others have been sought in vain.
    site.nats[..3].iter().for_each(|nats| nats.signal("STOP"));
    site.begin(&[]);
    std::thread::sleep(Duration::from_secs(12));
    site.nats[..3].iter().for_each(|nats| nats.signal("CONT"));
    let one = reading(1, 21.5, now());
    deliver(&site.url(1), "/api/v1/oap", &one);
    until("it hears what it has published", || {
        (get(&site.url(1), "/api/v1/readings")? == json!([one])).then_some(())
    });
}

#[test]
fn who_loses_its_nats_server_hears_once_what_it_has_missed() {
    let site = Site::start(2, &[]);
    let streams: Vec<_> = (0..2).map(|server| stream(&site.url(server))).collect();
    let mut all = Vec::new();
    for halted in 0..3 {
        site.nats[halted].signal("STOP");
        for server in [0, 1, 0, 1] {
            let one = reading(1, f64::from(u32::try_from(all.len()).unwrap()), now());
            deliver(&site.url(server), "/api/v1/oap", &one);
            all.push(one);
        }
        site.nats[halted].signal("CONT");
        // It tells how it is again, so the next one is not the second that is missing.
        site.until_settled();
    }
    for (server, events) in streams.iter().enumerate() {
        assert_eq!(streamed(events, all.len()), all, "server {server}");
    }
}

#[test]
fn a_server_that_was_halted_hears_once_what_it_has_missed() {
    let site = Site::start(2, &[]);
    let (log, events, start) = (Log::of(&site), stream(&site.url(1)), now().as_micros());
    let time = |n: i64| Timestamp::from_micros(start + n * 1000);
    deliver(&site.url(0), "/api/v1/oap", &reading(1, 21.5, time(0)));
    site.servers[1].signal("STOP");
    // More than it is sent ahead, and than it would ask for one by one.
    (1..1000).for_each(|n| log.publish_as_the_first(1, time(n)));
    site.servers[1].signal("CONT");
    let expected: Vec<_> = (0..1000).map(|n| reading(1, 21.5, time(n))).collect();
    assert_eq!(streamed(&events, expected.len()), expected);
}

#[test]
fn a_log_that_an_older_version_has_made_is_followed_too() {
    let mut site = Site::start(0, &[]);
    Log::make(&site);
    (0..2).for_each(|_| site.add(&[]));
    let events = stream(&site.url(1));
    let one = reading(1, 21.5, now());
    deliver(&site.url(0), "/api/v1/oap", &one);
    assert_eq!(next(&events, ""), json!([one]));
}

#[test]
fn who_follows_needs_nothing_of_its_own_in_nats() {
    let site = Site::start(2, &[]);
    let (first, second) = (reading(1, 21.5, now()), reading(2, 21.5, now()));
    deliver(&site.url(0), "/api/v1/oap", &first);
    let mut log = Log::of(&site);
    assert!(log.is_told_of());
    log.until_empty();
    // Whatever has read what there was at first.
    log.delete_consumers();
    let events = stream(&site.url(1));
    deliver(&site.url(0), "/api/v1/oap", &second);
    assert_eq!(next(&events, ""), json!([second]));
    assert!(log.consumers().iter().all(|name| name == "history"));
}

#[test]
fn a_label_that_one_server_is_given_all_have_and_a_new_one_too() {
    let mut site = Site::start(2, &[]);
    deliver(&site.url(0), "/api/v1/oap", &reading(1, 21.5, now()));
    let events = stream(&site.url(1));
    let path = format!("/api/v1/motes/{}", mac(1));
    let label = |server: usize, label: &str| {
        let request = ureq::put(site.url(server) + &path).send_json(json!({ "label": label }));
        request.map(|answer| answer.status().as_u16())
    };
    until("the mote is known", || label(0, "attic").ok().filter(|&status| status == 204));
    assert_eq!(next(&events, "label")["label"], "attic");
    site.add(&[]);
    for server in 0..3 {
        until("the label is there", || {
            let motes = get(&site.url(server), "/api/v1/motes")?;
            (motes[0]["label"] == "attic").then_some(())
        });
    }
}

#[test]
fn links_and_events_are_everywhere_too() {
    let site = Site::start(2, &[]);
    let time = now();
    let (one, two) = (mac(1), mac(2));
    let link = json!({ "mac": one, "neighbour": two, "kind": "used", "timestamp": time,
                       "attempts": 9, "failures": 1 });
    deliver(&site.url(0), "/api/v1/links", &link);
    let event = json!({ "event": "moteLost", "number": 7, "timestamp": time, "mac": one });
    deliver(&site.url(0), "/api/v1/events", &event);
    for (path, expected) in [("/api/v1/links", link), ("/api/v1/events", event)] {
        until(path, || {
            let found = get(&site.url(1), path)?;
            (found.to_string().contains(&expected["timestamp"].to_string())).then_some(())
        });
    }
}

#[test]
fn what_a_gateway_says_of_itself_each_server_knows() {
    let site = Site::start(2, &[]);
    let status = json!({ "port": "/dev/ttyUSB0", "phase": "connected", "motes_known": 5,
                         "motes_operational": 5, "interval_seconds": 60 });
    // Those who are away do not hear it, and a gateway says it again.
    for server in 0..2 {
        until("the gateway is known", || {
            assert_eq!(post(&site.url(0), "/api/v1/gateways", &status).0, 204);
            let gateways = get(&site.url(server), "/api/v1/gateways")?;
            (gateways[0]["manager"]["motes_known"] == 5).then_some(())
        });
    }
}

#[test]
fn no_server_takes_more_motes_than_there_may_be() {
    let site = Site::start(2, &["--max-motes=2"]);
    deliver(
        &site.url(0),
        "/api/v1/oap",
        &json!([reading(1, 21.5, now()), reading(2, 21.5, now())]),
    );
    until("the other one knows both", || {
        (get(&site.url(1), "/api/v1/motes")?.as_array()?.len() == 2).then_some(())
    });
    let (status, said) = post(&site.url(1), "/api/v1/oap", &reading(3, 21.5, now()));
    assert_eq!(status, 422, "{said}");
    assert!(said.contains("max_motes"), "{said}");
}
