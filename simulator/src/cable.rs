use core::time::Duration;
use std::io;
use std::path::PathBuf;

use crate::StartError;
use crate::pty::Pty;

/// The cable between a client and the manager: a pty, with a link to find it by. It may be pulled
/// and plugged in again, which gives another pty at the same link.
#[derive(Debug)]
pub(crate) struct Cable {
    /// While the cable is out, one that nobody knows of.
    pty: Pty,
    link: Option<PathBuf>,
    replug: Option<Replug>,
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
    pub(crate) fn plug(
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
        Ok(Self { pty, link, replug })
    }

    pub(crate) const fn pty(&self) -> &Pty {
        &self.pty
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.replug.as_ref().map(|replug| replug.next)
    }

    /// Pulls it or plugs it in, if that is due. Returns whether it was pulled.
    pub(crate) fn handle_timeout(&mut self, now: Duration) -> io::Result<bool> {
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
        assert_eq!(first, cable.pty().path());
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
