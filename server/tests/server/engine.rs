//! What answers where the engine should be, and what of that is believed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use clouddata_server::{Config, Engine, InfluxConfig, Protocol, Running, Server, StoreChoice};
use scripted_server::{Answer, ScriptedServer};
use tempfile::TempDir;

use crate::fixture::{MAC, client, url};

const PAGE: &str = "<html><body>Welcome to the network. Please log in.</body></html>";

/// A server on what answers at `url`.
fn server(url: &str, engine: Engine) -> (TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let protocol = Protocol::V1 {
        database: "grafana".to_owned(),
        retention_policy: "twelve_h_only".to_owned(),
        network_retention_policy: "network_thirty_d".to_owned(),
        credentials: Some(("user".to_owned(), "pass-word".to_owned())),
    };
    let influx = InfluxConfig::new(url.trim_end_matches('/').to_owned(), protocol, engine);
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        store: StoreChoice::Influx(influx),
        ..Config::new(folder.path().to_owned())
    };
    let server = Server::start(config).unwrap();
    (folder, server)
}

/// Status and body.
fn post(server: &Running, body: &str) -> (u16, String) {
    let request = client().post(url(server, "/api/v1/oap")).content_type("application/json");
    let mut answer = request.send(body).unwrap();
    let status = answer.status().as_u16();
    if status == 503 {
        assert!(answer.headers().contains_key("retry-after"));
    }
    (status, answer.body_mut().read_to_string().unwrap())
}

fn get(server: &Running, path: &str) -> (u16, String) {
    let mut answer = client().get(url(server, path)).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

fn reading() -> String {
    format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#)
}

/// Expects of a server whose engine answers so that it answers a reading with this status.
fn expect(answers: &[(Answer, u16)]) {
    for &(answer, status) in answers {
        let engine = ScriptedServer::answering(answer);
        let (_folder, server) = server(engine.url(), Engine::InfluxDb);
        let (said, text) = post(&server, &reading());
        assert_eq!(said, status, "{answer:?}: {text}");
        server.stop();
    }
}

#[test]
fn only_the_engines_own_204_says_that_a_reading_is_stored() {
    expect(&[
        (Answer::Status("204 No Content\r\nX-Influxdb-Version: 1.6.7"), 204),
        (Answer::Status("204 No Content\r\nX-Influxdb-Build: OSS"), 204),
        (Answer::Status("204 No Content\r\nX-Server-Hostname: db"), 204),
        (Answer::Status("204 No Content\r\nCluster-Uuid: 4f0c"), 204),
        // A login page, with and without a body, and a proxy that likes everything.
        (Answer::Body("200 OK\r\nContent-Type: text/html", PAGE), 503),
        (Answer::Status("200 OK"), 503),
        (Answer::Status("204 No Content"), 503),
        (Answer::Status("201 Created"), 503),
        (Answer::Body("202 Accepted\r\nX-Influxdb-Version: 1.6.7", "{}"), 503),
        (Answer::Body("200 OK\r\nX-Influxdb-Version: 1.6.7\r\nContent-Type: text/html", PAGE), 503),
        // It is not followed to where it leads.
        (Answer::Status("302 Found\r\nLocation: http://127.0.0.1:9/login"), 503),
        (Answer::Status("307 Temporary Redirect\r\nLocation: /login"), 503),
        (Answer::Status("500 Internal Server Error"), 503),
        (Answer::Status("401 Unauthorized\r\nX-Influxdb-Version: 1.6.7"), 503),
    ]);
}

#[test]
fn an_unmarked_204_is_believed_if_an_engine_is_there() {
    // InfluxDB 3 says who it is when it is asked.
    const MARK: &str = "200 OK\r\nX-Influxdb-Version: 3.0\r\nContent-Type: application/json";
    let engine = ScriptedServer::answering(Answer::Body(MARK, r#"{"results":[]}"#));
    let (_folder, server) = server(engine.url(), Engine::InfluxDb);
    let stored = (0..10).any(|_| {
        // After this the server need not ask for a while which motes there are.
        assert_eq!(get(&server, "/api/v1/motes"), (200, "[]".to_owned()));
        engine.script([Answer::Status("204 No Content")]);
        let stored = post(&server, &reading()).0 == 204;
        if !stored {
            std::thread::sleep(core::time::Duration::from_secs(1));
        }
        stored
    });
    assert!(stored);
}

#[test]
fn only_the_engines_own_json_condemns_a_reading() {
    const MARK: &str = "400 Bad Request\r\nX-Influxdb-Version: 1.6.7";
    let error = r#"{"error":"partial write: points beyond retention policy dropped=1"}"#;
    expect(&[
        (Answer::Body(MARK, error), 422),
        (
            Answer::Body(
                "422 Unprocessable Entity\r\nX-Influxdb-Version: v2.7",
                r#"{"code":"unprocessable entity","message":"field type conflict"}"#,
            ),
            422,
        ),
        (Answer::Body("400 Bad Request\r\nContent-Type: text/html", PAGE), 503),
        (Answer::Body("400 Bad Request", error), 503),
        (Answer::Body(MARK, PAGE), 503),
        (Answer::Body(MARK, r#"{"error":"partial wri"#), 503),
        (Answer::Status(MARK), 503),
        (Answer::Body("413 Content Too Large", PAGE), 503),
    ]);
}

#[test]
fn no_query_or_check_is_answered_by_a_login_page() {
    for answer in [
        Answer::Body("200 OK\r\nContent-Type: text/html", PAGE),
        Answer::Status("200 OK"),
        Answer::Status("204 No Content"),
        Answer::Body("200 OK\r\nContent-Type: application/json", r#"{"results":[]}"#),
        Answer::Status("302 Found\r\nLocation: /login"),
    ] {
        let engine = ScriptedServer::answering(answer);
        for kind in [Engine::InfluxDb, Engine::VictoriaMetrics] {
            let (_folder, server) = server(engine.url(), kind);
            for path in
                ["/health", "/api/v1/motes", "/api/v1/readings", "/api/v1/readings?buckets=10"]
            {
                let (status, text) = get(&server, path);
                assert_eq!(status, 503, "{answer:?} {kind:?} {path}: {text}");
            }
            server.stop();
        }
    }
}

#[test]
fn what_the_public_is_told_names_nothing_inside() {
    const SECRET: &str = "series{mac=~\\\"secret\\\"} on 10.1.2.3:8086";
    let error = format!("{{\"error\":\"{SECRET}\"}}").leak();
    for answer in [
        Answer::Body("500 Internal Server Error\r\nX-Influxdb-Version: 1.6.7", error),
        Answer::Body("400 Bad Request\r\nX-Influxdb-Version: 1.6.7", error),
        Answer::Body("200 OK\r\nX-Influxdb-Version: 1.6.7", error),
        Answer::Body("404 Not Found\r\nContent-Type: text/html", error),
    ] {
        let engine = ScriptedServer::answering(answer);
        let (_folder, server) = server(engine.url(), Engine::InfluxDb);
        let said = [
            post(&server, &reading()),
            get(&server, "/health"),
            get(&server, "/api/v1/motes"),
            get(&server, "/api/v1/readings"),
            get(&server, "/metrics"),
        ];
        let address = engine.url().trim_start_matches("http://").trim_end_matches('/');
        for (status, text) in said {
            for word in ["secret", "10.1.2.3", "SELECT", "temperature_value", address] {
                assert!(!text.contains(word), "{answer:?} {status}: {text}");
            }
        }
        server.stop();
    }
    // Nothing is there at all.
    let (_folder, server) = server("http://127.0.0.1:9", Engine::InfluxDb);
    for (status, text) in [post(&server, &reading()), get(&server, "/api/v1/motes")] {
        assert!(status == 503 && !text.contains("127.0.0.1"), "{text}");
    }
}

#[test]
fn no_proxy_of_the_environment_gets_the_password() {
    let proxy =
        ScriptedServer::answering(Answer::Status("204 No Content\r\nX-Influxdb-Build: OSS"));
    let engine =
        ScriptedServer::answering(Answer::Status("204 No Content\r\nX-Influxdb-Build: OSS"));
    let folder = tempfile::tempdir().unwrap();
    let listen = engines::free_address();
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["--store", "influx1", "--influx-username", "user", "--influx-url", engine.url()])
        .arg(format!("--listen={listen}"))
        .arg("--data-dir")
        .arg(folder.path())
        .env("CLOUDDATA_INFLUX_PASSWORD", "pass-word")
        .envs(
            ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, proxy.url())),
        )
        .env_remove("NO_PROXY")
        .spawn()
        .unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let stored = (0..600).any(|_| {
        let request = agent.post(format!("http://{listen}/oap")).content_type("application/json");
        let stored = request.send(reading()).is_ok_and(|answer| answer.status() == 204);
        if !stored {
            std::thread::sleep(core::time::Duration::from_millis(100));
        }
        stored
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(stored);
    assert_eq!(proxy.requests(), 0);
    assert!(engine.requests() > 0);
}

#[test]
fn the_log_says_once_that_victoriametrics_answers_before_its_data_is_on_the_disk() {
    let said = |engine: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
            .args(["--store=influx1", "--influx-url=http://127.0.0.1:9", "--listen=127.0.0.1:0"])
            .args(["--influx-engine", engine, "--data-dir"])
            .arg(folder.path())
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = String::new();
        for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
            log += &line;
            if line.contains("serving") {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        log.matches("before readings are on its disk").count()
    };
    assert_eq!((said("victoriametrics"), said("influxdb")), (1, 0));
}

#[test]
fn a_password_in_an_address_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://user:pass-word@127.0.0.1:8086";
    let file = folder.path().join("server.toml");
    std::fs::write(&file, format!("store = \"influx1\"\ninflux_url = \"{url}\"\n")).unwrap();
    let readings = folder.path().join("readings.csv");
    std::fs::write(&readings, "mac,timestamp,temperature\n").unwrap();
    let (file, readings) = (file.to_str().unwrap(), readings.to_str().unwrap());
    for (arguments, code) in [
        (vec!["config", "--check", "--store=influx1", "--influx-url", url], 78),
        (vec!["--store=influx1", "--influx-url", url], 78),
        (vec!["config", "--check", "--config", file], 78),
        (vec!["export", "--config", file], 78),
        (vec!["import", readings, "--server", url], 64),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
            .args(&arguments)
            .env("CLOUDDATA_DATA_DIR", folder.path().join("data"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("a user or a password"), "{said}");
        assert!(!said.contains("pass-word"), "{said}");
    }
}
