use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clouddata_server::{Guard, Running, Tokens};

use crate::fixture::{Answer, MAC, Site, client, start, url};

async fn put(site: &Site, mac: &str, body: &str) -> Answer {
    let request = Request::put(format!("/api/v1/motes/{mac}"))
        .header(header::CONTENT_TYPE, "application/json");
    site.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_mote_keeps_the_label_it_is_given() {
    let site = Site::guarded(Guard::new(Tokens::default(), None));
    site.post("/oap", format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#)).await;
    assert_eq!(
        put(&site, MAC, r#"{"label": " Attic, north "}"#).await.status,
        StatusCode::NO_CONTENT
    );
    let motes: serde_json::Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0]["label"], "Attic, north");
    assert_eq!(put(&site, MAC, r#"{"label": ""}"#).await.status, StatusCode::NO_CONTENT);
    let motes: serde_json::Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0].get("label"), None);
}

#[tokio::test]
async fn a_mote_that_was_never_heard_of_has_no_label() {
    let site = Site::new();
    assert_eq!(put(&site, MAC, r#"{"label": "attic"}"#).await.status, StatusCode::NOT_FOUND);
    site.post("/oap", format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#)).await;
    let motes: serde_json::Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0].get("label"), None);
}

#[test]
fn labels_outlive_the_server_and_its_earlier_version() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("labels.json");
    std::fs::write(&old, format!(r#"{{"{MAC}": "attic"}}"#)).unwrap();
    let label = |server: &Running| -> serde_json::Value {
        let mut motes = client().get(url(server, "/api/v1/motes")).call().unwrap();
        let motes: serde_json::Value = motes.body_mut().read_json().unwrap();
        motes[0]["label"].clone()
    };
    let server = start(&folder);
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    let request = client().post(url(&server, "/oap")).content_type("application/json");
    assert_eq!(request.send(body).unwrap().status(), 204);
    assert_eq!(label(&server), "attic");
    assert!(!old.exists());
    let request = client().put(url(&server, &format!("/api/v1/motes/{MAC}")));
    let answer = request.content_type("application/json").send(r#"{"label": "cellar"}"#).unwrap();
    assert_eq!(answer.status(), 204);
    server.stop();
    assert_eq!(label(&start(&folder)), "cellar");
}

#[tokio::test]
async fn a_label_may_be_in_any_script() {
    let site = Site::new();
    site.post("/oap", format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#)).await;
    for label in ["חדר עבודה", "اتاق\u{200c}ها", "👩\u{200d}🔧 Büro №3"] {
        let answer = put(&site, MAC, &format!(r#"{{"label": "{label}"}}"#)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{label}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_no_label_is_refused() {
    let site = Site::new();
    let long = format!(r#"{{"label": "{}"}}"#, "x".repeat(65));
    for (mac, body) in [
        ("nobody", r#"{"label": "a"}"#),
        ("%ff", r#"{"label": "a"}"#),
        (MAC, "[]"),
        (MAC, "{}"),
        (MAC, r#"{"label": 7}"#),
        (MAC, r#"{"label": "a\nb"}"#),
        (MAC, r#"{"label": "a", "colour": "red"}"#),
        (MAC, "{\"label\": \"cellar \u{202e}rallec\"}"),
        (MAC, r#"{"label": "\u2066cellar"}"#),
        (MAC, r#"{"label": "cel\u200blar"}"#),
        (MAC, r#"{"label": "cellar\u2028attic"}"#),
        (MAC, &long),
    ] {
        let Answer { status, text, .. } = put(&site, mac, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{mac} {body}");
        assert!(text.starts_with(r#"{"error":""#) && !text.contains("struct"), "{text}");
    }
}
