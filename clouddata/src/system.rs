use clouddata_gateway::cli::{OnSignal, state_dir};
use clouddata_gateway::port::{FindError, PortChoice};
use clouddata_gateway::{Gateway, ParseServerUrlError, StartError, Stopper};
use clouddata_server::Server;
use clouddata_simulator::{Settings, Simulator};
use thiserror::Error;

use crate::arguments::Arguments;

/// The system cannot start.
#[derive(Debug, Error)]
pub(crate) enum SystemError {
    #[error(transparent)]
    Server(#[from] clouddata_server::StartError),
    #[error(transparent)]
    ServerUrl(#[from] ParseServerUrlError),
    #[error("the simulated manager does not start: {0}")]
    Simulator(#[from] clouddata_simulator::StartError),
    #[error(
        "{0}\n\nNo starter kit at hand? Start with --simulate to see the system at work with a \
         simulated one."
    )]
    NoPort(FindError),
    #[error(transparent)]
    Gateway(StartError),
    #[error("signals cannot be handled: {0}")]
    Signals(#[source] std::io::Error),
}

impl SystemError {
    /// The exit code of a program that fails with this, after sysexits.h.
    pub(crate) fn exit_code(&self) -> u8 {
        const EX_UNAVAILABLE: u8 = 69;
        const EX_SOFTWARE: u8 = 70;
        const EX_OSERR: u8 = 71;
        match self {
            Self::Server(error) => error.exit_code(),
            Self::Gateway(error) => error.exit_code(),
            Self::NoPort(_) => EX_UNAVAILABLE,
            Self::ServerUrl(_) => EX_SOFTWARE,
            Self::Simulator(_) | Self::Signals(_) => EX_OSERR,
        }
    }
}

impl From<StartError> for SystemError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoPort(message) => Self::NoPort(message),
            other => Self::Gateway(other),
        }
    }
}

/// Runs server, gateway and, if asked for, simulator, until a signal comes.
pub(crate) fn run(arguments: &Arguments) -> Result<(), SystemError> {
    let data_dir = arguments.data_dir.clone().unwrap_or_else(|| state_dir("clouddata"));
    let server = Server::start(clouddata_server::Config {
        listen: arguments.listen,
        retention: arguments.retention,
        ..clouddata_server::Config::new(data_dir.clone())
    })?;
    let simulator = match arguments.simulate {
        true => Some(Simulator::start(simulated(arguments))?),
        false => None,
    };
    let simulated_port = simulator.as_ref().map(|running| running.path().display().to_string());
    let port = simulated_port.or_else(|| arguments.port.clone());
    let port = port.map_or(PortChoice::ByIdentity, PortChoice::from);
    let gateway =
        Gateway::start(clouddata_gateway::Config::new(port, server.url().parse()?, data_dir))?;
    let signals = stop_on_signal(gateway.stopper())?;
    println!("live page: {}", server.url());
    let report = gateway.run();
    drop(signals);
    tracing::info!(readings = report.readings, "stopped");
    Ok(())
}

fn stop_on_signal(stopper: Stopper) -> Result<OnSignal, SystemError> {
    OnSignal::to_stop(move || stopper.stop()).map_err(SystemError::Signals)
}

fn simulated(arguments: &Arguments) -> clouddata_simulator::Config {
    let settings =
        Settings { motes: arguments.motes, period: arguments.period, ..Settings::default() };
    clouddata_simulator::Config { settings, ..clouddata_simulator::Config::default() }
}
