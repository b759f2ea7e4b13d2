use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fixture::{HOUR, MAC, ago, client, object, start, url};

pub(crate) fn server(data_dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

pub(crate) fn text(octets: Vec<u8>) -> String {
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
}

#[test]
fn a_backup_that_cannot_be_made_names_the_file_at_fault() {
    let (folder, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(start(&folder));
    let there = empty.path().join("there");
    std::fs::write(&there, "mine").unwrap();
    let database = folder.path().join("readings.db");
    let absent = empty.path().join("absent/copy.db");
    for (from, to, code, named, reason) in [
        (&folder, &there, 73, &there, "exists already"),
        (&folder, &absent, 73, &absent, "cannot be made: No such file or directory"),
        (
            &empty,
            &folder.path().join("copy.db"),
            66,
            &empty.path().join("readings.db"),
            "--data-dir",
        ),
    ] {
        let backup = server(from.path(), &["backup", to.to_str().unwrap()]);
        let said = text(backup.stderr);
        assert_eq!(backup.status.code(), Some(code), "{said}");
        assert!(said.starts_with("clouddata-server: ") && said.lines().count() == 1, "{said}");
        assert!(said.contains(named.to_str().unwrap()) && said.contains(reason), "{said}");
        assert!(*named == database || !said.contains(database.to_str().unwrap()), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    let damaged = empty.path().join("readings.db");
    std::fs::write(&damaged, "no database at all, but long enough to be looked at").unwrap();
    let backup = server(empty.path(), &["backup", empty.path().join("copy.db").to_str().unwrap()]);
    let said = text(backup.stderr);
    assert_eq!(backup.status.code(), Some(65), "{said}");
    assert!(said.contains(damaged.to_str().unwrap()), "{said}");
    assert_eq!(said.matches("not a database").count(), 1, "it repeats itself: {said}");
    assert!(!empty.path().join("copy.db").exists(), "what is no copy is taken away");
}

#[test]
fn an_export_of_nothing_says_where_it_looked() {
    let empty = tempfile::tempdir().unwrap();
    let export = server(empty.path(), &["export"]);
    let said = text(export.stderr);
    assert_eq!(export.status.code(), Some(66), "{said}");
    assert!(said.contains("no server has stored anything in"), "{said}");
    assert!(export.stdout.is_empty());
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
    assert!(shown.contains("\nretention = \"1h\"\n"), "{shown}");
    assert!(!shown.contains(['{', '}']) && !shown.contains("Some"), "{shown}");
    let mut again = shown.clone();
    for format in ["text", "json"] {
        again = again.replace("log_format = \"text\"", &format!("log_format = \"{format}\""));
        std::fs::write(&file, &again).unwrap();
        let checked = server(folder.path(), &["config", "--check", "--config", name]);
        assert_eq!(text(checked.stdout), again, "what it prints is such a file");
    }

    std::fs::write(&tokens, "attic: short").unwrap();
    std::fs::write(&file, format!("tokens_file = {tokens:?}")).unwrap();
    let checked = server(folder.path(), &["config", "--check", "--config", name]);
    assert_eq!(checked.status.code(), Some(78));
    let said = text(checked.stderr);
    assert_eq!(said.matches("fewer than 16 characters").count(), 1, "{said}");

    let absent = folder.path().join("absent.toml");
    let checked =
        server(folder.path(), &["config", "--check", "--config", absent.to_str().unwrap()]);
    let said = text(checked.stderr);
    assert_eq!(
        (checked.status.code(), said.matches("No such file").count()),
        (Some(78), 1),
        "{said}"
    );
}

#[test]
fn the_store_of_an_engine_is_shown_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let checked = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["config", "--check", "--store", "influx1", "--influx-username", "ada"])
        .env("CLOUDDATA_INFLUX_PASSWORD", "s3cret-s3cret")
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let shown = text(checked.stdout);
    for line in ["store = \"influx1\"", "influx_username = \"ada\"", "# influx_password = (hidden)"]
    {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_name_is_an_address_to_listen_on() {
    let folder = tempfile::tempdir().unwrap();
    let check = |listen| server(folder.path(), &["config", "--check", "--listen", listen]);
    assert!(text(check("localhost:8080").stdout).contains("listen = \"127.0.0.1:8080\""));
    let wrong = check("8080");
    assert_eq!(wrong.status.code(), Some(64));
    assert!(text(wrong.stderr).contains("expected ADDRESS:PORT"));
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
