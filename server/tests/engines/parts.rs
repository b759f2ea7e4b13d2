use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode, header};
use http_body_util::BodyExt;

/// What takes writes at one path of a VictoriaMetrics cluster, and questions at another, and gives
/// both to a single one. As the cluster's parts it says who it is, also where it knows no path.
pub(crate) struct Part {
    url: String,
    state: Arc<Shared>,
}

struct Shared {
    engine: String,
    /// It answers as a proxy does that has nobody behind it.
    is_down: AtomicBool,
    requests: AtomicUsize,
}

const WRITES: &str = "/insert/7/influx";
const QUESTIONS: &str = "/select/7/prometheus";

impl Part {
    /// In front of the engine at this address, until the test ends.
    pub(crate) fn of(engine: &str) -> Self {
        let state = Arc::new(Shared {
            engine: engine.to_owned(),
            is_down: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(Arc::clone(&state));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, state }
    }

    pub(crate) fn write_url(&self) -> String {
        format!("{}{WRITES}", self.url)
    }

    pub(crate) fn read_url(&self) -> String {
        format!("{}{QUESTIONS}", self.url)
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::Relaxed);
    }

    /// How many it has got.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }
}

async fn pass(State(state): State<Arc<Shared>>, request: Request) -> Response<Body> {
    state.requests.fetch_add(1, Ordering::Relaxed);
    if state.is_down.load(Ordering::Relaxed) {
        return answer(StatusCode::BAD_GATEWAY, None, Bytes::from_static(b"<html>nobody"));
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str();
    // A writer answers no questions, and a reader takes nothing.
    let known = if parts.method == Method::POST {
        path.strip_prefix(WRITES).filter(|path| path.starts_with("/write?"))
    } else {
        path.strip_prefix(QUESTIONS).filter(|path| path.starts_with("/api/v1/"))
    };
    let Some(path) = known else {
        return answer(StatusCode::BAD_REQUEST, None, Bytes::from_static(b"unsupported path"));
    };
    let url = format!("{}{path}", state.engine);
    let body = body.collect().await.unwrap().to_bytes();
    let (status, kind, body) = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = match parts.method {
            Method::POST => agent.post(url).send(&body[..]).unwrap(),
            _ => agent.get(url).call().unwrap(),
        };
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        (
            answer.status(),
            kind,
            answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap(),
        )
    })
    .await
    .unwrap();
    let mut passed = answer(status, Some("part"), body.into());
    passed.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
    passed
}

fn answer(status: StatusCode, host: Option<&str>, body: Bytes) -> Response<Body> {
    let mut builder = Response::builder().status(status);
    if let Some(host) = host {
        builder = builder.header("x-server-hostname", host);
    }
    builder.body(Body::from(body)).unwrap()
}
