use std::io::{self, IsTerminal};

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::{system, variable};

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Sends logs to stderr; those of a service of Windows, which has none, to a file. `RUST_LOG` chooses how much; by default what an operator wants to know.
pub fn init_logging(format: LogFormat) {
    let chosen = variable("RUST_LOG").and_then(|chosen| chosen.to_str()?.parse().ok());
    let filter = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let color = io::stderr().is_terminal() && variable("NO_COLOR").is_none();
    // A log that cannot be written is no reason to panic, as saying so on stderr would be.
    let logs = fmt::layer()
        .with_writer(system::log_writer)
        .with_target(false)
        .with_ansi(color)
        .log_internal_errors(false);
    let logs = match format {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    // Fails only where a program has set its logs up already.
    let _ = registry().with(logs.with_filter(filter)).try_init();
}
