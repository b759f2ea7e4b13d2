//! A file of version 0.1.0, which had temperatures only.

use clouddata_server::{Config, Embedded, Server};
use readings::Reading;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::fixture::{HOUR, MAC, ago, client, url};

/// The layout as that version made it, copied from its source.
const LAYOUT: &str = "
    PRAGMA auto_vacuum = incremental;
    PRAGMA journal_mode = wal;
    BEGIN IMMEDIATE;
    CREATE TABLE readings (
        time INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        temperature REAL NOT NULL,
        PRIMARY KEY (time, mac)
    ) STRICT, WITHOUT ROWID;
    PRAGMA application_id = 0x63646174; PRAGMA user_version = 2;
    COMMIT;
    CREATE TABLE IF NOT EXISTS labels (
        mac INTEGER PRIMARY KEY,
        label TEXT NOT NULL
    ) STRICT;";

#[test]
fn what_an_earlier_version_has_kept_stays_and_the_rest_comes_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(Embedded::FILE_NAME);
    let old = Connection::open(&path).unwrap();
    old.execute_batch(LAYOUT).unwrap();
    let mac: readings::Mac = MAC.parse().unwrap();
    let key = i64::from_be_bytes(mac.octets());
    let when: Vec<readings::Timestamp> =
        (1..=1000).map(|n| ago(HOUR / 1000 * n).parse().unwrap()).collect();
    for (index, time) in when.iter().enumerate() {
        let row = (time.as_micros(), key, index as f64);
        old.execute("INSERT INTO readings VALUES (?1, ?2, ?3)", row).unwrap();
    }
    old.execute("INSERT INTO labels VALUES (?1, 'attic')", [key]).unwrap();
    drop(old);

    for _ in 0..2 {
        let config =
            Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::new(folder.path().to_owned()) };
        let server = Server::start(config).unwrap();
        let get = |path: &str| -> String {
            client().get(url(&server, path)).call().unwrap().body_mut().read_to_string().unwrap()
        };
        let stored: Vec<Reading> = serde_json::from_str(&get("/api/v1/readings")).unwrap();
        let mut values: Vec<f64> = stored.iter().map(|reading| reading.value).collect();
        values.reverse();
        assert_eq!(values, (0..1000).map(f64::from).collect::<Vec<_>>());
        let motes: Value = serde_json::from_str(&get("/api/v1/motes")).unwrap();
        assert_eq!(motes[0]["label"], "attic");
        let charge = json!({"mac": MAC, "charge": 7, "timestamp": when[0]});
        let answer = client().post(url(&server, "/oap")).send_json(charge).unwrap();
        assert_eq!(answer.status().as_u16(), 204);
        let kept: Value = serde_json::from_str(&get("/api/v1/readings?quantity=charge")).unwrap();
        assert_eq!(kept.as_array().unwrap().len(), 1);
    }
    let names = std::fs::read_dir(folder.path()).unwrap();
    let aside = names
        .filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains("damaged"));
    assert_eq!(aside.count(), 0);
    let file = Connection::open(&path).unwrap();
    let version: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
}
