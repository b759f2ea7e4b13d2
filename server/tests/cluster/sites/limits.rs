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
