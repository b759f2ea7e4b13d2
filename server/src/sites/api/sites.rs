//! `/api/v1/sites`: all sites, for the server's admins.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::{House, Limits, RegistryError, Served, Site};
use super::admin::ServerAdmin;
use super::{answer, change as registered, fault, named};
use crate::refusal::RequestError;

/// The site to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a name")]
struct Wanted {
    name: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    limits: Map<String, Value>,
}

/// What is to be changed of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with public or limits")]
struct Change {
    public: Option<bool>,
    #[serde(default)]
    limits: Map<String, Value>,
}

/// Every site but the default one.
pub(super) async fn list(_: ServerAdmin, State(house): State<Arc<House>>) -> Response {
    let directory = house.directory();
    let sites: Vec<&Site> = directory.sites().map(|site| &**site).collect();
    answer(StatusCode::OK, &sites)
}

/// Adds a site.
pub(super) async fn add(
    _: ServerAdmin,
    State(house): State<Arc<House>>,
    Served(app): Served,
    request: Request,
) -> Result<Response, RequestError> {
    let (json, _room) = app.bodies.read(request).await?;
    let Wanted { name, public, limits } =
        serde_json::from_slice(&json).map_err(|error| fault("site", &error))?;
    let name = named(&name)?;
    let limits = Limits::default().changed(&limits).map_err(|error| fault("limits", &error))?;
    if !house.has_stores() {
        return Err(RegistryError::NoStores.into());
    }
    let site = registered(house, move |registry| registry.add_site(&name, public, &limits)).await?;
    Ok(answer(StatusCode::CREATED, &site))
}

/// Changes who may look at a site, and what it may take.
pub(super) async fn change(
    _: ServerAdmin,
    State(house): State<Arc<House>>,
    Served(app): Served,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, RequestError> {
    let name = named(&name)?;
    let (json, _room) = app.bodies.read(request).await?;
    let Change { public, limits } =
        serde_json::from_slice(&json).map_err(|error| fault("site", &error))?;
    let site =
        registered(house, move |registry| registry.change_site(&name, public, &limits)).await?;
    Ok(answer(StatusCode::OK, &site))
}

/// Removes a site with all that it has.
pub(super) async fn remove(
    _: ServerAdmin,
    State(house): State<Arc<House>>,
    Path(name): Path<String>,
) -> Result<StatusCode, RequestError> {
    let name = named(&name)?;
    registered(house, move |registry| registry.remove_site(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
