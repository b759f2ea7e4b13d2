//! `print`: readings on stdout, without a server.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io::{self, Write};
use std::time::Instant;

use clap::{Args, ValueEnum};
use host::{Failure, Output, exit};
use manager_core::session::{Event, Token};
use manager_core::{Notification, NotificationMask, Request, Response, Subscribe, TimeInfo};
use readings::{Reading, Timestamp};

use super::RunArgs;
use super::client::Client;
use super::port_choice::open_chosen;
use crate::{ClockMap, HostClock, MoteReading, readings_of};

/// Between two looks at the manager's clock.
const TIME_INTERVAL: Duration = Duration::from_secs(600);

/// What `print` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct PrintArgs {
    /// How they are written.
    #[arg(long, value_enum, default_value_t)]
    format: PrintFormat,
    /// End after this many readings.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    run: RunArgs,
}

/// How readings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum PrintFormat {
    /// For people.
    #[default]
    Table,
    /// One object a line, as it would be posted.
    Json,
}

impl PrintArgs {
    /// What `--print` without the command means.
    pub(super) const fn new(format: PrintFormat, run: RunArgs) -> Self {
        Self { format, count: None, run }
    }
}

/// Prints readings until a signal comes. They are acknowledged once they are printed, and go
/// nowhere else.
pub(super) fn print(args: &PrintArgs) -> Result<(), Failure> {
    let config = args.run.stateless_config()?;
    let (name, port) = open_chosen(&config.port)?;
    let stopped = host::stop_flag()?;
    let failed = |error: io::Error| Failure::new(exit::IO, format!("{name}: {error}"));
    let mut client = Client::new(port, None);
    client.connect();
    let mut clocks = Clocks::default();
    let mut printed = 0;
    let mut out = Output::stdout();
    let wanted = |printed| args.count.is_none_or(|count| printed < count);
    while !stopped.load(Ordering::Relaxed) && wanted(printed) {
        let soon = Instant::now() + Duration::from_millis(100);
        match client.next(soon, said).map_err(failed)? {
            Some(Said::Connected) => clocks.ask(&mut client),
            Some(Said::Time(time)) => {
                clocks.observe(&time);
                let data = Subscribe::reliably(NotificationMask::DATA);
                client.request(&Request::Subscribe(data));
            }
            Some(Said::Readings(readings, token)) => {
                for reading in readings.iter().filter_map(|reading| clocks.date(reading)) {
                    write_reading(&mut out, &reading, args.format, printed == 0)
                        .map_err(|error| Failure::of_output(&error))?;
                    if !out.is_open() {
                        // Who reads has seen enough; the manager keeps this one.
                        return Ok(());
                    }
                    printed += 1;
                }
                client.acknowledge(token);
            }
            Some(Said::Nothing) => {}
            None if clocks.are_due() => clocks.ask(&mut client),
            None => {}
        }
    }
    // The last acknowledgement. If the port is gone, the manager keeps the reading.
    let _ = client.transmit();
    Ok(())
}

enum Said {
    Connected,
    Time(TimeInfo),
    Readings(Vec<MoteReading>, Option<Token>),
    Nothing,
}

fn said(event: Event<'_>) -> Said {
    match event {
        Event::Connected(_) => Said::Connected,
        Event::Notification { notification, token } => {
            let readings = match notification {
                Ok(Notification::Data(data)) => readings_of(&data).unwrap_or_default(),
                _ => Vec::new(),
            };
            Said::Readings(readings, token)
        }
        Event::Lost(reason) => {
            tracing::warn!(%reason, "the session is lost; asking for another");
            Said::Nothing
        }
        Event::Unanswered => {
            tracing::warn!("the manager does not answer; try `clouddata-gateway doctor`");
            Said::Nothing
        }
        Event::Refused(code) => {
            tracing::error!(%code, "the manager refuses a session");
            Said::Nothing
        }
        Event::Response(response) => match response.parse() {
            Ok(Response::GetTime(time)) => Said::Time(time),
            Ok(Response::Refused { packet_type, code }) => {
                tracing::error!(%packet_type, %code, "the manager refuses a request");
                Said::Nothing
            }
            _ => Said::Nothing,
        },
    }
}

/// The manager's clock on the host's.
#[derive(Debug, Default)]
struct Clocks {
    map: ClockMap,
    asked: Option<Instant>,
}

impl Clocks {
    fn ask(&mut self, client: &mut Client) {
        self.asked = Some(Instant::now());
        client.request(&Request::GetTime);
    }

    fn are_due(&self) -> bool {
        self.asked.is_some_and(|asked| asked.elapsed() >= TIME_INTERVAL)
    }

    fn observe(&mut self, time: &TimeInfo) {
        let (now, since_boot) = (Timestamp::now(), HostClock::system().since_boot());
        // Last: a pause of this thread makes the look less certain, and not wrong.
        let half = self.asked.map_or(Duration::ZERO, |asked| asked.elapsed()) / 2;
        let uncertainty = i64::try_from(half.as_micros()).unwrap_or(i64::MAX);
        let host = Timestamp::from_micros(now.as_micros().saturating_sub(uncertainty));
        self.map.observe(time, host, uncertainty, since_boot.saturating_sub(half));
    }

    fn date(&self, reading: &MoteReading) -> Option<Reading> {
        let &MoteReading { mac, manager_micros, temperature, .. } = reading;
        let timestamp = Some(self.map.host_time(manager_micros)?);
        Some(Reading::temperature(mac, temperature, timestamp))
    }
}

fn write_reading(
    out: &mut impl Write,
    reading: &Reading,
    format: PrintFormat,
    first: bool,
) -> io::Result<()> {
    if format == PrintFormat::Json {
        serde_json::to_writer(&mut *out, reading)?;
        writeln!(out)?;
    } else {
        if first {
            writeln!(out, "{:<27}  {:<23}  {:>8}", "time", "mote", "°C")?;
        }
        let Reading { mac, value: temperature, timestamp, .. } = reading;
        let time = timestamp.map_or_else(String::new, |time| time.to_string());
        writeln!(out, "{time:<27}  {mac:<23}  {temperature:>8.2}")?;
    }
    out.flush()
}
