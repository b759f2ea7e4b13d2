use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What somebody should know, though the store works. Each is logged when it begins and when it is
/// over.
#[derive(Default)]
pub(super) struct Notices(Mutex<BTreeMap<Notice, String>>);

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Notice {
    /// Readings are not deleted as they should be, because the clock may be wrong.
    Clock,
    /// The database was pulled away, and is another now.
    File,
}

impl Notices {
    /// Takes note, or takes it back.
    pub(super) fn set(&self, notice: Notice, text: Option<String>) {
        let mut notices = self.lock();
        match text {
            Some(text) => {
                if !notices.contains_key(&notice) {
                    tracing::warn!("{text}");
                }
                notices.insert(notice, text);
            }
            None => {
                if let Some(text) = notices.remove(&notice) {
                    tracing::info!("it is over that {text}");
                }
            }
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<String> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Notice, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
