use core::fmt;
use std::io;
use std::process::ExitCode;

use crate::{LogFormat, exit, remark};

/// Why a command ends before its end: what to exit with, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    code: u8,
    reason: String,
}

impl Failure {
    /// A failure that a person is told, with one of the codes in [`exit`].
    #[must_use]
    pub fn new(code: u8, reason: impl fmt::Display) -> Self {
        Self { code, reason: reason.to_string() }
    }

    /// Results cannot be written; see [`Output`](crate::Output).
    #[must_use]
    pub fn of_output(error: &io::Error) -> Self {
        Self::new(exit::IO, format_args!("stdout cannot be written: {error}"))
    }

    /// What to exit with.
    #[must_use]
    pub const fn code(&self) -> u8 {
        self.code
    }

    /// What to say.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Says it on stderr, after the program's name.
    pub(crate) fn tell(&self, program: &str) {
        remark(format_args!("{program}: {}", self.reason));
    }
}

/// Ends a program: says why it failed, if it did, and gives what to exit with. Where logs are for
/// machines, so is this.
pub fn end(program: &str, logs: LogFormat, result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    match logs {
        LogFormat::Text => failure.tell(program),
        LogFormat::Json => tracing::error!(exit_code = failure.code, "{}", failure.reason),
    }
    ExitCode::from(failure.code)
}
