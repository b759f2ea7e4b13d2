use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use clouddata_server::{Config, Server, StartError};
use readings::Reading;
use tempfile::TempDir;

use crate::fixture::{MAC, client, start, url};

fn post(server: &clouddata_server::Running, temperature: f64) -> u16 {
    let body = format!(r#"{{"mac": "{MAC}", "temperature": {temperature}}}"#);
    let request = client().post(url(server, "/api/v1/oap")).content_type("application/json");
    request.send(body).unwrap().status().as_u16()
}

fn stored(server: &clouddata_server::Running) -> Vec<Reading> {
    let mut answer = client().get(url(server, "/api/v1/readings")).call().unwrap();
    answer.body_mut().read_json().unwrap()
}

#[test]
fn readings_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    assert_eq!(post(&server, 22.97), 204);
    assert_eq!(server.url(), format!("http://{}/", server.local_addr()));
    server.stop();
    let server = start(&folder);
    assert_eq!(stored(&server).len(), 1);
}

#[test]
fn open_streams_and_idle_connections_do_not_hold_up_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let stream = client().get(url(&server, "/api/v1/stream")).call().unwrap();
    let idle = std::net::TcpStream::connect(server.local_addr()).unwrap();
    let kept = client();
    kept.get(url(&server, "/health")).call().unwrap();
    server.stop();
    let mut rest = String::new();
    // The stream ends; whether in order or by a closed connection is not ours to say.
    let _ = stream.into_body().into_reader().read_to_string(&mut rest);
    drop(idle);
}

#[test]
fn a_busy_address_is_an_error_that_names_it_and_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let listen = taken.local_addr().unwrap();
    let config = Config { listen, ..Config::new(folder.path().to_owned()) };
    let error = Server::start(config).err().unwrap();
    assert!(matches!(error, StartError::Listen { .. }));
    let text = error.to_string();
    assert!(text.contains(&listen.to_string()) && text.contains("--listen"), "{text}");
    assert_eq!(error.exit_code(), 69);
}

#[test]
fn a_data_folder_that_cannot_be_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::new(file.join("data")) };
    let error = Server::start(config).err().unwrap();
    let text = error.to_string();
    assert!(text.contains("file/data") && text.contains("--data-dir"), "{text}");
    assert_eq!(error.exit_code(), 74);
}

/// The program at work, what it says, and the first line of that.
fn run(folder: &TempDir, listen: &str) -> (Child, BufReader<ChildStderr>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["--listen", listen, "--data-dir"])
        .arg(folder.path())
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    (child, log, line)
}

fn terminate(mut child: Child) -> ExitStatus {
    let told = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(told.success());
    child.wait().unwrap()
}

#[test]
fn the_program_says_where_it_serves_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let (child, _log, line) = run(&folder, "127.0.0.1:0");
    let address = line.split("url=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let health = client().get(format!("{address}health")).call().unwrap();
    assert_eq!(health.status(), 200);
    assert_eq!(terminate(child).code(), Some(0));
}

#[test]
fn what_it_makes_is_its_users_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state/data");
    let mut child = Command::new("sh")
        .args(["-c", r#"umask 0; exec "$0" --listen 127.0.0.1:0 --data-dir "$1""#])
        .arg(env!("CARGO_BIN_EXE_clouddata-server"))
        .arg(&data)
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let mode = |path: &std::path::Path| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
            & 0o777
    };
    let files: Vec<_> =
        std::fs::read_dir(&data).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.ends_with("readings.db")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!((mode(&data), mode(data.parent().unwrap())), (0o700, 0o700));
    terminate(child);
}

#[test]
fn an_address_that_others_reach_without_tokens_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let (child, _log, line) = run(&folder, "0.0.0.0:0");
    assert!(line.contains("WARN") && line.contains("set tokens"), "{line}");
    terminate(child);
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for arguments in [["--listen", "nowhere"], ["--retention", "0s"], ["--colour", "red"]] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_clouddata-server")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(arguments[0]), "{text}");
    }
}

#[test]
fn systemd_is_told_of_the_start_the_progress_and_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path())
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let next = || {
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    assert_eq!(next(), "READY=1");
    assert_eq!(next(), "WATCHDOG=1");
    assert_eq!(next(), "WATCHDOG=1");
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    let mut last = next();
    while last == "WATCHDOG=1" {
        last = next();
    }
    assert_eq!(last, "STOPPING=1");
    assert!(child.wait().unwrap().success());
}
