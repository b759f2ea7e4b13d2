use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::json;

use super::client::{add, ask, deliver, get, json_of};
use crate::site::{Site, events_of, next, now, reading, until};

#[test]
fn what_one_server_is_told_of_sites_and_tokens_all_go_by() {
    let site = Site::start(3, &[]);
    let boss = site.tell(&["token", "add", "default", "boss", "--scope", "admin"]);
    let tell = |method: &str, path: &str, body: Option<&_>| {
        let answer = ask(method, &format!("{}{path}", site.url(0)), Some(&boss), body);
        assert!(answer.status / 100 == 2, "{path}: {} {}", answer.status, answer.text);
        answer.text
    };
    until("it is known", || {
        let answer = get(&format!("{}/api/v1/sites", site.url(0)), &boss);
        (answer.status == 200).then_some(())
    });
    tell("POST", "/api/v1/sites", Some(&json!({ "name": "north" })));
    let made = tell(
        "POST",
        "/s/north/api/v1/tokens",
        Some(&json!({ "name": "wall", "scopes": ["read", "write"] })),
    );
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let token = made["token"].as_str().unwrap();
    let status = |server: usize| get(&format!("{}/api/v1/motes", site.url(server)), token).status;
    // The server that has made it goes by it at once.
    assert_eq!(status(0), 200);
    for server in 1..3 {
        let own = format!("{}/s/north/api/v1/motes", site.url(server));
        until("it is good there", || (get(&own, token).status == 200).then_some(()));
    }
    let followed: Vec<_> = (0..3)
        .map(|server| {
            let url = format!("{}/s/north/api/v1/stream", site.url(server));
            events_of(ureq::get(url).header("authorization", format!("Bearer {token}")))
        })
        .collect();
    deliver(&site.url(0), token, &reading(1, 21.5, now()));
    followed.iter().for_each(|events| drop(next(events, "")));
    tell("DELETE", "/s/north/api/v1/tokens/wall", None);
    for server in 0..3 {
        let post = |body| {
            ask("POST", &format!("{}/api/v1/oap", site.url(server)), Some(token), Some(&body))
        };
        until("it is refused there", || {
            (post(reading(1, 21.5, now())).status == 401).then_some(())
        });
        let own = format!("{}/s/north/api/v1/motes", site.url(server));
        assert_eq!(get(&own, token).status, 401);
    }
    // Streams that it has opened end.
    for events in followed {
        while events.recv_timeout(crate::site::PATIENCE).is_ok() {}
    }
}

#[test]
fn without_nats_servers_go_on_with_whom_they_know_and_new_ones_know_nobody() {
    let mut site = Site::start(2, &[]);
    let boss = site.tell(&["token", "add", "default", "boss", "--scope", "admin"]);
    let north = add(&site, "north", &[]);
    let first = reading(1, 21.5, now());
    deliver(&site.url(0), &north.write, &first);
    let readings = |site: &Site, server: usize| {
        json_of(&format!("{}/s/north/api/v1/readings", site.url(server)), &north.read)
    };
    for server in 0..2 {
        until("it is there", || (readings(&site, server) == json!([first])).then_some(()));
    }
    site.nats.iter_mut().for_each(engines::Process::kill);
    assert_eq!(readings(&site, 0), json!([first]));
    assert_eq!(get(&format!("{}/s/north/api/v1/motes", site.url(0)), "nobody's").status, 401);
    let body = reading(2, 1.0, now());
    let post =
        |url: String, token| ask("POST", &format!("{url}/api/v1/oap"), token, Some(&body)).status;
    assert_eq!(post(site.url(0), Some(&north.write)), 503);
    assert_eq!(post(site.url(0), None), 401, "the default site is closed by its token");
    let failed = site.told(&["site", "add", "west"]);
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(74), "{said}");
    assert!(said.contains("NATS") && said.contains("nats_urls"), "{said}");
    // One that begins now can tell nobody from anybody.
    site.begin(&[]);
    for (path, token) in [
        ("/api/v1/motes", None),
        ("/", None),
        ("/api/v1/motes", Some(&*north.read)),
        ("/s/north/api/v1/motes", Some(&*north.read)),
        ("/s/north/", None),
        ("/health", None),
    ] {
        let answer = ask("GET", &format!("{}{path}", site.url(2)), token, None);
        assert_eq!(answer.status, 503, "{path}: {}", answer.text);
    }
    for token in [None, Some(&*north.write), Some(&*boss)] {
        assert_eq!(post(site.url(2), token), 503);
    }
    site.nats.iter_mut().for_each(engines::Process::restart);
    until("the new one knows them", || (readings(&site, 2) == json!([first])).then_some(()));
    assert_eq!(post(site.url(2), None), 401);
    // What was changed while a server could not hear it, it is told.
    let later = site.tell(&["token", "add", "north", "later", "--scope", "read"]);
    for server in 0..3 {
        let url = format!("{}/s/north/api/v1/motes", site.url(server));
        until("it knows the new token", || (get(&url, &later).status == 200).then_some(()));
    }
}

#[test]
fn of_those_who_change_the_same_one_is_first_and_the_others_are_told() {
    let site = Site::start(1, &[]);
    let programs = ["north", "north", "north", "south", "west"].map(|name| {
        let mut program = site.program(&["site", "add", name]);
        program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    });
    let codes = programs.map(|mut program| program.wait().unwrap().code().unwrap());
    assert_eq!(codes[..3].iter().filter(|&&code| code == 0).count(), 1, "{codes:?}");
    assert!(codes[..3].iter().all(|&code| code == 0 || code == 73) && codes[3..] == [0, 0]);
    let all = site.tell(&["site", "list"]);
    let numbers: BTreeSet<_> = all
        .lines()
        .map(|line| line.split("number ").nth(1).unwrap().split(' ').next().unwrap())
        .collect();
    assert_eq!((all.lines().count(), numbers.len()), (3, 3), "{all}");
    site.tell(&["token", "add", "north", "attic"]);
    for (arguments, code, reason) in [
        (&["site", "add", "north"][..], 73, "there is a site north already"),
        (&["site", "add", "default"], 64, "default site"),
        (&["site", "remove", "east"], 66, "there is no site east"),
        (&["site", "limit", "east", "--motes", "5"], 66, "there is no site east"),
        (&["token", "add", "east", "attic"], 66, "there is no site east"),
        (&["token", "add", "north", "attic"], 73, "there is a token attic"),
        (&["token", "revoke", "north", "cellar"], 66, "there is no token cellar"),
        (&["site", "backup", "copy.db"], 64, "nats stream backup"),
    ] {
        let output = site.told(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{said}");
    }
}
