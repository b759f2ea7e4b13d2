//! The program under test.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program with these arguments, and nothing of this test's own environment that could change
/// what it does.
pub(crate) fn gateway<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clouddata-gateway"));
    command.args(arguments).env_clear().env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// How it ended: exit code, stdout and stderr.
pub(crate) fn outcome(output: &Output) -> (i32, String, String) {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).expect("it prints UTF-8");
    let code = output.status.code().expect("no signal ended it");
    (code, text(&output.stdout), text(&output.stderr))
}

/// Runs it to its end.
pub(crate) fn run<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> (i32, String, String) {
    outcome(&gateway(arguments).output().expect("it starts"))
}

/// Runs it to its end with this on stdin.
pub(crate) fn run_with_stdin<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    stdin: &[u8],
) -> (i32, String, String) {
    let mut child = gateway(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("it is piped").write_all(stdin).expect("it reads");
    outcome(&child.wait_with_output().expect("it ends"))
}
