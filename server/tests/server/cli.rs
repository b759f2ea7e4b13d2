use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fixture::{HOUR, MAC, ago, client, object, start, url};

fn server(data_dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

#[test]
fn what_is_exported_from_one_server_is_imported_by_another() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (source, target) = (start(&from), start(&to));
    let body: Vec<_> = (1..=100).map(|n| object(MAC, f64::from(n), &ago(HOUR / n))).collect();
    let request = client().post(url(&source, "/oap")).content_type("application/json");
    assert_eq!(request.send(format!("[{}]", body.join(","))).unwrap().status(), 204);
    let all = |server| {
        let mut answer = client().get(url(server, "/api/v1/readings")).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };

    for (format, stored) in [("csv", 100), ("json", 100), ("lp", 100)] {
        let exported = server(from.path(), &["export", "--format", format]);
        assert!(exported.status.success(), "{}", text(exported.stderr));
        let file = to.path().join(format!("readings.{format}"));
        std::fs::write(&file, &exported.stdout).unwrap();
        let address = format!("http://{}", target.local_addr());
        let imported = server(to.path(), &["import", file.to_str().unwrap(), "--server", &address]);
        assert!(imported.status.success(), "{}", text(imported.stderr));
        assert_eq!(text(imported.stdout), format!("{stored} readings stored, 0 refused\n"));
        assert_eq!(all(&target), all(&source));
    }
    let some = server(from.path(), &["export", "--from", "-40m", "--to", "-20min"]);
    assert_eq!(text(some.stdout).lines().count(), 1 + 2);
}

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

#[test]
fn a_backup_of_a_running_server_is_a_whole_database() {
    let (folder, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let running = start(&folder);
    let request = client().post(url(&running, "/oap")).content_type("application/json");
    request.send(object(MAC, 20.0, &ago(HOUR))).unwrap();
    let copy = restored.path().join("readings.db");
    let backup = server(folder.path(), &["backup", copy.to_str().unwrap()]);
    assert!(backup.status.success(), "{}", text(backup.stderr));
    let mut answer = client().get(url(&start(&restored), "/api/v1/readings")).call().unwrap();
    assert!(answer.body_mut().read_to_string().unwrap().contains(MAC));
    let again = server(folder.path(), &["backup", copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(74));
}

#[test]
fn the_configuration_is_printed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let template = server(folder.path(), &["config"]);
    assert!(text(template.stdout).contains("#listen = \"127.0.0.1:8080\""));

    let file = folder.path().join("server.toml");
    let tokens = folder.path().join("tokens");
    let name = file.to_str().unwrap();
    std::fs::write(&tokens, "attic: 0123456789abcdef").unwrap();
    std::fs::write(&file, format!("retention = \"1h\"\ntokens_file = {tokens:?}")).unwrap();
    let checked = server(folder.path(), &["config", "--check", "--config", name]);
    let shown = text(checked.stdout);
    assert!(checked.status.success() && shown.contains("valid"), "{shown}");
    assert!(shown.contains("attic") && !shown.contains("0123456789abcdef"), "{shown}");

    std::fs::write(&tokens, "attic: short").unwrap();
    let checked = server(folder.path(), &["config", "--check", "--config", name]);
    assert_eq!(checked.status.code(), Some(78));
    assert!(text(checked.stderr).contains("fewer than 16 characters"));
}

#[test]
fn tokens_are_read_again_on_sighup() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "attic: 0123456789abcdef").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path())
        .arg("--tokens-file")
        .arg(&tokens)
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut next_line = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut log, &mut line).unwrap();
        line
    };
    let line = next_line();
    let address = line.split("url=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let post = |token: &str| {
        let request = client().post(format!("{address}oap")).content_type("application/json");
        let request = request.header("authorization", format!("Bearer {token}"));
        request.send(object(MAC, 1.0, &ago(HOUR))).unwrap().status().as_u16()
    };
    assert_eq!((post("0123456789abcdef"), post("fedcba9876543210")), (204, 401));
    std::fs::write(&tokens, "cellar: fedcba9876543210").unwrap();
    let signal = |name: &str| {
        let id = child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    };
    signal("-HUP");
    assert!(next_line().contains("read the tokens anew"));
    assert_eq!((post("0123456789abcdef"), post("fedcba9876543210")), (401, 204));
    signal("-TERM");
    assert!(child.wait().unwrap().success());
}
