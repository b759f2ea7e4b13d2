use std::fs;
use std::path::Path;

use clouddata_server::{Embedded, Sample, Selection, Store, StoreError};
use readings::{Mac, Quantity, Timestamp};

use crate::fixture::HOUR;

fn sample(index: i64) -> Sample {
    let time = Timestamp::from_micros(Timestamp::now().as_micros() - index);
    Sample::temperature(Mac::from([7; 8]), time, 20.0)
}

async fn count(store: &Embedded) -> usize {
    page(store).await.unwrap().len()
}

async fn page(store: &Embedded) -> Result<Vec<Sample>, StoreError> {
    let all = Selection {
        quantity: Quantity::TEMPERATURE,
        macs: Vec::new(),
        from: Timestamp::from_micros(0),
        to: Timestamp::from_micros(i64::MAX),
    };
    store.page(all, None, usize::MAX).await
}

fn set_aside(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with("readings.db.damaged-"))
        .filter(|name| !name.to_string_lossy().contains("Z-"))
        .count()
}

#[tokio::test]
async fn a_file_that_is_no_database_or_not_ours_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readings.db");
    fs::write(&path, "this is not a database, but long enough to look at".repeat(100)).unwrap();
    let store = Embedded::open(path.clone(), HOUR).unwrap();
    store.write(vec![sample(0)].into()).await.unwrap();
    drop(store);
    assert_eq!(set_aside(folder.path()), 1);

    fs::remove_file(&path).unwrap();
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(foreign);
    let store = Embedded::open(path, HOUR).unwrap();
    store.write(vec![sample(0)].into()).await.unwrap();
    assert_eq!((count(&store).await, set_aside(folder.path())), (1, 2));
}

#[tokio::test]
async fn an_empty_file_is_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readings.db");
    fs::write(&path, "").unwrap();
    let store = Embedded::open(path, HOUR).unwrap();
    store.write(vec![sample(0)].into()).await.unwrap();
    assert_eq!((count(&store).await, set_aside(folder.path())), (1, 0));
}

#[tokio::test]
async fn a_damaged_page_is_found_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readings.db");
    let store = Embedded::open(path.clone(), HOUR).unwrap();
    store.write((0..5000).map(sample).collect::<Vec<_>>().into()).await.unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    for octet in &mut bytes[3 * 4096..5 * 4096] {
        *octet ^= 0x5a;
    }
    fs::write(&path, bytes).unwrap();
    let store = Embedded::open(path, HOUR).unwrap();
    store.write(vec![sample(0)].into()).await.unwrap();
    assert_eq!((count(&store).await, set_aside(folder.path())), (1, 1));
}

#[tokio::test]
async fn damage_while_running_costs_what_is_damaged_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readings.db");
    let store = Embedded::open(path.clone(), HOUR).unwrap();
    store.write(vec![sample(1)].into()).await.unwrap();
    // Another program overwrites the file and its journal.
    for name in ["readings.db", "readings.db-wal"] {
        let path = folder.path().join(name);
        let length = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    }
    // The first query finds it; what is written afterwards goes into the new file.
    assert!(page(&store).await.is_err());
    store.write(vec![sample(0)].into()).await.unwrap();
    assert_eq!((count(&store).await, set_aside(folder.path())), (1, 1));
}

#[tokio::test]
async fn nothing_older_than_the_retention_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("readings.db"), HOUR).unwrap();
    let old = i64::try_from((HOUR * 2).as_micros()).unwrap();
    store.write(vec![sample(0), sample(old)].into()).await.unwrap();
    assert_eq!(count(&store).await, 1);
}
