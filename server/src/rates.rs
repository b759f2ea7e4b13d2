use core::num::NonZeroU32;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::meter::Meter;
use crate::origin::Origin;

/// Clients whose rate is remembered before those that have been quiet are forgotten.
const MAX_CLIENTS: usize = 10_000;

/// What a client may ask at once after a pause, in seconds' worth.
const BURST: f64 = 1.0;

/// Whose rate is limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Client {
    /// The holder of a token of this name, wherever it is used.
    Token(String),
    /// Who asks from there without one.
    Origin(Option<Origin>),
}

/// How often each client asks.
pub(crate) struct Rates {
    limit: Option<NonZeroU32>,
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    all: HashMap<Client, Asked>,
    /// With more than these the quiet ones are looked for, which takes a look at each.
    many: usize,
}

struct Asked {
    left: Meter,
    /// How often it was permitted here, and no other server was told.
    untold: u32,
}

impl Rates {
    /// So many requests a second each client may make, on average.
    pub(crate) fn new(limit: Option<NonZeroU32>) -> Self {
        Self { limit, clients: Mutex::default() }
    }

    /// The same limit for the clients of another site.
    pub(crate) fn beside(&self) -> Self {
        Self::new(self.limit)
    }

    /// Whether this client may ask once more; if not, in how many seconds it may.
    pub(crate) fn ask(&self, client: impl FnOnce() -> Client) -> Result<(), u64> {
        if self.limit.is_none() {
            return Ok(());
        }
        let now = Instant::now();
        self.lock().with(client(), self.limit, now, |asked| {
            asked.left.look(now)?;
            asked.left.take(1);
            asked.untold = asked.untold.saturating_add(1);
            Ok(())
        })
    }

    /// So often it was permitted to ask another server.
    pub(crate) fn asked_elsewhere(&self, client: Client, count: u32) {
        if self.limit.is_some() {
            let now = Instant::now();
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            self.lock().with(client, self.limit, now, |asked| asked.left.take(count));
        }
    }

    /// How often it was permitted to whom since this was asked last; the others later, if they are more than `most`.
    pub(crate) fn untold(&self, most: usize) -> Vec<(Client, u32)> {
        let mut clients = self.lock();
        let untold = clients.all.iter_mut().filter(|(_, asked)| asked.untold > 0).take(most);
        untold.map(|(who, asked)| (who.clone(), core::mem::take(&mut asked.untold))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    fn with<T>(
        &mut self,
        client: Client,
        limit: Option<NonZeroU32>,
        now: Instant,
        act: impl FnOnce(&mut Asked) -> T,
    ) -> T {
        if self.all.len() > self.many.max(MAX_CLIENTS) {
            self.all.retain(|_, asked| !asked.left.is_full(now));
            self.many = self.all.len() * 2;
        }
        let new = || Asked { left: Meter::new(limit, BURST), untold: 0 };
        act(self.all.entry(client).or_insert_with(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str) -> Client {
        Client::Token(name.to_owned())
    }

    #[test]
    fn what_another_server_has_permitted_is_made_up_for() {
        let rates = Rates::new(NonZeroU32::new(2));
        rates.asked_elsewhere(token("a"), 7);
        assert!(matches!(rates.ask(|| token("a")), Err(3..=4)));
        assert!(rates.ask(|| token("b")).is_ok() && rates.ask(|| token("b")).is_ok());
        assert_eq!(rates.ask(|| token("b")), Err(1));
        // What was permitted here is told once, what others have permitted is not.
        assert_eq!(rates.untold(9), [(token("b"), 2)]);
        assert_eq!(rates.untold(9), []);
    }

    #[test]
    fn too_many_to_be_told_at_once_are_told_later() {
        let rates = Rates::new(NonZeroU32::new(2));
        for name in ["a", "b", "c"] {
            assert!(rates.ask(|| token(name)).is_ok());
        }
        assert_eq!(
            (rates.untold(2).len(), rates.untold(2).len(), rates.untold(2).len()),
            (2, 1, 0)
        );
    }

    #[test]
    fn who_has_been_quiet_is_forgotten_when_there_are_many() {
        let rates = Rates::new(NonZeroU32::new(1_000_000));
        for number in 0..=MAX_CLIENTS {
            assert!(rates.ask(|| token(&number.to_string())).is_ok());
        }
        std::thread::sleep(core::time::Duration::from_millis(1));
        assert!(rates.ask(|| token("one more")).is_ok());
        assert_eq!(rates.lock().all.len(), 1);
    }

    #[test]
    fn without_a_limit_nobody_is_remembered() {
        let rates = Rates::new(None);
        assert!(rates.ask(|| token("a")).is_ok());
        rates.asked_elsewhere(token("a"), 7);
        assert!(rates.lock().all.is_empty());
    }
}
