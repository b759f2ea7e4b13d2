use core::fmt::Write;
use std::time::Instant;

use clouddata_server::{Limits, Registry, Scopes, SitesFile};

use super::{House, until};

/// What the process may use with all of them at work.
const LIMIT: usize = 64 << 20;

const SITES: usize = 1000;
const MOTES: usize = 5;

#[test]
fn a_thousand_sites_of_five_motes_fit() {
    let house = House::start(&["--max-connections", "2000"]);
    let mut registry = SitesFile::open(house.folder()).unwrap();
    let tokens: Vec<String> = (0..SITES)
        .map(|n| {
            let name = format!("site-{n}").parse().unwrap();
            let site = registry.add_site(&name, false, &Limits::default()).unwrap();
            let scopes: Scopes = "write,read".parse().unwrap();
            let token = registry.add_token(site.number, &name, scopes).unwrap();
            token.secret.reveal().to_owned()
        })
        .collect();
    let last = format!("/s/site-{}/api/v1/usage", SITES - 1);
    until(|| house.get(&last, tokens.last().map(String::as_str)).status == 200);
    for round in 0..3 {
        for token in &tokens {
            let mut body = String::from("[");
            for mote in 0..MOTES {
                let comma = if mote > 0 { "," } else { "" };
                let time = crate::fixture::ago(core::time::Duration::from_secs(30 * round + 1));
                write!(body, r#"{comma}{{"mac":"00-17-0d-00-00-30-5d-0{mote}","#).unwrap();
                write!(body, r#""temperature":{round},"timestamp":"{time}"}}"#).unwrap();
            }
            assert_eq!(house.send("POST", "/oap", token, &(body + "]")).status, 204);
        }
    }
    let mut slowest = 0;
    for (n, token) in tokens.iter().enumerate() {
        let begun = Instant::now();
        for path in
            ["", "api/v1/motes", "api/v1/readings?from=-60min&buckets=600", "api/v1/gateways"]
        {
            let answer = house.get(&format!("/s/site-{n}/{path}"), Some(token));
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert!(path != "api/v1/motes" || answer.text.matches("mac").count() == 2 * MOTES);
        }
        slowest = slowest.max(begun.elapsed().as_millis());
    }
    // Each site that somebody looks at, for as many as there are streams.
    let streams: Vec<_> = tokens
        .iter()
        .take(60)
        .map(|token| super::follow(&house, "/api/v1/stream", token))
        .collect();
    let peak = house.program.peak_memory();
    println!("a page and what it asks for: {slowest} ms at most; {} MiB", peak >> 20);
    assert!(peak < LIMIT, "{} MiB", peak >> 20);
    drop(streams);
}
