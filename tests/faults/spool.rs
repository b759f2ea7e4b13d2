//! The spool's file is damaged while the gateway is not running.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use e2e::{Bench, listen, network, readings, spooled_others};

use crate::{Ended, SUBSCRIBED, acknowledged};

const PAGE: usize = 4096;

/// How the gateway ends before its spool is damaged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Properly: everything is in the one file.
    Stopped,
    /// In the middle of its work: the journal has what the file has not.
    Killed,
}

/// Lets a gateway spool, damages the file, and starts another gateway on it, which must report
/// `said` if anything, set the damaged file aside as it is, and go on. What was acknowledged is
/// then stored, or in the file that was set aside.
fn survives(end: End, said: Option<&str>, damage: impl FnOnce(&Path)) {
    let bench = Bench::lively();
    let (mut server, url) = bench.server();
    server.terminate();
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let mut first = bench.gateway(&pty, &url);
    first.wait_for("readings are kept in the spool");
    bench.wait_for_acknowledged(60, &first);
    if end == End::Killed {
        first.signal("KILL");
        first.wait();
    } else {
        first.terminate();
    }
    let path = bench.path("gateway/spool.db");
    let is_stopped = end == End::Stopped;
    let spooled = if is_stopped { bench.spooled() } else { Vec::new() };
    let others = if is_stopped { spooled_others(&bench.path("gateway")) } else { Vec::new() };
    damage(&path);
    let damaged = fs::read(&path).expect("there is a spool");

    let (_server, _) = bench.server_at(listen(&url));
    let mut second = bench.gateway(&pty, &url);
    if let Some(said) = said {
        second.wait_for(said);
    }
    second.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(20, &second);
    second.terminate();
    simulator.terminate();
    bench.settle(&url);

    let aside = set_aside(&path);
    let (kept, others) = match (said, &aside[..]) {
        (Some(_), [aside]) => {
            assert_eq!(fs::read(aside).expect("it can be read"), damaged, "it is kept as it was");
            (spooled, others)
        }
        (None, []) => Default::default(),
        other => panic!("{other:?}"),
    };
    assert!(acknowledged(&bench) >= 80);
    let others = [network(&url), others].concat();
    Ended::new(&bench, &[readings(&url), kept].concat(), &others).assert_exact();
}

/// Files that were set aside.
fn set_aside(spool: &Path) -> Vec<PathBuf> {
    let directory = spool.parent().expect("it is in a directory");
    let entries = fs::read_dir(directory).expect("it can be read");
    let paths = entries.map(|entry| entry.expect("it is there").path());
    paths.filter(|path| path.to_string_lossy().contains("damaged")).collect()
}

const DAMAGED: Option<&str> = Some("the spool is damaged and was set aside");

/// A bit of the file's first octets, and one of the head of each page after the first: where a
/// flipped bit makes the file another one. In the midst of a number it makes another number,
/// which nothing shows.
#[test]
fn by_a_flipped_bit() {
    for at in [5, PAGE, 2 * PAGE] {
        survives(End::Stopped, DAMAGED, |path| {
            let mut octets = fs::read(path).expect("there is a spool");
            octets[at] ^= 0x10;
            fs::write(path, octets).expect("it can be written");
        });
    }
}

#[test]
fn by_a_torn_tail() {
    survives(End::Stopped, DAMAGED, |path| {
        let octets = fs::read(path).expect("there is a spool");
        fs::write(path, &octets[..octets.len() - PAGE - PAGE / 2]).expect("it can be written");
    });
}

#[test]
fn by_garbage() {
    survives(End::Stopped, DAMAGED, |path| {
        fs::write(path, "another program's file\n".repeat(999)).expect("it can be written");
    });
}

/// What a power cut leaves of a commit that was under way. It was not acknowledged, and all that
/// was is there.
#[test]
fn by_a_torn_tail_of_its_journal() {
    survives(End::Killed, None, |path| {
        let journal = path.with_extension("db-wal");
        let octets = fs::read(&journal).expect("there is a journal");
        let mut journal = OpenOptions::new().append(true).open(&journal).expect("it is there");
        journal.write_all(&octets[octets.len() - PAGE..][..PAGE / 2]).expect("it can be written");
    });
}

/// Nothing is left to be set aside, and so what it held is lost: the one case in which what was
/// acknowledged may be.
#[test]
fn by_being_empty() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    fs::create_dir(bench.path("gateway")).expect("a directory");
    fs::write(bench.path("gateway/spool.db"), "").expect("it can be written");
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let mut gateway = bench.gateway(&pty, &url);
    bench.wait_for_acknowledged(20, &gateway);
    gateway.terminate();
    simulator.terminate();
    bench.settle(&url);
    Ended::of_server(&bench, &url).assert_exact();
}
