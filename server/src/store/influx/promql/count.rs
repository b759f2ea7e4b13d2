//! How much there is.

use readings::{Quantity, Source, Timestamp};

use super::answer::ask_count;
use super::stretch::{Stretch, end_of_time, millis};
use crate::store::StoreError;
use crate::store::influx::client::Client;

/// How many readings, links and events there are, of what is not older than these: sensors' readings, and
/// all else.
pub(in crate::store::influx) fn count(
    client: &Client,
    [oldest, oldest_other]: [Timestamp; 2],
) -> Result<u64, StoreError> {
    let readings = |is_sensors: bool| {
        let fits = move |quantity: &Quantity| (quantity.source() == Source::Sensor) == is_sensors;
        Quantity::all().filter(fits).map(|quantity| format!("{quantity}_value"))
    };
    // Of a link and an event there are several series; one of them is always there.
    let others = ["link_known", "event_number"].map(str::to_owned);
    let sensors = sum(client, readings(true).collect(), oldest)?;
    Ok(sensors + sum(client, readings(false).chain(others).collect(), oldest_other)?)
}

fn sum(client: &Client, names: Vec<String>, oldest: Timestamp) -> Result<u64, StoreError> {
    let stretch = Stretch { first: millis(oldest), last: end_of_time() };
    let (names, whose) = (names.join("|"), client.whose.matcher());
    let window = stretch.window();
    let query = format!("sum(count_over_time({{__name__=~\"{names}\"{whose}}}{window}))");
    ask_count(client, stretch, &query)
}
