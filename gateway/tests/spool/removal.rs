//! The file is pulled away under the running spool.

use std::fs;
use std::path::Path;

use clouddata_gateway::{ClockMap, Piece, Spool, Undated, Unnamed};
use readings::{Event, Link, LinkKind, Mac, Quantity, Reading, Timestamp};

use crate::{LIMIT, contents, reading, refusals};

/// Fills a spool with one of everything, has `remove` do something to its folder, goes on, and
/// expects everything in the file that is there after a restart.
fn survives(remove: impl FnOnce(&Path)) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    let mut spool = Spool::open(&folder, LIMIT).unwrap();
    let piece = Piece { from: 1, offset: 2, uptime: 3 };
    spool.save_clock_map(&ClockMap::from_pieces([piece])).unwrap();
    spool.await_date(piece).unwrap();
    let undated = Undated {
        record: Reading::temperature(Mac::from([7; 8]), 1.0, None).into(),
        manager_micros: 5,
    };
    spool.append_undated(core::slice::from_ref(&undated)).unwrap();
    let (mac, timestamp) = (Mac::from([7; 8]), Some(Timestamp::from_micros(3)));
    let charge = Reading { mac, quantity: Quantity::CHARGE, value: 99.0, timestamp }.into();
    let link = Link::new(mac, Mac::from([8; 8]), LinkKind::Used, timestamp);
    let event = Event::new("moteLost", Some(7), timestamp).into();
    let network = [charge, link.into(), event];
    spool.append(&[reading(7, 1), reading(7, 2)]).unwrap();
    spool.append(&network).unwrap();
    spool.append_unnamed(&[Unnamed { link, mote_id: 9 }], 5).unwrap();
    spool.bury(&[reading(7, 3)], &refusals(1, "too old")).unwrap();
    let kept = spool.oldest(1).unwrap();

    remove(&folder);
    spool.append(&[reading(7, 4)]).unwrap();
    spool.remove(&kept).unwrap();
    assert!(spool.look().unwrap().renewed);
    assert!(!spool.look().unwrap().renewed, "it is said once");
    assert_eq!(spool.renewals(), 1);
    drop(spool);

    let mut spool = Spool::open(&folder, LIMIT).unwrap();
    let waiting = [&[reading(7, 2)], &network[..], &[reading(7, 4)]].concat();
    assert_eq!(contents(&mut spool), waiting);
    assert_eq!((spool.dead_letters(), spool.unnamed()), (1, 1));
    assert_eq!(spool.undated().unwrap(), [undated]);
    assert_eq!(spool.clock_map().unwrap().pieces().count(), 1);
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<_> = names.filter(|name| name.to_string_lossy().contains("resc")).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn by_deleting_the_file() {
    survives(|folder| fs::remove_file(folder.join("spool.db")).unwrap());
}

#[test]
fn by_deleting_the_file_and_its_journal() {
    survives(|folder| {
        for name in ["spool.db", "spool.db-wal", "spool.db-shm"] {
            fs::remove_file(folder.join(name)).unwrap();
        }
    });
}

#[test]
fn by_deleting_its_journal_only() {
    for name in ["spool.db-wal", "spool.db-shm"] {
        survives(|folder| fs::remove_file(folder.join(name)).unwrap());
    }
}

#[test]
fn by_deleting_the_folder() {
    survives(|folder| fs::remove_dir_all(folder).unwrap());
}

#[test]
fn by_moving_it() {
    survives(|folder| fs::rename(folder.join("spool.db"), folder.join("backup.db")).unwrap());
    survives(|folder| fs::rename(folder, folder.with_file_name("moved")).unwrap());
}

#[test]
fn by_putting_an_empty_file_in_its_place() {
    survives(|folder| {
        fs::write(folder.join("new"), "").unwrap();
        fs::rename(folder.join("new"), folder.join("spool.db")).unwrap();
    });
}

#[test]
fn by_putting_garbage_in_its_place() {
    survives(|folder| {
        fs::write(folder.join("new"), "garbage\n".repeat(999)).unwrap();
        fs::rename(folder.join("new"), folder.join("spool.db")).unwrap();
    });
}

/// What is in a spool that somebody has put there is not lost either.
#[test]
fn by_another_spool() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    spool.append(&[reading(7, 1)]).unwrap();
    Spool::open(other.path(), LIMIT).unwrap().append(&[reading(7, 9)]).unwrap();
    fs::rename(other.path().join("spool.db"), folder.path().join("spool.db")).unwrap();
    assert!(spool.look().unwrap().renewed);
    assert_eq!(spool.len(), 2);
    assert_eq!(contents(&mut spool), [reading(7, 9), reading(7, 1)]);
}
