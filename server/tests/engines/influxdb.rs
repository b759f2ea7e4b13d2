use axum::http::{StatusCode, header};
use clouddata_server::{InfluxConfig, Protocol};
use readings::{Field, Refusal};

use crate::engine::Engine;
use crate::site::{HOUR, MAC, OTHER, Site, ago, reading, store_and_ask};

fn config(engine: &Engine) -> InfluxConfig {
    InfluxConfig {
        url: engine.url(),
        protocol: Protocol::V1 {
            database: "grafana".to_owned(),
            retention_policy: "twelve_h_only".to_owned(),
            credentials: None,
        },
        engine: clouddata_server::Engine::InfluxDb,
    }
}

#[tokio::test]
async fn readings_are_stored_once_and_come_back() {
    let engine = Engine::influxdb();
    store_and_ask(&Site::new(&config(&engine), HOUR * 12)).await;
    // The database was made as the existing server has it, but for shards that expire in time.
    let policies = engine.query("SHOW RETENTION POLICIES ON grafana");
    assert!(policies.contains(r#"["twelve_h_only","12h0m0s","1h0m0s",1,true]"#), "{policies}");
}

#[tokio::test]
async fn an_answer_of_many_pages_is_whole() {
    let engine = Engine::influxdb();
    let site = Site::new(&config(&engine), HOUR * 12);
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
    let engine = Engine::influxdb();
    engine.query(
        "CREATE DATABASE grafana WITH DURATION 4h REPLICATION 1 SHARD DURATION 1h NAME twelve_h_only",
    );
    // An integer in the shard of two hours ago: a float does not fit there any more.
    let old = ago(HOUR * 2);
    let line = format!("temperature,mac={MAC} value=1i {}", old.as_micros());
    assert_eq!(engine.write("db=grafana&precision=u", &line), 204);

    let site = Site::new(&config(&engine), HOUR * 12);
    let mut readings: Vec<_> =
        (0..50).map(|n| reading(MAC, 20.0, ago(HOUR / 60 + HOUR / 3600 * n))).collect();
    readings[7] = reading(OTHER, 20.0, old);
    readings[30] = reading(MAC, 20.0, ago(HOUR * 8));
    let (status, _, text) = site.post(&readings).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let refusals: Vec<Refusal> = serde_json::from_str(&text).unwrap();
    let named: Vec<_> = refusals.iter().map(|one| (one.index, one.field)).collect();
    assert_eq!(named, [(7, Field::Temperature), (30, Field::Timestamp)]);
    assert!(refusals[0].reason.contains("field type conflict"), "{refusals:?}");
    assert!(refusals[1].reason.contains("retention policy"), "{refusals:?}");
    let kept = site.stored().await;
    assert_eq!(kept.iter().filter(|one| one.timestamp.unwrap() > ago(HOUR)).count(), 48);
}

#[tokio::test]
async fn while_the_engine_is_down_it_is_a_503_and_afterwards_all_is_well() {
    let mut engine = Engine::influxdb();
    let site = Site::new(&config(&engine), HOUR * 12);
    assert_eq!(site.post(&[reading(MAC, 1.0, ago(HOUR))]).await.0, StatusCode::NO_CONTENT);
    engine.kill();
    for _ in 0..3 {
        let (status, headers, text) = site.post(&[reading(MAC, 2.0, ago(HOUR))]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(headers.contains_key(header::RETRY_AFTER), "{text}");
    }
    let (status, _, text) = site.get("/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("reason"), "{text}");
    assert_eq!(site.get("/api/v1/readings").await.0, StatusCode::SERVICE_UNAVAILABLE);
    engine.restart();
    let mut status = StatusCode::SERVICE_UNAVAILABLE;
    for _ in 0..100 {
        status = site.post(&[reading(MAC, 3.0, ago(HOUR / 2))]).await.0;
        if status == StatusCode::NO_CONTENT {
            break;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(site.stored().await.len(), 2);
    assert_eq!(site.get("/health").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_query_before_the_first_reading_is_empty() {
    let engine = Engine::influxdb();
    let site = Site::new(&config(&engine), HOUR * 12);
    assert_eq!(site.stored().await.len(), 0);
    assert_eq!(site.json("/api/v1/motes").await.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn an_engine_that_hangs_is_given_up_and_taken_back() {
    let engine = Engine::influxdb();
    let site = Site::new(&config(&engine), HOUR * 12);
    assert_eq!(site.post(&[reading(MAC, 1.0, ago(HOUR))]).await.0, StatusCode::NO_CONTENT);
    engine.signal("-STOP");
    let (status, headers, _) = site.post(&[reading(MAC, 2.0, ago(HOUR))]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key(header::RETRY_AFTER));
    engine.signal("-CONT");
    let mut status = StatusCode::SERVICE_UNAVAILABLE;
    for _ in 0..100 {
        status = site.post(&[reading(MAC, 3.0, ago(HOUR / 2))]).await.0;
        if status == StatusCode::NO_CONTENT {
            break;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
    assert_eq!(status, StatusCode::NO_CONTENT);
}
