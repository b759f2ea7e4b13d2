//! What removed sites left behind.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::store::StoreError;
use crate::store::influx::client::Client;
use crate::store::influx::whose::TAG;

/// The sites that have series, but for the default one.
pub(in crate::store::influx) fn sites(client: &Client) -> Result<BTreeSet<u32>, StoreError> {
    #[derive(Deserialize)]
    struct Values {
        data: Vec<String>,
    }
    // Unless told otherwise the engine looks at the last day.
    let since = format!("-{}s", client.place.network_retention().as_secs());
    let path = format!("/api/v1/label/{TAG}/values");
    let json = client.fetch(&path, &[("start", &since)])?;
    let values: Values = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's labels are not readable: {error}"))
    })?;
    // Other programs' series are none of ours.
    Ok(values.data.iter().filter_map(|site| site.parse().ok()).collect())
}

/// Deletes all series of a site.
pub(in crate::store::influx) fn delete(client: &Client, site: u32) -> Result<(), StoreError> {
    let series = format!("{{{TAG}=\"{site}\"}}");
    client.order("/api/v1/admin/tsdb/delete_series", &[("match[]", &series)])
}
