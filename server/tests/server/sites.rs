//! Sites that share one file: each sees its own, whatever the others have.

use core::time::Duration;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use clouddata_server::{
    Embedded, EventSelection, Grid, Keeping, Label, LinkSelection, Sample, Selection, SiteKeeping,
    Store, StoreError,
};
use readings::{Event, Link, LinkKind, Mac, Quantity, Timestamp};

use crate::fixture::HOUR;

const LIMITS: SiteKeeping = SiteKeeping { max_motes: 100, max_readings: 1_000_000 };

fn open(folder: &Path) -> Arc<Embedded> {
    Arc::new(Embedded::open(folder.join(Embedded::FILE_NAME), HOUR).unwrap())
}

fn mac(mote: u8) -> Mac {
    Mac::from([mote; 8])
}

/// So many minutes ago.
fn ago(minutes: u32) -> Timestamp {
    let micros = i64::from(minutes) * 60_000_000;
    Timestamp::from_micros(Timestamp::now().as_micros() - micros)
}

fn sample(mote: u8, quantity: Quantity, time: Timestamp, value: f64) -> Sample {
    Sample { mac: mac(mote), quantity, time, value }
}

fn everything() -> (Timestamp, Timestamp) {
    (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX))
}

/// Fills a site with what has the same identities as in any other, and values of its own.
async fn fill(store: &dyn Store, time: Timestamp, value: f64, text: &str) {
    let samples: Vec<Sample> = [1, 2]
        .into_iter()
        .flat_map(|mote| {
            [Quantity::TEMPERATURE, Quantity::CHARGE].map(|what| sample(mote, what, time, value))
        })
        .collect();
    let mut link = Link::new(mac(1), mac(2), LinkKind::Used, Some(time));
    link.attempts = Some(value as u16);
    let mut event = Event::new("moteLost", Some(1), Some(time));
    event.mac = Some(mac(1));
    let mut of_network = Event::new("networkReset", Some(2), Some(time));
    of_network.details.insert("text".to_owned(), text.into());
    for written in [
        store.write(samples.into()).await.unwrap(),
        store.write(vec![link].into()).await.unwrap(),
        store.write(vec![event, of_network].into()).await.unwrap(),
    ] {
        assert_eq!((written.repeated.len(), written.refused.len()), (0, 0), "{text}");
    }
    assert!(store.label(Label { mac: mac(1), text: text.to_owned() }).await.unwrap());
}

/// All that can be asked tells of this and of nothing else.
async fn assert_has(store: &dyn Store, time: Timestamp, value: f64, text: &str) {
    let (from, to) = everything();
    let motes = vec![mac(1), mac(2)];
    assert_eq!(store.count().await.unwrap(), 2);
    assert_eq!(store.motes(None, 9).await.unwrap(), motes);
    assert_eq!(store.known(None, 9).await.unwrap(), motes);
    let grid = Grid::new(ago(60), ago(0), 10).unwrap();
    for quantity in [Quantity::TEMPERATURE, Quantity::CHARGE] {
        let expected = [1, 2].map(|mote| sample(mote, quantity, time, value));
        for macs in [Vec::new(), motes.clone()] {
            let selection = Selection { quantity, macs, from, to };
            let page = store.page(selection.clone(), None, 9).await.unwrap();
            assert_eq!(page, expected, "{text}");
            let rest = store.page(selection, Some((mac(1), time)), 9).await.unwrap();
            assert_eq!(rest, expected[1..], "{text}");
        }
        let series = store.series(quantity, motes.clone(), grid).await.unwrap();
        let of_each = series.iter().map(|one| (one.mac, one.count, one.min, one.max));
        let expected = motes.iter().map(|&mac| (mac, 1, value, value));
        assert_eq!(of_each.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{text}");
    }
    let latest = store.latest(motes.clone()).await.unwrap();
    let of_each: Vec<_> = latest.iter().map(|mote| (mote.last, mote.label.as_deref())).collect();
    let last = |mote| sample(mote, Quantity::TEMPERATURE, time, value);
    assert_eq!(of_each, [(last(1), Some(text)), (last(2), None)]);
    let quantities = vec![Quantity::TEMPERATURE, Quantity::CHARGE];
    let mut newest = store.newest(motes.clone(), quantities, from, to).await.unwrap();
    newest.sort_by_key(|one| (one.mac, one.quantity.code()));
    let mut values: Vec<_> = newest.iter().map(|one| (one.mac, one.value)).collect();
    values.dedup();
    assert_eq!((newest.len(), values), (4, vec![(mac(1), value), (mac(2), value)]));
    let ways = LinkSelection { macs: Vec::new(), kind: None, from, to, measured: false };
    let links = store.links(ways.clone(), None, 9).await.unwrap();
    assert_eq!(links, store.newest_links(ways.clone(), 9).await.unwrap());
    let attempts: Vec<_> = links.iter().map(|link| (link.mac, link.attempts)).collect();
    assert_eq!(attempts, [(mac(1), Some(value as u16))]);
    let behind = links.last().map(clouddata_server::key_of);
    assert_eq!(store.links(ways, behind, 9).await.unwrap(), []);
    let all = EventSelection { macs: Vec::new(), names: Vec::new(), from, to, seen: 0 };
    let events = store.events(all.clone(), 9).await.unwrap();
    let told: Vec<_> = events.iter().map(|one| (one.name.as_str(), one.mac)).collect();
    assert_eq!(told, [("networkReset", None), ("moteLost", Some(mac(1)))]);
    assert_eq!(events[0].details["text"], text.into());
    let about = EventSelection { macs: vec![mac(1)], ..all };
    assert_eq!(store.events(about, 9).await.unwrap().len(), 1);
    let labels = store.labels(motes).await.unwrap();
    assert_eq!(labels, [Label { mac: mac(1), text: text.to_owned() }]);
    store.check().await.unwrap();
}

/// All that can be asked tells of nothing.
async fn assert_empty(store: &dyn Store) {
    let (from, to) = everything();
    let motes = vec![mac(1), mac(2)];
    assert_eq!(store.count().await.unwrap(), 0);
    assert_eq!(store.motes(None, 9).await.unwrap(), []);
    assert_eq!(store.known(None, 9).await.unwrap(), []);
    let grid = Grid::new(ago(60), ago(0), 10).unwrap();
    for quantity in [Quantity::TEMPERATURE, Quantity::CHARGE] {
        for macs in [Vec::new(), motes.clone()] {
            let selection = Selection { quantity, macs, from, to };
            assert_eq!(store.page(selection, None, 9).await.unwrap(), []);
        }
        assert_eq!(store.series(quantity, motes.clone(), grid).await.unwrap(), []);
    }
    assert_eq!(store.latest(motes.clone()).await.unwrap(), []);
    let quantities = vec![Quantity::TEMPERATURE, Quantity::CHARGE];
    assert_eq!(store.newest(motes.clone(), quantities, from, to).await.unwrap(), []);
    let ways = LinkSelection { macs: Vec::new(), kind: None, from, to, measured: false };
    assert_eq!(store.links(ways.clone(), None, 9).await.unwrap(), []);
    assert_eq!(store.newest_links(ways, 9).await.unwrap(), []);
    let all = EventSelection { macs: Vec::new(), names: Vec::new(), from, to, seen: 0 };
    assert_eq!(store.events(all, 9).await.unwrap(), []);
    assert_eq!(store.labels(motes).await.unwrap(), []);
    assert!(!store.label(Label { mac: mac(1), text: "mine".to_owned() }).await.unwrap());
}

#[tokio::test]
async fn what_is_the_same_in_every_site_is_each_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let time = ago(5);
    let store = open(folder.path());
    let [one, other, third] = [1, 1023, 70_000].map(|number| store.site(number, LIMITS));
    assert_empty(&*one).await;
    fill(&*store, time, 20.0, "default").await;
    assert_empty(&*one).await;
    fill(&*one, time, 21.0, "one").await;
    assert_empty(&*other).await;
    fill(&*other, time, 22.0, "other").await;
    for is_reopened in [false, true] {
        assert_has(&*store, time, 20.0, "default").await;
        assert_has(&*one, time, 21.0, "one").await;
        assert_has(&*other, time, 22.0, "other").await;
        assert_empty(&*third).await;
        assert_eq!([1, 1023, 70_000].map(|site| store.stored(site)), [Some(7), Some(7), Some(0)]);
        assert_eq!(store.stored(0), None);
        if !is_reopened {
            // What is sent again is known again, in its own site.
            let again = vec![sample(1, Quantity::TEMPERATURE, time, 21.0)];
            assert_eq!(one.write(again.into()).await.unwrap().repeated, [0]);
        }
    }
    drop((store, one, other, third));
    let store = open(folder.path());
    assert_has(&*store, time, 20.0, "default").await;
    assert_has(&*store.site(1, LIMITS), time, 21.0, "one").await;
    assert_has(&*store.site(1023, LIMITS), time, 22.0, "other").await;
    assert_eq!([1, 1023, 70_000].map(|site| store.stored(site)), [Some(7), Some(7), None]);
    drop(store);
    let path = folder.path().join(Embedded::FILE_NAME);
    let store = Arc::new(Embedded::open_read_only(path, HOUR).unwrap());
    assert_has_no_less(&*store.site(1, LIMITS), 21.0).await;
}

async fn assert_has_no_less(store: &dyn Store, value: f64) {
    let latest = store.latest(vec![mac(1)]).await.unwrap();
    assert_eq!((latest[0].last.value, latest[0].label.as_deref()), (value, Some("one")));
}

#[tokio::test]
async fn a_site_that_is_full_keeps_what_it_has_and_takes_more_once_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let limits = SiteKeeping { max_motes: 2, max_readings: 3 };
    let site = store.site(5, limits);
    let now = Timestamp::now().as_micros();
    let at = |mote, n: i64| {
        sample(mote, Quantity::TEMPERATURE, Timestamp::from_micros(now - n), n as f64)
    };
    site.write(vec![at(1, 1), at(1, 2)].into()).await.unwrap();
    let full = Err(StoreError::Full { max_readings: 3 });
    assert_eq!(site.write(vec![at(1, 3), at(1, 4)].into()).await, full);
    // It is all of a write or nothing, and what was there needs no room.
    let written = site.write(vec![at(1, 1), at(2, 3)].into()).await.unwrap();
    assert_eq!(written.repeated, [0]);
    assert_eq!(site.write(vec![at(1, 2), at(2, 3)].into()).await.unwrap().repeated, [0, 1]);
    assert_eq!(site.write(vec![at(2, 5)].into()).await, full);
    assert_eq!(store.stored(5), Some(3));
    let latest = site.latest(vec![mac(1), mac(2)]).await.unwrap();
    assert_eq!(latest.iter().map(|mote| mote.last.value).collect::<Vec<_>>(), [1.0, 3.0]);
    // Other sites have room.
    store.write(vec![at(9, 9)].into()).await.unwrap();
    store.site(6, LIMITS).write(vec![at(9, 9)].into()).await.unwrap();
    store.site(5, SiteKeeping { max_readings: 9, ..limits });
    let written = site.write(vec![at(2, 5), at(3, 6)].into()).await.unwrap();
    assert_eq!(written.refused.len(), 1);
    assert_eq!((written.refused[0].index, written.refused[0].field.to_string()), (1, "mac".into()));
    assert!(written.refused[0].reason.contains("this site has 2 already"), "{written:?}");
    assert_eq!((store.stored(5), site.count().await.unwrap()), (Some(4), 2));
}

#[tokio::test]
async fn all_sites_together_have_no_more_motes_than_the_file_may() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = Keeping { max_motes: 3, ..HOUR.into() };
    let path = folder.path().join(Embedded::FILE_NAME);
    let store = Arc::new(Embedded::open(path, keeping).unwrap());
    let [one, other] = [1, 2].map(|number| store.site(number, LIMITS));
    let at = |mote| sample(mote, Quantity::TEMPERATURE, ago(1), 20.0);
    store.write(vec![at(1)].into()).await.unwrap();
    one.write(vec![at(1)].into()).await.unwrap();
    let refused = |written: clouddata_server::Written| {
        written.refused.into_iter().map(|one| (one.index, one.reason)).collect::<Vec<_>>()
    };
    let of_other = refused(other.write(vec![at(1), at(2)].into()).await.unwrap());
    assert_eq!(of_other.len(), 1);
    assert_eq!(of_other[0].0, 1);
    assert!(!of_other[0].1.contains('3'), "a site is not told of others: {}", of_other[0].1);
    let of_default = refused(store.write(vec![at(2), at(1)].into()).await.unwrap());
    assert_eq!(of_default.len(), 1);
    assert!(of_default[0].1.contains("3 already"), "{}", of_default[0].1);
}

#[tokio::test]
async fn a_site_that_is_removed_is_gone_at_once_and_its_rows_soon_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let time = ago(5);
    let store = open(folder.path());
    let [one, other] = [1, 2].map(|number| store.site(number, LIMITS));
    fill(&*store, time, 20.0, "default").await;
    fill(&*one, time, 21.0, "one").await;
    fill(&*other, time, 22.0, "other").await;
    let many = |from: i64| -> Vec<Sample> {
        let at = |n| Timestamp::from_micros(time.as_micros() + n);
        (from..from + 5000).map(|n| sample(3, Quantity::ANALOG_0, at(n), 1.0)).collect()
    };
    one.write(many(0).into()).await.unwrap();
    store.forget_site(1).await.unwrap();
    assert_empty(&*one).await;
    let late = one.write(vec![sample(1, Quantity::TEMPERATURE, time, 20.0)].into()).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    drop((store, one, other));
    let store = open(folder.path());
    assert_empty(&*store.site(1, LIMITS)).await;
    assert_has(&*store, time, 20.0, "default").await;
    assert_has(&*store.site(2, LIMITS), time, 22.0, "other").await;
    while store.stored(1) != Some(0) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(store);
    let file = rusqlite::Connection::open(folder.path().join(Embedded::FILE_NAME)).unwrap();
    for table in ["readings", "quantities", "heard", "links", "events", "labels", "removed"] {
        let sql = format!("SELECT count(*) FROM site_{table} WHERE site = 1");
        let left: i64 = file.query_row(&sql, (), |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn a_file_without_sites_is_as_it_always_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let site = store.site(1, LIMITS);
    store.write(vec![sample(1, Quantity::TEMPERATURE, ago(1), 20.0)].into()).await.unwrap();
    assert_empty(&*site).await;
    drop((store, site));
    let file = rusqlite::Connection::open(folder.path().join(Embedded::FILE_NAME)).unwrap();
    let mut names = file.prepare("SELECT name FROM sqlite_schema ORDER BY name").unwrap();
    let names: Vec<String> =
        names.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(names, ["events", "heard", "labels", "links", "quantities", "readings"]);
    let version: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
}

#[tokio::test]
async fn a_damaged_file_costs_its_readings_and_the_names_stay_in_their_sites() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Embedded::FILE_NAME);
    let time = ago(5);
    let store = open(folder.path());
    fill(&*store, time, 20.0, "default").await;
    fill(&*store.site(1, LIMITS), time, 21.0, "one").await;
    let many = (0..5000).map(|n| {
        let time = Timestamp::from_micros(time.as_micros() - n);
        sample(3, Quantity::TEMPERATURE, time, 1.0)
    });
    store.site(2, LIMITS).write(many.collect::<Vec<_>>().into()).await.unwrap();
    drop(store);
    // Pages in the middle of the file are of the readings of site 2.
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 8192 * 4096;
    for octet in &mut bytes[middle..middle + 3 * 4096] {
        *octet ^= 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    let store = open(folder.path());
    let one = store.site(1, LIMITS);
    assert_eq!((one.count().await.unwrap(), store.stored(1)), (0, Some(0)));
    let names = |store: Arc<dyn Store>| async move {
        let all = store.labels(vec![mac(1)]).await.unwrap();
        all.into_iter().map(|label| label.text).collect::<Vec<_>>()
    };
    assert_eq!(names(store.clone()).await, ["default"]);
    assert_eq!(names(Arc::clone(&one)).await, ["one"]);
    one.write(vec![sample(1, Quantity::TEMPERATURE, time, 21.0)].into()).await.unwrap();
    assert_eq!((one.count().await.unwrap(), store.stored(1)), (1, Some(1)));
}

#[tokio::test]
async fn a_file_that_is_deleted_is_missed_and_sites_go_on_in_another() {
    let folder = tempfile::tempdir().unwrap();
    let time = ago(5);
    let store = open(folder.path());
    let one = store.site(1, LIMITS);
    fill(&*one, time, 21.0, "one").await;
    for name in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(name.unwrap().path()).unwrap();
    }
    // There is room for it in the new file, which has nothing of the old one.
    store.site(1, SiteKeeping { max_readings: 1, ..LIMITS });
    for repeated in [vec![], vec![0]] {
        let again = vec![sample(1, Quantity::TEMPERATURE, time, 21.0)];
        assert_eq!(one.write(again.into()).await.unwrap().repeated, repeated);
    }
    assert_eq!((one.count().await.unwrap(), store.stored(1)), (1, Some(1)));
    let labels = one.labels(vec![mac(1)]).await.unwrap();
    assert_eq!(labels, [Label { mac: mac(1), text: "one".to_owned() }]);
}

/// Where [`write_until_killed`] writes.
const FOLDER: &str = "CLOUDDATA_TEST_SITES_FOLDER";

#[tokio::test]
#[ignore = "is a process of its own, which is killed"]
async fn write_until_killed() {
    let store = open(Path::new(&std::env::var_os(FOLDER).unwrap()));
    let start = ago(30).as_micros();
    for n in 0.. {
        let one = vec![sample(1, Quantity::TEMPERATURE, Timestamp::from_micros(start + n), 1.0)];
        let of_sites = [0, 1, 2].map(|site| {
            let store: Arc<dyn Store> =
                if site == 0 { store.clone() } else { store.site(site, LIMITS) };
            store.write(one.clone().into())
        });
        for answer in of_sites {
            answer.await.unwrap();
        }
        println!("answered {n} from {start}");
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sites::write_until_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut last = None;
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The harness has begun the first line.
        let Some(at) = line.find("answered ") else { continue };
        let numbers: Vec<i64> =
            line[at..].split(' ').filter_map(|word| word.parse().ok()).collect();
        last = Some((numbers[0], numbers[1]));
        if numbers[0] == 50 {
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    let (answered, start) = last.unwrap();
    assert!(answered >= 50);
    let store = open(folder.path());
    let (from, to) = everything();
    let quantity = Quantity::TEMPERATURE;
    for site in [0, 1, 2] {
        let view: Arc<dyn Store> = if site == 0 { store.clone() } else { store.site(site, LIMITS) };
        let selection = Selection { quantity, macs: Vec::new(), from, to };
        let page = view.page(selection, None, 100_000).await.unwrap();
        let times: Vec<_> = page.iter().map(|one| one.time.as_micros() - start).collect();
        assert!(times.len() as i64 > answered, "{site}: {} of {answered}", times.len());
        assert_eq!(times, (0..times.len() as i64).collect::<Vec<_>>());
        if site > 0 {
            assert_eq!(store.stored(site), Some(times.len() as u64));
        }
    }
}
