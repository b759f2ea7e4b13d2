//! `replay`: a capture file as a manager.

mod adapt;
mod client_side;
mod said;
mod script;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use clap::Args;
use host::{Failure, ListenAddress, exit};

use super::capture_file::{CaptureReader, Chunk, foreign};
use super::port_choice::open_chosen;
use super::progress::Progress;
use crate::port::{Link, Offer, PortChoice, is_deserted};
use adapt::adapt;
use client_side::ClientSide;
use script::{Script, Step};

/// Between two looks at the port.
const TICK: Duration = Duration::from_millis(5);

/// How long a client may take to say what the recorded one said, before the recording goes on.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `replay` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct ReplayArgs {
    /// A file that `capture` has written.
    file: PathBuf,
    /// How much faster than it was recorded.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// A port to play on, such as one end of a null-modem cable. Default: a new one, whose name is
    /// the first line on stdout.
    #[arg(long, value_name = "PORT")]
    port: Option<PortChoice>,
    /// Play to the first client that connects here, such as 127.0.0.1:4000; the port's name is the
    /// first line on stdout.
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "port")]
    listen: Option<ListenAddress>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if speed.is_finite() && speed > 0.0 { Ok(speed) } else { Err("not above 0".to_owned()) }
}

/// Plays what came from the manager to whoever opens the port.
pub(super) fn replay(args: &ReplayArgs) -> Result<(), Failure> {
    let script = Script::new(&read(&args.file)?);
    let stopped = host::stop_flag()?;
    let link = match &args.port {
        Some(choice) => Some(open_chosen(choice)?.1),
        None => meet(args.listen, &stopped)?,
    };
    let Some(link) = link else { return Ok(()) };
    let mut player = Player { link, client: ClientSide::default(), stopped, late: 0 };
    let played = player.play(&script, args.speed);
    match played {
        Ok(End::Played) => {
            let Player { client, late, .. } = player;
            host::remark(format_args!(
                "{} frames played, {} of {} frames of the client came, {late} too late",
                script.frames(),
                client.said().count_of(script.client()),
                script.client().count(),
            ));
            Ok(())
        }
        Ok(End::Stopped) => Ok(()),
        Ok(End::ClientGone) => {
            Err(Failure::new(exit::UNAVAILABLE, "the client has closed the port".to_owned()))
        }
        Err(error) => Err(Failure::new(exit::IO, format!("the port fails: {error}"))),
    }
}

/// Makes a port, and waits for a client where that has to be done first; `None` if stopped before.
fn meet(listen: Option<ListenAddress>, stopped: &AtomicBool) -> Result<Option<Link>, Failure> {
    let no_port = |error| Failure::new(exit::OS, format!("no port can be made: {error}"));
    let offer = match listen {
        Some(ListenAddress(address)) => Offer::listen(address).map_err(|error| {
            let reason = format!("cannot listen on {address}: {error}; name another address");
            Failure::new(exit::UNAVAILABLE, reason)
        })?,
        None => Offer::usual().map_err(no_port)?,
    };
    host::print(format_args!("{}\n", offer.name()))?;
    offer.accept(stopped).map_err(no_port)
}

fn read(file: &Path) -> Result<Vec<Chunk>, Failure> {
    let path = file.display();
    let unreadable =
        |error| Failure::new(exit::NO_INPUT, format_args!("{path} cannot be read: {error}"));
    let not_data = |said: String| Failure::new(exit::DATA, format_args!("{path} {said}"));
    let mut file = BufReader::new(File::open(file).map_err(unreadable)?);
    if let Some(what) = foreign(file.fill_buf().map_err(unreadable)?) {
        return Err(not_data(format!("is {what}")));
    }
    let chunks: Result<Vec<Chunk>, _> = CaptureReader::new(file).collect();
    let chunks = chunks.map_err(|error| not_data(format!("cannot be played: {error}")))?;
    if chunks.is_empty() {
        return Err(not_data("holds nothing to play".to_owned()));
    }
    Ok(chunks)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Played,
    Stopped,
    ClientGone,
}

struct Player {
    link: Link,
    client: ClientSide,
    stopped: Arc<AtomicBool>,
    /// How often the recording went on without the client.
    late: usize,
}

impl Player {
    fn play(&mut self, script: &Script, speed: f64) -> io::Result<End> {
        if let Some(end) = self.wait_for_client()? {
            return Ok(end);
        }
        let mut progress = Progress::default();
        for (index, step) in script.steps().iter().enumerate() {
            progress.show(|| format!("{index} of {} frames", script.frames()));
            if let Some(end) = self.wait(step, speed)? {
                progress.end();
                return Ok(end);
            }
            let octets = adapt(step, &self.client);
            match self.link.write(&octets) {
                Err(error) if is_deserted(&error) => return Ok(End::ClientGone),
                other => other?,
            }
        }
        progress.end();
        let last = Step { after_client: script.end(), ..Step::default() };
        Ok(self.wait(&last, speed)?.unwrap_or(End::Played))
    }

    /// Waits until somebody has the other end open: until then it cannot be read.
    fn wait_for_client(&mut self) -> io::Result<Option<End>> {
        while !self.stopped.load(Ordering::Relaxed) {
            match self.listen() {
                Err(error) if is_deserted(&error) => thread::sleep(TICK * 4),
                other => return other.map(|()| None),
            }
        }
        Ok(Some(End::Stopped))
    }

    /// Waits for the step's moment, and for the client to have said what the recorded one had
    /// said by then.
    fn wait(&mut self, step: &Step, speed: f64) -> io::Result<Option<End>> {
        let begun = Instant::now();
        let pause = step.pause.div_f64(speed);
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(Some(End::Stopped));
            }
            let is_client_ready = self.client.said().covers(&step.after_client);
            let elapsed = begun.elapsed();
            if elapsed >= pause && is_client_ready {
                return Ok(None);
            }
            if elapsed >= pause + PATIENCE {
                self.late += 1;
                self.client.forgive(&step.after_client);
                return Ok(None);
            }
            match self.listen() {
                Err(error) if is_deserted(&error) => return Ok(Some(End::ClientGone)),
                other => other?,
            }
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        let mut chunk = [0; 1024];
        let octets = self.link.read(&mut chunk, TICK)?;
        if !octets.is_empty() {
            self.client.hear(octets);
        }
        Ok(())
    }
}
