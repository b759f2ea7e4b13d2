//! Reads a request's JSON body, within limits.

use core::time::Duration;
use std::io::Read;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use readings::MAX_BODY;

use crate::refusal::RequestError;

/// How long a body may take to arrive: ample for [`MAX_BODY`] over the slowest of links, and the
/// end of a client that sends an octet a second.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of a body that is too large is still read, so that the client reads the answer rather
/// than meets a closed connection.
const MAX_DRAINED: usize = 16 * MAX_BODY;

/// The body, if it says that it is JSON, is at most [`MAX_BODY`] long and arrives in time.
///
/// The header is gone then: as long as any of it is kept, the connection needs a new buffer for the
/// next request.
pub(crate) async fn read(request: Request) -> Result<Bytes, RequestError> {
    check_media_type(request.headers())?;
    let compressed = is_compressed(request.headers())?;
    let octets = tokio::time::timeout(BODY_TIMEOUT, collect(request.into_body()))
        .await
        .map_err(|_| RequestError::TooSlow(BODY_TIMEOUT.as_secs()))??;
    if compressed { inflate(&octets) } else { Ok(octets) }
}

fn is_compressed(headers: &HeaderMap) -> Result<bool, RequestError> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(false);
    };
    let coding = value.to_str().unwrap_or("unreadable");
    match coding.trim().to_ascii_lowercase().as_str() {
        "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(RequestError::Coding { found: coding.to_owned() }),
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let found = if value.is_none() { "not given" } else { text };
    Err(RequestError::MediaType { found: found.to_owned() })
}

async fn collect(mut body: Body) -> Result<Bytes, RequestError> {
    let mut parts = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| RequestError::Incomplete)?.into_data() else {
            continue;
        };
        length += data.len();
        if length > MAX_DRAINED {
            return Err(RequestError::TooLarge);
        }
        if length > MAX_BODY {
            parts.clear();
        } else {
            parts.push(data);
        }
    }
    if length > MAX_BODY {
        return Err(RequestError::TooLarge);
    }
    Ok(match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat().into(),
    })
}

/// No more than the limit is ever inflated, whatever the compressed octets could become.
fn inflate(compressed: &[u8]) -> Result<Bytes, RequestError> {
    let mut octets = Vec::new();
    let mut limited = MultiGzDecoder::new(compressed).take(MAX_BODY as u64 + 1);
    limited.read_to_end(&mut octets).map_err(|_| RequestError::NotGzip)?;
    if octets.len() > MAX_BODY {
        return Err(RequestError::TooLarge);
    }
    Ok(octets.into())
}
