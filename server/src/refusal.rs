use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use readings::{BodyError, MAX_BODY, Mac};
use serde_json::json;
use thiserror::Error;

use crate::sites::{RegistryError, Scopes};
use crate::store::StoreError;

/// Why a request as a whole is not served.
#[derive(Debug, Error)]
pub(crate) enum RequestError {
    /// 400 or 413: the body is not readings, or too many.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// 400: a parameter of the URL or of a body that is not readings.
    #[error("parameter {name}: {reason}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// 400: the connection broke within the body.
    #[error("the body did not arrive whole")]
    Incomplete,
    /// 400: the body does not inflate.
    #[error("the body is not in gzip format, as its Content-Encoding says")]
    NotGzip,
    /// 400: it inflates, but is in too many pieces.
    #[error("the body is a gzip file of more than {most} members; send it as one")]
    TooManyMembers {
        /// Those that are read.
        most: usize,
    },
    /// 401.
    #[error("send one of the server's tokens: Authorization: Bearer TOKEN")]
    Unauthorized,
    /// 401: also if there is one, for all who may not know.
    #[error(
        "there is no such site, or it wants a token of its own: open its link, or send \
         Authorization: Bearer TOKEN"
    )]
    NoSuchSite,
    /// 503: it may be anybody's.
    #[error("it is not yet known what sites and tokens there are; the server's log says why")]
    NotKnownYet,
    /// 403: the token is good, but not for this.
    #[error("this token may not do that; it needs the scope {0}")]
    Forbidden(Scopes),
    /// 403: a site's admin wants what is the server's.
    #[error("sites are managed with an admin's token of the default site")]
    NotTheServers,
    /// 400, 404, 409 or 503: what sites and tokens there are does not allow it, or is not known.
    #[error("{}", told(.0))]
    Registry(#[from] RegistryError),
    /// 408: the body did not arrive in time.
    #[error("the body did not arrive within {0} s")]
    TooSlow(u64),
    /// 413.
    #[error("the body is larger than {MAX_BODY} octets; send fewer readings in one request")]
    TooLarge,
    /// 415.
    #[error("the body's media type is {found}; send Content-Type: application/json")]
    MediaType {
        /// What the request says it is.
        found: String,
    },
    /// 415.
    #[error("the body's Content-Encoding is {found}; send it as it is, or with gzip")]
    Coding {
        /// What the request says it is.
        found: String,
    },
    /// 429.
    #[error("too many requests; try again in {retry_after} s")]
    TooMany {
        /// Seconds after which a request will be served.
        retry_after: u64,
    },
    /// 429: the site has used up what it may send.
    #[error("this site has sent more than it may; try again in {retry_after} s")]
    TooMuchSent {
        /// Seconds after which a request will be served.
        retry_after: u64,
    },
    /// 429: the site's queries have looked at as much as they may.
    #[error("this site's queries have looked at more than they may; try again in {retry_after} s")]
    TooMuchAsked {
        /// Seconds after which a request will be served.
        retry_after: u64,
    },
    /// 429: one origin has all the streams that it may have.
    #[error("too many streams are open; close one, or try again in {retry_after} s")]
    TooManyStreams {
        /// Seconds after which one may have ended.
        retry_after: u64,
    },
    /// 503: so have all together.
    #[error("as many streams are open as there are places; try again in {retry_after} s")]
    NoMoreStreams {
        /// Seconds after which one may have ended.
        retry_after: u64,
    },
    /// 503: large requests have taken all the room there is.
    #[error("too many large requests are under way; try again in {RETRY_AFTER} s")]
    NoRoom,
    /// 404: nothing is kept of such a mote.
    #[error("nothing is kept of a mote {0}")]
    NoMote(Mac),
    /// 503: the memory for answers is in use.
    #[error("too many answers are being sent; try again later")]
    Crowded,
    /// 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Characters of a parameter's name that are said back.
const MAX_NAME: usize = 40;

/// Most characters of an error: some repeat what was sent.
const MAX_ERROR: usize = 300;

/// Shortens a text to so many characters.
pub(crate) fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
}

/// What is said of the registry: not what may name files and addresses.
fn told(error: &RegistryError) -> String {
    if let RegistryError::Unavailable(reason) = error {
        tracing::error!(reason, "sites and tokens cannot be changed");
        return "the registry is not available; the server's log says why".to_owned();
    }
    error.to_string()
}

/// Seconds after which a client should try a store again.
const RETRY_AFTER: u64 = 5;

impl RequestError {
    /// What is wrong with a parameter of the URL.
    pub(crate) fn parameter(name: &str, reason: String) -> Self {
        Self::Parameter { name: name.chars().take(MAX_NAME).collect(), reason }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Body(BodyError::NotReadings(_))
            | Self::Parameter { .. }
            | Self::Incomplete
            | Self::NotGzip
            | Self::TooManyMembers { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::NoSuchSite => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::NotTheServers => StatusCode::FORBIDDEN,
            Self::Registry(error) => match error {
                RegistryError::DefaultSite | RegistryError::Limit(_) => StatusCode::BAD_REQUEST,
                RegistryError::NoSite(_) | RegistryError::NoToken(_) => StatusCode::NOT_FOUND,
                RegistryError::SiteExists(_)
                | RegistryError::TokenExists(_)
                | RegistryError::NoStores => StatusCode::CONFLICT,
                RegistryError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            },
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BodyError::TooMany) | Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType { .. } | Self::Coding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. }
            | Self::TooMuchSent { .. }
            | Self::TooMuchAsked { .. }
            | Self::TooManyStreams { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoMote(_) => StatusCode::NOT_FOUND,
            Self::NoMoreStreams { .. }
            | Self::NotKnownYet
            | Self::NoRoom
            | Self::Crowded
            | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut error = self.to_string();
        cut(&mut error, MAX_ERROR);
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized | Self::NoSuchSite => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooSlow(_) => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Self::TooMany { retry_after }
            | Self::TooMuchSent { retry_after }
            | Self::TooMuchAsked { retry_after } => {
                headers.insert(header::RETRY_AFTER, retry_after.into());
            }
            Self::TooManyStreams { retry_after } | Self::NoMoreStreams { retry_after } => {
                headers.insert(header::RETRY_AFTER, retry_after.into());
                // Nor is the connection's place to be kept.
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Self::NotKnownYet | Self::NoRoom | Self::Crowded | Self::Store(_) => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER.into());
            }
            _ => {}
        }
        response
    }
}
