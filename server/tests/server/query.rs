use axum::http::{StatusCode, header};

use crate::fixture::{HOUR, MAC, Site, ago, object};

const OTHER: &str = "ff-17-0d-00-00-30-5d-39";

async fn filled() -> Site {
    let site = Site::new();
    let minutes = |minutes: u32| ago(HOUR / 60 * minutes);
    let body = [
        object(OTHER, 5.0, &minutes(30)),
        object(MAC, 20.0, &minutes(48)),
        object(MAC, 22.0, &minutes(47)),
        object(MAC, 30.0, &minutes(10)),
    ];
    let answer = site.post("/oap", format!("[{}]", body.join(","))).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    site
}

#[tokio::test]
async fn readings_come_back_by_time() {
    let site = filled().await;
    let temperatures = |readings: Vec<readings::Reading>| -> Vec<f64> {
        readings.iter().map(|reading| reading.value).collect()
    };
    assert_eq!(temperatures(site.stored().await), [20.0, 22.0, 5.0, 30.0]);
    for (query, expected) in [
        (format!("mac={MAC}"), vec![20.0, 22.0, 30.0]),
        (format!("mac={OTHER},{MAC}&from=-35m"), vec![5.0, 30.0]),
        ("to=-20min".to_owned(), vec![20.0, 22.0, 5.0]),
        ("from=-2m".to_owned(), vec![]),
    ] {
        let answer = site.get(&format!("/api/v1/readings?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(temperatures(answer.json()), expected, "{query}");
    }
}

#[tokio::test]
async fn csv_by_parameter_or_accept_header() {
    let site = filled().await;
    let answer = site.get("/api/v1/readings?format=csv").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let lines: Vec<_> = answer.text.lines().collect();
    assert_eq!(lines[0], "mac,timestamp,temperature");
    assert_eq!(lines.len(), 5);
    assert!(lines[1].starts_with(MAC) && lines[1].ends_with("Z,20"), "{}", lines[1]);

    let request = axum::http::Request::get("/api/v1/readings").header(header::ACCEPT, "text/csv");
    let by_header = site.ask(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(by_header.text, answer.text);
}

#[tokio::test]
async fn buckets_hold_the_means() {
    let site = filled().await;
    let answer = site.get(&format!("/api/v1/readings?mac={MAC}&from=-60m&buckets=6")).await;
    let body: serde_json::Value = answer.json();
    assert_eq!(body["bucket_seconds"], 600.0);
    let series = &body["series"][0];
    assert_eq!(
        (&series["count"], &series["min"], &series["max"]),
        (&3.into(), &20.0.into(), &30.0.into())
    );
    let means: Vec<Option<f64>> = serde_json::from_value(series["means"].clone()).unwrap();
    let present: Vec<f64> = means.iter().copied().flatten().collect();
    assert_eq!((means.len(), present), (6, vec![21.0, 30.0]));

    let csv = site.get("/api/v1/readings?from=-60m&buckets=6&format=csv").await.text;
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[tokio::test]
async fn many_pages_are_one_answer() {
    let site = Site::new();
    for hour in 0..3 {
        let body: Vec<_> = (0..4000)
            .map(|index| {
                object(MAC, f64::from(index % 50), &ago(HOUR / 10_000 * (4000 * hour + index) / 2))
            })
            .collect();
        site.post("/oap", format!("[{}]", body.join(","))).await;
    }
    assert_eq!(site.stored().await.len(), 12_000);
    let csv = site.get("/api/v1/readings?format=csv").await.text;
    assert_eq!(csv.lines().count(), 12_001);
}

#[tokio::test]
async fn a_wrong_parameter_is_a_400_that_names_it() {
    let site = Site::new();
    for (query, named) in
        [("mac=zz", "mac"), ("buckets=-1", "buckets"), ("from=-1h&to=-2h&buckets=5", "to")]
    {
        let answer = site.get(&format!("/api/v1/readings?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text.contains(&format!("parameter {named}:")), "{}", answer.text);
    }
}

#[tokio::test]
async fn motes_are_listed_with_their_latest_reading() {
    let motes: serde_json::Value = filled().await.get("/api/v1/motes").await.json();
    assert_eq!(motes[0]["mac"], MAC);
    assert_eq!(motes[0]["last"]["temperature"], 30.0);
    assert_eq!(motes[1]["mac"], OTHER);
    assert_eq!(motes.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let site = Site::new();
    let health = site.get("/health").await;
    assert_eq!((health.status, health.text.as_str()), (StatusCode::OK, r#"{"status":"ok"}"#));
    let metrics = site.get("/metrics").await;
    assert!(metrics.headers[header::CONTENT_TYPE].to_str().unwrap().contains("version=0.0.4"));
    assert!(
        metrics.text.contains("clouddata_server_requests_total{status=\"200\"} 1\n"),
        "{}",
        metrics.text
    );
    assert_eq!(site.get("/nothing/here").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/oap").await.status, StatusCode::METHOD_NOT_ALLOWED);
}
