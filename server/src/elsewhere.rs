use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How long what a server has said holds, which it says again and again while it is so.
const HOLDS: Duration = Duration::from_secs(12);

/// How many streams of each site other servers have, as they last said.
#[derive(Clone, Default)]
pub(crate) struct Elsewhere(Arc<Mutex<HashMap<String, Said>>>);

struct Said {
    at: Instant,
    streams: BTreeMap<u32, usize>,
}

impl Elsewhere {
    /// All that a server has now, by the sites' numbers.
    pub(crate) fn hear(&self, server: &str, streams: BTreeMap<u32, usize>) {
        let mut all = self.lock();
        // A server that runs anew is another one.
        all.retain(|_, said| said.holds());
        all.insert(server.to_owned(), Said { at: Instant::now(), streams });
    }

    /// How many all of them have of a site.
    pub(crate) fn streams(&self, site: u32) -> usize {
        let all = self.lock();
        let holding = all.values().filter(|said| said.holds());
        holding.map(|said| said.streams.get(&site).copied().unwrap_or_default()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Said>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn holds(&self) -> bool {
        self.at.elapsed() < HOLDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_has_said_holds_until_it_says_otherwise_or_nothing() {
        let elsewhere = Elsewhere::default();
        elsewhere.hear("a", [(1, 2), (7, 1)].into());
        elsewhere.hear("b", [(7, 4)].into());
        assert_eq!([1, 7, 8].map(|site| elsewhere.streams(site)), [2, 5, 0]);
        elsewhere.hear("a", [(7, 3)].into());
        assert_eq!([1, 7].map(|site| elsewhere.streams(site)), [0, 7]);
        elsewhere.lock().get_mut("b").unwrap().at -= HOLDS;
        assert_eq!(elsewhere.streams(7), 3);
    }
}
