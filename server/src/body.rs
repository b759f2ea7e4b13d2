//! Reads a request's JSON body, within limits.

use core::time::Duration;
use std::io::Read;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use flate2::bufread::GzDecoder;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use readings::MAX_BODY;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::RequestError;

/// How long a body may take to arrive: ample for [`MAX_BODY`] over the slowest of links, and the
/// end of a client that sends an octet a second.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of a body that is too large is still read, so that the client reads the answer rather
/// than meets a closed connection.
const MAX_DRAINED: usize = 16 * MAX_BODY;

/// A body up to this size, or an answer, has room whatever else is under way: a gateway's readings.
const SMALL: usize = 16 * 1024;

/// Room for all that is larger, in octets.
const ROOM: usize = 24 * MAX_BODY;

/// Most members of a gzip file. Each costs time, however little is in it; a client has one.
const MAX_MEMBERS: usize = 64;

/// Reads bodies, for which there is a limited room together.
#[derive(Clone)]
pub(crate) struct Bodies(Arc<Semaphore>);

/// Room that is taken, until this is dropped.
pub(crate) type Room = Option<OwnedSemaphorePermit>;

impl Bodies {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }

    /// The body, if it says that it is JSON, is at most [`MAX_BODY`] long and arrives in time; and
    /// its room.
    ///
    /// The header is gone then: as long as any of it is kept, the connection needs a new buffer for
    /// the next request.
    pub(crate) async fn read(&self, request: Request) -> Result<(Bytes, Room), RequestError> {
        check_media_type(request.headers())?;
        let compressed = is_compressed(request.headers())?;
        let (octets, room) = tokio::time::timeout(BODY_TIMEOUT, self.collect(request.into_body()))
            .await
            .map_err(|_| RequestError::TooSlow(BODY_TIMEOUT.as_secs()))??;
        Ok((if compressed { inflate(&octets)? } else { octets }, room))
    }

    /// Room for so many octets.
    pub(crate) fn room(&self, octets: usize) -> Result<Room, RequestError> {
        if octets <= SMALL {
            return Ok(None);
        }
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).try_acquire_many_owned(octets);
        room.map(Some).map_err(|_| RequestError::NoRoom)
    }

    async fn collect(&self, mut body: Body) -> Result<(Bytes, Room), RequestError> {
        let mut parts = Vec::new();
        let mut length = 0;
        let declared = body.size_hint().upper().and_then(|length| usize::try_from(length).ok());
        let expected = declared.unwrap_or(MAX_BODY).min(MAX_BODY);
        // What is refused is still read, but not kept.
        let mut room = Ok(None);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| RequestError::Incomplete)?.into_data() else {
                continue;
            };
            length += data.len();
            if length > MAX_DRAINED {
                return Err(RequestError::TooLarge);
            }
            if length > MAX_BODY {
                room = Err(RequestError::TooLarge);
            } else if length > SMALL && matches!(room, Ok(None)) {
                // For all that it may become: half a body in its room helps nobody.
                room = self.room(expected);
            }
            if room.is_ok() {
                parts.push(data);
            } else {
                parts.clear();
            }
        }
        let octets = match parts.len() {
            1 => parts.swap_remove(0),
            _ => parts.concat().into(),
        };
        Ok((octets, room?))
    }
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

/// No more than the limit is ever inflated, and no more members are opened, whatever the compressed
/// octets could become.
fn inflate(mut compressed: &[u8]) -> Result<Bytes, RequestError> {
    let mut octets = Vec::new();
    for _ in 0..MAX_MEMBERS {
        let room = (MAX_BODY + 1 - octets.len()) as u64;
        let mut member = GzDecoder::new(compressed);
        let read = member.by_ref().take(room).read_to_end(&mut octets);
        read.map_err(|_| RequestError::NotGzip)?;
        if octets.len() > MAX_BODY {
            return Err(RequestError::TooLarge);
        }
        compressed = member.into_inner();
        if compressed.is_empty() {
            return Ok(octets.into());
        }
    }
    Err(RequestError::TooManyMembers { most: MAX_MEMBERS })
}
