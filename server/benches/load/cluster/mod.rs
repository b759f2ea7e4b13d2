//! Many servers on one log and one history, behind nginx, under load. Whatever there is is killed in turn, each
//! nats-server cut off, and all restarted one after the other. In the end every answered reading must be
//! there, once, whichever server is asked: also a new one, after all was killed.

mod costs;
mod customer;
mod deeds;
mod front;
mod gateway;
mod machines;
mod pages;
mod switch;

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::found::{Found, compare};
use crate::sending::{BATCH, Sent};
use crate::targets::Targets;
use costs::Costs;
use customer::{Customers, revoke};
use deeds::Deed;
use gateway::Gateway;
use machines::{Machines, PATIENCE, until_healthy};
use pages::Pages;

/// What is run, and how.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long the load lasts at least.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration)]
    time: Duration,
    /// How often each process is killed; without that nothing happens, and what readings cost is measured.
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// Kill nothing but nats-servers, which then can be often: every ten seconds is enough for a new leader.
    #[arg(long)]
    only_nats: bool,
    /// Readings a second.
    #[arg(long, default_value_t = 2000)]
    rate: u32,
    /// Readings in one post.
    #[arg(long, default_value_t = BATCH)]
    batch: u64,
    /// Servers of ours.
    #[arg(long, default_value_t = 3)]
    servers: usize,
    /// Each nats-server is a host of its own, whose cable is pulled; else it is halted. For root, in a network
    /// namespace of its own.
    #[arg(long)]
    switch: bool,
    /// The folder with our gateway and simulator, which then are at work too.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// Look at the pages of all servers in Chromium.
    #[arg(long)]
    pages: bool,
}

pub(crate) fn run(options: &Options) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut machines = Machines::start(folder, options.servers, options.switch);
    machines.until_well();
    let front = machines.front().address();
    let before = Costs::of(&machines);
    let begun = Instant::now();
    let customers = Customers::start(&machines, options.rate, options.batch);
    let url = format!("http://{front}");
    let gateway = options.programs.as_ref();
    let mut gateway =
        gateway.map(|programs| Gateway::start(programs, &url, &folder.join("gateway")));
    let urls = machines.addresses().iter().map(|address| format!("http://{address}")).collect();
    let urls: Vec<String> = urls;
    let mut targets = Targets::default();
    let mut pages = options.pages.then(|| Pages::open(&url, &urls));
    if let Some(pages) = &mut pages {
        look(pages, "before anything happens");
    }
    let harm = Deed::harm(&machines, options.rounds, options.only_nats);
    let pause = options.time / u32::try_from(harm.len() + 1).unwrap();
    for (number, deed) in harm.into_iter().enumerate() {
        let moment = pause * u32::try_from(number + 1).unwrap();
        std::thread::sleep(moment.saturating_sub(begun.elapsed()));
        perform(deed, &mut machines, begun, pages.as_mut());
    }
    std::thread::sleep(options.time.saturating_sub(begun.elapsed()));
    if options.rounds > 0 {
        machines.until_well();
        let took =
            revoke(&machines).unwrap_or_else(|fault| panic!("a revoked token is good: {fault}"));
        targets.at_most("a revoked token is refused everywhere, s", 1.0, took.as_secs_f64());
        let failed = customers.tally.failed();
        for deed in Deed::rolling_restart(&machines) {
            perform(deed, &mut machines, begun, pages.as_mut());
        }
        let failed = customers.tally.failed() - failed;
        println!(
            "rolling restart of everything: {failed} posts were not answered with 204 at once"
        );
    }
    let seconds = begun.elapsed().as_secs_f64();
    let tally = Arc::clone(&customers.tally);
    let sent = customers.stop();
    let answered = sent.iter().map(Sent::answered).sum();
    println!(
        "{} servers: {answered} readings answered in {seconds:.0} s, {tally}",
        options.servers
    );
    if options.rounds == 0 {
        before.print(&machines, answered);
    }
    let acknowledged = gateway.as_mut().map(Gateway::stop_manager).unwrap_or_default();
    for (number, address) in machines.addresses().into_iter().enumerate() {
        look_for_all(&format!("server {}", number + 1), address, &sent, &acknowledged);
    }
    if let Some(pages) = pages {
        targets.at_most("all pages of one opinion, at most, s", 2.0, pages.worst.as_secs_f64());
    }
    if let Some(mut gateway) = gateway {
        println!("the gateway's spool: {}", gateway.stop());
    }
    all_killed(&mut machines, folder, &sent, &acknowledged);
    targets.print();
}

fn perform(deed: Deed, machines: &mut Machines, begun: Instant, pages: Option<&mut Pages>) {
    let (name, moment) = (deed.name(machines), begun.elapsed().as_secs_f64());
    deed.does(machines);
    println!("{moment:.1} s: {name}");
    if let Some(pages) = pages {
        look(pages, &name);
    }
}

fn look(pages: &mut Pages, when: &str) {
    let look = pages.look().unwrap_or_else(|fault| panic!("{when}: {fault}"));
    let (live, agreed) = (look.live.as_secs_f64(), look.agreed.as_secs_f64());
    println!("  all pages live after {live:.1} s, of one opinion {agreed:.2} s after a reading");
    if let Some(differed) = look.differed {
        println!("  before that: {differed}");
    }
}

/// Waits until the server has each answered reading of each site once, and each that the gateway's manager was told
/// is safe.
fn look_for_all(
    what: &str,
    server: SocketAddr,
    sent: &[Sent],
    acknowledged: &HashMap<String, u64>,
) {
    let [of_default, others @ ..] = sent else { return };
    look_for(what, server, of_default, Some(acknowledged));
    for sent in others {
        look_for(&format!("{what}, another site"), server, sent, None);
    }
}

/// With nothing acknowledged there must be no other readings.
fn look_for(
    what: &str,
    server: SocketAddr,
    sent: &Sent,
    acknowledged: Option<&HashMap<String, u64>>,
) {
    let begun = Instant::now();
    until_healthy(server);
    // One may have been under way when the manager was stopped: it has one unacknowledged at a time.
    let has = |found: &Found| {
        let Some(acknowledged) = acknowledged else { return found.others.is_empty() };
        let count = |mac: &String| found.others.get(mac).copied().unwrap_or_default();
        let more = |(mac, &then): (&String, &u64)| count(mac).checked_sub(then);
        let more: Option<Vec<u64>> = acknowledged.iter().map(more).collect();
        more.is_some_and(|more| more.iter().sum::<u64>() <= 1)
    };
    let found = loop {
        let found = compare(server, sent);
        let is_done = found.as_ref().is_ok_and(|found| found.is_exact() && has(found));
        if is_done || begun.elapsed() > PATIENCE {
            break found;
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    let found = found.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let safe: u64 = acknowledged.into_iter().flatten().map(|(_, count)| count).sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {found}; the gateway's {safe} all: {}; after {seconds:.0} s", has(&found));
    assert!(found.is_exact() && has(&found), "{what}");
}

/// What is in the log's files and on the history's disk is all there is then.
fn all_killed(
    machines: &mut Machines,
    folder: &Path,
    sent: &[Sent],
    acknowledged: &HashMap<String, u64>,
) {
    println!("before all is killed:{}", machines.log());
    (0..machines.len()).for_each(|number| machines.process(number).kill());
    (0..=machines.nats()).for_each(|number| machines.process(number).restart());
    let new = machines.another(&folder.join("other"));
    machines.until_caught_up();
    println!("after that:{}", machines.log());
    look_for_all("a new server, after all was killed", new.address(), sent, acknowledged);
}
