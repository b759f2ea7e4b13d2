use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::bucket::{Entry, Seen};
use super::BUCKET;

/// What is known of the registry's bucket.
#[derive(Default)]
pub(super) struct Mirror {
    state: Mutex<State>,
    /// Changes with it.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// What is gone by; none until all was told once.
    known: Option<Arc<Known>>,
    /// What has been told of since the last begin, while that is not all.
    coming: Option<Known>,
}

/// Keys with what they have; those that were taken away too.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    entries: BTreeMap<String, Entry>,
    /// What tells the bucket from another one.
    bucket: String,
}

impl Known {
    fn take(&mut self, entry: Entry) {
        if self.revision(&entry.key) < entry.revision {
            self.entries.insert(entry.key.clone(), entry);
        }
    }

    /// When a key was last changed; 0 if it never was.
    pub(super) fn revision(&self, key: &str) -> u64 {
        self.entries.get(key).map_or(0, |entry| entry.revision)
    }

    /// What a key has.
    pub(super) fn value(&self, key: &str) -> Option<&[u8]> {
        self.entries.get(key)?.value.as_deref()
    }

    /// The keys that begin with this, without it, and what they have.
    pub(super) fn values<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let from = self.entries.range(prefix.to_owned()..);
        from.map_while(move |(key, entry)| Some((key.strip_prefix(prefix)?, entry)))
            .filter_map(|(key, entry)| Some((key, entry.value.as_deref()?)))
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Mirror {
    /// The bucket tells something.
    pub(super) fn see(&self, seen: Seen) {
        let mut state = self.lock();
        match seen {
            Seen::Begin(bucket) => {
                state.coming = Some(Known { bucket, ..Known::default() });
                return;
            }
            Seen::Entry(entry) => match &mut state.coming {
                Some(coming) => {
                    coming.take(entry);
                    return;
                }
                None => state.take(entry),
            },
            Seen::Whole => {
                let Some(coming) = state.coming.take() else { return };
                state.replace(coming);
            }
        }
        drop(state);
        self.version.send_modify(|version| *version += 1);
    }

    /// This server has changed something, of which it will be told later.
    pub(super) fn set(&self, entry: Entry) {
        self.lock().take(entry);
        self.version.send_modify(|version| *version += 1);
    }

    /// What there is, and a number that grows with each change; nothing while that is not known.
    pub(super) fn known(&self) -> Option<(u64, Arc<Known>)> {
        // Asked for first: should it change meanwhile, it will be looked at again.
        let version = self.version();
        Some((version, self.lock().known.clone()?))
    }

    /// A number that grows with each change.
    pub(super) fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Waits until something changes after this version, but no longer than that.
    pub(super) async fn wait(&self, version: u64, patience: Duration) {
        let mut versions = self.version.subscribe();
        let changed = versions.wait_for(|&now| now > version);
        // Either way it is looked at again.
        let _ = tokio::time::timeout(patience, changed).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, entry: Entry) {
        if let Some(known) = &mut self.known {
            // Who has asked goes on with what it was then.
            Arc::make_mut(known).take(entry);
        }
    }

    /// Goes by what was told anew.
    fn replace(&mut self, mut coming: Known) {
        if let Some(known) = &self.known {
            if coming.is_empty() && !known.is_empty() {
                tracing::error!(
                    "NATS has lost what sites and tokens there are: this server goes on with those it \
                     knows; give the bucket {BUCKET} back from a copy"
                );
                return;
            }
            // What this server has changed since.
            if coming.bucket == known.bucket {
                known.entries.values().cloned().for_each(|entry| coming.take(entry));
            }
        }
        self.known = Some(Arc::new(coming));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, revision: u64, value: Option<&str>) -> Seen {
        let value = value.map(|value| value.as_bytes().to_vec());
        Seen::Entry(Entry { key: key.to_owned(), revision, value })
    }

    fn begin(bucket: &str) -> Seen {
        Seen::Begin(bucket.to_owned())
    }

    fn told(mirror: &Mirror, all: Vec<Seen>) {
        all.into_iter().for_each(|seen| mirror.see(seen));
    }

    fn keys(mirror: &Mirror) -> Vec<(String, Vec<u8>)> {
        let (_, known) = mirror.known().unwrap();
        known.values("").map(|(key, value)| (key.to_owned(), value.to_vec())).collect()
    }

    #[test]
    fn nothing_is_known_until_all_was_told() {
        let mirror = Mirror::default();
        told(&mirror, vec![begin("one"), entry("a", 1, Some("x"))]);
        assert!(mirror.known().is_none());
        mirror.see(Seen::Whole);
        assert_eq!(keys(&mirror), [("a".to_owned(), b"x".to_vec())]);
        // While it is told again, what was known is.
        told(&mirror, vec![begin("one"), entry("a", 5, None)]);
        assert_eq!(keys(&mirror).len(), 1);
        mirror.see(Seen::Whole);
        assert!(keys(&mirror).is_empty());
        assert_eq!(mirror.known().unwrap().1.revision("a"), 5);
    }

    #[test]
    fn what_this_server_has_changed_is_not_undone_by_what_is_told_late() {
        let mirror = Mirror::default();
        told(&mirror, vec![begin("one"), entry("a", 1, Some("x")), Seen::Whole, begin("one")]);
        let Seen::Entry(revoked) = entry("a", 2, None) else { panic!() };
        mirror.set(revoked);
        told(&mirror, vec![entry("a", 1, Some("x")), Seen::Whole]);
        assert!(keys(&mirror).is_empty());
        mirror.see(entry("a", 1, Some("x")));
        assert!(keys(&mirror).is_empty());
    }

    #[test]
    fn a_bucket_that_was_lost_makes_nobody_a_stranger() {
        let mirror = Mirror::default();
        told(&mirror, vec![begin("one"), entry("a", 90, Some("x")), Seen::Whole]);
        told(&mirror, vec![begin("two"), Seen::Whole]);
        assert_eq!(keys(&mirror).len(), 1);
        // One that was given back has other revisions.
        told(&mirror, vec![begin("three"), entry("b", 1, Some("y")), Seen::Whole]);
        assert_eq!(keys(&mirror), [("b".to_owned(), b"y".to_vec())]);
    }
}
