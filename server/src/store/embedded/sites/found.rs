use std::collections::{BTreeMap, HashMap};

use readings::{Mac, Timestamp};
use rusqlite::{Connection, Result};

use super::super::{quantities, queries};
use super::schema;
use crate::store::Sample;
use crate::store::labels::mac;

/// What a file that is opened has of each site: found by a scan of everything, once.
pub(in super::super) struct Found {
    /// The latest temperatures of the default site, and when there was something else.
    pub(super) default: (BTreeMap<Mac, Sample>, Vec<(Mac, Timestamp)>),
    /// The other sites', if there are tables of them.
    pub(super) others: Option<BTreeMap<u32, FoundSite>>,
    /// Those that were being removed when the file was closed.
    pub(super) leaving: Vec<u32>,
}

/// What it has of a site that is not the default one.
#[derive(Default)]
pub(super) struct FoundSite {
    pub(super) latest: BTreeMap<Mac, Sample>,
    pub(super) heard: Vec<(Mac, Timestamp)>,
    pub(super) stored: u64,
}

impl Found {
    /// At most `limit` motes of the default site.
    pub(in super::super) fn by(connection: &Connection, limit: usize) -> Result<Self> {
        let default = (queries::latest(connection, limit)?, quantities::heard(connection, limit)?);
        if !schema::is_made(connection)? {
            return Ok(Self { default, others: None, leaving: Vec::new() });
        }
        let mut others = latest(connection)?;
        for table in ["site_quantities", "site_links", "site_events"] {
            count(connection, table, &mut others)?;
        }
        let mut heard = connection.prepare("SELECT site, mac, time FROM site_heard")?;
        let mut rows = heard.query(())?;
        while let Some(row) = rows.next()? {
            let site: &mut FoundSite = others.entry(row.get(0)?).or_default();
            site.heard.push((mac(row.get(1)?), Timestamp::from_micros(row.get(2)?)));
        }
        // One of which nothing but names is left is one to be removed all the same.
        let mut named = connection.prepare("SELECT DISTINCT site FROM site_labels")?;
        let mut rows = named.query(())?;
        while let Some(row) = rows.next()? {
            others.entry(row.get(0)?).or_default();
        }
        let mut leaving = connection.prepare("SELECT site FROM site_removed")?;
        let leaving = leaving.query_map((), |row| row.get(0))?.collect::<Result<_>>()?;
        Ok(Self { default, others: Some(others), leaving })
    }
}

/// The latest temperatures, and how many there are.
fn latest(connection: &Connection) -> Result<BTreeMap<u32, FoundSite>> {
    let mut all = connection
        .prepare("SELECT site, mac, time, temperature FROM site_readings ORDER BY site, time")?;
    let mut rows = all.query(())?;
    let mut found: BTreeMap<u32, FoundSite> = BTreeMap::new();
    // The site whose turn it is, and the last of each of its motes.
    let (mut current, mut stored, mut last) = (0, 0, HashMap::new());
    let mut finish = |site: u32, stored: u64, last: &mut HashMap<i64, (i64, f64)>| {
        if stored > 0 {
            let sample = |(key, (time, value))| {
                (mac(key), Sample::temperature(mac(key), Timestamp::from_micros(time), value))
            };
            let latest = last.drain().map(sample).collect();
            found.insert(site, FoundSite { latest, heard: Vec::new(), stored });
        }
    };
    while let Some(row) = rows.next()? {
        let site = row.get(0)?;
        if site != current {
            finish(current, stored, &mut last);
            (current, stored) = (site, 0);
        }
        last.insert(row.get(1)?, (row.get(2)?, row.get(3)?));
        stored += 1;
    }
    finish(current, stored, &mut last);
    Ok(found)
}

fn count(connection: &Connection, table: &str, sites: &mut BTreeMap<u32, FoundSite>) -> Result<()> {
    let mut counts =
        connection.prepare(&format!("SELECT site, count(*) FROM {table} GROUP BY site"))?;
    let mut rows = counts.query(())?;
    while let Some(row) = rows.next()? {
        let count: i64 = row.get(1)?;
        sites.entry(row.get(0)?).or_default().stored += count.unsigned_abs();
    }
    Ok(())
}
