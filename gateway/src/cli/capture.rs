//! `capture`: the raw line in a file.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use host::{Failure, exit};
use manager_core::session::{Event, Token};
use manager_core::{NotificationMask, Request, Response, Subscribe};
use readings::Timestamp;

use super::capture_file::{CaptureWriter, Chunk, Direction};
use super::client::{Client, Tap};
use super::port_choice::open_chosen;
use super::progress::Progress;
use crate::port::PortChoice;

/// What `capture` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct CaptureArgs {
    /// Where to write; what is there is replaced. Wireshark opens it, `decode` explains it,
    /// `replay` plays it.
    file: PathBuf,
    /// The manager's port, as for `run`.
    #[arg(long, value_name = "PORT", env = "CLOUDDATA_PORT")]
    port: Option<PortChoice>,
    /// Stop after this time instead of at a signal.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// Never write to the port: only listen to what a manager says unasked.
    #[arg(long)]
    listen_only: bool,
}

/// Records until a signal comes or the time is over.
pub(super) fn capture(args: &CaptureArgs) -> Result<(), Failure> {
    let (name, link) = open_chosen(args.port.as_ref().unwrap_or(&PortChoice::ByIdentity))?;
    let path = args.file.display();
    let file = File::create(&args.file).and_then(|file| CaptureWriter::new(file, &name)).map_err(
        |error| Failure::new(exit::CANNOT_CREATE, format!("{path} cannot be written: {error}")),
    )?;
    let mut client = Client::new(link, Some(tap(file, path.to_string())));
    if !args.listen_only {
        client.connect();
    }
    let stopped = host::stop_flag()?;
    let end = args.duration.map(|duration| Instant::now() + duration);
    let mut notifications = 0_u64;
    let mut progress = Progress::default();
    let mut followed = Ok(());
    while !stopped.load(Ordering::Relaxed) && end.is_none_or(|end| Instant::now() < end) {
        match follow(&mut client) {
            Ok(heard) => notifications += u64::from(heard),
            Err(error) => {
                let reason = format!("the capture of {name} has ended: {error}");
                followed = Err(Failure::new(exit::IO, reason));
                break;
            }
        }
        let frames = client.line_counters().frames;
        progress.show(|| format!("{frames} frames, {notifications} notifications"));
    }
    progress.end();
    // The last acknowledgement.
    let _ = client.transmit();
    let line = client.line_counters();
    let bad = line.bad_fcs + line.too_short + line.too_long + line.aborted;
    host::remark(format_args!(
        "{path}: {} frames, {bad} bad, {notifications} notifications",
        line.frames
    ));
    followed
}

/// Everything that goes over the port goes to the file, and is there before it is acknowledged.
fn tap(mut file: CaptureWriter<File>, path: String) -> Tap {
    Box::new(move |direction: Direction, octets: &[u8]| -> io::Result<()> {
        let micros = u64::try_from(Timestamp::now().as_micros()).unwrap_or_default();
        let written = file.write(&Chunk { micros, direction, octets: octets.to_vec() });
        written.map_err(|error| io::Error::other(format!("{path} cannot be written: {error}")))
    })
}

enum Next {
    AskTime,
    Subscribe,
    Acknowledge(Option<Token>),
    Nothing,
}

/// Does what the gateway would do, but for everything that the manager can report. Returns
/// whether a notification came.
fn follow(client: &mut Client) -> io::Result<bool> {
    let soon = Instant::now() + Duration::from_millis(100);
    let next = client.next(soon, |event| match event {
        Event::Connected(_) => Next::AskTime,
        Event::Response(response) if matches!(response.parse(), Ok(Response::GetTime(_))) => {
            Next::Subscribe
        }
        Event::Notification { token, .. } => Next::Acknowledge(token),
        Event::Lost(reason) => {
            tracing::warn!(%reason, "the session is lost; asking for another");
            Next::Nothing
        }
        Event::Unanswered => {
            tracing::warn!("the manager does not answer; is this the port of its serial API?");
            Next::Nothing
        }
        Event::Refused(code) => {
            tracing::error!(%code, "the manager refuses a session");
            Next::Nothing
        }
        _ => Next::Nothing,
    })?;
    match next {
        Some(Next::AskTime) => client.request(&Request::GetTime),
        Some(Next::Subscribe) => {
            let everything = NotificationMask::EVENT
                | NotificationMask::LOG
                | NotificationMask::DATA
                | NotificationMask::IP_DATA
                | NotificationMask::HEALTH_REPORT;
            client.request(&Request::Subscribe(Subscribe::reliably(everything)));
        }
        Some(Next::Acknowledge(token)) => {
            client.acknowledge(token);
            return Ok(true);
        }
        Some(Next::Nothing) | None => {}
    }
    Ok(false)
}
