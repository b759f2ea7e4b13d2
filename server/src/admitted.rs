//! What handlers ask for that do more than look: a client who may, and not too often.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::origin::Peer;
use crate::refusal::RequestError;
use crate::sites::{House, Scopes, Visit};

/// What a handler asks for that stores something: a client who may, and not too often.
pub(crate) struct Admitted {
    /// The name of its token, or its address where there are no tokens.
    pub(crate) name: String,
}

/// The same of one that gives motes their names: a gateway's token is not enough, where tokens have
/// scopes.
pub(crate) struct MayLabel;

/// The same of one that wants to know what has been used, for which any token will do.
pub(crate) struct MayCount;

/// The name of one who may do this, and not too often.
pub(crate) async fn admit(
    parts: &mut Parts,
    house: &Arc<House>,
    scope: Scopes,
) -> Result<String, RequestError> {
    let Ok(visit) = Visit::from_request_parts(parts, house).await;
    let peer = parts.extensions.get::<Peer>().copied();
    visit.app.guard.admit(&parts.headers, peer, visit.named(scope), visit.is_open)
}

impl FromRequestParts<Arc<House>> for Admitted {
    type Rejection = RequestError;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, RequestError> {
        Ok(Self { name: admit(parts, house, Scopes::WRITE).await? })
    }
}

impl FromRequestParts<Arc<House>> for MayLabel {
    type Rejection = RequestError;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, RequestError> {
        admit(parts, house, Scopes::ADMIN).await.map(|_| Self)
    }
}

impl FromRequestParts<Arc<House>> for MayCount {
    type Rejection = RequestError;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, RequestError> {
        admit(parts, house, Scopes::NONE).await.map(|_| Self)
    }
}
