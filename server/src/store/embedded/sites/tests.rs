use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use readings::{Event, Link, LinkKind, Mac, Quantity, Timestamp};
use rusqlite::Connection;

use super::super::shared::Shared;
use super::super::writer::Writer;
use super::super::{events, links, quantities, queries};
use super::schema;
use crate::store::page::Part;
use crate::store::queue::Taken;
use crate::store::scope::Scope;
use crate::store::{
    EventSelection, Grid, LinkSelection, Records, Sample, Selection, Written, labels,
};

const HOUR: Duration = Duration::from_secs(3600);

fn mac(mote: u8) -> Mac {
    Mac::from([mote; 8])
}

fn at(time: i64) -> Timestamp {
    Timestamp::from_micros(time)
}

/// A file with sites of two motes with 100 readings of each kind, links and events.
fn file(sites: u32) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    schema::make(&connection).unwrap();
    let fill = "WITH RECURSIVE
           sites(site) AS (SELECT 1 UNION ALL SELECT site + 1 FROM sites WHERE site < ?1),
           times(time) AS (SELECT 1 UNION ALL SELECT time + 1 FROM times WHERE time < 100)";
    let motes = "sites, times, (SELECT ?2 AS mac UNION SELECT ?3) ORDER BY 1, 2, 3";
    for insert in [
        format!("INSERT INTO site_readings SELECT site, time, mac, 20.0 FROM {motes}"),
        format!("INSERT INTO site_quantities SELECT site, ?4, mac, time, 1.0 FROM {motes}"),
        format!(
            "INSERT INTO site_links (site, time, mac, neighbour, kind) \
             SELECT site, time, mac, ?2, 0 FROM {motes}"
        ),
        format!(
            "INSERT INTO site_events (site, time, name, number, mac) \
             SELECT site, time, 'moteLost', 1, mac FROM {motes}"
        ),
        "INSERT INTO site_labels SELECT site, ?2, 'attic' FROM sites".to_owned(),
    ] {
        let mut insert = connection.prepare(&format!("{fill} {insert}")).unwrap();
        let all: [i64; 4] = [
            sites.into(),
            labels::key(mac(1)),
            labels::key(mac(2)),
            Quantity::CHARGE.code().into(),
        ];
        let count = insert.parameter_count();
        insert.execute(rusqlite::params_from_iter(&all[..count])).unwrap();
    }
    connection
}

/// How many steps SQLite's machine takes for each question about a site.
fn steps(connection: &mut Connection, scope: Scope) -> Vec<usize> {
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&steps);
    let count = move || counted.fetch_add(1, Ordering::Relaxed) > 1_000_000;
    connection.progress_handler(1, Some(count)).unwrap();
    let connection = &*connection;
    let motes = vec![mac(1), mac(2)];
    let (from, to) = (at(50), at(90));
    let grid = Grid::new(from, to, 10).unwrap();
    let of = |macs| Selection { quantity: Quantity::TEMPERATURE, macs, from, to };
    let ways = LinkSelection { macs: Vec::new(), kind: None, from, to, measured: false };
    let about = |macs| EventSelection { macs, names: Vec::new(), from, to, seen: 1 };
    let charge = Quantity::CHARGE;
    let one = [mac(1)];
    let part = || Part { quantity: charge, macs: &one, from, to, limit: 99 };
    let page = |macs| queries::page(connection, scope, &of(macs), None, 99).unwrap().len();
    let events = |macs| events::page(connection, scope, &about(macs), 20).unwrap().len();
    let ask: [&dyn Fn() -> usize; 12] = [
        &|| page(Vec::new()),
        &|| page(vec![mac(2)]),
        &|| queries::series(connection, scope, &motes, 2, grid, from).unwrap().len(),
        &|| queries::newest(connection, scope, &motes, from, to).unwrap().len(),
        &|| quantities::samples(connection, scope, &part()).unwrap().len(),
        &|| quantities::series(connection, scope, charge, &motes, grid, from).unwrap().len(),
        &|| quantities::newest(connection, scope, &motes, &[(charge, from)], to).unwrap().len(),
        &|| links::page(connection, scope, &ways, None, 99).unwrap().len(),
        &|| links::newest(connection, scope, &ways, 99).unwrap().len(),
        &|| events(Vec::new()),
        &|| events(vec![mac(2)]),
        &|| labels::of_in(connection, scope, mac(1)).unwrap().into_iter().len(),
    ];
    let expected = [80, 40, 2, 2, 40, 2, 2, 80, 2, 20, 20, 1];
    ask.into_iter()
        .zip(expected)
        .enumerate()
        .map(|(index, (ask, expected))| {
            steps.store(0, Ordering::Relaxed);
            assert_eq!(ask(), expected, "{index}");
            steps.load(Ordering::Relaxed)
        })
        .collect()
}

#[test]
fn a_question_costs_a_site_what_it_costs_alone() {
    let alone = steps(&mut file(1), Scope::of(1));
    assert!(alone.iter().all(|&steps| steps > 5), "{alone:?}");
    let mut many = file(30);
    for site in [1, 17, 30] {
        assert_eq!(steps(&mut many, Scope::of(site)), alone, "{site}");
    }
}

/// A writer whose thread is this one.
struct Store {
    _folder: tempfile::TempDir,
    shared: Arc<Shared>,
    writer: Writer,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::new(folder.path().join("readings.db"), HOUR.into());
        let shared = Arc::new(shared);
        let writer = Writer::open(Arc::clone(&shared)).unwrap();
        Self { _folder: folder, shared, writer }
    }

    async fn write(&mut self, site: u32, records: impl Into<Records>) -> Written {
        let answer = self.shared.write(site, records.into(), None);
        let Taken::Group(group) = self.shared.queue.take(None) else { panic!("it was pushed") };
        self.writer.write_group(group);
        answer.await.unwrap()
    }

    fn stored(&self, site: u32) -> u64 {
        self.shared.sites.known(site).unwrap().stored()
    }

    fn rows(&self, table: &str, site: u32) -> i64 {
        let file = Connection::open(&self.shared.path).unwrap();
        let sql = format!("SELECT count(*) FROM site_{table} WHERE site = {site}");
        file.query_row(&sql, (), |row| row.get(0)).unwrap()
    }
}

/// So many readings, links and events, one a minute, the last of them this long ago.
fn some(count: i64, ago: Duration) -> [Records; 4] {
    let last = Timestamp::now().as_micros() - i64::try_from(ago.as_micros()).unwrap();
    let times = || (0..count).map(|n| at(last - n * 60_000_000));
    let reading = |quantity| {
        times().map(|time| Sample { mac: mac(1), quantity, time, value: 1.0 }).collect::<Vec<_>>()
    };
    let link = |time| Link::new(mac(1), mac(2), LinkKind::Heard, Some(time));
    let event = |time| Event::new("moteLost", Some(1), Some(time));
    [
        reading(Quantity::TEMPERATURE).into(),
        reading(Quantity::CHARGE).into(),
        times().map(link).collect::<Vec<_>>().into(),
        times().map(event).collect::<Vec<_>>().into(),
    ]
}

#[tokio::test]
async fn what_is_old_of_a_site_goes_and_makes_room() {
    const DAYS_31: Duration = Duration::from_secs(31 * 24 * 3600);
    let mut store = Store::new();
    for records in some(10, Duration::ZERO) {
        store.write(1, records.clone()).await;
        store.write(7, records).await;
    }
    for records in some(3000, HOUR * 2) {
        store.write(7, records).await;
    }
    for records in some(5, DAYS_31) {
        store.write(7, records).await;
    }
    assert_eq!((store.stored(1), store.stored(7)), (40, 4 * 3015));
    while store.writer.purge() {}
    // Of what is kept for an hour, and of what is kept for thirty days.
    let left =
        |site| ["readings", "quantities", "links", "events"].map(|table| store.rows(table, site));
    assert_eq!((left(1), left(7)), ([10; 4], [10, 3010, 3010, 3010]));
    assert_eq!((store.stored(1), store.stored(7)), (40, 10 + 3 * 3010));
}

#[tokio::test]
async fn writes_of_many_sites_share_a_commit_and_each_has_its_own_answer() {
    let mut store = Store::new();
    let sample = |n: i64| Sample::temperature(mac(1), at(n), 20.0);
    store.write(2, vec![sample(3), sample(4)]).await;
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let count = move || counted.fetch_add(1, Ordering::Relaxed) > 1_000_000;
    store.writer.connection().commit_hook(Some(count)).unwrap();
    let answers: Vec<_> = (0..40)
        .map(|n| {
            let records = vec![sample(n / 4), sample(100 + n)].into();
            store.shared.write((n % 4).try_into().unwrap(), records, None)
        })
        .collect();
    let Taken::Group(group) = store.shared.queue.take(None) else { panic!("writes came") };
    store.writer.write_group(group);
    assert_eq!(commits.load(Ordering::Relaxed), 1);
    for (n, answer) in answers.into_iter().enumerate() {
        let known = n % 4 == 2 && [3, 4].contains(&(n / 4));
        let expected = if known { vec![0] } else { Vec::new() };
        assert_eq!(answer.await.unwrap().repeated, expected, "{n}");
    }
    assert_eq!([1, 2, 3].map(|site| store.stored(site)), [20; 3]);
}
