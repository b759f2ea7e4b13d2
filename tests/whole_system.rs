//! The command that the README gives first, as its reader runs it.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Answer, Bench, PATIENCE, Program, ScriptedServer, command, listen, readings};
use serde_json::Value;
use tempfile::TempDir;

fn start(directory: &TempDir, more: &[&str]) -> (Program, String) {
    let data_dir = directory.path().to_string_lossy();
    let arguments = [&["--listen", "127.0.0.1:0", "--data-dir", &data_dir], more].concat();
    let system = Program::start("clouddata", arguments);
    let url = system.wait_for("live page: ");
    (system, url)
}

#[test]
fn simulated_motes_show_up_on_the_server_and_it_stops_cleanly() {
    let directory = TempDir::new().expect("a temporary directory");
    for signal in ["TERM", "INT"] {
        let (mut system, url) = start(&directory, &["--simulate", "--motes", "3"]);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut motes: Vec<_> = readings(&url).into_iter().map(|r| r.mac).collect();
            motes.sort();
            motes.dedup();
            if motes.len() >= 3 {
                break;
            }
            assert!(Instant::now() < deadline, "{motes:?}\n{}", system.heard());
            thread::sleep(Duration::from_millis(100));
        }
        let page = ureq::get(&url).call().expect("the live page is served").into_body();
        let page = page.into_with_config().read_to_string().expect("it is text");
        assert!(page.contains("<html"), "{page}");
        system.signal(signal);
        let status = system.wait();
        assert!(status.success(), "{signal} ends it with {status}:\n{}", system.heard());
    }
}

#[test]
fn without_a_port_it_says_what_it_looked_at_and_simulates_nothing() {
    let directory = TempDir::new().expect("a temporary directory");
    let data_dir = directory.path().to_string_lossy();
    let arguments = ["--listen", "127.0.0.1:0", "--data-dir", &data_dir];
    let mut system = Program::start("clouddata", arguments);
    let status = system.wait();
    assert_eq!(status.code(), Some(69), "{}", system.heard());
    assert!(system.heard().contains("--simulate"), "{}", system.heard());
}

#[test]
fn a_container_can_ask_how_it_is() {
    let directory = TempDir::new().expect("a temporary directory");
    let (mut system, url) = start(&directory, &["--simulate"]);
    let address_in = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let address = address_in(&url);
    // As an image sets it, and its health check asks.
    let ask = |address: &str| {
        let asked = command("clouddata").arg("health").env("CLOUDDATA_LISTEN", address).output();
        let asked = asked.expect("it runs");
        let said = [asked.stdout, asked.stderr].concat();
        (asked.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    for address in [&address, &everywhere] {
        let (code, said) = ask(address);
        assert!(code == Some(0) && said.contains(r#""status":"ok""#), "{code:?} {said}");
    }
    system.signal("TERM");
    system.wait();
    let (code, said) = ask(&address);
    assert!(code == Some(69) && said.contains("--listen"), "{code:?} {said}");

    // Whatever else answers with 200 is no server of ours.
    let stranger = ScriptedServer::answering(Answer::Body("200 OK", "<html>Log in</html>"));
    let (code, said) = ask(&address_in(stranger.url()));
    assert!(code == Some(69) && said.contains("not well"), "{code:?} {said}");
}

/// What a server says of its gateways.
fn gateways(url: &str) -> Value {
    let answer = ureq::get(format!("{}/api/v1/gateways", url.trim_end_matches('/'))).call();
    let text = answer.expect("it is served").into_body().read_to_string().expect("it is text");
    serde_json::from_str(&text).expect("it is JSON")
}

fn wait_for_gateway(url: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = gateways(url);
        if wanted(&found[0]) {
            return found;
        }
        assert!(Instant::now() < deadline, "{found}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn terminal_and_page_say_what_is_there() {
    let directory = TempDir::new().expect("a temporary directory");
    let (system, url) = start(&directory, &["--simulate", "--motes", "3", "--period", "20s"]);
    system.wait_for("only this computer can open it; for others start with --listen 0.0.0.0:");
    let port = system.wait_for("there is a manager on ");
    let found = wait_for_gateway(&url, |gateway| {
        gateway["manager"]["motes_operational"] == 3 && gateway["manager"]["motes_known"] == 3
    });
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found[0]["manager"]["phase"], "connected", "{found}");
    assert_eq!(found[0]["state"], "ok", "{found}");
    assert!(port.starts_with(found[0]["manager"]["port"].as_str().expect("a port")), "{found}");
    system.wait_for("readings arrive");
    // How many are in the network already depends on how fast it was asked.
    let heard = system.heard();
    let early = heard.contains("is in its network yet; to join takes them some minutes");
    let late = heard.contains("its network; the first report is due within 30 s");
    assert!(early || late, "{heard}");
}

#[test]
fn a_gateway_elsewhere_says_what_is_there_and_that_its_manager_has_gone() {
    let bench = Bench::new();
    let (_server, url) = bench.server();
    let (mut simulator, port) = bench.simulator(&["--motes", "2", "--period", "1s"]);
    let gateway = bench.gateway(&port, &url);
    wait_for_gateway(&url, |gateway| gateway["manager"]["motes_operational"] == 2);
    simulator.terminate();
    let found = wait_for_gateway(&url, |gateway| gateway["manager"]["phase"] == "searching");
    assert_eq!(found[0]["state"], "ok", "{found}\n{}", gateway.heard());
}

#[test]
fn who_listens_everywhere_shows_an_address_that_others_can_use() {
    let directory = TempDir::new().expect("a temporary directory");
    let data_dir = directory.path().to_string_lossy();
    let arguments = ["--simulate", "--listen", "0.0.0.0:0", "--data-dir", &data_dir];
    let system = Program::start("clouddata", arguments);
    let url = system.wait_for("live page: ");
    assert!(!url.contains("0.0.0.0"), "{url}");
    wait_for_gateway(&url, |gateway| gateway["manager"]["phase"] == "connected");
}

#[test]
fn simulated_readings_and_a_kits_are_never_in_one_folder() {
    let directory = TempDir::new().expect("a temporary directory");
    let (mut system, _) = start(&directory, &["--simulate"]);
    system.wait_for("readings arrive");
    system.signal("TERM");
    system.wait();
    let data_dir = directory.path().to_string_lossy();
    let kit = ["--port", "/dev/null", "--listen", "127.0.0.1:0", "--data-dir", &data_dir];
    let mut kit = Program::start("clouddata", kit);
    assert_eq!(kit.wait().code(), Some(78), "{}", kit.heard());
    assert!(kit.heard().contains("holds simulated readings"), "{}", kit.heard());
    // By itself each takes a folder of its own.
    let home = TempDir::new().expect("a temporary directory");
    let state = home.path().to_string_lossy();
    let system = Program::start_with(
        &[("XDG_STATE_HOME", &*state)],
        "clouddata",
        ["--simulate", "--listen", "127.0.0.1:0"],
    );
    system.wait_for("readings arrive");
    let folders: Vec<_> = std::fs::read_dir(home.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(folders, ["clouddata-simulated"]);
}

#[test]
fn a_listen_address_that_is_taken_is_named() {
    let directory = TempDir::new().expect("a temporary directory");
    let (_first, url) = start(&directory, &["--simulate"]);
    let listen = listen(&url);
    let other = TempDir::new().expect("a temporary directory");
    let data_dir = other.path().to_string_lossy();
    let arguments = ["--simulate", "--listen", listen, "--data-dir", &data_dir];
    let mut second = Program::start("clouddata", arguments);
    assert_eq!(second.wait().code(), Some(69), "{}", second.heard());
    assert!(second.heard().contains(listen), "{}", second.heard());
}

/// Server and gateway each have the folder to themselves, whichever program they are in.
#[test]
fn a_folder_that_is_in_use_is_refused_and_who_uses_it_is_named() {
    let directory = TempDir::new().expect("a temporary directory");
    let (first, _) = start(&directory, &["--simulate"]);
    let folder = directory.path().to_string_lossy();
    let simulator = Program::start("clouddata-simulator", ["--motes", "1"]);
    let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
    let second = ["--simulate", "--listen", "127.0.0.1:0", "--data-dir", &folder];
    let server = ["--listen", "127.0.0.1:0", "--data-dir", &folder];
    let gateway = ["--port", &pty, "--state-dir", &folder];
    for (program, arguments) in
        [("clouddata", &second[..]), ("clouddata-server", &server), ("clouddata-gateway", &gateway)]
    {
        let mut other = Program::start(program, arguments);
        assert_eq!(other.wait().code(), Some(75), "{}", other.heard());
        let holder = format!("is in use by process {}", first.id());
        assert!(other.heard().contains(&holder), "{program}: {}", other.heard());
    }
}
