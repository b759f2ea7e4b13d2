use core::time::Duration;
use std::io::{BufRead, BufReader};
use std::thread::sleep;
use std::time::Instant;

use axum::http::StatusCode;
use clouddata_server::Running;
use readings::Timestamp;
use serde_json::{Value, json};

use crate::fixture::{HOUR, MAC, Site, ago, client, object, start, url};

const SECOND: Duration = Duration::from_secs(1);

fn motes(server: &Running) -> Vec<Value> {
    let answer = client().get(url(server, "/api/v1/motes")).call().unwrap();
    answer.into_body().read_json().unwrap()
}

fn post(server: &Running, body: &Value) -> u16 {
    client().post(url(server, "/oap")).send_json(body).unwrap().status().as_u16()
}

/// A mote's readings, a second apart, the last of them this long ago.
fn second_by_second(mac: &str, count: u32, last: Duration) -> Value {
    let reading = |n: u32| json!({ "mac": mac, "temperature": 20.5, "timestamp": ago(last + SECOND * (count - 1 - n)) });
    (0..count).map(reading).collect()
}

/// What an event of this name says, once `wanted`.
fn wait_for_event(server: &Running, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let stream = client().get(url(server, "/api/v1/stream")).call().unwrap();
    let mut lines = BufReader::new(stream.into_body().into_reader()).lines().map(Result::unwrap);
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let line = lines.next().unwrap();
        if line != format!("event: {name}") {
            continue;
        }
        let data = lines.next().unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        if wanted(&data) {
            return data;
        }
    }
    panic!("no event {name}");
}

#[tokio::test]
async fn a_motes_state_pace_and_since_when_are_listed() {
    let site = Site::new();
    for seconds in (0..8).rev() {
        site.post("/oap", object(MAC, 20.0, &ago(SECOND * (60 + seconds)))).await;
    }
    let motes: Value = site.get("/api/v1/motes").await.json();
    assert_eq!(motes[0]["state"], "silent");
    let pace = motes[0]["pace_seconds"].as_f64().unwrap();
    assert!((pace - 1.0).abs() < 0.1, "{pace}");
    let since: Timestamp = motes[0]["since"].as_str().unwrap().parse().unwrap();
    let age = Timestamp::now().as_micros() - since.as_micros();
    assert!((49_000_000..60_000_000).contains(&age), "{age}");
}

#[tokio::test]
async fn one_reading_tells_no_pace_yet() {
    let site = Site::new();
    site.post("/oap", object(MAC, 20.0, &ago(SECOND))).await;
    let motes: Value = site.get("/api/v1/motes").await.json();
    assert_eq!((&motes[0]["state"], &motes[0]["pace_seconds"]), (&json!("ok"), &Value::Null));
}

#[test]
fn a_mote_that_stops_is_late_then_silent_and_the_stream_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    assert_eq!(post(&server, &second_by_second(MAC, 20, Duration::ZERO)), 204);
    assert_eq!(motes(&server)[0]["state"], "ok");
    for state in ["late", "silent"] {
        let said = wait_for_event(&server, "state", |motes| motes[0]["state"] == state);
        assert_eq!((&said[0]["mac"], &said[0]["pace_seconds"]), (&json!(MAC), &json!(1.0)));
        // It goes on: on a busy machine one that was late may be silent already.
        assert_ne!(motes(&server)[0]["state"], "ok");
    }
    assert_eq!(post(&server, &second_by_second(MAC, 1, Duration::ZERO)), 204);
    assert_eq!(motes(&server)[0]["state"], "ok");
    server.stop();
}

#[test]
fn states_outlive_the_server_and_are_those_of_the_stored_readings() {
    const OTHER: &str = "00-17-0d-00-00-30-5d-40";
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    post(&server, &second_by_second(MAC, 20, HOUR));
    post(&server, &second_by_second(OTHER, 20, Duration::ZERO));
    let before = motes(&server);
    assert_eq!(before[0]["state"], "silent");
    assert_eq!(before[1]["state"], "ok");
    server.stop();
    let server = start(&folder);
    let after = motes(&server);
    assert_eq!(after[0]["state"], "silent");
    assert_eq!(after[0]["pace_seconds"], 1.0);
    assert_eq!(after[1]["pace_seconds"], 1.0);
    server.stop();
}

#[test]
fn a_name_given_elsewhere_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    post(&server, &second_by_second(MAC, 1, Duration::ZERO));
    let path = url(&server, &format!("/api/v1/motes/{MAC}"));
    let rename = std::thread::spawn(move || {
        // The stream may not be listened to yet: each name is told.
        for turn in 0..40 {
            let name = json!({ "label": format!("attic {turn}") });
            client().put(&path).send_json(name).unwrap();
            sleep(SECOND / 4);
        }
    });
    let said = wait_for_event(&server, "label", |_| true);
    assert_eq!(said["mac"], MAC);
    assert!(said["label"].as_str().unwrap().starts_with("attic "), "{said}");
    rename.join().unwrap();
    server.stop();
}

#[tokio::test]
async fn who_brings_fresh_readings_or_says_so_is_a_gateway() {
    let site = Site::new();
    site.post("/oap", object(MAC, 20.0, &ago(HOUR / 2))).await;
    assert_eq!(site.get("/api/v1/gateways").await.json::<Value>(), json!([]));
    site.post("/oap", object(MAC, 20.0, &ago(SECOND))).await;
    let gateways: Value = site.get("/api/v1/gateways").await.json();
    assert_eq!((&gateways[0]["state"], &gateways[0]["manager"]), (&json!("ok"), &Value::Null));
    let status = json!({
        "port": "/dev/ttyUSB3", "phase": "connected", "motes_known": 5, "motes_operational": 3,
        "interval_seconds": 10, "what newer gateways say": true,
    });
    let answer = site.post("/api/v1/gateways", status.to_string()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    let gateways: Value = site.get("/api/v1/gateways").await.json();
    let manager = &gateways[0]["manager"];
    assert_eq!(manager["motes_operational"], 3);
    assert_eq!(
        (&manager["phase"], &manager["port"]),
        (&json!("connected"), &json!("/dev/ttyUSB3"))
    );
    for bad in ["[]", "{}", r#"{"phase": "asleep", "interval_seconds": 1}"#] {
        let answer = site.post("/api/v1/gateways", bad).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn prometheus_is_told_and_series_have_a_bound() {
    let site = Site::new();
    let mote = |n: u32| {
        json!({ "mac": format!("00-17-0d-00-00-30-{:02x}-{:02x}", n / 256, n % 256),
                                "temperature": 20.0, "timestamp": ago(SECOND) })
    };
    let body: Value = (0..1500).map(mote).collect();
    assert_eq!(site.post("/oap", body.to_string()).await.status, StatusCode::NO_CONTENT);
    let text = site.get("/metrics").await.text;
    for line in [
        r#"clouddata_motes{state="ok"} 1500"#,
        r#"clouddata_motes{state="silent"} 0"#,
        "clouddata_motes_without_series 500",
        r#"clouddata_gateways{state="ok"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let series = text.lines().filter(|line| {
        line.starts_with("clouddata_mote_last_reading_timestamp_seconds{mac=\"00-17-0d-")
    });
    assert_eq!(series.count(), 1000);
}
