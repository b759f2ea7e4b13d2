use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clouddata_server::{Config, Server};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tracing_subscriber::EnvFilter;

/// Exit codes as in sysexits.h.
const OS_ERROR: u8 = 71;
const CONFIGURATION: u8 = 78;

/// Takes readings over HTTP, stores them, and shows them on a live page.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "CLOUDDATA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database [default: systemd's state directory, or the user's].
    #[arg(long, env = "CLOUDDATA_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How long readings are kept.
    #[arg(long, env = "CLOUDDATA_RETENTION", default_value = "12h", value_parser = parse_retention)]
    retention: Duration,
    /// How log lines are written to standard error.
    #[arg(long, env = "CLOUDDATA_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            const USAGE: u8 = 64;
            // Help on standard output, errors on standard error; if that fails, nobody reads it.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    start_logging(arguments.log_format);
    let Some(data_dir) = arguments.data_dir.or_else(default_data_dir) else {
        tracing::error!(
            "no folder for data: neither STATE_DIRECTORY nor HOME is set; name one with --data-dir"
        );
        return ExitCode::from(CONFIGURATION);
    };
    // Registered before anything starts: a signal must not find the server half open.
    let mut signals = match Signals::new([SIGINT, SIGTERM]) {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "cannot handle signals");
            return ExitCode::from(OS_ERROR);
        }
    };
    let server = match Server::start(Config {
        listen: arguments.listen,
        retention: arguments.retention,
        ..Config::new(data_dir.clone())
    }) {
        Ok(server) => server,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(error.exit_code());
        }
    };
    tracing::info!(url = server.url(), data_dir = %data_dir.display(), "serving");
    signals.forever().next();
    tracing::info!("stopping");
    server.stop();
    ExitCode::SUCCESS
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colour)
        .with_target(false)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// systemd's `StateDirectory=`, else the user's state folder.
fn default_data_dir() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(directory) = set("STATE_DIRECTORY") {
        // systemd separates several by colons; the first is ours.
        let directory = directory.to_string_lossy().into_owned();
        return directory.split(':').next().map(PathBuf::from);
    }
    let state = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".local/state")))?;
    Some(state.join("clouddata-server"))
}

fn parse_retention(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as 12h, 90m or 7days"))?;
    if duration.is_zero() {
        return Err("nothing would be kept".to_owned());
    }
    Ok(duration)
}
