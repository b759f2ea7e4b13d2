//! Whose request it is, found out before anything else is done with it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::visit::Visit;
use super::{Directory, House, Name, Scopes, cookie, path};
use crate::guard::presented;
use crate::origin::Peer;
use crate::refusal::RequestError;

/// What the operator asks the server for. No site has it, and no site's token makes it another.
const OPERATORS: [&str; 2] = ["/health", "/metrics"];

/// What every token may ask for.
const USAGE: &str = "/api/v1/usage";

/// Why a request gets no further.
pub(crate) enum Turned {
    /// It is not served.
    Refused(RequestError),
    /// What it asks for is elsewhere.
    Elsewhere(Elsewhere),
}

/// Where, and what a browser is to keep.
pub(crate) struct Elsewhere {
    status: StatusCode,
    to: String,
    cookie: Option<HeaderValue>,
}

impl House {
    /// Notes whose request it is; or says why it gets no further.
    ///
    /// A request by a site's path leaves this without its prefix, and is one by a plain path.
    pub(crate) fn receive(&self, request: &mut Request<Body>) -> Result<(), Turned> {
        let directory = self.directory();
        let by_path = path::split(request.uri().path()).is_some();
        // As it was before there were sites.
        if !by_path && !directory.is_in_use() {
            return Ok(());
        }
        if !directory.is_known() && !OPERATORS.contains(&request.uri().path()) {
            return Err(RequestError::NotKnownYet.into());
        }
        let visit = if by_path {
            self.by_path(&directory, request)?
        } else {
            self.by_token(&directory, request)?
        };
        request.extensions_mut().insert(visit);
        Ok(())
    }

    fn by_token(
        &self,
        directory: &Directory,
        request: &Request<Body>,
    ) -> Result<Visit, RequestError> {
        let asked = request.uri().path();
        let Some(presented) = presented(request.headers()) else {
            return Ok(Visit::unknown(&self.default, !directory.closes_default()));
        };
        match directory.token(presented) {
            Some(token) if token.site == 0 => {
                Ok(Visit::known(&self.default, 0, token, token.scopes))
            }
            Some(token) if !OPERATORS.contains(&asked) => {
                let site = directory.numbered(token.site).ok_or(RequestError::NoSuchSite)?;
                let app = self.app(site.number).ok_or(RequestError::NoSuchSite)?;
                let visit = Visit::known(&app, site.number, token, token.scopes);
                check(&visit, site.public, request.method(), asked)?;
                Ok(visit)
            }
            // It may have been a site's until it was revoked: what it sends is not for all to see.
            _ => Ok(Visit::unknown(&self.default, false)),
        }
    }

    fn by_path(&self, directory: &Directory, request: &mut Request<Body>) -> Result<Visit, Turned> {
        let hidden = || RequestError::NoSuchSite;
        let uri = request.uri().clone();
        let (name, asked) = path::split(uri.path()).ok_or_else(hidden)?;
        if asked.is_empty() && name.parse::<Name>().is_ok() {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            let (status, to) = (StatusCode::PERMANENT_REDIRECT, format!("{name}/{query}"));
            return Err(Turned::Elsewhere(Elsewhere { status, to, cookie: None }));
        }
        let site = directory.site(name).ok_or_else(hidden)?;
        if OPERATORS.contains(&asked) {
            return Err(hidden().into());
        }
        let is_page = asked == "/" && looks(request.method());
        let link = if is_page { path::token(&uri) } else { None };
        let (presented, shown) = match (presented(request.headers()), &link) {
            (None, Some(token)) => (Some(token.as_str()), Scopes::READ),
            (None, None) => (cookie::token(request.headers()), Scopes::READ),
            (token, _) => (token, Scopes::ADMIN),
        };
        let token = presented.and_then(|token| directory.token(token));
        let is_of_here = |token: &&Arc<super::Token>| {
            token.site == site.number || (token.site == 0 && token.scopes.allow(Scopes::ADMIN))
        };
        let app = self.app(site.number).ok_or_else(hidden)?;
        let visit = match token.filter(is_of_here) {
            // What a browser sends by itself is good for looking alone.
            Some(token) => Visit::known(&app, site.number, token, token.scopes.within(shown)),
            None => Visit { site: site.number, ..Visit::unknown(&app, false) },
        };
        check(&visit, site.public, request.method(), asked)?;
        if let Some(token) = link {
            // To the page, without the token in its address. A public site needs none.
            let known = visit.is_known().then_some(token.as_str());
            let is_encrypted = self.is_encrypted(request);
            let cookie = known.and_then(|token| cookie::make(token, &site.name, is_encrypted));
            let (status, to) = (StatusCode::SEE_OTHER, "./".to_owned());
            return Err(Turned::Elsewhere(Elsewhere { status, to, cookie }));
        }
        *request.uri_mut() = path::within(&uri, name).ok_or_else(hidden)?;
        Ok(visit)
    }

    /// Whether the browser came by https, as a proxy says.
    fn is_encrypted(&self, request: &Request<Body>) -> bool {
        const SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");
        let peer = request.extensions().get::<Peer>();
        let is_trusted = peer.is_some_and(|Peer(peer)| self.default.guard.trusts(peer.ip()));
        is_trusted && request.headers().get(SCHEME).is_some_and(|scheme| scheme == "https")
    }
}

fn looks(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// Whether one who comes to a site may look, or is known where more is wanted; what is wanted is
/// then looked at by who does it.
fn check(visit: &Visit, public: bool, method: &Method, asked: &str) -> Result<(), RequestError> {
    if !looks(method) || asked == USAGE {
        return if visit.is_known() { Ok(()) } else { Err(RequestError::NoSuchSite) };
    }
    if !public {
        visit.named(Scopes::READ)?.ok_or(RequestError::NoSuchSite)?;
    }
    visit.app.usage.ask()
}

impl Turned {
    /// Whether it was said too soon.
    pub(crate) const fn may_be_known_soon(&self) -> bool {
        matches!(self, Self::Refused(RequestError::NotKnownYet))
    }
}

impl From<RequestError> for Turned {
    fn from(error: RequestError) -> Self {
        Self::Refused(error)
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        let Elsewhere { status, to, cookie } = match self {
            Self::Refused(error) => return error.into_response(),
            Self::Elsewhere(elsewhere) => elsewhere,
        };
        let mut headers = HeaderMap::new();
        headers.extend(HeaderValue::try_from(to).map(|to| (header::LOCATION, to)));
        headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        (status, headers).into_response()
    }
}

/// Of an answer of a site: it is for whom it was made, whatever lies between.
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("authorization, cookie"));
}
