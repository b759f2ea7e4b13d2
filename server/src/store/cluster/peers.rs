use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// How long one that has published counts as one that publishes.
const LATELY: Duration = Duration::from_secs(5);

/// The servers that publish, this one among them, as far as they are heard.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<String, Instant>>);

impl Peers {
    /// This one has published just now.
    pub(super) fn hear(&self, sender: &str) {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(heard) = peers.get_mut(sender) {
            *heard = now;
            return;
        }
        // A server that runs anew is another one.
        peers.retain(|_, heard| is_lately(heard));
        peers.insert(sender.to_owned(), now);
    }

    /// How many have done so lately.
    pub(super) fn count(&self) -> usize {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.values().filter(|heard| is_lately(heard)).count()
    }
}

fn is_lately(heard: &Instant) -> bool {
    heard.elapsed() < LATELY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_no_longer_counts() {
        let peers = Peers::default();
        ["a", "b", "a"].iter().for_each(|peer| peers.hear(peer));
        assert_eq!(peers.count(), 2);
        *peers.0.lock().unwrap().get_mut("a").unwrap() -= LATELY;
        assert_eq!(peers.count(), 1);
    }
}
