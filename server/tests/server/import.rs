//! `import` of files as they come: of other programs, of other systems, damaged, or no files of
//! readings at all.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use clouddata_server::Running;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cli::{server, text};
use crate::fixture::{HOUR, MAC, ago, client, start, url};

#[test]
fn an_import_says_which_readings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder);
    let address = format!("http://{}", running.local_addr());
    let csv =
        format!("mac,timestamp,temperature\n{MAC},{0},1\nnobody,{0},2\n{MAC},{0},3\n", ago(HOUR));
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["import", "-", "--format", "csv", "--server", &address])
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(csv.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(65));
    assert_eq!(text(output.stdout), "2 readings stored, 1 refused\n");
    let log = text(output.stderr);
    assert!(log.contains("reading=2") && log.contains("EUI-64"), "{log}");
}

fn stored(running: &Running) -> usize {
    let mut answer = client().get(url(running, "/api/v1/readings?format=csv")).call().unwrap();
    answer.body_mut().read_to_string().unwrap().lines().count() - 1
}

fn import(running: &Running, name: &str, content: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    let address = format!("http://{}", running.local_addr());
    server(folder.path(), &["import", file.to_str().unwrap(), "--server", &address])
}

fn packed(content: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_holds_no_reading_is_a_failure_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder);
    let garbage: Vec<u8> = (0..100_000_u32).map(|n| ((n * 7919) >> 3) as u8).collect();
    let header = b"mac,timestamp,temperature\n";
    let cut = &packed("mac,timestamp,temperature\n")[..20];
    let cases: [(&str, &[u8], &str); 13] = [
        ("empty.csv", b"", "there is no reading in"),
        ("empty.json", b"", "there is no reading in"),
        ("empty.lp", b"", "there is no reading in"),
        ("array.json", b"[]", "there is no reading in"),
        ("header.csv", header, "there is no reading in"),
        ("garbage.csv", &garbage, "garbage.csv"),
        ("garbage.json", &garbage, "there are no objects"),
        ("garbage.lp", &garbage, "garbage.lp"),
        ("words.csv", b"these are\nonly words\n", "no reading in"),
        ("columns.csv", b"mac,timestamp,value\na,1,2\n", "names no column temperature"),
        ("time.csv", b"mac,time,temperature\na,1,2\n", "names no column timestamp"),
        ("page.json", b"<html></html>", "there are no objects"),
        ("cut.csv.gz", cut, "cannot be read"),
    ];
    for (name, content, said) in cases {
        let output = import(&running, name, content);
        let (out, log) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(65), "{name}: {log}");
        assert!(log.contains(said) && log.contains(name), "{name}: {log}");
        assert!(out.starts_with("0 readings stored"), "{name}: {out}");
        assert!(log.lines().count() < 30, "{name}: {log}");
    }
    assert_eq!(stored(&running), 0);
}

#[test]
fn a_csv_without_a_header_loses_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder);
    let lines = |count: u32| -> String {
        (1..=count).map(|n| format!("{MAC},{},{n}\n", ago(HOUR * n / 10))).collect()
    };
    let output = import(&running, "readings.csv", lines(3).as_bytes());
    assert_eq!(text(output.stdout), "3 readings stored, 0 refused\n");
    assert!(output.status.success());
    assert_eq!(stored(&running), 3);
}

#[test]
fn every_way_to_write_the_same_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder);
    let times = [ago(HOUR), ago(HOUR / 2)];
    let csv: String = times.iter().map(|time| format!("{MAC},{time},20.5\n")).collect();
    let object =
        |time| format!("{{\"mac\":\"{MAC}\",\"timestamp\":\"{time}\",\"temperature\":20.5}}\n");
    let named = format!("mac,timestamp,temperature\n{csv}");
    let turned: String = times.iter().map(|time| format!("20.5,x,{time},{MAC}\n")).collect();
    let ways: [(&str, Vec<u8>); 8] = [
        ("a.csv", named.clone().into()),
        ("b.csv", named.replace('\n', "\r\n").into()),
        ("c.csv", format!("\u{feff}{named}").into()),
        ("d.csv", csv.trim_end().into()),
        ("e.csv.gz", packed(&named)),
        ("f.csv", format!("Temperature,Note,Timestamp,MAC\n{turned}").into()),
        ("g.jsonl", times.iter().map(object).collect::<String>().into()),
        ("h.json.gz", packed(&format!("\u{feff}[{}]", times.each_ref().map(object).join(",")))),
    ];
    for (name, content) in ways {
        let output = import(&running, name, &content);
        let log = text(output.stderr);
        assert_eq!(text(output.stdout), "2 readings stored, 0 refused\n", "{name}: {log}");
        assert_eq!(stored(&running), 2, "{name}");
        assert_eq!(log.contains("was the file cut short?"), name == "d.csv", "{name}: {log}");
    }
}

#[test]
fn one_bad_line_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder);
    let time = ago(HOUR);
    let csv = format!("{MAC},{time},NaN\n{MAC},{time}\n{MAC},{time},20\n{MAC},2023-11-");
    let output = import(&running, "readings.csv", csv.as_bytes());
    let log = text(output.stderr);
    assert_eq!(output.status.code(), Some(65), "{log}");
    assert_eq!(text(output.stdout), "1 readings stored, 3 refused\n", "{log}");
    assert!(log.contains("line=1") && log.contains("NaN"), "{log}");
    assert!(log.contains("found 2") && log.contains("line=4"), "{log}");
    assert_eq!(stored(&running), 1);
    let long = format!("{csv}{}\n", "a".repeat(100_000));
    let output = import(&running, "long.csv", long.as_bytes());
    assert_eq!(output.status.code(), Some(65));
    assert!(text(output.stderr).contains("line 4 is longer than 65536 octets"));
    assert_eq!(text(output.stdout), "1 readings stored, 2 refused\n");
}
