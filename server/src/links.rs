//! `GET /api/v1/links`.

use core::time::Duration;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use readings::{Link, Timestamp};

use crate::app::App;
use crate::moment::before;
use crate::query::parameters::{add_macs, headers, moment};
use crate::query::{Parts, body};
use crate::refusal::RequestError;
use crate::render::{Format, json_page};
use crate::sites::Served;
use crate::store::{LinkKey, LinkSelection, key_of};

/// How long what was said of a way between two motes is taken for what it is.
pub(crate) const VALIDITY: Duration = Duration::from_secs(3600);

/// Most ways between motes in a picture of one moment: a network of a hundred motes has some three
/// thousand.
pub(crate) const MOST: usize = 10_000;

/// Links fetched from the store at a time.
const PAGE: usize = 500;

/// Most octets that a link takes in an answer and until it is made.
pub(crate) const LINK: usize = 400;

/// The newest link of each way at a moment, or with `from` or `to` all of a stretch of time.
pub(crate) async fn list(
    Served(app): Served,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let now = app.keeping.clock.now();
    let (selection, at) = parse(query.as_deref().unwrap_or(""), now)?;
    let parts = Links { app, selection, is_picture: at.is_some(), after: None, is_over: false };
    Ok((headers(Format::Json), body(parts).await?).into_response())
}

/// What was the newest of each way at this moment.
pub(crate) fn at(moment: Timestamp) -> LinkSelection {
    LinkSelection {
        macs: Vec::new(),
        kind: None,
        from: before(moment, VALIDITY),
        to: Timestamp::from_micros(moment.as_micros().saturating_add(1)),
        measured: false,
    }
}

fn parse(query: &str, now: Timestamp) -> Result<(LinkSelection, Option<Timestamp>), RequestError> {
    let (mut macs, mut kind, mut at_moment) = (Vec::new(), None, None);
    let (mut from, mut to) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let fault = |reason: String| RequestError::parameter(&name, reason);
        match name.as_ref() {
            "mac" => add_macs(&mut macs, &value).map_err(fault)?,
            "kind" => kind = Some(value.parse().map_err(|error: &str| fault(error.to_owned()))?),
            "at" => at_moment = Some(moment(&value, now).map_err(fault)?),
            "from" => from = Some(moment(&value, now).map_err(fault)?),
            "to" => to = Some(moment(&value, now).map_err(fault)?),
            _ => return Err(fault("mac, kind, at, from and to are known".to_owned())),
        }
    }
    let is_history = from.is_some() || to.is_some();
    if is_history && at_moment.is_some() {
        let reason = "is one moment, and from and to are a stretch: say one or the other";
        return Err(RequestError::parameter("at", reason.to_owned()));
    }
    if is_history {
        let from = from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let to = to.unwrap_or(Timestamp::from_micros(i64::MAX));
        return Ok((LinkSelection { macs, kind, from, to, measured: false }, None));
    }
    let moment = at_moment.unwrap_or(now);
    Ok((LinkSelection { macs, kind, ..at(moment) }, Some(moment)))
}

/// Links, page by page.
struct Links {
    app: Arc<App>,
    selection: LinkSelection,
    /// Only the newest of each way.
    is_picture: bool,
    /// The last that was sent.
    after: Option<LinkKey>,
    is_over: bool,
}

impl Parts for Links {
    async fn next(&mut self) -> Result<Option<Bytes>, RequestError> {
        if self.is_over {
            return Ok(None);
        }
        let selection = self.selection.clone();
        if self.is_picture {
            self.is_over = true;
            let share = self.app.answers.take(MOST * LINK).await?;
            let links = self.app.store.newest_links(selection, MOST).await?;
            return Ok(Some(share.attach(json_page(&links, true, true))));
        }
        let share = self.app.answers.take(PAGE * LINK).await?;
        let page: Vec<Link> = self.app.store.links(selection, self.after, PAGE).await?;
        self.is_over = page.len() < PAGE;
        let text = json_page(&page, self.after.is_none(), self.is_over);
        self.after = page.last().map(key_of);
        Ok(Some(share.attach(text)))
    }
}

#[cfg(test)]
mod tests {
    use readings::LinkKind;

    use super::*;

    #[test]
    fn a_moment_or_a_stretch_and_each_fault_names_its_parameter() {
        let now = Timestamp::from_micros(1_000_000_000_000);
        let (selection, at) = parse("kind=used&at=-1h", now).unwrap();
        assert_eq!((selection.kind, at), (Some(LinkKind::Used), Some(before(now, VALIDITY))));
        assert_eq!(selection.from, before(now, VALIDITY * 2));
        let (selection, at) = parse("from=-5m", now).unwrap();
        assert_eq!((at, selection.to), (None, Timestamp::from_micros(i64::MAX)));
        for (query, message) in [
            ("at=-1h&from=-2h", "parameter at: is one moment"),
            ("kind=best", "parameter kind: is not path, used or heard"),
            ("mac=7", "parameter mac: not an EUI-64"),
            ("limit=7", "parameter limit: mac, kind, at"),
        ] {
            let error = parse(query, now).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
