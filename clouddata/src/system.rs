use clouddata_gateway::port::PortChoice;
use clouddata_gateway::{Gateway, StartError};
use clouddata_server::{Running, Server};
use clouddata_simulator::{Settings, Simulator};
use host::{Failure, ListenAddress, OnSignal, exit};

use crate::arguments::Arguments;
use crate::data_folder::{self, Kind};

/// Runs server, gateway and, if asked for, simulator, until a signal comes.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let kind = if arguments.simulate { Kind::Simulated } else { Kind::Kit };
    let data_dir = data_folder::claim(arguments.data_dir.as_deref(), kind)?;
    let ListenAddress(listen) = arguments.listen;
    let server = Server::start(clouddata_server::Config {
        listen,
        retention: arguments.retention,
        ..clouddata_server::Config::new(data_dir.clone())
    });
    let server = server.map_err(|error| Failure::new(error.exit_code(), error))?;
    let simulator = match arguments.simulate {
        true => Some(Simulator::start(simulated(arguments)).map_err(no_simulator)?),
        false => None,
    };
    let simulated = simulator.as_ref().map(|running| PortChoice::Named(running.port().to_owned()));
    let port = simulated.or_else(|| arguments.port.clone()).unwrap_or_default();
    let url = server.url().parse().map_err(|error| Failure::new(exit::SOFTWARE, error))?;
    let gateway = Gateway::start(clouddata_gateway::Config::new(port, url, data_dir));
    let mut gateway = gateway.map_err(no_gateway)?;
    let stopper = gateway.stopper();
    let signals = OnSignal::to_stop(move || stopper.stop())?;
    host::print(format_args!("live page: {}\n{}", server.public_url(), who_can_open(&server)))?;
    let mut said = String::new();
    gateway.on_status(move |status| {
        let new = status.to_string();
        if said != new {
            // If nobody reads this, the page says it too.
            let _ = host::print(format_args!("{new}\n"));
            said = new;
        }
    });
    let report = gateway.run();
    drop(signals);
    tracing::info!(readings = report.readings, "stopped");
    Ok(())
}

/// A line about the address, if not every computer can open it.
fn who_can_open(server: &Running) -> String {
    let address = server.local_addr();
    if !address.ip().is_loopback() {
        return String::new();
    }
    let port = address.port();
    format!("only this computer can open it; for others start with --listen 0.0.0.0:{port}\n")
}

fn simulated(arguments: &Arguments) -> clouddata_simulator::Config {
    let settings =
        Settings { motes: arguments.motes, period: arguments.period, ..Settings::default() };
    clouddata_simulator::Config { settings, ..clouddata_simulator::Config::default() }
}

fn no_simulator(error: clouddata_simulator::StartError) -> Failure {
    let code = match error {
        clouddata_simulator::StartError::Settings(_) => exit::USAGE,
        _ => exit::OS,
    };
    Failure::new(code, format_args!("the simulated manager does not start: {error}"))
}

fn no_gateway(error: StartError) -> Failure {
    let code = error.exit_code();
    match error {
        StartError::NoPort(error) => Failure::new(
            code,
            format_args!(
                "{error}\n\nNo starter kit at hand? Start with --simulate to see the system at \
                 work with a simulated one."
            ),
        ),
        other => Failure::new(code, other),
    }
}
