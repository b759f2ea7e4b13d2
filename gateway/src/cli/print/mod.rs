//! `print`: what the manager says on stdout, without a server.

mod line;
mod said;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use clap::{Args, ValueEnum};
use host::{Failure, Output, exit};
use manager_core::command::GetMoteConfig;
use manager_core::{MacAddress, NotificationMask, Request, Subscribe, TimeInfo};
use readings::{Link, Mac, Record, Timestamp};

use super::RunArgs;
use super::client::Client;
use super::port_choice::open_chosen;
use crate::{ClockMap, HostClock, Undated, Unnamed};
use line::{write_header, write_record, write_unnamed};
use said::{NO_TIME, Said, said};

/// Between two looks at the manager's clock.
const TIME_INTERVAL: Duration = Duration::from_secs(600);

/// What `print` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct PrintArgs {
    /// How they are written.
    #[arg(long, value_enum, default_value_t)]
    format: PrintFormat,
    /// End after this many records.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    run: RunArgs,
}

/// How records are written.
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

/// Prints records until a signal comes. They are acknowledged once they are printed, and go
/// nowhere else.
pub(super) fn print(args: &PrintArgs) -> Result<(), Failure> {
    let config = args.run.stateless_config()?;
    let (name, port) = open_chosen(&config.port)?;
    let stopped = host::stop_flag()?;
    let failed = |error: io::Error| Failure::new(exit::IO, format!("{name}: {error}"));
    let mut client = Client::new(port, None);
    client.connect();
    let (mut clocks, mut names) = (Clocks::default(), BTreeMap::new());
    let mut printed = 0;
    let mut out = Output::stdout();
    let wanted = |printed| args.count.is_none_or(|count| printed < count);
    let extras = config.extras;
    let kinds = NotificationMask::DATA | NotificationMask::EVENT | NotificationMask::HEALTH_REPORT;
    let kinds = kinds | extras.mask();
    if args.format == PrintFormat::Table {
        write_header(&mut out).map_err(|error| Failure::of_output(&error))?;
    }
    while !stopped.load(Ordering::Relaxed) && wanted(printed) {
        let soon = Instant::now() + Duration::from_millis(100);
        match client.next(soon, |event| said(event, extras)).map_err(failed)? {
            Some(Said::Connected) => clocks.ask(&mut client),
            Some(Said::Time(time)) => {
                clocks.observe(&time);
                client.request(&Request::Subscribe(Subscribe::reliably(kinds)));
            }
            Some(Said::Subscribed) => ask_mote(&mut client, MacAddress([0; 8])),
            Some(Said::Mote(mote)) => {
                names.insert(mote.mote_id, Mac::from(mote.mac_address.0));
                ask_mote(&mut client, mote.mac_address);
            }
            Some(Said::Records(heard, token)) => {
                let records =
                    heard.records.iter().map(|undated| Line::Record(clocks.date(undated)));
                let links = heard.links.into_iter().map(|mut unnamed| {
                    unnamed.link.timestamp = Some(Timestamp::now());
                    match names.get(&unnamed.mote_id) {
                        Some(&neighbour) => Line::Record(Link { neighbour, ..unnamed.link }.into()),
                        None => Line::Unnamed(unnamed),
                    }
                });
                for line in records.chain(links) {
                    line.write(&mut out, args.format)
                        .map_err(|error| Failure::of_output(&error))?;
                    if !out.is_open() {
                        // Who reads has seen enough; the manager keeps this one.
                        return Ok(());
                    }
                    printed += 1;
                    if !wanted(printed) {
                        break;
                    }
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

/// Asks which mote is behind this one: their numbers are what health reports know neighbours by.
fn ask_mote(client: &mut Client, mac_address: MacAddress) {
    client.request(&Request::GetMoteConfig(GetMoteConfig { mac_address, next: true }));
}

/// What is printed on a line of its own.
enum Line {
    Record(Record),
    /// A link whose neighbour has no name yet.
    Unnamed(Unnamed),
}

impl Line {
    fn write(&self, out: &mut impl Write, format: PrintFormat) -> io::Result<()> {
        match self {
            Self::Record(record) => write_record(out, record, format)?,
            Self::Unnamed(unnamed) => write_unnamed(out, unnamed, format)?,
        }
        out.flush()
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

    /// The record with its time; what came without one has come now.
    fn date(&self, undated: &Undated) -> Record {
        let mut record = undated.record.clone();
        let time = Some(undated.manager_micros).filter(|&micros| micros != NO_TIME);
        let time = time.and_then(|micros| self.map.host_time(micros));
        record.set_timestamp(Some(time.unwrap_or_else(Timestamp::now)));
        record
    }
}
