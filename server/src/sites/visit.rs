use core::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{House, Scopes, Token};
use crate::app::App;
use crate::refusal::RequestError;

/// Whose request it is, and of which site.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) app: Arc<App>,
    /// The number of the site.
    pub(crate) site: u32,
    /// The token that was presented, if it is one of this site or of the server's admin.
    pub(super) token: Option<Arc<Token>>,
    /// What it allows here: less than the token does, where it came by a cookie.
    pub(super) scopes: Scopes,
    /// Whether one who has no token may write, if the site has no file of tokens.
    pub(crate) is_open: bool,
}

impl Visit {
    /// Of one of whom nothing is known.
    pub(super) fn unknown(app: &Arc<App>, is_open: bool) -> Self {
        Self { app: Arc::clone(app), site: 0, token: None, scopes: Scopes::NONE, is_open }
    }

    /// Of the holder of a token.
    pub(super) fn known(app: &Arc<App>, site: u32, token: &Arc<Token>, scopes: Scopes) -> Self {
        let (app, token) = (Arc::clone(app), Some(Arc::clone(token)));
        Self { app, site, token, scopes, is_open: false }
    }

    /// Whether a token of the registry was presented that is good here.
    pub(crate) const fn is_known(&self) -> bool {
        self.token.is_some()
    }

    /// Whether it is one of the server's admins.
    pub(crate) fn is_server_admin(&self) -> bool {
        let is_the_servers = self.token.as_ref().is_some_and(|token| token.site == 0);
        is_the_servers && self.scopes.allow(Scopes::ADMIN)
    }

    /// Whether it is of another site than the default one.
    pub(crate) const fn is_a_sites(&self) -> bool {
        self.site != 0
    }

    /// The name of the token, if one of the registry was presented and it allows this; none if it was
    /// not.
    pub(crate) fn named(&self, wanted: Scopes) -> Result<Option<String>, RequestError> {
        match &self.token {
            Some(token) if self.scopes.allow(wanted) => Ok(Some(token.name.to_string())),
            Some(_) => Err(RequestError::Forbidden(wanted)),
            None => Ok(None),
        }
    }
}

impl FromRequestParts<Arc<House>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_else(|| Self::unknown(&house.default, true)))
    }
}

/// The app of the site that a request is of: all that a handler can see.
pub(crate) struct Served(pub(crate) Arc<App>);

impl FromRequestParts<Arc<House>> for Served {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Infallible> {
        let visit = parts.extensions.get::<Visit>();
        Ok(Self(Arc::clone(visit.map_or(&house.default, |visit| &visit.app))))
    }
}
