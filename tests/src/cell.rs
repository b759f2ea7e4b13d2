use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

/// File systems of its own for a program: what is mounted in a cell is seen by nothing outside.
///
/// It takes a user and mount namespace, which Linux gives to any user unless it is told not to.
#[derive(Clone, Debug)]
pub struct Cell {
    setup: String,
}

impl Cell {
    /// A cell that is set up by this shell script before the program starts in it.
    ///
    /// `None`, and a line on stderr, if `E2E_WITHOUT_NAMESPACES` says to go without such tests.
    ///
    /// # Panics
    /// If this machine does not allow namespaces: a test that cannot be run has not passed.
    #[must_use]
    pub fn new(setup: &str) -> Option<Self> {
        if env::var_os("E2E_WITHOUT_NAMESPACES").is_some() {
            eprintln!("NOT TESTED, as E2E_WITHOUT_NAMESPACES is set: {setup}");
            return None;
        }
        let cell = Self { setup: format!("set -e; {setup}") };
        let tried = unshare().args(["sh", "-c", "mount -t tmpfs tmpfs /mnt"]).output();
        let tried = tried.expect("unshare is there, from util-linux");
        assert!(
            tried.status.success(),
            "this machine allows no user namespaces ({}): run the tests as root, or with \
             E2E_WITHOUT_NAMESPACES=1 to go without those that need them",
            String::from_utf8_lossy(&tried.stderr).trim(),
        );
        Some(cell)
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = unshare();
        command.args(["sh", "-c", &format!("{}; exec \"$0\" \"$@\"", self.setup)]).arg(program);
        command
    }
}

/// Becomes the program that is named after this, without another process in between.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount"]).stdin(Stdio::null());
    command
}
