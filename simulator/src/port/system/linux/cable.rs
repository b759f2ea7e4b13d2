use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::pty::Pty;
use crate::StartError;
use crate::port::{Port, Ready, Ring};

/// The cable between a client and the manager: a pty, with a link to find it by. It may be pulled
/// and plugged in again, which gives another pty at the same link.
#[derive(Debug)]
pub(super) struct Cable {
    /// While the cable is out, one that nobody knows of.
    pty: Pty,
    link: Option<PathBuf>,
    replug: Option<Replug>,
    bell: Arc<OwnedFd>,
}

#[derive(Debug)]
struct Replug {
    every: Duration,
    next: Duration,
    is_out: bool,
}

/// How long it is out.
const OUT: Duration = Duration::from_secs(1);

impl Cable {
    /// Plugs it in, at time zero.
    pub(super) fn plug(
        link: Option<PathBuf>,
        replug_every: Option<Duration>,
    ) -> Result<Self, StartError> {
        if replug_every.is_some_and(|every| every.is_zero() || link.is_none()) {
            return Err(StartError::Replug);
        }
        let replug = replug_every.map(|every| Replug { every, next: every, is_out: false });
        let mut pty = Pty::open().map_err(StartError::Pty)?;
        if let Some(path) = &link {
            pty.link(path).map_err(|source| StartError::Link { path: path.clone(), source })?;
        }
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let bell = Arc::new(bell.map_err(|error| StartError::Pty(error.into()))?);
        Ok(Self { pty, link, replug, bell })
    }
}

impl Port for Cable {
    fn name(&self) -> String {
        self.pty.path().display().to_string()
    }

    fn ring(&self) -> Ring {
        let bell = Arc::clone(&self.bell);
        Box::new(move || {
            // Fails only when the counter would overflow: the bell rings already.
            let _ = rustix::io::write(&bell, &1_u64.to_ne_bytes());
        })
    }

    fn wait(&mut self, timeout: Option<Duration>, has_more: bool) -> io::Result<Ready> {
        // Beyond what a `Timespec` holds is beyond anybody's patience.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let writable = if has_more { PollFlags::OUT } else { PollFlags::empty() };
        let (line, visits) = (self.pty.line(), self.pty.visits());
        // A client opens the port before it writes: whoever looks at the line first and at the
        // visits last does not miss the visit to which the octets belong.
        let mut descriptors = [
            PollFd::from_borrowed_fd(line, PollFlags::IN | writable),
            PollFd::from_borrowed_fd(visits, PollFlags::IN),
            PollFd::from_borrowed_fd(self.bell.as_fd(), PollFlags::IN),
        ];
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [line, visits, _] = descriptors.map(|descriptor| descriptor.revents());
        let line = line.intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP);
        Ok(Ready { line, visits: visits.contains(PollFlags::IN) })
    }

    fn tidy(&mut self) -> io::Result<bool> {
        self.pty.tidy()
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pty.read(buffer)
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.pty.write(octets)
    }

    fn poll_timeout(&self) -> Option<Duration> {
        self.replug.as_ref().map(|replug| replug.next)
    }

    fn handle_timeout(&mut self, now: Duration) -> io::Result<bool> {
        let Some(replug) = self.replug.as_mut().filter(|replug| replug.next <= now) else {
            return Ok(false);
        };
        replug.is_out = !replug.is_out;
        if replug.is_out {
            replug.next = now + OUT;
            // Made before the old one is gone, so that it has another number.
            self.pty = Pty::open()?;
            tracing::info!("the cable is pulled");
        } else {
            replug.next = now + replug.every;
            if let Some(link) = &self.link {
                self.pty.link(link)?;
            }
            tracing::info!(port = %self.pty.path().display(), "the cable is plugged in");
        }
        Ok(replug.is_out)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pulled_and_plugged_in_it_is_another_pty_at_the_same_link() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("api");
        let mut cable = Cable::plug(Some(link.clone()), Some(5 * SECOND)).unwrap();
        let first = fs::read_link(&link).unwrap();
        assert_eq!(first, cable.pty.path());
        // While somebody has it open no other process's is called the same.
        let _open = fs::File::open(&first).unwrap();
        assert!(!cable.handle_timeout(4 * SECOND).unwrap());
        assert_eq!(cable.poll_timeout(), Some(5 * SECOND));
        assert!(cable.handle_timeout(5 * SECOND).unwrap());
        assert!(!link.is_symlink() && !first.exists());
        assert!(!cable.handle_timeout(6 * SECOND).unwrap());
        let second = fs::read_link(&link).unwrap();
        assert!(second != first && second.exists());
        assert_eq!(cable.poll_timeout(), Some(11 * SECOND));
    }

    #[test]
    fn what_is_not_to_be_found_again_is_not_pulled() {
        let directory = tempfile::tempdir().unwrap();
        let link = Some(directory.path().join("api"));
        for (link, every) in [(None, SECOND), (link, Duration::ZERO)] {
            assert!(matches!(Cable::plug(link, Some(every)), Err(StartError::Replug)));
        }
    }
}
