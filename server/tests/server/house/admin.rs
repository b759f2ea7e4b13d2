use serde_json::{Value, json};

use crate::fixture::MAC;

use super::{House, until};

#[test]
fn the_servers_admin_manages_sites_and_a_sites_admin_its_tokens() {
    let house = House::start(&[]);
    let server = house.token("default", "operator", "admin");
    until(|| house.get("/api/v1/sites", Some(&server)).status == 200);
    let wanted = json!({"name": "north", "limits": {"motes": 5}}).to_string();
    let added = house.send("POST", "/api/v1/sites", &server, &wanted);
    assert_eq!(added.status, 201, "{}", added.text);
    let site: Value = serde_json::from_str(&added.text).unwrap();
    assert_eq!((&site["name"], &site["limits"]["motes"]), (&json!("north"), &json!(5)));
    assert_eq!(house.send("POST", "/api/v1/sites", &server, &wanted).status, 409);

    // The server's admin gives the site its first token; the site's admin the others.
    let wanted = r#"{"name": "boss", "scopes": ["admin"]}"#;
    let made = house.send("POST", "/s/north/api/v1/tokens", &server, wanted);
    assert_eq!((made.status, made.headers["cache-control"].to_str().unwrap()), (201, "no-store"));
    let made: Value = serde_json::from_str(&made.text).unwrap();
    let boss = made["token"].as_str().unwrap();
    let wanted = r#"{"name": "attic", "scopes": ["write", "read"]}"#;
    let made = house.send("POST", "/api/v1/tokens", boss, wanted);
    assert_eq!(made.status, 201, "{}", made.text);
    let made: Value = serde_json::from_str(&made.text).unwrap();
    let attic = made["token"].as_str().unwrap();
    assert_eq!(house.post("/oap", attic, MAC, 1.0), 204);
    let listed = house.get("/api/v1/tokens", Some(boss)).text;
    assert!(listed.contains("attic") && !listed.contains(attic), "{listed}");
    assert!(!listed.contains("operator"), "{listed}");

    // What is the server's is not the site's.
    for (method, path) in [
        ("GET", "/api/v1/sites"),
        ("GET", "/s/north/api/v1/sites"),
        ("PATCH", "/api/v1/sites/north"),
        ("DELETE", "/api/v1/sites/north"),
    ] {
        let body = (method == "PATCH").then_some("{}");
        let bearer = format!("Bearer {boss}");
        assert_eq!(
            house.ask(method, path, &[("authorization", &bearer)], body).status,
            403,
            "{path}"
        );
    }

    let bearer = format!("Bearer {boss}");
    let delete = |path: &str| house.ask("DELETE", path, &[("authorization", &bearer)], None).status;
    assert_eq!(delete("/api/v1/tokens/attic"), 204);
    assert_eq!(house.post("/oap", attic, MAC, 1.0), 401, "at once, where it was told");
    assert_eq!((delete("/api/v1/tokens/attic"), delete("/api/v1/tokens/A")), (404, 400));

    let changed = house.send(
        "PATCH",
        "/api/v1/sites/north",
        &server,
        r#"{"public": true, "limits": {"motes": null}}"#,
    );
    let changed: Value = serde_json::from_str(&changed.text).unwrap();
    assert_eq!((&changed["public"], &changed["limits"]["motes"]), (&json!(true), &Value::Null));
    assert_eq!(house.get("/s/north/api/v1/motes", None).status, 200);
    let bearer = format!("Bearer {server}");
    let removed = house.ask("DELETE", "/api/v1/sites/north", &[("authorization", &bearer)], None);
    assert_eq!(removed.status, 204);
    assert_eq!(house.get("/s/north/api/v1/motes", None).status, 401);
}

#[test]
fn what_is_no_site_and_no_token_is_refused_with_its_reason() {
    let house = House::start(&[]);
    let server = house.token("default", "operator", "admin");
    until(|| house.get("/api/v1/sites", Some(&server)).status == 200);
    for (method, path, body, status, reason) in [
        ("POST", "/api/v1/sites", "{}", 400, "name"),
        ("POST", "/api/v1/sites", r#"{"name": "A"}"#, 400, "a name has"),
        ("POST", "/api/v1/sites", r#"{"name": "default"}"#, 400, "default"),
        ("POST", "/api/v1/sites", r#"{"name": "a", "limits": {"mice": 1}}"#, 400, "mice"),
        ("PATCH", "/api/v1/sites/west", "{}", 404, "no site west"),
        ("POST", "/api/v1/tokens", r#"{"name": "a", "scopes": ["all"]}"#, 400, "all"),
        ("POST", "/api/v1/tokens", r#"{"name": "a", "scopes": []}"#, 400, "scope"),
    ] {
        let answer = house.send(method, path, &server, body);
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        assert!(answer.text.contains(reason), "{}", answer.text);
    }
    let none = house.ask("GET", "/api/v1/sites", &[], None);
    assert_eq!(none.status, 401);
    let usage = house.get("/api/v1/usage", Some(&server)).text;
    assert!(usage.contains(r#""site":"default""#), "{usage}");
}
