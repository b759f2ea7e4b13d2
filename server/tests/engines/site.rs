use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use clouddata_server::{App, Guard, Influx, InfluxConfig, Protocol, Tokens, router};
use engines::Process;
use http_body_util::BodyExt;
use readings::{Reading, Timestamp};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const MAC: &str = "00-17-0d-00-00-30-5d-39";
pub(crate) const OTHER: &str = "00-17-0d-00-00-30-5d-3a";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// How long an engine may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An app on an engine, without a socket of its own.
pub(crate) struct Site {
    router: Router,
    pub(crate) engine: Process,
    _folder: TempDir,
}

impl Site {
    /// On the engine that is started in a folder of this site's.
    pub(crate) fn new(
        start: impl FnOnce(&Path) -> Process,
        config: impl FnOnce(&Process) -> InfluxConfig,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = start(folder.path());
        let retention = HOUR * 12;
        let store = Influx::open(&config(&engine), retention, folder.path()).unwrap();
        let guard = Guard::new(Tokens::default(), None);
        let app = App::new(Arc::new(store), retention, guard);
        Self { router: router(app), engine, _folder: folder }
    }

    pub(crate) async fn post(&self, readings: &[String]) -> (StatusCode, HeaderMap, String) {
        self.post_to("/oap", format!("[{}]", readings.join(","))).await
    }

    pub(crate) async fn post_to(
        &self,
        path: &str,
        body: String,
    ) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, HeaderMap, String) {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let (status, _, text) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let octets = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(octets.into()).unwrap())
    }

    pub(crate) async fn stored(&self) -> Vec<Reading> {
        serde_json::from_value(self.json("/api/v1/readings").await).unwrap()
    }

    /// Posts readings until they are stored, as a gateway does while the engine comes up again.
    pub(crate) async fn post_until_stored(&self, readings: &[String]) {
        let begun = Instant::now();
        while self.post(readings).await.0 != StatusCode::NO_CONTENT {
            assert!(begun.elapsed() < PATIENCE, "the engine is not taken back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until so many readings can be seen: some engines show them a little later.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Reading> {
        let begun = Instant::now();
        loop {
            let stored = self.stored().await;
            if stored.len() >= count || begun.elapsed() > PATIENCE {
                return stored;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// InfluxDB 1.x's protocol, with names as by default.
pub(crate) fn version_1() -> Protocol {
    Protocol::V1 {
        database: "grafana".to_owned(),
        retention_policy: "twelve_h_only".to_owned(),
        network_retention_policy: "network_thirty_d".to_owned(),
        credentials: None,
    }
}

/// A moment so long ago.
pub(crate) fn ago(duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap();
    Timestamp::from_micros(Timestamp::now().as_micros() - micros)
}

pub(crate) fn reading(mac: &str, temperature: f64, time: Timestamp) -> String {
    format!(r#"{{"mac": "{mac}", "temperature": {temperature}, "timestamp": "{time}"}}"#)
}

/// What every engine must do alike: stores once, and answers each kind of query.
pub(crate) async fn store_and_ask(site: &Site) {
    let minutes = |minutes: u32| ago(HOUR / 60 * minutes);
    let readings = [
        reading(MAC, 20.0, minutes(48)),
        reading(MAC, 22.0, minutes(47)),
        reading(MAC, 30.5, minutes(10)),
        reading(OTHER, -5.0, minutes(30)),
    ];
    for _ in 0..2 {
        let (status, _, text) = site.post(&readings).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{text}");
    }
    let stored = site.wait_for(readings.len()).await;
    let temperatures: Vec<_> = stored.iter().map(|reading| reading.value).collect();
    assert_eq!(temperatures, [20.0, 22.0, 30.5, -5.0]);

    let means = site.json("/api/v1/readings?from=-60m&buckets=6").await;
    let series = means["series"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    assert_eq!((&series[0]["mac"], &series[0]["count"]), (&MAC.into(), &3.into()));
    assert_eq!((&series[0]["min"], &series[0]["max"]), (&20.0.into(), &30.5.into()));
    let present = |index: usize| -> Vec<f64> {
        let means = series[index]["means"].as_array().unwrap();
        assert_eq!(means.len(), 6);
        means.iter().filter_map(serde_json::Value::as_f64).collect()
    };
    assert_eq!((present(0), present(1)), (vec![21.0, 30.5], vec![-5.0]));

    let one = site.json(&format!("/api/v1/readings?mac={OTHER}&from=-60m&to=-20m")).await;
    assert_eq!(one.as_array().unwrap().len(), 1);
    let motes = site.json("/api/v1/motes").await;
    assert_eq!(motes[0]["last"]["temperature"], 30.5);
    assert_eq!(motes[1]["mac"], OTHER);
    let (status, ..) = site.get("/health").await;
    assert_eq!(status, StatusCode::OK);
}
