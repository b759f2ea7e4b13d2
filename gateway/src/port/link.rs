use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::{self, JoinHandle};

use serialport::TTYPort;

use crate::input::Input;

/// A live port: a thread reads it, the owner writes it. It dies once, and is replaced.
#[derive(Debug)]
pub(crate) struct Link {
    port: TTYPort,
    closed: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

/// What the reading thread has to say.
#[derive(Debug)]
pub(crate) enum Heard {
    Octets(Vec<u8>),
    /// The port is gone; nothing more follows.
    End(io::Error),
}

impl Link {
    /// Starts reading: what is heard goes to `inputs`, with the link's number.
    pub(crate) fn start(port: TTYPort, link: u64, inputs: SyncSender<Input>) -> io::Result<Self> {
        let closed = Arc::new(AtomicBool::new(false));
        let reading_end = port.try_clone_native()?;
        let reader = Reader { port: reading_end, link, inputs, closed: Arc::clone(&closed) };
        let reader =
            thread::Builder::new().name("reader".to_owned()).spawn(move || reader.run())?;
        Ok(Self { port, closed, reader: Some(reader) })
    }

    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.port.write_all(octets)
    }
}

impl Drop for Link {
    /// The port is free for others when this returns.
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            // It cannot panic, and there would be nothing to do about it.
            let _ = reader.join();
        }
    }
}

struct Reader {
    port: TTYPort,
    link: u64,
    inputs: SyncSender<Input>,
    closed: Arc<AtomicBool>,
}

impl Reader {
    fn run(mut self) {
        let mut chunk = [0; 4096];
        while !self.is_closed() {
            let heard = match self.port.read(&mut chunk) {
                // A terminal reads nothing when its device is gone.
                Ok(0) => Heard::End(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => Heard::Octets(chunk[..read].to_vec()),
                Err(error) if is_passing(&error) => continue,
                Err(error) => Heard::End(error),
            };
            let ended = matches!(heard, Heard::End(_));
            self.report(heard);
            if ended {
                return;
            }
        }
    }

    /// Waits for room as long as the link is open: a full queue must not keep it from closing.
    fn report(&self, heard: Heard) {
        let mut input = Input::Heard { link: self.link, heard };
        while let Err(TrySendError::Full(unsent)) = self.inputs.try_send(input) {
            if self.is_closed() {
                return;
            }
            input = unsent;
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
    )
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use serialport::SerialPort;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn link(room: usize) -> (TTYPort, Link, Receiver<Input>) {
        let (master, slave) = TTYPort::pair().unwrap();
        let (sender, inputs) = sync_channel(room);
        let name = slave.name().unwrap();
        drop(slave);
        let port = crate::port::open(&name).unwrap();
        let link = Link::start(port, 7, sender).unwrap();
        (master, link, inputs)
    }

    fn heard(inputs: &Receiver<Input>) -> Heard {
        match inputs.recv_timeout(PATIENCE).unwrap() {
            Input::Heard { link: 7, heard } => heard,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn octets_pass_both_ways_unchanged() {
        let (mut master, mut link, inputs) = link(8);
        let octets: Vec<u8> = (0..=255).collect();
        master.write_all(&octets).unwrap();
        let mut received = Vec::new();
        while received.len() < octets.len() {
            match heard(&inputs) {
                Heard::Octets(octets) => received.extend(octets),
                Heard::End(error) => panic!("{error}"),
            }
        }
        assert_eq!(received, octets);

        link.write(&octets).unwrap();
        master.set_timeout(PATIENCE).unwrap();
        let mut received = vec![0; octets.len()];
        master.read_exact(&mut received).unwrap();
        assert_eq!(received, octets);
    }

    #[test]
    fn a_port_that_goes_away_is_noticed_once() {
        let (master, _link, inputs) = link(8);
        drop(master);
        assert!(matches!(heard(&inputs), Heard::End(_)));
        assert!(inputs.recv_timeout(PATIENCE).is_err(), "the thread has ended");
    }

    #[test]
    fn a_dropped_link_frees_its_port_even_when_nobody_takes_what_it_hears() {
        let (mut master, link, inputs) = link(1);
        let name = link.port.name().unwrap();
        for _ in 0..3 {
            master.write_all(b"noise").unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        drop(link);
        crate::port::open(&name).unwrap();
        drop(inputs);
    }
}
