use core::time::Duration;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};

use clouddata_server::{Config, Running, Server};
use host::{Failure, OnSignal, Signal, supervisor};

use super::settings::Settings;
use super::told;

/// How long the server may show no progress before the watchdog is left unfed.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often the supervisor is asked for more time to start, and for how much. A large database takes as
/// long to be opened as the disk needs to be read.
const EXTEND_INTERVAL: Duration = Duration::from_secs(5);
const EXTEND_BY: Duration = Duration::from_secs(60);

/// Serves until it is asked to stop; asked to reload, it reads the tokens anew.
pub(super) fn run(settings: &Settings, config: Config) -> Result<(), Failure> {
    // Registered before anything starts: a signal must not find the server half open.
    let (signalled, signals) = mpsc::channel();
    let on_signal = OnSignal::new(move |signal| {
        // Nobody waits any more where the server does not start, or is stopping.
        let _ = signalled.send(signal);
    })?;
    let data_dir = config.data_dir.clone();
    let server = meanwhile(EXTEND_INTERVAL, ask_for_time, || Server::start(config))
        .map_err(|error| Failure::new(error.exit_code(), error))?;
    tracing::info!(url = server.url(), data_dir = %data_dir.display(), "serving");
    supervisor::ready();
    let (stopped, stop) = mpsc::channel();
    std::thread::scope(|scope| {
        if let Some(timeout) = supervisor::watchdog() {
            let server = &server;
            scope.spawn(move || feed_watchdog(server, timeout / 2, &stop));
        }
        while signals.recv() == Ok(Signal::Reload) {
            reload(settings, &server);
        }
        drop(stopped);
    });
    drop(on_signal);
    tracing::info!("stopping");
    supervisor::stopping();
    server.stop();
    Ok(())
}

fn ask_for_time() {
    tracing::info!("opening the database");
    supervisor::starting(EXTEND_BY);
}

/// Does something now and then while the work goes on.
fn meanwhile<T>(interval: Duration, act: impl Fn() + Send, work: impl FnOnce() -> T) -> T {
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while is_done.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                act();
            }
        });
        let result = work();
        drop(done);
        result
    })
}

fn reload(settings: &Settings, server: &Running) {
    match settings.tokens() {
        Ok(tokens) => {
            let count = tokens.len();
            server.set_tokens(tokens);
            // Said when it is done: who reads it relies on it.
            tracing::info!(tokens = count, "read the tokens anew");
        }
        Err(error) => tracing::error!(error = told(&error), "the tokens stay as they were"),
    }
}

/// Tells the supervisor that all is well for as long as it is.
fn feed_watchdog(server: &Running, interval: Duration, stop: &Receiver<()>) {
    while stop.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        if server.makes_progress(PATIENCE) {
            supervisor::alive(None);
        } else {
            tracing::error!("no progress; the watchdog is not fed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_done_for_as_long_as_the_work_takes() {
        let (acted, acts) = mpsc::channel();
        let act = move || acted.send(()).unwrap();
        let work = || (0..3).for_each(|_| acts.recv().unwrap());
        meanwhile(Duration::from_millis(1), act, work);
    }
}
