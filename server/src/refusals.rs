//! The answer to readings that are refused: a list, which names each of them and stays small.

use core::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use readings::Refusal;

use crate::body::{Bodies, Room};
use crate::refusal::{RequestError, cut};

/// Most characters of a reason.
const MAX_REASON: usize = 200;

/// Most characters of all reasons together, after which each is cut to [`SHORT_REASON`]: with ten
/// thousand of them the list is about as large as the largest request.
const MAX_REASONS: usize = 64 * 1024;

/// Most characters of a reason then: all that the checks of the contract say.
const SHORT_REASON: usize = 60;

/// What is sent at a time.
const PART: usize = 16 * 1024;

/// Octets that one refusal takes in the list, at most.
const LONGEST: usize = 180;

/// Room for the answer to so many refusals, before anything of the request is stored.
pub(crate) fn room(bodies: &Bodies, refused: usize) -> Result<Room, RequestError> {
    bodies.room(refused * LONGEST)
}

/// A 422 with the list. It is sent in parts, and holds its room until the last of them: a client
/// that does not read it takes none that others need.
pub(crate) fn answer(room: Room, mut refused: Vec<Refusal>) -> Response {
    let mut spent = 0;
    for refusal in &mut refused {
        let most = if spent < MAX_REASONS { MAX_REASON } else { SHORT_REASON };
        cut(&mut refusal.reason, most);
        spent += refusal.reason.len();
    }
    let json = serde_json::to_vec(&refused).unwrap_or_default();
    drop(refused);
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    let body = if room.is_none() {
        Body::from(json)
    } else {
        Body::from_stream(stream::unfold((json, 0, room), |(json, sent, room)| async move {
            let part = json.get(sent..)?.chunks(PART).next()?;
            let (part, sent) = (Bytes::copy_from_slice(part), sent + part.len());
            Some((Ok::<_, Infallible>(part), (json, sent, room)))
        }))
    };
    (StatusCode::UNPROCESSABLE_ENTITY, media_type, body).into_response()
}
