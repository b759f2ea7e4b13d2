use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clouddata_server::{Guard, Tokens};

use crate::fixture::{MAC, Site};

async fn put(site: &Site, mac: &str, body: &str) -> StatusCode {
    let request = Request::put(format!("/api/v1/motes/{mac}"))
        .header(header::CONTENT_TYPE, "application/json");
    site.ask(request.body(Body::from(body.to_owned())).unwrap()).await.status
}

#[tokio::test]
async fn a_mote_keeps_the_label_it_is_given() {
    let site = Site::guarded(Guard::new(Tokens::default(), None));
    site.post("/oap", format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#)).await;
    assert_eq!(put(&site, MAC, r#"{"label": " Attic, north "}"#).await, StatusCode::NO_CONTENT);
    let motes: serde_json::Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0]["label"], "Attic, north");
    assert_eq!(put(&site, MAC, r#"{"label": ""}"#).await, StatusCode::NO_CONTENT);
    let motes: serde_json::Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0].get("label"), None);
}

#[tokio::test]
async fn what_is_no_label_is_refused() {
    let site = Site::new();
    let long = format!(r#"{{"label": "{}"}}"#, "x".repeat(65));
    for (mac, body) in [
        ("nobody", r#"{"label": "a"}"#),
        (MAC, "{}"),
        (MAC, r#"{"label": 7}"#),
        (MAC, r#"{"label": "a\nb"}"#),
        (MAC, r#"{"label": "a", "colour": "red"}"#),
        (MAC, &long),
    ] {
        assert_eq!(put(&site, mac, body).await, StatusCode::BAD_REQUEST, "{mac} {body}");
    }
}
