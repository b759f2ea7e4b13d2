//! `/api/v1/tokens`: a site's tokens, for its admins.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::{House, Served, Token};
use super::admin::SiteAdmin;
use super::{answer, change, fault, named};
use crate::refusal::RequestError;

/// The token to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a name and scopes")]
struct Wanted {
    name: String,
    scopes: Vec<String>,
}

/// One that was made, with what is told this once.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    known: Token,
    token: String,
}

/// Each token with what it allows, without what is secret.
pub(super) async fn list(admin: SiteAdmin, State(house): State<Arc<House>>) -> Response {
    let directory = house.directory();
    let tokens: Vec<&Token> = directory.tokens_of(admin.site).into_iter().map(|it| &**it).collect();
    answer(StatusCode::OK, &tokens)
}

/// Makes a token.
pub(super) async fn add(
    admin: SiteAdmin,
    State(house): State<Arc<House>>,
    Served(app): Served,
    request: Request,
) -> Result<Response, RequestError> {
    let (json, _room) = app.bodies.read(request).await?;
    let wanted: Wanted = serde_json::from_slice(&json).map_err(|error| fault("token", &error))?;
    let name = named(&wanted.name)?;
    let scopes = wanted.scopes.join(",").parse().map_err(|error| fault("scopes", &error))?;
    let made = change(house, move |registry| registry.add_token(admin.site, &name, scopes)).await?;
    let token = made.secret.reveal().to_owned();
    Ok(answer(StatusCode::CREATED, &Made { known: made.token, token }))
}

/// Takes a token back.
pub(super) async fn revoke(
    admin: SiteAdmin,
    State(house): State<Arc<House>>,
    Path(name): Path<String>,
) -> Result<StatusCode, RequestError> {
    let name = named(&name)?;
    change(house, move |registry| registry.revoke_token(admin.site, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
