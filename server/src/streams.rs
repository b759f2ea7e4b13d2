use core::num::NonZeroU32;
use std::sync::Arc;

use crate::elsewhere::Elsewhere;
use crate::origin::Origin;
use crate::places::{Full, Place, Places};
use crate::refusal::RequestError;

/// Part of all connections that may be streams, which last: one in so many. The others are for
/// readings.
const PART: usize = 4;

/// Part of those that one origin may have.
const ORIGINS_PART: usize = 4;

/// When a place may be free again, in seconds.
const RETRY: u64 = 10;

/// The places for streams: those of all sites, and how many of them are for one.
pub(crate) struct Streams {
    all: Arc<Places>,
    own: Arc<Places>,
    /// The site's number.
    site: u32,
    /// Those of other servers.
    elsewhere: Elsewhere,
}

/// A stream's places, among all and among those of its site, until it is dropped.
pub(crate) struct Ticket {
    _all: Place,
    _own: Place,
}

impl Streams {
    /// Of a server with so many connections, whose first site may have all of them.
    pub(crate) fn new(max_connections: usize) -> Self {
        let all = max_connections / PART;
        Self {
            all: Places::new(all, all / ORIGINS_PART),
            own: Places::new(usize::MAX, usize::MAX),
            site: 0,
            elsewhere: Elsewhere::default(),
        }
    }

    /// Those of the site with this number, which may have so many of all.
    pub(crate) fn beside(&self, site: u32, most: Option<NonZeroU32>) -> Self {
        let site = Self {
            all: Arc::clone(&self.all),
            own: Places::new(usize::MAX, usize::MAX),
            site,
            elsewhere: self.elsewhere.clone(),
        };
        site.limit(most);
        site
    }

    /// So many the site may have from now on.
    pub(crate) fn limit(&self, most: Option<NonZeroU32>) {
        let most = most.and_then(|most| most.get().try_into().ok()).unwrap_or(usize::MAX);
        self.own.limit(most, most);
    }

    /// How many the site has.
    pub(crate) fn count(&self) -> usize {
        self.own.count()
    }

    /// Those of other servers, of all sites.
    pub(crate) const fn elsewhere(&self) -> &Elsewhere {
        &self.elsewhere
    }

    /// One more, for this origin.
    pub(crate) fn take(&self, origin: Option<Origin>) -> Result<Ticket, RequestError> {
        let too_many = || RequestError::TooManyStreams { retry_after: RETRY };
        if self.is_full_with_others() {
            return Err(too_many());
        }
        let own = self.own.take(None).map_err(|_| too_many())?;
        let all = self.all.take(origin).map_err(|full| match full {
            Full::Origin => too_many(),
            Full::All => RequestError::NoMoreStreams { retry_after: RETRY },
        })?;
        Ok(Ticket { _all: all, _own: own })
    }

    /// Whether the site has as many as it may, here and on other servers.
    fn is_full_with_others(&self) -> bool {
        let most = self.own.most();
        most < usize::MAX && self.own.count() + self.elsewhere.streams(self.site) >= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_a_part_of_all_places_and_each_origin_a_part_of_that() {
        let streams = Streams::new(64);
        let follow = |address: &str| streams.take(Some(Origin::of(address.parse().unwrap())));
        let mut tickets: Vec<_> = (0..4).map(|_| follow("2001:db8::1").unwrap()).collect();
        let again = follow("2001:db8::2").err();
        assert!(matches!(again, Some(RequestError::TooManyStreams { retry_after: 1.. })));
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            tickets.extend((0..4).map(|_| follow(address).unwrap()));
        }
        let none = follow("192.0.2.4").err();
        assert!(matches!(none, Some(RequestError::NoMoreStreams { retry_after: 1.. })));
        tickets.pop();
        assert!(follow("192.0.2.4").is_ok());
    }

    #[test]
    fn what_a_site_has_on_other_servers_counts() {
        let streams = Streams::new(64);
        let site = streams.beside(7, NonZeroU32::new(3));
        streams.elsewhere().hear("another", [(7, 2), (8, 9)].into());
        let _ticket = site.take(None).unwrap();
        assert!(matches!(site.take(None).err(), Some(RequestError::TooManyStreams { .. })));
        site.limit(None);
        assert!(site.take(None).is_ok());
    }
}
