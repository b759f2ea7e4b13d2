use std::collections::{BTreeMap, BTreeSet};

use readings::{Event, Field, Link, Mac, Quantity, Timestamp};
use rusqlite::{CachedStatement, Connection, Result, params};

use super::sites::Site;
use super::{events, links, quantities};
use crate::store::labels::{self, key};
use crate::store::queue::Job;
use crate::store::records::time_of;
use crate::store::scope::Scope;
use crate::store::{Keeping, Records, Refused, Sample, StoreError, Written};

/// The writes of a group that are of one site.
pub(super) struct Part<'a> {
    pub(super) site: &'a Site,
    pub(super) jobs: &'a [Job],
    /// Motes for which there is no room: what is about them is refused.
    pub(super) beyond: BTreeSet<Mac>,
    /// Why there is none, for people.
    pub(super) reason: String,
}

/// What became of a part, once it is committed.
pub(super) struct Inserted {
    /// One for each job.
    pub(super) outcomes: Vec<core::result::Result<Written, StoreError>>,
    /// When there was something else about these motes than a temperature, if that is news.
    news: BTreeMap<Mac, Timestamp>,
    /// How many records are newly stored.
    new: u64,
}

impl Part<'_> {
    fn has(&self, mac: Option<Mac>) -> bool {
        self.beyond.is_empty() || mac.is_none_or(|mac| !self.beyond.contains(&mac))
    }

    /// Inserts the records of all jobs, but those about motes for which there is no room, and those
    /// of a site that is full or gone.
    pub(super) fn insert(&self, connection: &Connection) -> Result<Inserted> {
        let mut inserted = Inserted { outcomes: Vec::new(), news: BTreeMap::new(), new: 0 };
        let mut statements = Statements::of(connection, self.site.scope);
        for job in self.jobs {
            let outcome = match self.site.room(inserted.new) {
                None if job.records.is_empty() => Ok(Written::default()),
                None => Err(StoreError::Unavailable("the site was removed".to_owned())),
                Some(room) if job.records.len() as u64 <= room => {
                    Ok(self.write(&job.records, &mut statements)?)
                }
                Some(room) => self.squeeze(connection, &job.records, room, &mut statements)?,
            };
            if let Ok(written) = &outcome {
                inserted.new += new(&job.records, written);
            }
            inserted.outcomes.push(outcome);
        }
        drop(statements);
        self.leave(connection)?;
        inserted.news = self.site.latest.news(self.others(&inserted));
        if !inserted.news.is_empty() {
            let scope = self.site.scope;
            let mut hear = scope.replacing(connection, "heard", "mac, time")?;
            for (&mac, time) in &inserted.news {
                scope.execute(&mut hear, params![key(mac), time.as_micros()])?;
            }
        }
        Ok(inserted)
    }

    /// Remembers that the site is to be removed, so that a restart does not forget it.
    fn leave(&self, connection: &Connection) -> Result<()> {
        if self.site.is_leaving() {
            let site = self.site.scope.site();
            connection.execute("INSERT OR IGNORE INTO site_removed VALUES (?1)", [site])?;
        }
        Ok(())
    }

    /// Inserts records for which there may be too little room: all of them, or none. Those that
    /// were stored before need none.
    fn squeeze(
        &self,
        connection: &Connection,
        records: &Records,
        room: u64,
        statements: &mut Statements<'_>,
    ) -> Result<core::result::Result<Written, StoreError>> {
        connection.execute_batch("SAVEPOINT squeeze")?;
        let written = self.write(records, statements)?;
        let fits = new(records, &written) <= room;
        connection.execute_batch(if fits {
            "RELEASE squeeze"
        } else {
            "ROLLBACK TO squeeze; RELEASE squeeze"
        })?;
        Ok(if fits { Ok(written) } else { Err(self.site.full()) })
    }

    fn write(&self, records: &Records, statements: &mut Statements<'_>) -> Result<Written> {
        let mut written = Written::default();
        match records {
            Records::Samples(samples) => {
                let mac = |sample: &Sample| Some(sample.mac);
                self.each(samples, &mut written, mac, |sample| statements.sample(sample))?;
            }
            Records::Links(all) => {
                let mac = |link: &Link| Some(link.mac);
                self.each(all, &mut written, mac, |one| statements.link(one))?;
            }
            Records::Events(all) => {
                let mac = |event: &Event| event.mac;
                self.each(all, &mut written, mac, |one| statements.event(one))?;
            }
        }
        Ok(written)
    }

    fn each<T>(
        &self,
        records: &[T],
        written: &mut Written,
        mac: impl Fn(&T) -> Option<Mac>,
        mut insert: impl FnMut(&T) -> Result<bool>,
    ) -> Result<()> {
        for (index, record) in records.iter().enumerate() {
            if !self.has(mac(record)) {
                let reason = self.reason.clone();
                written.refused.push(Refused { index, field: Field::MAC, reason });
            } else if !insert(record)? {
                written.repeated.push(index);
            }
        }
        Ok(())
    }

    /// Sets the labels that came with the jobs.
    pub(super) fn set_labels(&self, connection: &Connection, keeping: &Keeping) -> Result<()> {
        let Site { scope, latest, .. } = self.site;
        let mut named = self.jobs.iter().filter_map(|job| job.label.as_deref()).peekable();
        if named.peek().is_some() && !self.site.is_removed() {
            for label in named {
                labels::set_in(connection, *scope, label)?;
            }
            let most = self.site.limits().max_motes.min(keeping.max_motes);
            labels::bound_in(connection, *scope, most, |mac| latest.contains(mac))?;
        }
        Ok(())
    }

    /// Takes note of what is committed.
    pub(super) fn know(&self, inserted: &mut Inserted) {
        self.site.latest.update(self.temperatures(inserted));
        self.site.latest.hear(core::mem::take(&mut inserted.news));
        self.site.add(inserted.new);
    }

    fn stored<'a>(&'a self, inserted: &'a Inserted) -> impl Iterator<Item = &'a Records> + 'a {
        let jobs = self.jobs.iter().zip(&inserted.outcomes);
        jobs.filter_map(|(job, outcome)| outcome.is_ok().then_some(&job.records))
    }

    /// What is stored that is no temperature: whom it is about, and when.
    fn others<'a>(&'a self, inserted: &'a Inserted) -> impl Iterator<Item = (Mac, Timestamp)> + 'a {
        let all = self.stored(inserted).flat_map(|records| {
            (0..records.len()).filter_map(move |index| match records {
                Records::Samples(samples) => {
                    let Sample { mac, quantity, time, .. } = *samples.get(index)?;
                    (quantity != Quantity::TEMPERATURE).then_some((mac, time))
                }
                Records::Links(links) => {
                    links.get(index).map(|link| (link.mac, time_of(link.timestamp)))
                }
                Records::Events(events) => {
                    let event = events.get(index)?;
                    Some((event.mac?, time_of(event.timestamp)))
                }
            })
        });
        all.filter(|&(mac, _)| self.has(Some(mac)))
    }

    /// The temperatures that are stored.
    fn temperatures<'a>(&'a self, inserted: &'a Inserted) -> impl Iterator<Item = &'a Sample> + 'a {
        let samples = self.stored(inserted).flat_map(|records| match records {
            Records::Samples(samples) => samples.as_slice(),
            _ => &[],
        });
        samples
            .filter(|sample| sample.quantity == Quantity::TEMPERATURE && self.has(Some(sample.mac)))
    }
}

/// How many of these records had not been there.
fn new(records: &Records, written: &Written) -> u64 {
    (records.len() - written.repeated.len() - written.refused.len()) as u64
}

/// What inserts the records of one site. Each is prepared once, when it is first needed: nearly all
/// of a part are temperatures, a request each.
struct Statements<'a> {
    connection: &'a Connection,
    scope: Scope,
    temperature: Option<CachedStatement<'a>>,
    other: Option<CachedStatement<'a>>,
    link: Option<CachedStatement<'a>>,
    event: Option<CachedStatement<'a>>,
}

impl<'a> Statements<'a> {
    const fn of(connection: &'a Connection, scope: Scope) -> Self {
        Self { connection, scope, temperature: None, other: None, link: None, event: None }
    }

    /// False if it was there; so are the others.
    fn sample(&mut self, sample: &Sample) -> Result<bool> {
        let (mac, time) = (key(sample.mac), sample.time.as_micros());
        let inserted = if sample.quantity == Quantity::TEMPERATURE {
            let statement = prepared(&mut self.temperature, || {
                self.scope.inserting(self.connection, "readings", "time, mac, temperature")
            })?;
            self.scope.execute(statement, params![time, mac, sample.value])?
        } else {
            let statement =
                prepared(&mut self.other, || quantities::inserting(self.connection, self.scope))?;
            let row = params![sample.quantity.code(), mac, time, sample.value];
            self.scope.execute(statement, row)?
        };
        Ok(inserted > 0)
    }

    fn link(&mut self, link: &Link) -> Result<bool> {
        let statement = prepared(&mut self.link, || links::inserting(self.connection, self.scope))?;
        links::insert(statement, self.scope, link)
    }

    fn event(&mut self, event: &Event) -> Result<bool> {
        let statement =
            prepared(&mut self.event, || events::inserting(self.connection, self.scope))?;
        events::insert(statement, self.scope, event)
    }
}

fn prepared<'s, 'a>(
    slot: &'s mut Option<CachedStatement<'a>>,
    prepare: impl FnOnce() -> Result<CachedStatement<'a>>,
) -> Result<&'s mut CachedStatement<'a>> {
    Ok(match slot {
        Some(statement) => statement,
        empty => empty.insert(prepare()?),
    })
}
