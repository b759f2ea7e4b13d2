//! The folder stays within 5/4 of the limit, whatever comes.

use clouddata_gateway::{Piece, Spool, Undated};
use readings::{Event, Mac, Reading, Record, Timestamp};

use crate::{LIMIT, contents, reading, refusals, size};

const MOST: u64 = LIMIT * 5 / 4;

#[test]
fn dead_letters_leave_room_for_readings() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    for batch in 0..100 {
        let refused: Vec<_> =
            (0..200).map(|mote| reading(mote % 20, batch * 200 + mote as i64)).collect();
        spool.bury(&refused, &refusals(200, "the time is too old")).unwrap();
    }
    let (kept, dropped) = (spool.dead_letters(), spool.dead_letters_dropped());
    assert_eq!(kept + dropped, 20_000);
    assert!(kept >= 500, "{kept}");
    assert!(size(folder.path()) < LIMIT / 2, "{}", size(folder.path()));

    let readings: Vec<_> = (0..100).map(|micros| reading(7, micros)).collect();
    assert_eq!(spool.append(&readings).unwrap(), 0);
    assert_eq!(contents(&mut spool), readings);
    // The newest letters are those that are left.
    drop(spool);
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    assert_eq!((spool.dead_letters(), spool.len()), (kept, 100));
    spool.bury(&[reading(1, -1)], &refusals(1, "another")).unwrap();
    assert!(spool.dead_letters() > 0);
}

#[test]
fn a_full_spool_keeps_its_readings_when_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    let mut next = 0;
    while spool.append(&(next..next + 500).map(|at| reading(7, at)).collect::<Vec<_>>()).unwrap()
        == 0
    {
        next += 500;
        assert!(next < 100_000, "the limit is never reached");
    }
    let before = spool.len();
    for batch in 0..50 {
        let refused: Vec<_> = (0..100).map(|at| reading(9, batch * 100 + at)).collect();
        spool.bury(&refused, &refusals(100, "too old")).unwrap();
    }
    assert_eq!(spool.len(), before);
    assert!(spool.dead_letters() > 500);
    assert!(size(folder.path()) <= MOST, "{}", size(folder.path()));
}

#[test]
fn reasons_are_short_and_harmless_however_long_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    let long = "\u{1b}[2Jdas Meßgerät\n".repeat(200_000);
    for at in 0..50 {
        spool.bury(&[reading(1, at)], &refusals(1, &long)).unwrap();
    }
    assert!(size(folder.path()) < LIMIT, "{}", size(folder.path()));
    let file = rusqlite::Connection::open(folder.path().join("spool.db")).unwrap();
    let reason: String =
        file.query_row("SELECT reason FROM dead_letters", [], |row| row.get(0)).unwrap();
    assert!(reason.starts_with("\\u{1b}[2Jdas Meßgerät\\n\\u{1b}[2J"), "{reason}");
    assert!(!reason.chars().any(char::is_control), "{reason:?}");
    let length = reason.chars().count();
    assert!((190..=200).contains(&length), "{length}");

    let just = "ß".repeat(200);
    spool.bury(&[reading(2, 0)], &refusals(1, &just)).unwrap();
    spool.bury(&[reading(2, 1)], &refusals(1, &"ß".repeat(201))).unwrap();
    let count = "SELECT count(*) FROM dead_letters WHERE reason = ?";
    let count: u64 = file.query_row(count, [just], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
}

/// Each reading of another mote, so that each changes another page of the index.
#[test]
fn a_batch_of_any_size_is_bounded_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    let scattered = |at: u64| reading(at.wrapping_mul(0x9e37_79b9_7f4a_7c15), at as i64);
    let (mut most, mut dropped) = (0, 0);
    for batch in 0..4 {
        let readings: Vec<_> = (batch * 10_000..(batch + 1) * 10_000).map(scattered).collect();
        dropped += spool.append(&readings).unwrap();
        assert_eq!(contents(&mut spool).last(), readings.last());
        most = most.max(size(folder.path()));
    }
    assert!(dropped > 0);
    // What drains it works on as many.
    while !spool.is_empty() {
        let oldest = spool.oldest(1000).unwrap();
        spool.remove(&oldest).unwrap();
        most = most.max(size(folder.path()));
    }
    assert!(most <= MOST, "{most}");
}

fn undated(at: i64) -> Undated {
    let record = Reading::temperature(Mac::from([7; 8]), 1.0, None).into();
    Undated { record, manager_micros: at }
}

#[test]
fn readings_without_a_time_get_theirs_without_room_for_both() {
    let look = |from, offset, uptime| Piece { from, offset, uptime };
    for reboot in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
        spool.await_date(look(0, 0, 100)).unwrap();
        let mut most = 0;
        for batch in 0..30 {
            let readings: Vec<_> = (batch * 1000..(batch + 1) * 1000).map(undated).collect();
            spool.append_undated(&readings).unwrap();
            most = most.max(size(folder.path()));
        }
        let waiting = spool.undated().unwrap().len() as u64;
        assert!(waiting > 5000, "{waiting}");
        let uptime = if reboot { 5 } else { 101 };
        let (dated, buried) = spool
            .date(look(1_000_000, 5, uptime), |micros| Some(Timestamp::from_micros(micros + 5)))
            .unwrap();
        most = most.max(size(folder.path()));
        assert!(most <= MOST, "{most}");
        if reboot {
            assert_eq!((dated, buried), (0, waiting));
            assert_eq!(spool.dead_letters() + spool.dead_letters_dropped(), waiting);
        } else {
            assert_eq!((dated, buried, spool.len()), (waiting, 0, waiting));
        }
        assert_eq!(spool.undated().unwrap(), []);
    }
}

#[test]
fn a_lower_limit_holds_for_a_larger_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 8 * LIMIT).unwrap();
    for batch in 0..40 {
        let readings: Vec<_> = (0..1000).map(|at| reading(7, batch * 1000 + at)).collect();
        assert_eq!(spool.append(&readings).unwrap(), 0);
    }
    assert!(size(folder.path()) > 2 * LIMIT);
    drop(spool);
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    assert_eq!(spool.len(), 40_000, "nothing is dropped before there is need");
    let dropped = spool.append(&[reading(7, -1)]).unwrap();
    assert_eq!(spool.len(), 40_001 - dropped);
    assert!(size(folder.path()) <= MOST, "{}", size(folder.path()));
}

#[test]
fn what_others_write_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    assert!(!spool.look().unwrap().written);
    spool.append(&[reading(7, 1)]).unwrap();
    assert!(!spool.look().unwrap().written, "it has written that itself");
    let mut other = Spool::open(folder.path(), LIMIT).unwrap();
    other.append(&[reading(7, 2)]).unwrap();
    assert_eq!(spool.len(), 1);
    let look = spool.look().unwrap();
    assert!(look.written && !look.renewed);
    assert_eq!(spool.len(), 2);
}

/// As long as an event of a manager can become.
fn event(number: u32) -> Record {
    let time = Some(Timestamp::from_micros(number.into()));
    let mut event = Event::new(format!("event{}", number % 90), Some(number), time);
    event.mac = Some(Mac::from([7; 8]));
    event.details.insert("octets".to_owned(), "de".repeat(110).as_str().into());
    event.into()
}

#[test]
fn events_make_room_for_each_other_and_refused_ones_for_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    let (mut dropped, mut next) = (0, 0);
    for _ in 0..40 {
        let events: Vec<Record> = (next..next + 500).map(event).collect();
        dropped += spool.append(&events).unwrap();
        spool.bury(&events[..50], &refusals(50, "no such thing")).unwrap();
        next += 500;
    }
    assert!(dropped > 0, "the limit is never reached");
    assert_eq!(spool.len() + dropped, u64::from(next));
    let left = contents(&mut spool);
    assert_eq!(left.last(), Some(&event(next - 1)));
    let first = next - u32::try_from(left.len()).unwrap();
    assert_eq!(left.first(), Some(&event(first)), "the oldest are gone, and no other");
    assert!(spool.dead_letters() > 0);
    assert!(size(folder.path()) <= MOST, "{}", size(folder.path()));
    let (len, dead) = (spool.len(), spool.dead_letters());
    drop(spool);
    let spool = Spool::open(folder.path(), LIMIT).unwrap();
    assert_eq!((spool.len(), spool.dead_letters()), (len, dead));
}
