use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use sd_notify::NotifyState;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::settings::RunArgs;
use crate::{Config, Gateway, StartError};

const EX_OSERR: u8 = 71;
const EX_CONFIG: u8 = 78;

/// Runs a gateway until a signal comes. At SIGHUP the configuration is read again, and if it can
/// be used, a gateway with it takes the place of the running one.
pub(super) fn run(args: &RunArgs) -> ExitCode {
    let mut config = match args.config() {
        Ok(config) => config,
        Err(error) => return fail(&error, EX_CONFIG),
    };
    loop {
        match run_with(args, config) {
            Ok(Some(next)) => config = next,
            Ok(None) => return ExitCode::SUCCESS,
            Err(RunError::Start(error)) => return fail(&error, error.exit_code()),
            Err(RunError::Signals(error)) => return fail(&error, EX_OSERR),
        }
    }
}

enum RunError {
    Start(StartError),
    Signals(io::Error),
}

/// Runs until it is to stop, or to go on with another configuration.
fn run_with(args: &RunArgs, config: Config) -> Result<Option<Config>, RunError> {
    let gateway = Gateway::start(config.clone()).map_err(RunError::Start)?;
    let stopper = gateway.stopper();
    let (next, reloaded): (Sender<Config>, Receiver<Config>) = channel();
    let args = args.clone();
    let signals = OnSignal::new(&[SIGINT, SIGTERM, SIGHUP], move |signal| {
        if signal == SIGHUP {
            let Some(config) = reload(&args, &config) else { return };
            // The receiver outlives this thread's signals.
            let _ = next.send(config);
        } else {
            // Only now: one that goes on with another configuration is not stopping. Without
            // systemd there is nobody to tell.
            let _ = sd_notify::notify(&[NotifyState::Stopping]);
        }
        stopper.stop();
    })
    .map_err(RunError::Signals)?;
    let report = gateway.run();
    drop(signals);
    tracing::info!(?report, "stopped");
    Ok(reloaded.try_recv().ok())
}

/// The configuration anew, if it can be used and is another.
fn reload(args: &RunArgs, present: &Config) -> Option<Config> {
    match args.config() {
        Ok(config) if config == *present => {
            tracing::info!("the configuration is unchanged");
            None
        }
        Ok(config) => {
            tracing::info!("the configuration has changed; starting again with it");
            Some(config)
        }
        Err(error) => {
            tracing::error!(%error, "the new configuration cannot be used; the old one stays");
            None
        }
    }
}

fn fail(error: &dyn core::fmt::Display, code: u8) -> ExitCode {
    eprintln!("clouddata-gateway: {error}");
    ExitCode::from(code)
}

/// Calls a function when a signal comes.
#[derive(Debug)]
pub struct OnSignal(Handle);

impl OnSignal {
    /// When one of these comes, from now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn new(signals: &[i32], mut call: impl FnMut(i32) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new(signals)?;
        let handle = signals.handle();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                call(signal);
            }
        })?;
        Ok(Self(handle))
    }

    /// When the program is asked to stop, by SIGINT or SIGTERM.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn to_stop(mut stop: impl FnMut() + Send + 'static) -> io::Result<Self> {
        Self::new(&[SIGINT, SIGTERM], move |_| stop())
    }
}

impl Drop for OnSignal {
    fn drop(&mut self) {
        self.0.close();
    }
}
