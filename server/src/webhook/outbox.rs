use core::time::Duration;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::notice::Alarm;
use crate::notebook::{Kind, Notebook};
use crate::state::{Subject, Trouble};

/// Most notices that wait for one webhook.
const MAX_WAITING: i64 = 1000;

/// Marked "no", 1. `firing` is what was told of and is not over; `notices` is what is still to be sent.
const KIND: Kind = Kind {
    version: 0x6e6f_0001,
    schema: "
    CREATE TABLE firing (
        trouble TEXT NOT NULL, subject TEXT NOT NULL, gateway TEXT, since INTEGER NOT NULL,
        PRIMARY KEY (trouble, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notices (
        id INTEGER PRIMARY KEY AUTOINCREMENT, webhook TEXT NOT NULL, body TEXT NOT NULL
    ) STRICT;",
    synchronous: "full",
    is_precious: false,
};

/// Notices that wait to be sent, and what they are about, in a file.
pub(super) struct Outbox {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    notebook: Notebook,
    stopped: bool,
}

/// A notice that is to be sent.
pub(super) struct Waiting {
    pub(super) id: i64,
    pub(super) body: String,
}

/// One alarm begins or ends.
pub(super) struct Change {
    pub(super) alarm: Alarm,
    pub(super) begins: bool,
    pub(super) body: String,
    /// The webhooks that are told.
    pub(super) webhooks: Vec<String>,
}

impl Outbox {
    /// The file's name in a server's data folder.
    const FILE_NAME: &str = "notices.db";

    /// Opens the file in this folder, or makes it. What waits for other webhooks than these is
    /// dropped.
    pub(super) fn open(folder: &Path, webhooks: &[String]) -> rusqlite::Result<Self> {
        let mut notebook = Notebook::open(folder.join(Self::FILE_NAME), KIND)?;
        let kept = serde_json::to_string(webhooks).unwrap_or_default();
        notebook.connection()?.execute(
            "DELETE FROM notices WHERE webhook NOT IN (SELECT value FROM json_each(?1))",
            [kept],
        )?;
        let state = Mutex::new(State { notebook, stopped: false });
        Ok(Self { state, changed: Condvar::new() })
    }

    /// What was told of and is not over.
    pub(super) fn firing(&self) -> rusqlite::Result<Vec<Alarm>> {
        let mut state = self.lock();
        let connection = state.notebook.connection()?;
        let mut all = connection.prepare("SELECT trouble, subject, gateway, since FROM firing")?;
        let rows = all.query_map((), |row| {
            let (trouble, subject): (String, String) = (row.get(0)?, row.get(1)?);
            let trouble = Trouble::named(&trouble);
            let subject = match trouble {
                Some(Trouble::MoteSilent | Trouble::MoteLate) => {
                    subject.parse().ok().map(Subject::Mote)
                }
                _ => Some(Subject::Gateway(subject)),
            };
            let (gateway, since) = (row.get(2)?, Timestamp::from_micros(row.get(3)?));
            Ok(trouble.zip(subject).map(|(trouble, subject)| Alarm {
                trouble,
                subject,
                gateway,
                since,
            }))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// Keeps what has changed, together with the notices of it. Returns how many notices had to
    /// go, since too many wait.
    pub(super) fn record(&self, changes: &[Change]) -> rusqlite::Result<usize> {
        let mut dropped = 0;
        let mut state = self.lock();
        let transaction = state.notebook.connection()?.transaction()?;
        for Change { alarm, begins, body, webhooks } in changes {
            let Alarm { trouble, subject, gateway, since } = alarm;
            let subject = match subject {
                Subject::Mote(mac) => mac.to_string(),
                Subject::Gateway(name) => name.clone(),
            };
            if *begins {
                transaction.execute(
                    "INSERT OR REPLACE INTO firing VALUES (?1, ?2, ?3, ?4)",
                    params![trouble.name(), subject, gateway, since.as_micros()],
                )?;
            } else {
                transaction.execute(
                    "DELETE FROM firing WHERE trouble = ?1 AND subject = ?2",
                    [trouble.name(), &subject],
                )?;
            }
            for webhook in webhooks {
                transaction.execute(
                    "INSERT INTO notices (webhook, body) VALUES (?1, ?2)",
                    [webhook, body],
                )?;
                dropped += transaction.execute(
                    "DELETE FROM notices WHERE webhook = ?1 AND id <=
                       (SELECT id FROM notices WHERE webhook = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                    params![webhook, MAX_WAITING],
                )?;
            }
        }
        transaction.commit()?;
        drop(state);
        self.changed.notify_all();
        Ok(dropped)
    }

    /// Waits for a webhook's next notice; None at the end.
    pub(super) fn next(&self, webhook: &str) -> Option<rusqlite::Result<Waiting>> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let first = state.notebook.connection().and_then(|connection| {
                connection
                    .query_row(
                        "SELECT id, body FROM notices WHERE webhook = ?1 ORDER BY id LIMIT 1",
                        [webhook],
                        |row| Ok(Waiting { id: row.get(0)?, body: row.get(1)? }),
                    )
                    .optional()
            });
            if let Some(first) = first.transpose() {
                return Some(first);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A notice has been taken.
    pub(super) fn remove(&self, id: i64) -> rusqlite::Result<()> {
        let mut state = self.lock();
        let connection = state.notebook.connection()?;
        connection.execute("DELETE FROM notices WHERE id = ?1", [id]).map(drop)
    }

    /// Looks whether the file is there, and makes it anew if it is not.
    pub(super) fn look(&self) -> rusqlite::Result<()> {
        self.lock().notebook.look()
    }

    /// Waits, but not beyond the end; false then.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut state = self.lock();
        while !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Nothing more is to be sent; what waits is sent the next time.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: u8, begins: bool) -> Change {
        let alarm = Alarm {
            trouble: Trouble::MoteSilent,
            subject: Subject::Mote([number; 8].into()),
            gateway: Some("attic".to_owned()),
            since: Timestamp::from_micros(i64::from(number)),
        };
        Change { alarm, begins, body: format!("{number} {begins}"), webhooks: vec!["a".to_owned()] }
    }

    #[test]
    fn what_waits_and_what_is_firing_outlive_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let webhooks = ["a".to_owned()];
        let outbox = Outbox::open(folder.path(), &webhooks).unwrap();
        outbox.record(&[change(1, true), change(2, true)]).unwrap();
        outbox.record(&[change(1, false)]).unwrap();
        let Some(Ok(first)) = outbox.next("a") else { panic!() };
        assert_eq!(first.body, "1 true");
        outbox.remove(first.id).unwrap();
        drop(outbox);
        let outbox = Outbox::open(folder.path(), &webhooks).unwrap();
        assert_eq!(outbox.firing().unwrap(), [change(2, true).alarm]);
        let Some(Ok(next)) = outbox.next("a") else { panic!() };
        assert_eq!(next.body, "2 true");
        drop(outbox);
        // One that is not told any more has no notices waiting.
        let outbox = Outbox::open(folder.path(), &["b".to_owned()]).unwrap();
        outbox.stop();
        assert!(outbox.next("a").is_none() && !outbox.pause(Duration::MAX / 4));
    }

    #[test]
    fn the_oldest_go_when_too_many_wait() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path(), &["a".to_owned()]).unwrap();
        let most = usize::try_from(MAX_WAITING).unwrap();
        let changes: Vec<Change> = (0..most + 3).map(|_| change(1, true)).collect();
        assert_eq!(outbox.record(&changes).unwrap(), 3);
        let Some(Ok(first)) = outbox.next("a") else { panic!() };
        assert_eq!(first.id, 4);
    }
}
