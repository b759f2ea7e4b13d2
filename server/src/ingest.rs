//! `POST` of readings, links and events.

use core::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use readings::{Accepted, Field, Posted, Refusal, Timestamp};

use crate::admitted::Admitted;
use crate::app::App;
use crate::clock::{Doubt, Look};
use crate::incoming::Incoming;
use crate::refusal::RequestError;
use crate::refusals;
use crate::sites::Served;

/// How far in the future a reading may be.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 3600);

pub(crate) async fn post<T: Incoming>(
    client: Admitted,
    Served(app): Served,
    request: Request,
) -> Result<Response, RequestError> {
    let (octets, room) = app.bodies.read(request).await?;
    app.states.touch(&client.name);
    let Posted { accepted, mut refused } = Posted::<T>::parse(&octets)?;
    drop((octets, room));
    app.usage.send(accepted.len())?;

    let mut stamper = Stamper { app: &app, looks: Vec::new(), last: None };
    let mut records = Vec::with_capacity(accepted.len());
    let mut indices = Vec::with_capacity(accepted.len());
    for Accepted { index, item } in accepted {
        match stamper.time(index, &item) {
            Ok(time) => {
                records.push(item.at(time));
                indices.push(index);
            }
            Err(reason) => refused.push(Refusal { index, field: Field::TIMESTAMP, reason }),
        }
    }
    let room = refusals::room(&app.bodies, refused.len())?;
    if !records.is_empty() {
        refused.extend(store::<T>(&app, &client.name, records, &indices).await?);
    }
    if refused.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    app.metrics.of(T::KIND).refused.inc_by(refused.len() as u64);
    app.usage.refuse(refused.len());
    refused.sort_by_key(|refusal| refusal.index);
    Ok(refusals::answer(room, refused))
}

/// Stores the records and tells those who listen; returns what the store refuses.
async fn store<T: Incoming>(
    app: &App,
    client: &str,
    records: Vec<T::Stored>,
    indices: &[usize],
) -> Result<Vec<Refusal>, RequestError> {
    // Else the store is followed, and each server hears of it there.
    let announcement = (!app.store.announces()).then(|| T::announcement(&records, app));
    let count = records.len();
    let written = app.store.write_from(client, T::records(records)).await?;

    let (repeated, refused) = (written.repeated.len(), written.refused.len());
    let stored = count.saturating_sub(repeated + refused);
    let counters = app.metrics.of(T::KIND);
    counters.stored.inc_by(stored as u64);
    counters.repeated.inc_by(repeated as u64);
    app.usage.count(stored, repeated);
    if let Some(announcement) = announcement {
        announcement.tell(app, client, stored, &written);
    }
    let refusal = |refused: crate::store::Refused| Refusal {
        index: indices.get(refused.index).copied().unwrap_or_default(),
        field: refused.field,
        reason: refused.reason,
    };
    Ok(written.refused.into_iter().map(refusal).collect())
}

/// Gives what is posted its time, or says why that is none.
struct Stamper<'a> {
    app: &'a App,
    /// The clock, looked at once for each retention.
    looks: Vec<(Duration, Look)>,
    /// The last object that had no time, and the one it was given: all its quantities are of one
    /// moment.
    last: Option<(usize, Timestamp)>,
}

impl Stamper<'_> {
    fn time<T: Incoming>(&mut self, index: usize, item: &T) -> Result<Timestamp, String> {
        let retention = item.retention(&self.app.keeping);
        let look = self.look(retention);
        if let Some(time) = item.timestamp() {
            return check_time(time, look, retention).map(|()| time);
        }
        match self.last {
            Some((last, time)) if last == index => Ok(time),
            _ => {
                let time = self.app.stamps.stamp(look.wall);
                self.last = Some((index, time));
                Ok(time)
            }
        }
    }

    fn look(&mut self, retention: Duration) -> Look {
        if let Some((_, look)) = self.looks.iter().find(|(of, _)| *of == retention) {
            return *look;
        }
        let look = self.app.keeping.clock.look(retention);
        self.looks.push((retention, look));
        look
    }
}

/// By a clock that was set while the server ran nothing is refused that would not be refused else.
fn check_time(time: Timestamp, clock: Look, retention: Duration) -> Result<(), String> {
    let checked = check_age(time, clock.wall, retention);
    match clock.doubt {
        Some(Doubt::Jump) => checked.or_else(|_| check_age(time, clock.steady, retention)),
        _ => checked,
    }
}

fn check_age(time: Timestamp, now: Timestamp, retention: Duration) -> Result<(), String> {
    let age = i128::from(now.as_micros()) - i128::from(time.as_micros());
    let micros = |duration: Duration| i128::try_from(duration.as_micros()).unwrap_or(i128::MAX);
    if age > micros(retention) {
        let retention = humantime::format_duration(retention);
        return Err(format!("{time} is older than the retention of {retention}"));
    }
    if -age > micros(MAX_AHEAD) {
        let ahead = humantime::format_duration(MAX_AHEAD);
        return Err(format!("{time} is more than {ahead} in the future"));
    }
    Ok(())
}
