//! The state folder is deleted, shared or read-only while gateways run.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use e2e::{Answer, Bench, Cell, Program, ScriptedServer, listen, once};

use crate::{Ended, SUBSCRIBED, acknowledged, end, wait_until};

const AWAY: &str = "readings are kept in the spool";
const RENEWED: &str = "the spool was deleted or replaced; it was made anew";
const CUT: &str = "the spool was cut short; it was opened anew";

/// Has `remove` do something to the folder of a gateway whose server is away. Whatever it has
/// acknowledged, before and after, is with the server in the end.
fn survives_removal(remove: impl FnOnce(&Path)) {
    survives(RENEWED, remove);
}

/// The same, which the gateway says in these words.
fn survives(said: &str, remove: impl FnOnce(&Path)) {
    let bench = Bench::lively();
    let (mut server, url) = bench.server();
    server.terminate();
    let (simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let gateway = bench.gateway(&pty, &url);
    gateway.wait_for(AWAY);
    bench.wait_for_acknowledged(20, &gateway);
    remove(&bench.path("gateway"));
    gateway.wait_for(said);
    bench.wait_for_acknowledged(20, &gateway);
    // What was written before it was noticed is in the new file too.
    gateway.signal("KILL");
    let (_server, _) = bench.server_at(listen(&url));
    let again = bench.gateway(&pty, &url);
    bench.wait_for_acknowledged(20, &again);
    end(&bench, again, simulator, &url).assert_exact();
}

#[test]
fn the_spool_is_deleted() {
    survives_removal(|folder| fs::remove_file(folder.join("spool.db")).expect("it is there"));
}

#[test]
fn the_spools_journal_is_deleted() {
    survives_removal(|folder| fs::remove_file(folder.join("spool.db-wal")).expect("it is there"));
}

/// As by `>`. All that it holds is still in the journal.
#[test]
fn the_spool_is_cut_short() {
    survives(CUT, |folder| {
        fs::File::create(folder.join("spool.db")).expect("it can be written");
    });
}

#[test]
fn the_folder_is_deleted() {
    survives_removal(|folder| {
        // In one step, or the gateway makes files in it while it is being emptied.
        let aside = folder.with_file_name("deleted");
        fs::rename(folder, &aside).expect("it is there");
        fs::remove_dir_all(aside).expect("nobody else has it");
    });
}

#[test]
fn the_folder_is_moved() {
    survives_removal(|folder| {
        fs::rename(folder, folder.with_file_name("moved")).expect("it is there");
    });
}

/// Starts a gateway that must end by itself; returns its exit code and what it says.
fn refused(mut gateway: Program) -> (Option<i32>, String) {
    let status = gateway.wait();
    (status.code(), gateway.heard())
}

#[test]
fn two_gateways_want_the_same_folder() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "200ms"]);
    let first = bench.gateway(&pty, &url);
    first.wait_for(SUBSCRIBED);
    let other = Program::start("clouddata-simulator", ["--motes", "1"]);
    let other_pty = format!("/dev/pts/{}", other.wait_for("/dev/pts/"));
    let (code, said) = refused(bench.gateway(&other_pty, &url));
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains(&format!("is in use by process {}", first.id())), "{said}");
    assert!(said.contains("--state-dir"), "{said}");
    bench.wait_for_acknowledged(10, &first);

    // One that was killed holds nothing.
    first.signal("KILL");
    let second = bench.gateway(&pty, &url);
    bench.wait_for_acknowledged(10, &second);
    end(&bench, second, simulator, &url).assert_exact();
}

/// Without --state-dir, each under the same home.
fn gateway_at_home(home: &Path, port: &str, server: &str) -> Program {
    let mut env = Command::new("env");
    env.args(["-u", "STATE_DIRECTORY", "-u", "CLOUDDATA_STATE_DIR"]);
    env.arg(format!("XDG_STATE_HOME={}", home.display()));
    Program::start_by(env, "clouddata-gateway", ["--port", port, "--server", server])
}

#[test]
fn two_kits_on_one_machine_have_a_folder_each_whichever_is_first() {
    let bench = Bench::lively();
    let (mut server, url) = bench.server();
    server.terminate();
    let home = bench.path("home");
    let ports: Vec<_> = (0..2)
        .map(|_| {
            let simulator = Program::start("clouddata-simulator", ["--period", "200ms"]);
            let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
            (simulator, pty)
        })
        .collect();
    let [first, second] = [&ports[0].1, &ports[1].1];
    let own = home.join(format!(
        "clouddata-gateway/port-{}",
        second.trim_start_matches("/dev/").replace('/', "-")
    ));
    let default = home.join("clouddata-gateway");
    for order in [[first, second], [second, first]] {
        let gateways: Vec<_> = order
            .into_iter()
            .map(|port| {
                let gateway = gateway_at_home(&home, port, &url);
                gateway.wait_for(AWAY);
                gateway
            })
            .collect();
        for mut gateway in gateways {
            gateway.terminate();
        }
    }
    assert!(default.join("spool.db").exists() && own.join("spool.db").exists());
    let folders = fs::read_dir(&default).expect("it is there");
    let folders = folders.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    assert_eq!(folders.count(), 1);
}

#[test]
fn nothing_is_kept_where_no_folder_is_named() {
    let simulator = Program::start("clouddata-simulator", ["--period", "200ms"]);
    let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
    let mut env = Command::new("env");
    env.args(["-u", "HOME", "XDG_STATE_HOME=", "STATE_DIRECTORY=", "CLOUDDATA_STATE_DIR="]);
    let (code, said) = refused(Program::start_by(env, "clouddata-gateway", ["--port", &pty]));
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("--state-dir"), "{said}");
}

/// A read-only file system with the state folder, and afterwards a writable one.
#[test]
fn the_folder_is_read_only_for_a_while() {
    let bench = Bench::lively();
    let state = bench.path("readonly");
    fs::create_dir(&state).expect("a directory");
    let disk = state.to_string_lossy().into_owned();
    let Some(cell) = Cell::new(&format!("mount -t tmpfs -o ro,size=16m tmpfs '{disk}'")) else {
        return;
    };
    let server = ScriptedServer::start([]).of_today();
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "200ms"]);
    let mut gateway = bench.gateway_in(&cell, &pty, server.url(), &state);
    gateway.wait_for("there is no spool");
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(20, &gateway);

    // Nothing is acknowledged that the server has not stored.
    server.answer(Answer::Status("500 Internal Server Error"));
    gateway.wait_for("the spool fails; nothing is acknowledged");
    let stuck = acknowledged(&bench);
    let stored = once(&server.stored()).len();
    assert!(stuck <= stored, "{stuck} of {stored}");
    thread::sleep(Duration::from_secs(2));
    assert_eq!(acknowledged(&bench), stuck);

    let id = gateway.id().to_string();
    let writable = Command::new("nsenter")
        .args(["--target", &id, "--user", "--mount", "--preserve-credentials"])
        .args(["mount", "-o", "remount,rw", &disk])
        .output()
        .expect("nsenter is there, from util-linux");
    assert!(writable.status.success(), "{}", String::from_utf8_lossy(&writable.stderr));
    gateway.wait_for("the spool can be used again");
    bench.wait_for_acknowledged(20, &gateway);
    server.answer(Answer::Store);
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    Ended::of_scripted(&bench, &server).assert_exact();
}

/// A server that refuses everything for a while, after which the dead letters are sent again.
#[test]
fn dead_letters_are_put_back_while_the_gateway_runs() {
    let bench = Bench::lively();
    let server = ScriptedServer::answering(Answer::RefuseFirst).of_today();
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    bench.wait_for_acknowledged(20, &gateway);
    server.answer(Answer::Store);
    let dead = dead_letters(&bench);
    assert!(dead > 0);
    let state_dir = bench.path("gateway").to_string_lossy().into_owned();
    let arguments = ["spool", "retry", "--reason", "not today", "--state-dir", &state_dir];
    let mut retry = Program::start("clouddata-gateway", arguments);
    retry.wait_for("records are in the queue again");
    assert!(retry.wait().success());
    wait_until("the dead letters", &gateway, || {
        dead_letters(&bench) == 0 && bench.spooled().is_empty()
    });
    gateway.terminate();
    simulator.terminate();
    Ended::of_scripted(&bench, &server).assert_exact();
}

fn dead_letters(bench: &Bench) -> u64 {
    let spool = rusqlite::Connection::open(bench.path("gateway/spool.db")).expect("a spool");
    let count = "SELECT count(*) FROM dead_letters";
    spool.query_row(count, [], |row| row.get(0)).expect("it has dead letters")
}
