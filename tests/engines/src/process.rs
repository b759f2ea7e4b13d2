use core::hash::BuildHasher;
use core::net::{Ipv4Addr, SocketAddr};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::fs;
use std::hash::RandomState;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Instant;

/// How long a process may take to listen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports that are given to whoever asks for them, and not to others: Linux gives others those from 32768 on.
const PORTS: Range<u16> = 10_000..32_000;

/// Ticks of a CPU in a second, as /proc counts them on Linux.
const TICKS: f64 = 100.0;

/// A process that listens on an address of its own. It is killed when dropped.
pub struct Process {
    command: Box<dyn Fn(SocketAddr) -> Command + Send>,
    address: SocketAddr,
    child: Child,
}

impl Process {
    /// Starts what `command` makes for a free address, and waits until it listens there.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(command: impl Fn(SocketAddr) -> Command + Send + 'static) -> Self {
        Self::start_at(free_address(), command)
    }

    /// The same on this address, which is free.
    ///
    /// # Panics
    /// If it does not listen there.
    pub fn start_at(
        address: SocketAddr,
        command: impl Fn(SocketAddr) -> Command + Send + 'static,
    ) -> Self {
        let child = spawn(command(address));
        let process = Self { command: Box::new(command), address, child };
        process.wait();
        process
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `kill -9`
    ///
    /// # Panics
    /// If it has ended already.
    pub fn kill(&mut self) {
        self.child.kill().expect("it still runs");
        self.child.wait().expect("it is our child");
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn end(&mut self) {
        self.signal("TERM");
        self.child.wait().expect("it is our child");
    }

    /// Starts it again on the same address.
    ///
    /// # Panics
    /// If it does not listen there.
    pub fn restart(&mut self) {
        self.child = spawn((self.command)(self.address));
        self.wait();
    }

    /// Sends it a signal, such as `STOP`; after that one it has stopped when this returns.
    ///
    /// # Panics
    /// If there is no such signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill is there").success(), "{name}");
        // On a busy machine it works on for a while.
        while name == "STOP" && !self.read("stat").contains(") T ") {
            sleep(Duration::from_millis(1));
        }
    }

    /// CPU time used so far, in seconds.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn cpu(&self) -> f64 {
        let stat = self.read("stat");
        // After the name, which may have spaces: state is the first, utime and stime the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Memory in use now, in MiB.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn memory(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most memory that was in use at any time, in MiB.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn peak_memory(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> f64 {
        let status = self.read("status");
        let kib = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux has it");
        kib.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }

    fn read(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(path).expect("the process runs")
    }

    fn wait(&self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{} does not listen", self.address);
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()))
}

/// An address where nothing listens, another one each time. What is to listen there begins to do so later, and may be
/// killed meanwhile: the port is none of those that systems give out by themselves, as to any connection that is made.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_address() -> SocketAddr {
    /// Where to look next: from anywhere on, as another process looks at the same time.
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| RandomState::new().hash_one(0).into());
    let index = || NEXT.fetch_add(1, Ordering::Relaxed) % PORTS.len() as u64;
    let port = || PORTS.start + u16::try_from(index()).expect("there are no more of them");
    let address = || SocketAddr::from((Ipv4Addr::LOCALHOST, port()));
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    (0..1000).map(|_| address()).find(is_free).expect("a port is free")
}
