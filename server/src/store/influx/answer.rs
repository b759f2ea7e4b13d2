//! What an engine's own answer is. Others answer at its address too, and with the same status: a
//! login page, a proxy, another program on that port.

use ureq::Body;
use ureq::http::{HeaderMap, Response, StatusCode, header};

/// Headers of the engines': InfluxDB 1 and 2, what VictoriaMetrics adds to that, and InfluxDB 3.
const MARKS: [&str; 4] =
    ["x-influxdb-version", "x-influxdb-build", "x-server-hostname", "cluster-uuid"];

/// Most of an error that is read: more than any engine's.
const MAX_ERROR: u64 = 64 * 1024;

/// Most characters of it that are kept.
const MAX_REASON: usize = 200;

/// Whether an engine says here that it is one.
pub(super) fn is_marked(headers: &HeaderMap) -> bool {
    MARKS.iter().any(|&mark| headers.contains_key(mark))
}

/// Whether the end of the body can be told from a connection that broke.
pub(super) fn has_an_end(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// What was answered by something that is no engine, or by an engine in no way of its own.
pub(super) fn stranger(answer: &Response<Body>) -> String {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = cut(kind.unwrap_or("no media type"));
    format!(
        "it answers {} with {kind}: this is not the engine; is influx_url right?",
        answer.status()
    )
}

/// An answer that is the engine's, but no success.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The reason in the engine's own JSON, if it has one.
    pub(super) reason: Option<String>,
}

impl Refusal {
    /// Reads it. A body that is cut off has no reason.
    pub(super) fn read(mut answer: Response<Body>) -> Self {
        let text = answer.body_mut().with_config().limit(MAX_ERROR).read_to_string();
        Self { status: answer.status(), reason: reason(&text.unwrap_or_default()) }
    }
}

impl Refusal {
    /// Whether it is of the one who was asked, and not of what was asked for.
    pub(super) fn is_of_address(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let reason = self.reason.as_deref().unwrap_or("without a reason");
        write!(f, "the engine answers {}: {reason}", self.status)
    }
}

/// The `error` of versions 1 and 3, or the `message` of version 2.
fn reason(text: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let reason = json.get("error").or_else(|| json.get("message"))?;
    Some(cut(reason.as_str()?))
}

/// What another program has said, short and on one line.
pub(super) fn cut(text: &str) -> String {
    text.trim().chars().take(MAX_REASON).filter(|c| !c.is_control()).collect()
}
