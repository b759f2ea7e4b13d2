use std::io::BufRead;

use serde_json::Value;

use crate::fixture::MAC;

use super::{House, follow};

/// What only one of two sites has; nothing of it is to be seen by the other, or by anybody.
const NAME: &str = "north";
const THEIR_MAC: &str = "00-17-0d-00-00-99-99-99";
const LABEL: &str = "cold-room";
const VALUE: &str = "17.0625";
const GATEWAY: &str = "roof-gateway";
const EVENT: &str = "secretEvent";
const THEIRS: [&str; 6] = [NAME, THEIR_MAC, LABEL, VALUE, GATEWAY, EVENT];

/// Both sites have motes of the same macs, and each a neighbour of the same.
fn fill(house: &House) -> [String; 3] {
    house.tell(&["site", "add", NAME]);
    let write = house.token(NAME, "sender", "write");
    let admin = house.token(NAME, "boss", "admin");
    let read = house.token(NAME, "viewer", "read");
    let gateway = house.token(NAME, GATEWAY, "write");
    super::until(|| house.get("/s/north/api/v1/usage", Some(&gateway)).status == 200);
    let send = |method: &str, path: &str, token: &str, body: String| {
        let answer = house.send(method, path, token, &body);
        assert_eq!(answer.status, 204, "{path}: {}", answer.text);
    };
    for mac in [MAC, THEIR_MAC] {
        let reading = format!(r#"{{"mac": "{mac}", "temperature": {VALUE}, "charge": 17}}"#);
        send("POST", "/api/v1/oap", &gateway, reading);
        let label = format!(r#"{{"label": "{LABEL}"}}"#);
        send("PUT", &format!("/api/v1/motes/{mac}"), &admin, label);
    }
    let link =
        format!(r#"{{"mac": "{THEIR_MAC}", "neighbour": "{MAC}", "kind": "path", "quality": 9}}"#);
    send("POST", "/api/v1/links", &write, link);
    send(
        "POST",
        "/api/v1/events",
        &write,
        format!(r#"{{"event": "{EVENT}", "mac": "{THEIR_MAC}"}}"#),
    );
    let status = r#"{"phase": "connected", "interval_seconds": 30, "port": "/dev/cold-room"}"#;
    send("POST", "/api/v1/gateways", &gateway, status.to_owned());
    [write, read, admin]
}

/// All that a site's own people see of it, to be compared with later.
fn seen(house: &House, read: &str) -> Vec<String> {
    let paths = ["readings", "readings?quantity=charge", "links", "events"];
    let labels = house.get("/api/v1/motes", Some(read)).text;
    assert_eq!(labels.matches(LABEL).count(), 2, "{labels}");
    paths.map(|path| house.get(&format!("/api/v1/{path}"), Some(read)).text).into()
}

/// What to send to a path, for a method that sends something.
fn bodies(path: &str) -> Vec<String> {
    let reading = |mac: &str| format!(r#"{{"mac": "{mac}", "temperature": 3}}"#);
    let bodies = match path.rsplit('/').next() {
        Some("oap") => vec![reading(MAC), reading("none"), "[".to_owned()],
        Some("links") => {
            vec![format!(r#"{{"mac": "{MAC}", "neighbour": "{MAC}", "kind": "used"}}"#)]
        }
        Some("events") => vec![r#"{"event": "moteJoin"}"#.to_owned()],
        Some("gateways") => vec![r#"{"phase": "searching", "interval_seconds": 30}"#.to_owned()],
        Some("tokens") => vec![r#"{"name": "more", "scopes": ["read"]}"#.to_owned()],
        _ => vec![r#"{"label": "mine"}"#.to_owned()],
    };
    [bodies, vec!["{}".to_owned()]].concat()
}

/// The path with every name that it may have, and with the queries that make another answer of it.
fn addresses(path: &str) -> Vec<String> {
    let names: &[&str] = if path.contains("{mac}") { &[MAC, THEIR_MAC] } else { &[NAME, "boss"] };
    let mut paths: Vec<String> =
        names.iter().map(|name| path.replace("{mac}", name).replace("{name}", name)).collect();
    paths.dedup();
    let queries: &[&str] = match path {
        "/api/v1/readings" => &[
            "",
            "?format=csv",
            "?buckets=10&from=-1h",
            "?quantity=charge",
            "?mac=00-17-0d-00-00-99-99-99",
            "?from=never",
        ],
        "/api/v1/motes" => &["", "?limit=1", "?after=00-17-0d-00-00-30-5d-39"],
        "/api/v1/network" => &["", "?at=-1s"],
        _ => &["", "?token=x"],
    };
    paths
        .iter()
        .flat_map(|path| queries.iter().map(move |query| format!("{path}{query}")))
        .collect()
}

#[test]
fn nothing_of_a_site_is_seen_by_another_or_by_anybody() {
    let house = House::start(&[]);
    let [_, theirs, _] = fill(&house);
    let before = seen(&house, &theirs);
    let ours = house.site("south", &[]);
    assert_eq!(house.post("/oap", &ours[0], MAC, 3.0), 204);
    let described: Value =
        serde_json::from_str(&house.get("/api/v1/openapi.json", None).text).unwrap();
    let described = described["paths"].as_object().unwrap();
    assert!(described.len() > 20, "all paths are described: {}", described.len());
    let mut asked = 0;
    for (path, methods) in described {
        for method in methods.as_object().unwrap().keys().map(|it| it.to_uppercase()) {
            if path == "/api/v1/stream" {
                continue;
            }
            for token in [None, Some(&ours[0]), Some(&ours[1]), Some(&ours[2])] {
                let bearer = token.map(|token| format!("Bearer {token}"));
                let cookie = token.map(|token| format!("clouddata-site={token}"));
                let headers = [
                    bearer.as_deref().map(|it| ("authorization", it)),
                    cookie.as_deref().map(|it| ("cookie", it)),
                ];
                for headers in [&headers[..1], &headers[1..]] {
                    let headers: Vec<_> = headers.iter().flatten().copied().collect();
                    for address in addresses(path) {
                        let bodies = match method.as_str() {
                            "GET" | "DELETE" => vec![None],
                            _ => bodies(path).into_iter().map(Some).collect(),
                        };
                        for body in bodies {
                            for prefix in ["", "/s/north", "/s/south", "/s/west"] {
                                let address = format!("{prefix}{address}");
                                // The token with which this goes on must not be revoked.
                                if method == "DELETE" && token == Some(&ours[2]) {
                                    continue;
                                }
                                let answer =
                                    house.ask(&method, &address, &headers, body.as_deref());
                                look(&method, &address, &answer);
                                asked += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{asked} requests");
    assert_eq!(seen(&house, &theirs), before, "nor is anything changed");
    assert_eq!(house.temperatures("/api/v1/readings", Some(&theirs)), [17.0625; 2]);
}

/// Nothing of the other site is in an answer, but for what was sent.
fn look(method: &str, address: &str, answer: &super::Answer) {
    let headers = format!("{:?}", answer.headers);
    for secret in THEIRS.into_iter().filter(|secret| !address.contains(secret)) {
        assert!(!answer.text.contains(secret), "{method} {address}: {}", answer.text);
        assert!(!headers.contains(secret), "{method} {address}: {headers}");
    }
    // What was sent may be said back, but nothing that is known of it.
    assert!(!address.contains("/s/north") || answer.status >= 300, "{method} {address}");
    if let Some(caching) = answer.headers.get("cache-control")
        && address.contains("/api/")
        && answer.status == 200
    {
        assert_eq!(caching, "no-store", "{method} {address}");
    }
}

#[test]
fn a_stream_tells_of_its_own_site_alone() {
    let house = House::start(&[]);
    let [write, _, admin] = fill(&house);
    let ours = house.site("south", &[]);
    let streams = [
        follow(&house, "/api/v1/stream", &ours[1]),
        follow(&house, "/s/south/api/v1/stream", &ours[2]),
        // That of a default site, which anybody may follow.
        follow(&house, "/api/v1/stream", "none"),
    ];
    let own: f64 = 3.5;
    for _ in 0..3 {
        assert_eq!(house.post("/oap", &write, THEIR_MAC, 17.0625), 204);
        let label = format!(r#"{{"label": "{LABEL}"}}"#);
        let path = format!("/api/v1/motes/{THEIR_MAC}");
        assert_eq!(house.send("PUT", &path, &admin, &label).status, 204);
        assert_eq!(
            house.send("POST", "/events", &write, r#"{"event": "secretEvent"}"#).status,
            204
        );
    }
    assert_eq!(house.post("/oap", &ours[0], MAC, own), 204);
    let body = format!(r#"{{"mac": "{MAC}", "temperature": {own}}}"#);
    assert_eq!(house.ask("POST", "/oap", &[], Some(&body)).status, 204);
    for mut stream in streams {
        let mut said = String::new();
        while !said.contains("3.5") {
            assert!(stream.read_line(&mut said).unwrap() > 0, "{said}");
        }
        assert!(!THEIRS.iter().any(|secret| said.contains(secret)), "{said}");
        assert!(!said.contains("event: network"), "{said}");
    }
}
