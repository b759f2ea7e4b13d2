use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use manager_core::UtcTime;

use crate::ledger::Ledger;
use crate::worker::{Ledgers, Worker};
use crate::{Config, Report, RunError, SimulatedManager, StartError, Stopper, port};

/// A [`SimulatedManager`] on a port.
#[derive(Debug)]
pub struct Simulator;

/// A simulator at work, in a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    port: String,
    stopper: Stopper,
    thread: Option<JoinHandle<Result<Report, RunError>>>,
}

impl Simulator {
    /// Makes the port and starts to work on it.
    ///
    /// # Errors
    /// If the configuration is not possible, or a port, file or thread cannot be made.
    pub fn start(mut config: Config) -> Result<Running, StartError> {
        let faults = config.faults;
        for (name, found) in
            [("loss", faults.loss), ("corrupt", faults.corrupt), ("noise", faults.noise)]
        {
            if !(0.0..=1.0).contains(&found) {
                return Err(StartError::Probability { name, found });
            }
        }
        let started = Instant::now();
        config.settings.origin = host_clock();
        let manager = SimulatedManager::new(config.settings.clone())?;
        let ledger = |path: &Option<PathBuf>| match path {
            Some(path) => Ledger::create(path, config.settings.origin)
                .map(Some)
                .map_err(|source| StartError::Ledger { path: path.clone(), source }),
            None => Ok(None),
        };
        let ledgers = Ledgers {
            acknowledged: ledger(&config.ledger)?,
            sent: ledger(&config.sent_ledger)?,
            notices: ledger(&config.notice_ledger)?,
        };
        let line = port::open(&config)?;
        let (port, stopper) = (line.name(), Stopper::new(line.ring()));
        let worker = Worker::new(&config, started, manager, line, ledgers, stopper.clone());
        let thread = Builder::new()
            .name("simulator".to_owned())
            .spawn(move || Ok(worker.run()?))
            .map_err(StartError::Thread)?;
        Ok(Running { port, stopper, thread: Some(thread) })
    }
}

impl Running {
    /// The port for clients to open, such as `/dev/pts/7` or `tcp:127.0.0.1:4000`; the first, if
    /// the cable is pulled.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// For another thread to stop it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Stops it: the port is gone, as if the cable was pulled.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn stop(self) -> Result<Report, RunError> {
        self.stopper.stop();
        self.wait()
    }

    /// Waits until it is stopped, or its duration is over.
    ///
    /// # Errors
    /// If it has ended for another reason.
    pub fn wait(mut self) -> Result<Report, RunError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Err(RunError::Panicked),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            // What it has to say was not asked for.
            let _ = thread.join();
        }
    }
}

fn host_clock() -> UtcTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcTime {
        secs: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        usecs: since.subsec_micros(),
    }
}
