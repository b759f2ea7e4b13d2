use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use readings::{BodyError, MAX_BODY};
use serde_json::json;
use thiserror::Error;

use crate::store::StoreError;

/// Why a request as a whole is not served.
#[derive(Debug, Error)]
pub(crate) enum RequestError {
    /// 400: the body.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// 400: a parameter of the URL.
    #[error("parameter {name}: {reason}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// 408: the body did not arrive in time.
    #[error("the body did not arrive within {0} s")]
    TooSlow(u64),
    /// 400: the connection broke within the body.
    #[error("the body did not arrive whole")]
    Incomplete,
    /// 413.
    #[error("the body is larger than {MAX_BODY} octets; send fewer readings in one request")]
    TooLarge,
    /// 415.
    #[error("the body's media type is {found}; send Content-Type: application/json")]
    MediaType {
        /// What the request says it is.
        found: String,
    },
    /// 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RequestError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Body(BodyError::NotReadings(_)) | Self::Parameter { .. } | Self::Incomplete => {
                StatusCode::BAD_REQUEST
            }
            Self::Body(BodyError::TooMany) | Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Seconds after which a client should try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let mut response =
            (self.status(), Json(json!({ "error": self.to_string() }))).into_response();
        let headers = response.headers_mut();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if self.status() == StatusCode::REQUEST_TIMEOUT {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
