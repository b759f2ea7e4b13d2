use core::time::Duration;
use std::time::Instant;

use serde_json::{Value, json};

use super::client::{add, ask, deliver, get};
use crate::site::{Site, events_of, mac, next, now, reading, until};

fn post(site: &Site, server: usize, token: &str, body: &Value) -> (u16, String) {
    let url = format!("{}/api/v1/oap", site.url(server));
    let answer = ask("POST", &url, Some(token), Some(body));
    (answer.status, answer.text)
}

#[test]
fn what_one_server_is_sent_counts_on_all() {
    let site = Site::start(2, &[]);
    let north = add(&site, "north", &["--readings-per-second", "1"]);
    let south = add(&site, "south", &[]);
    let url = format!("{}/api/v1/stream", site.url(1));
    let heard = events_of(ureq::get(url).header("authorization", format!("Bearer {}", north.read)));
    let time = now().as_micros();
    let one = |n: i64| reading(1, 1.0, readings::Timestamp::from_micros(time - n * 1_000_000));
    let many: Vec<Value> = (0..500).map(one).collect();
    deliver(&site.url(0), &north.write, &json!(many));
    let mut told = 0;
    while told < 500 {
        told += next(&heard, "").as_array().unwrap().len();
    }
    // It has had its own 500 seconds' worth by way of the other server.
    let (status, said) = post(&site, 1, &north.write, &one(501));
    assert_eq!(status, 429, "{said}");
    deliver(&site.url(1), &south.write, &json!(many));
    site.tell(&["site", "limit", "north", "--readings-per-second", "none"]);
    until("it may send again", || (post(&site, 1, &north.write, &one(501)).0 == 204).then_some(()));
}

#[test]
fn what_one_server_is_asked_counts_on_all() {
    let site = Site::start(2, &[]);
    // More than this test's own questions to the other server look at.
    let north = add(&site, "north", &["--queried-per-second", "50"]);
    let url = |server: usize, path: &str| format!("{}{path}", site.url(server));
    let time = now().as_micros();
    let one = |n: i64| reading(1, 1.0, readings::Timestamp::from_micros(time - n * 100_000));
    deliver(&site.url(0), &north.write, &(0..1500).map(one).collect());
    until("the other server knows the site", || {
        (get(&url(1, "/api/v1/usage"), &north.read).status == 200).then_some(())
    });
    until("all are listed", || {
        let answer = get(&url(0, "/api/v1/readings"), &north.read);
        (answer.text.matches("temperature").count() == 1500).then_some(())
    });
    // It has looked at 30 seconds' worth by way of the other server, of which ten are at once.
    until("the other one answers no more", || {
        (get(&url(1, "/api/v1/motes"), &north.read).status == 429).then_some(())
    });
    site.tell(&["site", "limit", "north", "--queried-per-second", "none"]);
    until("it does again", || {
        (get(&url(1, "/api/v1/motes"), &north.read).status == 200).then_some(())
    });
}

#[test]
fn a_site_has_no_more_streams_whichever_server_is_asked() {
    let site = Site::start(2, &[]);
    let north = add(&site, "north", &["--streams", "2"]);
    let south = add(&site, "south", &["--streams", "1"]);
    let ask = |server: usize, token: &str| {
        let asked = ureq::get(format!("{}/api/v1/stream", site.url(server)));
        let asked = asked.header("authorization", format!("Bearer {token}"));
        asked.config().http_status_as_error(false).build().call().unwrap()
    };
    let follow = |server: usize, token: &str| {
        until("a stream begins", || {
            Some(ask(server, token)).filter(|answer| answer.status() == 200)
        })
    };
    let streams = [(); 2].map(|()| follow(0, &north.read));
    until("the other server has no place", || (ask(1, &north.read).status() == 429).then_some(()));
    let _others = follow(1, &south.read);
    // Said again and again: it holds as long as they are open.
    std::thread::sleep(Duration::from_secs(14));
    assert_eq!(ask(1, &north.read).status(), 429);
    drop(streams);
    follow(1, &north.read);
}

#[test]
fn a_client_has_one_rate_whichever_server_it_asks() {
    const RATE: f64 = 10.0;
    let site = Site::start(2, &["--rate-limit=10"]);
    let begun = Instant::now();
    let mut permitted = 0.0;
    let mut asked = 0.0;
    while begun.elapsed() < Duration::from_secs(10) {
        for server in 0..2 {
            let url = format!("{}/api/v1/oap", site.url(server));
            let status = ask("POST", &url, None, Some(&json!([]))).status;
            permitted += f64::from(u8::from(status != 429));
            asked += 1.0;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let seconds = begun.elapsed().as_secs_f64();
    // A second's worth at once; each of two permits what it has not heard of, a second's worth at most.
    assert!(
        permitted <= RATE * (seconds + 1.0) + 2.0 * RATE,
        "{permitted} of {asked} in {seconds} s"
    );
    assert!(permitted >= RATE * seconds / 2.0, "{permitted} of {asked} in {seconds} s");
}

#[test]
fn a_site_has_no_more_motes_whichever_server_is_asked() {
    let site = Site::start(2, &[]);
    let north = add(&site, "north", &["--motes", "2"]);
    deliver(&site.url(0), &north.write, &json!([reading(1, 1.0, now()), reading(2, 1.0, now())]));
    let url = format!("{}/api/v1/motes", site.url(1));
    until("the other one knows both", || {
        get(&url, &north.read).text.contains(&mac(2).to_string()).then_some(())
    });
    let (status, said) = post(&site, 1, &north.write, &reading(3, 1.0, now()));
    assert!(status == 422 && said.contains("max_motes"), "{status}: {said}");
    site.tell(&["site", "limit", "north", "--motes", "3"]);
    until("there is room", || {
        (post(&site, 1, &north.write, &reading(3, 1.0, now())).0 == 204).then_some(())
    });
}

#[test]
fn a_site_that_has_as_much_as_it_may_gets_no_more_whichever_server_is_asked() {
    let site = Site::start(2, &[]);
    let north = add(&site, "north", &[]);
    let south = add(&site, "south", &[]);
    let time = now().as_micros();
    let some = |from: i64, count: i64| -> Value {
        let one = |n| reading(1, 1.0, readings::Timestamp::from_micros(time - n * 1_000_000));
        (from..from + count).map(one).collect()
    };
    deliver(&site.url(0), &north.write, &some(0, 60));
    deliver(&site.url(0), &south.write, &some(0, 90));
    site.tell(&["site", "limit", "north", "--stored-readings", "100"]);
    let kept = |server: usize, expected: u64| {
        let url = format!("{}/api/v1/usage", site.url(server));
        until(&format!("server {server} has counted {expected}"), || {
            let usage: Value = serde_json::from_str(&get(&url, &north.read).text).ok()?;
            (usage["kept"] == expected).then_some(())
        });
    };
    // By the history, and then by what is heard.
    (0..2).for_each(|server| kept(server, 60));
    deliver(&site.url(1), &north.write, &some(60, 30));
    (0..2).for_each(|server| kept(server, 90));
    for server in 0..2 {
        let (status, said) = post(&site, server, &north.write, &some(90, 11));
        assert!(status == 503 && said.contains("stored_readings"), "{status}: {said}");
    }
    deliver(&site.url(0), &south.write, &some(90, 90));
    site.tell(&["site", "limit", "north", "--stored-readings", "101"]);
    until("there is room", || (post(&site, 1, &north.write, &some(90, 11)).0 == 204).then_some(()));
}
