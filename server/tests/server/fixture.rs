use core::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use clouddata_server::{App, Config, Guard, Running, Server, Tokens, router};
use http_body_util::BodyExt;
use readings::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::store;

pub(crate) const MAC: &str = "00-17-0d-00-00-30-5d-39";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// An app on a database of its own, without a socket.
pub(crate) struct Site {
    pub(crate) router: Router,
    _folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::guarded(Guard::new(Tokens::default(), None))
    }

    pub(crate) fn guarded(guard: Guard) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store::open(folder.path());
        Self { router: router(App::new(store, HOUR, guard)), _folder: folder }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        }
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Every stored reading.
    pub(crate) async fn stored(&self) -> Vec<readings::Reading> {
        self.get("/api/v1/readings").await.json()
    }
}

impl Answer {
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// A moment this long ago, in RFC 3339.
pub(crate) fn ago(duration: Duration) -> String {
    let micros = i64::try_from(duration.as_micros()).unwrap();
    Timestamp::from_micros(Timestamp::now().as_micros() - micros).to_string()
}

pub(crate) fn object(mac: &str, temperature: f64, timestamp: &str) -> String {
    format!(r#"{{"mac": "{mac}", "temperature": {temperature}, "timestamp": "{timestamp}"}}"#)
}

/// A server on a port of its own.
pub(crate) fn start(folder: &TempDir) -> Running {
    let config =
        Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::new(folder.path().to_owned()) };
    Server::start(config).unwrap()
}

/// A client that takes every status as an answer.
pub(crate) fn client() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

pub(crate) fn url(server: &Running, path: &str) -> String {
    format!("http://{}{path}", server.local_addr())
}
