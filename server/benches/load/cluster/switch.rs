//! Hosts in network namespaces of their own, each on a cable to a switch in ours. The cables can be pulled. All
//! of it is gone when this process is, if its own namespace was made for it: server/ci/cluster.sh does that.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::fs;
use std::process::{Child, Command, Stdio};

/// The switch's own interface here.
const SWITCH: &str = "switch";

/// Where the hosts are: addresses that are for documents, so they are nobody's.
const NETWORK: [u8; 3] = [192, 0, 2];

pub(crate) struct Switch {
    hosts: Vec<Host>,
}

struct Host {
    /// Keeps the namespace.
    holder: Child,
    cable: String,
    address: Ipv4Addr,
}

impl Switch {
    /// A switch with so many hosts.
    pub(crate) fn new(hosts: u8) -> Self {
        run("ip", &["link", "add", SWITCH, "type", "bridge"]);
        let [a, b, c] = NETWORK;
        let here = Ipv4Addr::new(a, b, c, 1);
        run("ip", &["address", "add", &format!("{here}/24"), "dev", SWITCH]);
        run("ip", &["link", "set", SWITCH, "up"]);
        Self { hosts: (0..hosts).map(Host::new).collect() }
    }

    pub(crate) fn address(&self, host: usize) -> Ipv4Addr {
        self.hosts[host].address
    }

    /// What a command line on this host begins with.
    pub(crate) fn inside(&self, host: usize) -> Vec<String> {
        self.hosts[host].inside()
    }

    /// Pulls the host's cable.
    pub(crate) fn pull(&self, host: usize) {
        run("ip", &["link", "set", &self.hosts[host].cable, "down"]);
    }

    /// Plugs it in again.
    pub(crate) fn plug(&self, host: usize) {
        run("ip", &["link", "set", &self.hosts[host].cable, "up"]);
    }
}

impl Switch {
    /// Octets that have gone through: what hosts have sent, and what was sent to them from here.
    pub(crate) fn octets(&self) -> u64 {
        let [_, sent_from_here] = octets(SWITCH);
        let sent = self.hosts.iter().map(|host| octets(&host.cable)[0]);
        sent.sum::<u64>() + sent_from_here
    }
}

/// Octets that an interface here has received and sent.
pub(crate) fn octets(interface: &str) -> [u64; 2] {
    // What /sys shows is another namespace's.
    let all = fs::read_to_string("/proc/net/dev").expect("Linux has it");
    let of = |line: &str| {
        let counters = line.trim_start().strip_prefix(interface)?.strip_prefix(':')?;
        let counters: Vec<u64> = counters.split_whitespace().flat_map(str::parse).collect();
        Some([counters[0], counters[8]])
    };
    all.lines().find_map(of).expect("the interface is there")
}

impl Host {
    fn new(number: u8) -> Self {
        let mut holder = Command::new("unshare");
        holder.args(["--net", "sleep", "infinity"]);
        let holder = holder.stdin(Stdio::null()).spawn().expect("there is unshare");
        let [a, b, c] = NETWORK;
        let address = Ipv4Addr::new(a, b, c, 11 + number);
        let host = Self { holder, cable: format!("cable{number}"), address };
        let id = host.holder.id().to_string();
        let space = |process: &str| fs::read_link(format!("/proc/{process}/ns/net"));
        while space(&id).is_ok_and(|theirs| space("self").is_ok_and(|ours| ours == theirs)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let peer = ["type", "veth", "peer", "name", "eth0", "netns", &id];
        run("ip", &[&["link", "add", &host.cable][..], &peer[..]].concat());
        run("ip", &["link", "set", &host.cable, "master", SWITCH, "up"]);
        host.run(&["address", "add", &format!("{address}/24"), "dev", "eth0"]);
        host.run(&["link", "set", "eth0", "up"]);
        host.run(&["link", "set", "lo", "up"]);
        host
    }

    fn inside(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.holder.id())]
    }

    /// An `ip` command of the host's.
    fn run(&self, arguments: &[&str]) {
        let inside = self.inside();
        let before = [&inside[1], "ip"];
        run(&inside[0], &[&before[..], arguments].concat());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    let status = status.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {arguments:?}: are we root, in a namespace of our own?");
}
