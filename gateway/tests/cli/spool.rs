use std::fs;
use std::path::Path;

use clouddata_gateway::{Piece, Spool, Undated};
use readings::{Body, Field, Mac, Reading, Record, Refusal, Timestamp};

use crate::program::run;

const LIMIT: u64 = 1024 * 1024;

fn reading(mote: u8, micros: i64) -> Reading {
    let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0, mote]);
    Reading::temperature(mac, 22.97, Some(Timestamp::from_micros(micros)))
}

/// A spool with three readings that wait for the server, one that waits for the clock, and one
/// that was refused. It is in use.
fn spool(directory: &Path) -> Spool {
    let mut spool = Spool::open(directory, LIMIT).unwrap();
    let waiting = [reading(1, 1_000_000), reading(2, 2_000_000), reading(1, 3_000_000)];
    spool.append(&waiting.map(Record::from)).unwrap();
    let undated = Undated { record: reading(4, 0).into(), manager_micros: 5_000_000 };
    spool.append_undated(&[undated]).unwrap();
    let reason = "it says \"no\", twice".to_owned();
    let refusals = [Refusal { index: 0, field: Field::TEMPERATURE, reason }];
    spool.bury(&[reading(3, 4_000_000).into()], &refusals).unwrap();
    spool
}

fn command(action: &[&str], directory: &Path) -> (i32, String, String) {
    let directory = directory.to_str().unwrap();
    run(["spool"].iter().chain(action).chain(&["--state-dir", directory]))
}

#[test]
fn stat_tells_what_waits_and_what_was_refused_while_a_gateway_runs() {
    let directory = tempfile::tempdir().unwrap();
    let _in_use = spool(directory.path());
    fs::write(directory.path().join("spool.db.damaged-17"), "").unwrap();
    let (code, out, err) = command(&["stat"], directory.path());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for text in [
        "waiting       3 records of 2 motes",
        "oldest        1970-01-01T00:00:01.000000Z",
        "newest        1970-01-01T00:00:03.000000Z",
        "undated       1, until",
        "dead letters  1",
        "1 refused: it says \"no\", twice",
        "spool.db.damaged-17, damaged",
    ] {
        assert!(out.contains(text), "{text}:\n{out}");
    }
}

#[test]
fn export_writes_every_reading_in_a_form_that_others_read() {
    let directory = tempfile::tempdir().unwrap();
    let _in_use = spool(directory.path());
    let (code, out, _) = command(&["export"], directory.path());
    assert_eq!(code, 0);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "mac,timestamp,quantity,value,state,reason");
    assert_eq!(
        lines[1],
        "00-17-0d-00-00-30-00-01,1970-01-01T00:00:01.000000Z,temperature,22.97,waiting,"
    );
    let refused = "00-17-0d-00-00-30-00-03,1970-01-01T00:00:04.000000Z,temperature,22.97,refused,\"it says \"\"no\"\", twice\"";
    let undated = "00-17-0d-00-00-30-00-04,1970-01-01T00:00:05.000000Z,temperature,22.97,undated,";
    assert_eq!(lines[4..], [undated, refused]);

    let (code, out, _) = command(&["export", "--format", "json"], directory.path());
    assert_eq!(code, 0);
    let body = Body::parse(out.as_bytes()).expect("a server can read it");
    let accepted: Vec<_> = body.accepted.iter().map(|accepted| accepted.item).collect();
    let undated = Reading { timestamp: None, ..reading(4, 0) };
    let waiting = [reading(1, 1_000_000), reading(2, 2_000_000), reading(1, 3_000_000)];
    let expected = [&waiting[..], &[undated, reading(3, 4_000_000)]].concat();
    assert!(out.contains(r#""manager_timestamp":"1970-01-01T00:00:05.000000Z""#), "{out}");
    assert_eq!(accepted, expected);
}

#[test]
fn an_empty_spool_is_exported_as_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(Spool::open(directory.path(), LIMIT).unwrap());
    let (code, out, _) = command(&["export", "--format", "json"], directory.path());
    assert_eq!((code, out.as_str()), (0, "[]\n"));
}

#[test]
fn verify_tells_a_sound_spool_from_a_damaged_one_and_changes_neither() {
    let directory = tempfile::tempdir().unwrap();
    drop(spool(directory.path()));
    let (code, out, _) = command(&["verify"], directory.path());
    assert_eq!((code, out.as_str()), (0, "sound: 3 records wait, 1 are undated, 1 are refused\n"));

    let path = directory.path().join("spool.db");
    let mut content = fs::read(&path).unwrap();
    for octet in &mut content[4096..] {
        *octet ^= 0x5A;
    }
    fs::write(&path, &content).unwrap();
    let (code, out, err) = command(&["verify"], directory.path());
    assert_eq!((code, out.as_str()), (65, ""), "{err}");
    assert!(err.contains("is damaged"), "{err}");
    assert_eq!(fs::read(&path).unwrap(), content);

    fs::write(&path, "no database at all, but text").unwrap();
    let (code, _, err) = command(&["stat"], directory.path());
    assert_eq!(code, 65, "{err}");
}

/// Of a file that no gateway has brought into its present form yet, or that lacks something.
#[test]
fn a_spool_of_an_earlier_version_is_shown_as_one_of_this() {
    let directory = tempfile::tempdir().unwrap();
    drop(spool(directory.path()));
    let file = rusqlite::Connection::open(directory.path().join("spool.db")).unwrap();
    let reason = format!("\u{1b}[2J{}", "r".repeat(100_000));
    file.execute("UPDATE dead_letters SET reason = ?", [reason]).unwrap();
    file.execute_batch("PRAGMA user_version = 0; DROP TABLE undated;").unwrap();
    for action in [&["stat"][..], &["export", "--dead"], &["export", "--format", "json"]] {
        let (code, out, err) = command(action, directory.path());
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.contains(r"u{1b}[2Jrrr") && !out.contains('\u{1b}'), "{out}");
        assert!(!out.contains(&"r".repeat(201)), "{out}");
    }
    file.execute_batch("DROP TABLE dead_letters;").unwrap();
    for action in ["stat", "export", "verify", "retry"] {
        let (code, out, err) = command(&[action], directory.path());
        assert_eq!((code, err.as_str()), (0, ""), "{action}: {out}");
    }
}

#[test]
fn a_spool_that_is_not_there_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let (code, _, err) = command(&["stat"], directory.path());
    assert_eq!(code, 66);
    assert!(err.contains("there is no spool at"), "{err}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Buries these with a reason each.
fn bury(spool: &mut Spool, letters: &[(Reading, &str)]) {
    let records: Vec<Record> = letters.iter().map(|(reading, _)| (*reading).into()).collect();
    let refusals = letters.iter().enumerate().map(|(index, (_, reason))| {
        let reason = (*reason).to_owned();
        Refusal { index, field: Field::TIMESTAMP, reason }
    });
    spool.bury(&records, &refusals.collect::<Vec<_>>()).unwrap();
}

#[test]
fn dead_letters_are_exported_by_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let _in_use = spool(directory.path());
    let (code, out, _) = command(&["export", "--dead"], directory.path());
    assert_eq!(code, 0);
    let refused = "00-17-0d-00-00-30-00-03,1970-01-01T00:00:04.000000Z,temperature,22.97,refused,\"it says \"\"no\"\", twice\"";
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        ["mac,timestamp,quantity,value,state,reason", refused]
    );
    let (code, out, _) = command(&["export", "--dead", "--format", "json"], directory.path());
    assert_eq!(code, 0);
    let exported: serde_json::Value = serde_json::from_str(&out).unwrap();
    let expected = serde_json::json!([{
        "mac": "00-17-0d-00-00-30-00-03",
        "temperature": 22.97,
        "timestamp": "1970-01-01T00:00:04.000000Z",
        "state": "refused",
        "reason": "it says \"no\", twice",
    }]);
    assert_eq!(exported, expected);
}

#[test]
fn dead_letters_come_back_all_or_by_reason() {
    let directory = tempfile::tempdir().unwrap();
    let mut in_use = spool(directory.path());
    bury(
        &mut in_use,
        &[(reading(3, 6_000_000), "too old"), (reading(3, 7_000_000), "too old, too")],
    );
    let (code, out, err) = command(&["retry", "--reason", "nothing like it"], directory.path());
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("0 records are in the queue again\n3 dead letters stay"), "{out}");

    let (code, out, _) = command(&["retry", "--reason", "too old"], directory.path());
    assert_eq!(code, 0);
    assert!(out.starts_with("2 records are in the queue again\n1 dead letters stay"), "{out}");
    // The spool that is in use takes them up.
    assert!(in_use.look().unwrap().written);
    assert_eq!((in_use.len(), in_use.dead_letters()), (5, 1));
    let again: Vec<_> =
        in_use.oldest(9).unwrap()[3..].iter().map(|spooled| spooled.record.clone()).collect();
    assert_eq!(again, [reading(3, 6_000_000), reading(3, 7_000_000)].map(Record::from));

    drop(in_use);
    let (code, out, _) = command(&["retry"], directory.path());
    assert_eq!((code, out.as_str()), (0, "1 records are in the queue again\n"));
    let spool = Spool::open(directory.path(), LIMIT).unwrap();
    assert_eq!((spool.len(), spool.dead_letters()), (6, 0));
}

/// Its time is the manager's: no server must take it for the world's.
#[test]
fn a_dead_letter_without_a_time_stays_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut in_use = Spool::open(directory.path(), LIMIT).unwrap();
    let look = |uptime| Piece { from: i64::from(uptime) * 1_000_000, offset: 0, uptime };
    in_use.await_date(look(10)).unwrap();
    let undated = Undated { record: reading(4, 0).into(), manager_micros: 11_000_000 };
    in_use.append_undated(&[undated]).unwrap();
    assert_eq!(in_use.date(look(5), |_| None).unwrap(), (0, 1));
    let (code, out, _) = command(&["retry"], directory.path());
    assert_eq!(code, 0);
    assert!(out.starts_with("0 records are in the queue again\n1 dead letters stay"), "{out}");
    let (_, out, _) = command(&["export", "--dead", "--format", "json"], directory.path());
    assert!(out.contains(r#""manager_timestamp":"1970-01-01T00:00:11.000000Z""#), "{out}");
    assert!(!out.contains(r#""timestamp""#), "{out}");
}

#[test]
fn a_retry_where_there_is_no_spool_makes_none() {
    let directory = tempfile::tempdir().unwrap();
    let (code, _, err) = command(&["retry"], directory.path());
    assert_eq!(code, 66, "{err}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
