use crate::fixture::MAC;

use super::{House, follow, until};

fn readings(count: usize) -> String {
    let one = |n| {
        format!(
            r#"{{"mac": "{MAC}", "temperature": 1, "timestamp": "{}"}}"#,
            crate::fixture::ago(core::time::Duration::from_secs(n + 1))
        )
    };
    format!("[{}]", (0..count as u64).map(one).collect::<Vec<_>>().join(","))
}

#[test]
fn who_sends_too_much_waits_and_others_do_not() {
    let house = House::start(&[]);
    let [north, read, _] = house.site("north", &["--readings-per-second", "1"]);
    let [south, ..] = house.site("south", &[]);
    // What a gateway has kept for long comes through in one piece, at the price of the next.
    assert_eq!(house.send("POST", "/oap", &north, &readings(500)).status, 204);
    let refused = house.send("POST", "/oap", &north, &readings(1));
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(house.send("POST", "/oap", &south, &readings(500)).status, 204);
    assert_eq!(house.temperatures("/api/v1/readings", Some(&read)).len(), 500);
    house.tell(&["site", "limit", "north", "--readings-per-second", "none"]);
    until(|| house.send("POST", "/oap", &north, &readings(1)).status == 204);
}

#[test]
fn motes_and_stored_readings_have_a_limit() {
    let house = House::start(&[]);
    let [write, ..] = house.site("north", &["--motes", "2", "--stored-readings", "100"]);
    let mac = |last: u8| format!("00-17-0d-00-00-30-5d-{last:02x}");
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    assert_eq!(house.post("/oap", &write, &mac(2), 1.0), 204);
    assert_eq!(house.post("/oap", &write, &mac(3), 1.0), 422);
    house.tell(&["site", "limit", "north", "--motes", "3"]);
    until(|| house.post("/oap", &write, &mac(3), 1.0) == 204);
    let full = house.send("POST", "/oap", &write, &readings(200));
    assert_eq!(full.status, 503, "{:.300}", full.text);
}

#[test]
fn streams_have_a_limit_of_the_sites_own() {
    let house = House::start(&[]);
    let [_, read, _] = house.site("north", &["--streams", "2"]);
    let streams = [(); 2].map(|()| follow(&house, "/api/v1/stream", &read));
    let usage = house.get("/api/v1/usage", Some(&read)).text;
    assert!(usage.contains(r#""streams":2"#), "{usage}");
    assert_eq!(house.get("/api/v1/stream", Some(&read)).status, 429);
    drop(streams);
}

#[test]
fn queries_are_paid_for_by_what_they_look_at() {
    let house = House::start(&[]);
    let [write, read, _] = house.site("north", &["--queried-per-second", "1"]);
    assert_eq!(house.send("POST", "/oap", &write, &readings(500)).status, 204);
    assert_eq!(house.get("/api/v1/readings", Some(&read)).status, 200);
    let refused = house.get("/api/v1/motes", Some(&read));
    assert_eq!(refused.status, 429, "{}", refused.text);
    let usage = house.get("/s/north/api/v1/usage", Some(&read)).text;
    assert!(usage.contains(r#""stored":500,"repeated":0,"refused":0,"queried":5"#), "{usage}");
    assert!(usage.contains(r#""kept":500"#) && usage.contains(r#""site":"north""#), "{usage}");
}

#[test]
fn the_operators_metrics_tell_of_sites_whom_nobody_else_is_told() {
    let house = House::start(&[]);
    let [write, read, admin] = house.site("north", &[]);
    let operator = house.token("default", "prometheus", "admin");
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    let metrics = |token: Option<&str>| house.get("/metrics", token).text;
    until(|| metrics(Some(&operator)).contains(r#"clouddata_site_stored_total{site="north"} 1"#));
    for token in [None, Some(&*write), Some(&*read), Some(&*admin)] {
        let text = metrics(token);
        assert!(!text.contains("north") && !text.contains(MAC), "{text}");
        assert!(text.contains("clouddata_server_readings_stored_total 1"), "{text}");
    }
}
