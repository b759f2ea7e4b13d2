//! How much there is.

use readings::{Quantity, Source, Timestamp};

use super::answer::ask;
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
    let mut all = 0;
    let parameters = [("query", query.as_str()), ("time", &stretch.moment())];
    ask(client, "/api/v1/query", &parameters, |found| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = found.values.first().map_or(0, |&(_, count)| count as u64);
        all = count;
    })?;
    Ok(all)
}
