use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::super::{House, Scopes, Visit};
use crate::admitted;
use crate::refusal::RequestError;

/// What a handler asks for that manages a site's tokens: an admin of it, or of the server.
pub(super) struct SiteAdmin {
    /// The site's number.
    pub(super) site: u32,
}

/// What a handler asks for that manages sites: an admin of the default site, and so of the server.
pub(super) struct ServerAdmin;

impl FromRequestParts<Arc<House>> for SiteAdmin {
    type Rejection = RequestError;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, RequestError> {
        // One of the file has no scopes, and cannot be taken for an admin's.
        admitted::admit(parts, house, Scopes::ADMIN).await?;
        let Ok(visit) = Visit::from_request_parts(parts, house).await;
        if !visit.is_known() {
            return Err(RequestError::Unauthorized);
        }
        Ok(Self { site: visit.site })
    }
}

impl FromRequestParts<Arc<House>> for ServerAdmin {
    type Rejection = RequestError;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, RequestError> {
        SiteAdmin::from_request_parts(parts, house).await?;
        let Ok(visit) = Visit::from_request_parts(parts, house).await;
        if visit.is_server_admin() { Ok(Self) } else { Err(RequestError::NotTheServers) }
    }
}
