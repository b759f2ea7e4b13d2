use std::process::ExitCode;

use super::SettingsError;

// Exit codes after sysexits.h.
pub(super) const EX_DATAERR: u8 = 65;
pub(super) const EX_NOINPUT: u8 = 66;
pub(super) const EX_UNAVAILABLE: u8 = 69;
pub(super) const EX_OSERR: u8 = 71;
pub(super) const EX_CANTCREAT: u8 = 73;
pub(super) const EX_IOERR: u8 = 74;
pub(super) const EX_NOPERM: u8 = 77;
pub(super) const EX_CONFIG: u8 = 78;

/// Why a command ends before its end: what to exit with, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: u8,
    reason: String,
}

impl Failure {
    pub(super) const fn new(code: u8, reason: String) -> Self {
        Self { code, reason }
    }

    /// The settings cannot be used.
    pub(super) fn of_settings(error: &SettingsError) -> Self {
        Self::new(EX_CONFIG, error.to_string())
    }

    /// What to say.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Says it on stderr.
    pub(super) fn report(&self) -> ExitCode {
        eprintln!("clouddata-gateway: {}", self.reason);
        ExitCode::from(self.code)
    }
}

/// How a command ends.
pub(super) fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
