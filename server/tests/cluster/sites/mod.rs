//! Sites of a server are there on all.

mod client;
mod limits;
mod registry;
mod removal;

use serde_json::{Value, json};

use crate::site::{Site, events_of, mac, next, now, reading, until};
use client::{add, ask, deliver, get, json_of, label};

/// What each server says of the readings of this token's site.
fn all_have(site: &Site, path: &str, token: &str, expected: &Value) {
    for server in 0..site.servers.len() {
        let url = format!("{}{path}", site.url(server));
        until(&format!("server {server} has {expected} at {path}"), || {
            (json_of(&url, token) == *expected).then_some(())
        });
    }
}

#[test]
fn what_is_written_to_one_server_is_its_sites_on_all_and_nobody_elses() {
    let site = Site::start(3, &[]);
    let (north, south) = (add(&site, "north", &[]), add(&site, "south", &[]));
    let follow = |server: usize, token: &str| {
        let url = format!("{}/api/v1/stream", site.url(server));
        events_of(ureq::get(url).header("authorization", format!("Bearer {token}")))
    };
    let streams = [follow(1, &north.read), follow(1, &south.read)];
    let time = now();
    let (theirs, others) = (reading(1, 21.5, time), reading(1, 17.0, time));
    // The same mote at the same moment is another one there.
    deliver(&site.url(0), &north.write, &theirs);
    deliver(&site.url(2), &south.write, &others);
    for (events, expected) in streams.iter().zip([&theirs, &others]) {
        assert_eq!(next(events, ""), json!([expected]));
    }
    let readings = "/api/v1/readings";
    let still = |site: &Site| {
        all_have(site, readings, &north.read, &json!([theirs]));
        all_have(site, readings, &south.read, &json!([others]));
        for server in 0..site.servers.len() {
            let url = site.url(server);
            assert_eq!(ask("GET", &format!("{url}{readings}"), None, None).text.trim(), "[]");
            assert_eq!(ask("GET", &format!("{url}/api/v1/motes"), None, None).text.trim(), "[]");
            assert_eq!(get(&format!("{url}/s/south{readings}"), &north.read).status, 401);
        }
    };
    still(&site);
    until("it can be labelled", || {
        (label(&site.url(0), &north.admin, 1, "cold room") == 204).then_some(())
    });
    for server in 0..3 {
        let url = format!("{}/api/v1/motes", site.url(server));
        until("the label is there", || {
            (json_of(&url, &north.read)[0]["label"] == "cold room").then_some(())
        });
        let motes = json_of(&url, &south.read);
        assert_eq!((&motes[0]["mac"], &motes[0]["label"]), (&json!(mac(1)), &Value::Null));
        assert_eq!(motes[0]["state"], "ok");
    }
    // A server that is new learns it from the engines.
    let mut site = site;
    site.add(&[]);
    still(&site);
    let motes = json_of(&format!("{}/s/north/api/v1/motes", site.url(3)), &north.read);
    assert_eq!((&motes[0]["label"], &motes[0]["last"]), (&json!("cold room"), &theirs));
}

#[test]
fn links_events_and_means_of_a_site_come_from_the_history_too() {
    let mut site = Site::start(1, &[]);
    let north = add(&site, "north", &[]);
    let south = add(&site, "south", &[]);
    let (url, time) = (site.url(0), now());
    deliver(&url, &north.write, &reading(1, 21.5, time));
    let link = json!({ "mac": mac(1), "neighbour": mac(2), "kind": "used", "timestamp": time,
                       "attempts": 9, "failures": 1 });
    let event = json!({ "event": "moteLost", "number": 7, "timestamp": time, "mac": mac(1) });
    for (path, body) in [("links", &link), ("events", &event)] {
        let answer = ask("POST", &format!("{url}/api/v1/{path}"), Some(&north.write), Some(body));
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    // The log is empty when the history has it on its disk; then a server that is new knows nothing else.
    until("the history has it", || {
        let text = site.series_of_sites()?;
        let has = |name: &str| text.contains(name);
        (has("temperature_value") && has("link_attempts") && has("event_number")).then_some(())
    });
    site.until_settled();
    site.add(&[]);
    let url = site.url(1);
    for path in ["readings", "links", "events", "readings?buckets=10&from=-1h"] {
        let path = format!("{url}/api/v1/{path}");
        until("the history tells it", || {
            let told = json_of(&path, &north.read).to_string();
            told.contains(&mac(1).to_string()).then_some(())
        });
        let nothing = json_of(&path, &south.read).to_string();
        assert!(!nothing.contains(&mac(1).to_string()), "{path}: {nothing}");
        let nothing = ask("GET", &path, None, None).text;
        assert!(!nothing.contains(&mac(1).to_string()), "{path}: {nothing}");
    }
}
