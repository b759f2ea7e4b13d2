use core::time::Duration;
use std::env;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::{Args, ValueEnum};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::port::PortChoice;
use crate::{Config, Gateway, PostFormat, ServerUrl};

/// What `run` can be told.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// The manager's serial port, such as /dev/ttyUSB3 or a link in /dev/serial/by-id.
    /// Default: the one port that says it is a manager's serial API.
    #[arg(long, value_name = "PORT", env = "CLOUDDATA_PORT")]
    pub port: Option<String>,
    /// Where readings are posted.
    #[arg(
        long,
        value_name = "URL",
        env = "CLOUDDATA_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub server: ServerUrl,
    /// How readings are posted: `single` is one a request and without its time, for the existing
    /// Python server.
    #[arg(long, value_enum, env = "CLOUDDATA_POST_FORMAT", default_value = "batch")]
    pub post_format: PostFormat,
    /// Where the spool lives. Default: systemd's state directory, or
    /// $XDG_STATE_HOME/clouddata-gateway.
    #[arg(long, value_name = "DIR", env = "CLOUDDATA_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Largest size of the spool in MiB; when it is full the oldest readings make room.
    #[arg(long, value_name = "MIB", env = "CLOUDDATA_SPOOL_LIMIT", default_value_t = Config::SPOOL_LIMIT / MIB,
          value_parser = clap::value_parser!(u64).range(1..=1024 * 1024))]
    pub spool_limit: u64,
    /// How long the server may take to store a reading before it goes to the spool.
    #[arg(long, value_name = "TIME", env = "CLOUDDATA_DIRECT_WINDOW", default_value = "150ms",
          value_parser = humantime::parse_duration)]
    pub direct_window: Duration,
}

const MIB: u64 = 1024 * 1024;

impl ValueEnum for PostFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Batch, Self::Single]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Batch => "batch",
            Self::Single => "single",
        }))
    }
}

impl From<RunArgs> for Config {
    fn from(args: RunArgs) -> Self {
        Self {
            port: args.port.map_or(PortChoice::ByIdentity, PortChoice::Named),
            server: args.server,
            format: args.post_format,
            state_dir: args.state_dir.unwrap_or_else(|| state_dir("clouddata-gateway")),
            spool_limit: args.spool_limit * MIB,
            direct_window: args.direct_window,
        }
    }
}

/// Where a program of this name keeps its state: where systemd says, or in the user's own folder
/// for such things.
#[must_use]
pub fn state_dir(program: &str) -> PathBuf {
    if let Some(directory) = env::var_os("STATE_DIRECTORY") {
        return directory.into();
    }
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
    state.unwrap_or_else(env::temp_dir).join(program)
}

/// Runs a gateway until a signal comes.
pub(super) fn run(args: RunArgs) -> ExitCode {
    const EX_OSERR: u8 = 71;
    let gateway = match Gateway::start(args.into()) {
        Ok(gateway) => gateway,
        Err(error) => {
            eprintln!("clouddata-gateway: {error}");
            return ExitCode::from(error.exit_code());
        }
    };
    let stopper = gateway.stopper();
    let signals = match StopOnSignal::new(move || stopper.stop()) {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("clouddata-gateway: signals cannot be handled: {error}");
            return ExitCode::from(EX_OSERR);
        }
    };
    let report = gateway.run();
    drop(signals);
    tracing::info!(?report, "stopped");
    ExitCode::SUCCESS
}

/// Calls a function when SIGINT or SIGTERM comes.
#[derive(Debug)]
pub struct StopOnSignal(Handle);

impl StopOnSignal {
    /// From now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn new(mut stop: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let handle = signals.handle();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for _ in signals.forever() {
                stop();
            }
        })?;
        Ok(Self(handle))
    }
}

impl Drop for StopOnSignal {
    fn drop(&mut self) {
        self.0.close();
    }
}
