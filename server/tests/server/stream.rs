use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use readings::Reading;
use tower::ServiceExt;

use crate::fixture::{HOUR, MAC, Site, ago, object};

#[tokio::test]
async fn what_is_newly_stored_comes_by_the_stream_and_repeats_do_not() {
    let site = Site::new();
    let known = object(MAC, 20.0, &ago(HOUR / 2));
    site.post("/oap", known.clone()).await;

    let request = Request::get("/api/v1/stream").body(Body::empty()).unwrap();
    let mut events = site.router.clone().oneshot(request).await.unwrap().into_body();
    let new = object(MAC, 21.0, &ago(HOUR / 4));
    site.post("/oap", known.clone()).await;
    site.post("/oap", format!("[{known}, {new}]")).await;

    let frame = events.frame().await.unwrap().unwrap().into_data().unwrap();
    let text = String::from_utf8(frame.into()).unwrap();
    let data = text.strip_prefix("data: ").unwrap_or_else(|| panic!("{text}"));
    let readings: Vec<Reading> = serde_json::from_str(data).unwrap();
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0].value, 21.0);
}

#[tokio::test]
async fn what_is_new_of_the_network_is_said_at_most_once_a_second() {
    let site = Site::new();
    let request = Request::get("/api/v1/stream").body(Body::empty()).unwrap();
    let mut events = site.router.clone().oneshot(request).await.unwrap().into_body();
    let begun = std::time::Instant::now();
    for n in 0..5 {
        let when = ago(HOUR / 60 * (n + 1));
        let charge = format!(r#"{{"mac": "{MAC}", "charge": 7, "timestamp": "{when}"}}"#);
        site.post("/oap", charge).await;
        site.post("/events", format!(r#"{{"event": "moteLost", "number": {n}}}"#)).await;
    }
    let posted = begun.elapsed();
    for _ in 0..2 {
        let frame = events.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.into()).unwrap();
        assert!(text.starts_with("event: network\ndata: {\"at\":\"20"), "{text}");
        if begun.elapsed() > posted + core::time::Duration::from_secs(1) {
            break;
        }
        let link = format!(r#"{{"mac": "{MAC}", "neighbour": "{MAC}", "kind": "heard"}}"#);
        site.post("/links", link).await;
    }
}
