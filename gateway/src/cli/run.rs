use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host::{Failure, LockError, OnSignal, Signal, supervisor};

use super::settings::RunArgs;
use crate::{Config, Gateway, StartError, Stopper};

/// Runs a gateway until it is asked to stop. Asked to reload, it reads the configuration again, and
/// if that can be used, a gateway with it takes the place of the running one.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let mut config = args.config()?;
    let running = Arc::new(Mutex::new(Running::default()));
    let _signals = OnSignal::new({
        let (args, running) = (args.clone(), Arc::clone(&running));
        move |signal| lock(&running).handle_signal(signal, &args)
    })?;
    // What to go back to if the next configuration turns out not to work.
    let mut last = None;
    loop {
        let gateway = match (start(&mut config, args), last.take()) {
            (Ok(gateway), _) => gateway,
            (Err(error), Some(before)) => {
                tracing::error!(%error, "the new configuration does not work; going back to the old one");
                config = before;
                continue;
            }
            (Err(error), None) => return Err(Failure::new(error.exit_code(), error)),
        };
        lock(&running).begin(&config, gateway.stopper());
        let report = gateway.run();
        report.log();
        match lock(&running).end() {
            Some(Next::GoOnWith(next)) => last = Some(core::mem::replace(&mut config, *next)),
            Some(Next::Stop) | None => return Ok(()),
        }
    }
}

/// Starts a gateway. If another one has the default state folder, and another port, it gets a
/// folder of its own.
fn start(config: &mut Config, args: &RunArgs) -> Result<Gateway, StartError> {
    // The port is open by the time that the folder is looked at, so it is not the other one's.
    match Gateway::start(config.clone()) {
        Err(StartError::Lock(LockError::InUse { folder, holder })) => {
            let Some(own) = args.folder_of_the_port(config) else {
                return Err(LockError::InUse { folder, holder }.into());
            };
            tracing::info!(
                folder = %own.display(),
                holder,
                "another gateway has the default state folder; this port gets its own"
            );
            config.state_dir = own;
            Gateway::start(config.clone())
        }
        other => other,
    }
}

/// The gateway that runs, and what comes after it. Signals come at any time, also between one
/// gateway and the next.
#[derive(Debug, Default)]
struct Running {
    gateway: Option<(Config, Stopper)>,
    next: Option<Next>,
}

#[derive(Debug)]
enum Next {
    GoOnWith(Box<Config>),
    Stop,
}

impl Running {
    fn begin(&mut self, config: &Config, stopper: Stopper) {
        if self.next.is_some() {
            stopper.stop();
        }
        self.gateway = Some((config.clone(), stopper));
    }

    fn end(&mut self) -> Option<Next> {
        self.gateway = None;
        self.next.take()
    }

    fn handle_signal(&mut self, signal: Signal, args: &RunArgs) {
        if signal == Signal::Reload {
            let present = self.gateway.as_ref().map(|(config, _)| config);
            match reload(args, present) {
                Some(config) if !matches!(self.next, Some(Next::Stop)) => {
                    self.next = Some(Next::GoOnWith(Box::new(config)));
                }
                _ => return,
            }
        } else {
            self.next = Some(Next::Stop);
            // Only now: one that goes on with another configuration is not stopping.
            supervisor::stopping();
        }
        if let Some((_, stopper)) = &self.gateway {
            stopper.stop();
        }
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The configuration anew, if it can be used and is another.
fn reload(args: &RunArgs, present: Option<&Config>) -> Option<Config> {
    match args.config() {
        Ok(config) if Some(&config) == present => {
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
