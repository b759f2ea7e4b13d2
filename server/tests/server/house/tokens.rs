use std::io::BufRead;

use crate::fixture::MAC;

use super::{House, follow, until};

#[test]
fn a_token_decides_the_site_and_the_same_mac_is_another_mote_there() {
    let house = House::start(&[]);
    let [north, sees_north, _] = house.site("north", &[]);
    let [south, sees_south, _] = house.site("south", &[]);
    for (token, temperature) in [(&north, 1.0), (&south, 2.0)] {
        assert_eq!(house.post("/api/v1/oap", token, MAC, temperature), 204);
        assert_eq!(house.post("/oap", token, MAC, temperature + 10.0), 204);
    }
    let open =
        house.ask("POST", "/oap", &[], Some(&format!(r#"{{"mac": "{MAC}", "temperature": 3}}"#)));
    assert_eq!(open.status, 204, "the default site is as it was: {}", open.text);
    let path = "/api/v1/readings";
    assert_eq!(house.temperatures(path, None), [3.0]);
    assert_eq!(house.temperatures(path, Some(&sees_north)), [1.0, 11.0]);
    assert_eq!(house.temperatures("/s/north/api/v1/readings", Some(&sees_north)), [1.0, 11.0]);
    assert_eq!(house.temperatures("/s/south/api/v1/readings", Some(&sees_south)), [2.0, 12.0]);
}

#[test]
fn a_sites_path_wants_a_token_of_that_site() {
    let house = House::start(&[]);
    let [north, ..] = house.site("north", &[]);
    let [south, ..] = house.site("south", &["--public"]);
    let path = "/s/north/api/v1/oap";
    assert_eq!(house.post(path, &north, MAC, 1.0), 204);
    assert_eq!(house.post(path, &south, MAC, 1.0), 401);
    assert_eq!(house.post(path, "none-that-there-is", MAC, 1.0), 401);
    assert_eq!(house.ask("POST", path, &[], Some("[]")).status, 401);
    // That everybody may look does not let everybody write.
    assert_eq!(house.ask("POST", "/s/south/api/v1/oap", &[], Some("[]")).status, 401);
    assert_eq!(house.get("/s/south/api/v1/motes", None).status, 200);
}

#[test]
fn a_token_is_good_for_its_scopes_alone() {
    let house = House::start(&[]);
    let [write, read, admin] = house.site("north", &[]);
    let motes = "/api/v1/motes";
    assert_eq!(house.post("/oap", &read, MAC, 1.0), 403);
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    assert_eq!(house.post("/oap", &admin, MAC, 1.0), 204);
    for (token, status) in [(&write, 403), (&read, 200), (&admin, 200)] {
        assert_eq!(house.get(motes, Some(token)).status, status);
        assert_eq!(house.get(&format!("/s/north{motes}"), Some(token)).status, status);
    }
    let label = |token: &str| {
        house.send("PUT", &format!("{motes}/{MAC}"), token, r#"{"label": "attic"}"#).status
    };
    assert_eq!((label(&write), label(&read), label(&admin)), (403, 403, 204));
    let tokens = |token: &str| house.get("/api/v1/tokens", Some(token)).status;
    assert_eq!((tokens(&write), tokens(&read), tokens(&admin)), (403, 403, 200));
    let both = house.token("north", "both", "write,read");
    until(|| house.get(&format!("/s/north{motes}"), Some(&both)).status == 200);
    assert_eq!(house.post("/oap", &both, MAC, 1.0), 204);
}

#[test]
fn what_is_revoked_is_refused_soon_and_its_streams_end() {
    let house = House::start(&[]);
    let [write, read, admin] = house.site("north", &[]);
    let mut stream = follow(&house, "/s/north/api/v1/stream", &read);
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("data: ") && line.contains(MAC), "{line}");
    house.tell(&["token", "revoke", "north", "read"]);
    while stream.read_line(&mut line).unwrap() > 0 {}
    assert_eq!(house.get("/api/v1/motes", Some(&read)).text.trim(), "[]", "the default site's");
    assert_eq!(house.get("/s/north/api/v1/motes", Some(&read)).status, 401);
    house.tell(&["token", "revoke", "north", "write"]);
    // What it sends must not become the default site's, which is open.
    until(|| house.post("/oap", &write, MAC, 1.0) == 401);
    assert_eq!(house.get("/api/v1/readings", None).text.trim(), "[]");
    assert_eq!(house.get("/api/v1/motes", Some(&admin)).status, 200);
}

#[test]
fn a_site_that_is_removed_is_gone_for_all() {
    let house = House::start(&[]);
    let [write, read, _] = house.site("north", &[]);
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    let mut stream = follow(&house, "/api/v1/stream", &read);
    house.tell(&["site", "remove", "north"]);
    let mut line = String::new();
    while stream.read_line(&mut line).unwrap() > 0 {}
    until(|| house.post("/oap", &write, MAC, 1.0) == 401);
    assert_eq!(house.get("/s/north/api/v1/motes", Some(&read)).status, 401);
    // Another of the same name begins with nothing.
    let [_, read, _] = house.site("north", &[]);
    assert_eq!(house.get("/s/north/api/v1/readings", Some(&read)).text.trim(), "[]");
}

#[test]
fn an_unknown_site_and_one_that_one_may_not_see_answer_the_same() {
    let house = House::start(&[]);
    house.site("north", &[]);
    let [_, other, _] = house.site("south", &[]);
    for path in
        ["/", "/api/v1/motes", "/api/v1/stream", "/metrics", "/health", "/nothing", "/?token=x"]
    {
        for token in [None, Some(other.as_str())] {
            let known = house.get(&format!("/s/north{path}"), token);
            let unknown = house.get(&format!("/s/west{path}"), token);
            assert_eq!((known.status, known.status), (401, unknown.status), "{path}");
            assert_eq!(known.text, unknown.text, "{path}");
            let names = |answer: &super::Answer| {
                let mut names: Vec<_> =
                    answer.headers.iter().filter(|(name, _)| *name != "date").collect();
                names.sort_by_key(|(name, _)| name.as_str());
                format!("{names:?}")
            };
            assert_eq!(names(&known), names(&unknown), "{path}");
        }
    }
}

#[test]
fn the_default_site_has_tokens_of_the_registry_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "attic: 0123456789abcdef").unwrap();
    let house = House::start(&["--tokens-file", file.to_str().unwrap()]);
    let token = house.token("default", "cellar", "write");
    until(|| house.post("/oap", &token, MAC, 1.0) == 204);
    assert_eq!(house.post("/oap", "0123456789abcdef", MAC, 1.0), 204);
    assert_eq!(house.post("/oap", "0123456789abcdeX", MAC, 1.0), 401);
    house.tell(&["token", "revoke", "default", "cellar"]);
    until(|| house.post("/oap", &token, MAC, 1.0) == 401);
    // Without a file, one to write with closes what was open.
    let house = House::start(&[]);
    let open = || house.ask("POST", "/oap", &[], Some("[]")).status;
    assert_eq!(open(), 204);
    house.token("default", "cellar", "write");
    until(|| open() == 401);
}
