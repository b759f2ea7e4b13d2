use std::path::Path;

use axum::http::{StatusCode, header};
use clouddata_server::{Engine, InfluxConfig};
use engines::Process;
use readings::{Field, Refusal};

use crate::site::{HOUR, MAC, OTHER, Site, ago, reading, store_and_ask, version_1};

fn site() -> Site {
    site_on(engines::influxdb)
}

fn site_on(start: impl FnOnce(&Path) -> Process) -> Site {
    Site::new(start, |engine| InfluxConfig::new(engine.url(), version_1(), Engine::InfluxDb))
}

/// What the engine answers to a statement of InfluxQL.
fn query(engine: &Process, statement: &str) -> String {
    let url = format!("{}/query", engine.url());
    let mut answer = ureq::post(url).send_form([("q", statement)]).unwrap();
    answer.body_mut().read_to_string().unwrap()
}

#[tokio::test]
async fn readings_are_stored_once_and_come_back() {
    let site = site();
    store_and_ask(&site).await;
    // The database was made as the existing server has it, but for shards that expire in time.
    let policies = query(&site.engine, "SHOW RETENTION POLICIES ON grafana");
    assert!(policies.contains(r#"["twelve_h_only","12h0m0s","1h0m0s",1,true]"#), "{policies}");
}

#[tokio::test]
async fn an_answer_of_many_pages_is_whole() {
    let site = site();
    for mac in [MAC, OTHER] {
        let some: Vec<_> =
            (0..6000).map(|n| reading(mac, f64::from(n % 50), ago(HOUR / 6000 * n))).collect();
        let (status, _, text) = site.post(&some).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{text}");
    }
    assert_eq!(site.stored().await.len(), 12_000);
}

#[tokio::test]
async fn a_point_that_the_engine_refuses_is_refused_with_its_reason() {
    let old = ago(HOUR * 2);
    let site = site_on(|folder| {
        let engine = engines::influxdb(folder);
        query(
            &engine,
            "CREATE DATABASE grafana WITH DURATION 4h REPLICATION 1 SHARD DURATION 1h NAME twelve_h_only",
        );
        // An integer in the shard of two hours ago: a float does not fit there any more.
        let line = format!("temperature,mac={MAC} value=1i {}", old.as_micros());
        let url = format!("{}/write?db=grafana&precision=u", engine.url());
        assert_eq!(ureq::post(url).send(line).unwrap().status(), 204);
        engine
    });
    let mut readings: Vec<_> =
        (0..50).map(|n| reading(MAC, 20.0, ago(HOUR / 60 + HOUR / 3600 * n))).collect();
    readings[7] = reading(OTHER, 20.0, old);
    readings[30] = reading(MAC, 20.0, ago(HOUR * 8));
    let (status, _, text) = site.post(&readings).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let refusals: Vec<Refusal> = serde_json::from_str(&text).unwrap();
    let named: Vec<_> = refusals.iter().map(|one| (one.index, one.field)).collect();
    assert_eq!(named, [(7, Field::TEMPERATURE), (30, Field::TIMESTAMP)]);
    assert!(refusals[0].reason.contains("field type conflict"), "{refusals:?}");
    assert!(refusals[1].reason.contains("retention policy"), "{refusals:?}");
    let kept = site.stored().await;
    assert_eq!(kept.iter().filter(|one| one.timestamp.unwrap() > ago(HOUR)).count(), 48);
}

#[tokio::test]
async fn while_the_engine_is_down_it_is_a_503_and_afterwards_all_is_well() {
    let mut site = site();
    assert_eq!(site.post(&[reading(MAC, 1.0, ago(HOUR))]).await.0, StatusCode::NO_CONTENT);
    site.engine.kill();
    for _ in 0..3 {
        let (status, headers, text) = site.post(&[reading(MAC, 2.0, ago(HOUR))]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(headers.contains_key(header::RETRY_AFTER), "{text}");
    }
    let (status, _, text) = site.get("/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("reason"), "{text}");
    assert_eq!(site.get("/api/v1/readings").await.0, StatusCode::SERVICE_UNAVAILABLE);
    site.engine.restart();
    site.post_until_stored(&[reading(MAC, 3.0, ago(HOUR / 2))]).await;
    assert_eq!(site.stored().await.len(), 2);
    assert_eq!(site.get("/health").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_query_before_the_first_reading_is_empty() {
    let site = site();
    assert_eq!(site.stored().await.len(), 0);
    assert_eq!(site.json("/api/v1/motes").await.as_array().unwrap().len(), 0);
    assert_eq!(site.json("/health").await, serde_json::json!({"status": "ok"}));
}

#[tokio::test]
async fn an_engine_that_hangs_is_given_up_and_taken_back() {
    let site = site();
    assert_eq!(site.post(&[reading(MAC, 1.0, ago(HOUR))]).await.0, StatusCode::NO_CONTENT);
    site.engine.signal("STOP");
    let (status, headers, _) = site.post(&[reading(MAC, 2.0, ago(HOUR))]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key(header::RETRY_AFTER));
    site.engine.signal("CONT");
    site.post_until_stored(&[reading(MAC, 3.0, ago(HOUR / 2))]).await;
}
