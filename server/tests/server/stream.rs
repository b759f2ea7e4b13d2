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
