use core::time::Duration;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use clouddata_simulator::{Clock, Config, Faults, Firmware, Settings};
use host::{ListenAddress, LogFormat, Manual};

/// Simulates a SmartMesh IP Manager with motes on a pty, or behind a socket.
///
/// The first line on stdout is the port for clients to open. When it is stopped, by a signal or
/// after --duration, the last line is a report in JSON.
#[derive(Debug, Parser)]
#[command(name = "clouddata-simulator", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) manual: Option<Manual>,

    /// How many motes there are.
    #[arg(long, value_name = "N", default_value_t = 5)]
    motes: u16,

    /// Time between two samples of a mote, such as 1s or 500ms.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    period: Duration,

    /// Samples in one notification.
    #[arg(long, value_name = "N", default_value_t = 1)]
    samples: u8,

    /// What all chance depends on.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,

    /// Where the manager's clock starts: in 2002 at every boot, or at the world's UTC.
    #[arg(long, value_enum, default_value_t = ClockArgument::Year2002)]
    clock: ClockArgument,

    /// Mean time that a packet takes through the mesh.
    #[arg(long, value_name = "TIME", default_value = "300ms", value_parser = humantime::parse_duration)]
    latency: Duration,

    /// Reboot the manager again and again after this time.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    reboot_every: Option<Duration>,

    /// Share of frames that are lost, in each direction, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    loss: f64,

    /// Share of frames that are corrupted, in each direction, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    corrupt: f64,

    /// Share of frames that noise follows, in each direction, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    noise: f64,

    /// How long to wait for the acknowledgement of a notification before it is sent again.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    ack_timeout: Duration,

    /// How often a notification is sent again before the client is given up.
    #[arg(long, value_name = "N", default_value_t = 3)]
    ack_retries: u32,

    /// How many notifications wait for a slow client.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    queue: usize,

    /// Time between two health reports of a mote, or 0s for none. The first comes within twenty
    /// seconds of its joining, so that there is something to see; real motes take the whole time.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = humantime::parse_duration)]
    health_every: Duration,

    /// Mean time until a mote loses one of its parents, or 0s for never. One time in fifty it is
    /// lost for less than a minute instead, and measures nothing meanwhile. No reading is lost.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    path_lasts: Duration,

    /// Motes also report analog input 0 at each period, and every ten samples their statistics.
    #[arg(long)]
    analog: bool,

    /// Motes also send, at every fifth period, a payload to another port than OAP's, an IP packet
    /// that is not plain UDP, and a line of their log, which real ones send when they are asked.
    #[arg(long)]
    extras: bool,

    /// Which messages the manager and its motes know; old ones lack what was appended later.
    #[arg(long, value_enum, default_value_t = FirmwareArgument::Today)]
    firmware: FirmwareArgument,

    /// Stop after this time.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,

    /// Listen here instead of making a pty, such as 127.0.0.1:4000 or [::1]:4000. One client is
    /// served at a time; another is turned away. There is neither encryption nor a password.
    #[arg(long, value_name = "ADDR:PORT", conflicts_with_all = ["link", "replug_every"])]
    listen: Option<ListenAddress>,

    /// Make a symbolic link to the pty here.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,

    /// Pull the cable again and again after this time, for a second: the pty goes away, and
    /// another takes its place at --link. The manager goes on.
    #[arg(long, value_name = "TIME", requires = "link", value_parser = humantime::parse_duration)]
    replug_every: Option<Duration>,

    /// Write a JSON line here for each reading that the client acknowledges.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,

    /// Write a JSON line here for each reading that is sent reliably, once.
    #[arg(long, value_name = "FILE")]
    sent_ledger: Option<PathBuf>,

    /// Write a JSON line here for each notification that brings no temperature, when it is sent
    /// reliably for the first time, and when the client acknowledges it.
    #[arg(long, value_name = "FILE")]
    notice_ledger: Option<PathBuf>,

    /// Write the report here when stopped, instead of on stdout.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// How logs are written to stderr.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClockArgument {
    #[value(name = "2002")]
    Year2002,
    Utc,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FirmwareArgument {
    Old,
    Today,
}

impl Cli {
    pub(crate) fn config(&self) -> Config {
        Config {
            settings: Settings {
                motes: self.motes,
                period: self.period,
                samples: self.samples,
                seed: self.seed,
                clock: match self.clock {
                    ClockArgument::Year2002 => Clock::Year2002,
                    ClockArgument::Utc => Clock::Utc,
                },
                latency: self.latency,
                reboot_every: self.reboot_every,
                ack_timeout: self.ack_timeout,
                ack_retries: self.ack_retries,
                queue: self.queue,
                health_every: self.health_every,
                path_lasts: self.path_lasts,
                analog: self.analog,
                extras: self.extras,
                firmware: match self.firmware {
                    FirmwareArgument::Old => Firmware::Old,
                    FirmwareArgument::Today => Firmware::Today,
                },
                ..Settings::default()
            },
            faults: Faults { loss: self.loss, corrupt: self.corrupt, noise: self.noise },
            duration: self.duration,
            listen: self.listen.map(|ListenAddress(address)| address),
            link: self.link.clone(),
            replug_every: self.replug_every,
            ledger: self.ledger.clone(),
            sent_ledger: self.sent_ledger.clone(),
            notice_ledger: self.notice_ledger.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_options_all_is_as_by_default() {
        assert_eq!(Cli::parse_from(["clouddata-simulator"]).config(), Config::default());
    }
}
