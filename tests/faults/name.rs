//! The server's name does not resolve, or the resolver hangs, and then it does.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use e2e::{Bench, Cell, listen};

use crate::{SUBSCRIBED, end};

/// A host that nobody has, by RFC 2606.
const HOST: &str = "clouddata.invalid";

/// The directory `/etc` as a gateway in a cell sees it: names are looked up in its `hosts`, and
/// then asked of a DNS server that is not there.
struct Names {
    etc: PathBuf,
    cell: Cell,
}

impl Names {
    /// `None` where there are no cells.
    fn new(bench: &Bench) -> Option<Self> {
        let etc = bench.path("etc");
        fs::create_dir(&etc).expect("a directory");
        let files = [
            ("nsswitch.conf", "hosts: files dns\n"),
            ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
        ];
        for (name, content) in files {
            fs::write(etc.join(name), content).expect("it can be written");
        }
        let cell = Cell::new(&format!("mount --bind '{}' /etc", etc.display()))?;
        Some(Self { etc, cell })
    }

    /// From now on the name is known.
    fn resolve(&self) {
        let new = self.etc.join("new");
        fs::write(&new, format!("127.0.0.1 {HOST}\n")).expect("it can be written");
        fs::rename(new, self.etc.join("hosts")).expect("it can be moved");
    }
}

/// Runs a gateway whose server's name is not to be had, for a reason that it must name, until it
/// is.
fn survives(prepare: impl FnOnce(&Names), reason: &str, mend: impl FnOnce(&Names)) {
    let bench = Bench::lively();
    let Some(names) = Names::new(&bench) else { return };
    prepare(&names);
    let (_server, url) = bench.server();
    let (_, port) = listen(&url).rsplit_once(':').expect("an address has a port");
    let (simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let by_name = format!("http://{HOST}:{port}/");
    let gateway = bench.gateway_in(&names.cell, &pty, &by_name, &bench.path("gateway"));
    gateway.wait_for(SUBSCRIBED);
    gateway.wait_for("readings are kept in the spool");
    assert!(gateway.heard().contains(reason), "{reason}:\n{}", gateway.heard());
    bench.wait_for_acknowledged(50, &gateway);
    assert!(!bench.spooled().is_empty());
    mend(&names);
    gateway.wait_for("the spool is empty");
    end(&bench, gateway, simulator, &url).assert_exact();
}

#[test]
fn that_does_not_resolve() {
    let reason = format!("the server's name {HOST} does not resolve");
    survives(|_| {}, &reason, Names::resolve);
}

/// To open a pipe that nobody writes to takes as long as a resolver that never answers.
#[test]
fn whose_resolver_hangs() {
    let pipe = |names: &Names| names.etc.join("hosts");
    let hang = |names: &Names| {
        let made = Command::new("mkfifo").arg(pipe(names)).status();
        assert!(made.expect("mkfifo is there, from coreutils").success());
    };
    survives(hang, "does not answer in time", |names| {
        let aside = names.etc.join("pipe");
        fs::rename(pipe(names), &aside).expect("it is there");
        names.resolve();
        // Who waits there is let go.
        fs::File::options().write(true).open(aside).expect("somebody waits there");
    });
}
