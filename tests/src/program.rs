use core::time::Duration;
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Instant;

use crate::Cell;

/// How long anything may take before a test gives it up. Nothing is slow on purpose; a machine
/// may be.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running program of this workspace. It is killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    heard: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it with these arguments, and nothing of this test's own environment that could
    /// change what it does.
    ///
    /// # Panics
    /// If it cannot be built or started.
    pub fn start<A: AsRef<OsStr>>(
        name: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self::start_command(name, Command::new(path(name)), arguments)
    }

    /// The same, with more in its environment.
    ///
    /// # Panics
    /// If it cannot be built or started.
    pub fn start_with<A: AsRef<OsStr>>(
        environment: &[(&str, impl AsRef<OsStr>)],
        name: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new(path(name));
        for (variable, value) in environment {
            command.env(variable, value);
        }
        Self::start_command(name, command, arguments)
    }

    /// The same, with file systems of its own.
    ///
    /// # Panics
    /// If it cannot be built or started.
    pub fn start_in<A: AsRef<OsStr>>(
        cell: &Cell,
        name: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self::start_command(name, cell.command(&path(name)), arguments)
    }

    /// The same, by a command that becomes the program which is named after its arguments, such as
    /// `env`.
    ///
    /// # Panics
    /// If it cannot be built or started.
    pub fn start_by<A: AsRef<OsStr>>(
        mut by: Command,
        name: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        by.arg(path(name));
        Self::start_command(name, by, arguments)
    }

    fn start_command<A: AsRef<OsStr>>(
        name: &'static str,
        mut command: Command,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut child = command
            .args(arguments)
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (sender, lines) = channel();
        let heard = Arc::new(Mutex::new(String::new()));
        let stdout: Box<dyn Read + Send> = Box::new(child.stdout.take().expect("it is piped"));
        let stderr: Box<dyn Read + Send> = Box::new(child.stderr.take().expect("it is piped"));
        for stream in [stdout, stderr] {
            let (sender, heard) = (sender.clone(), Arc::clone(&heard));
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut heard = heard.lock().expect("no thread panics with it");
                    heard.push_str(&line);
                    heard.push('\n');
                    drop(heard);
                    // Nobody may be waiting for lines any more.
                    let _ = sender.send(line);
                }
            });
        }
        Self { name, child, lines, heard }
    }

    /// Waits for a line with this text, and returns what follows it up to the next white space or
    /// quotation mark.
    ///
    /// # Panics
    /// If the line does not come.
    pub fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let wait = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(wait) {
                Ok(line) => {
                    if let Some((_, after)) = line.split_once(text) {
                        let end = after.find([' ', '"']).unwrap_or(after.len());
                        return after[..end].to_owned();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{} never says {text:?}; it says\n{}", self.name, self.heard())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("{} ends without {text:?}; it says\n{}", self.name, self.heard())
                }
            }
        }
    }

    /// Everything that it has printed so far.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the lock.
    #[must_use]
    pub fn heard(&self) -> String {
        self.heard.lock().expect("no thread panics with it").clone()
    }

    /// The same, also of what it prints after it has been dropped or killed.
    pub(crate) fn log(&self) -> Arc<Mutex<String>> {
        Arc::clone(&self.heard)
    }

    /// Its number in `/proc`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is still running.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the child is ours").is_none()
    }

    /// Asks it to stop, as systemd does, and expects it to do so with success.
    ///
    /// # Panics
    /// If it does not.
    pub fn terminate(&mut self) {
        self.signal("TERM");
        let status = self.wait();
        assert!(status.success(), "{} ends with {status}:\n{}", self.name, self.heard());
    }

    /// Sends it a signal by its name.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not come.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                // What it said last is still on its way through the pipes.
                while self.lines.recv_timeout(PATIENCE).is_ok() {}
                return status;
            }
            assert!(Instant::now() < deadline, "{} does not end:\n{}", self.name, self.heard());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of this workspace, to be run with nothing of this test's own environment.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn command(name: &str) -> Command {
    let mut command = Command::new(path(name));
    command.env_clear().env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Where the program is, after building every program once.
fn path(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(build).join(name)
}

fn build() -> PathBuf {
    let test = env::current_exe().expect("this test has a path");
    let directory = test.parent().and_then(Path::parent).expect("it is in target/PROFILE/deps");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--workspace", "--bins"]);
    if directory.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.arg("--target-dir").arg(directory.parent().expect("it is in target/PROFILE"));
    // What cargo tells a test of its package, build scripts would take for theirs (ring's does): they would
    // run again now, and once more with the next `cargo test`.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of_package| name.starts_with(of_package)) {
            cargo.env_remove(name);
        }
    }
    let built = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status();
    assert!(built.expect("cargo is there").success(), "the programs do not build");
    directory.to_owned()
}
