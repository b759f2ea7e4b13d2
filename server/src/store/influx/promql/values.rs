use serde::Deserialize;

use crate::store::StoreError;
use crate::store::influx::client::Client;

/// A label's values, of series that these parameters select. Other programs' may be among them.
pub(super) fn values(
    client: &Client,
    label: &str,
    parameters: &[(&str, &str)],
) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Values {
        data: Vec<String>,
    }
    let json = client.fetch(&format!("/api/v1/label/{label}/values"), parameters)?;
    let values: Values = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's labels are not readable: {error}"))
    })?;
    Ok(values.data)
}

/// Since when there may be anything. Unless told otherwise the engine looks at the last day.
pub(super) fn since(client: &Client) -> String {
    format!("-{}s", client.place.network_retention().as_secs())
}
