//! What removed sites left behind.

use std::collections::BTreeSet;

use super::values::{since, values};
use crate::store::StoreError;
use crate::store::influx::client::Client;
use crate::store::influx::whose::TAG;

/// The sites that have series, but for the default one.
pub(in crate::store::influx) fn sites(client: &Client) -> Result<BTreeSet<u32>, StoreError> {
    let sites = values(client, TAG, &[("start", &since(client))])?;
    // Other programs' series are none of ours.
    Ok(sites.iter().filter_map(|site| site.parse().ok()).collect())
}

/// Deletes all series of a site.
pub(in crate::store::influx) fn delete(client: &Client, site: u32) -> Result<(), StoreError> {
    let series = format!("{{{TAG}=\"{site}\"}}");
    client.order("/api/v1/admin/tsdb/delete_series", &[("match[]", &series)])
}
