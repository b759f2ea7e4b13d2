use core::mem::MaybeUninit;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    OptionalActions, QueueSelector, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr,
};

/// A serial port that is not there: clients open the path, and what they write is read here.
///
/// Clients may come and go. As on a real port, nothing of what one has left is there for the
/// next: unread octets, a terminal mode, exclusive use.
#[derive(Debug)]
pub(super) struct Pty {
    master: OwnedFd,
    /// Kept open, so that the master can be read while there is no client.
    slave: OwnedFd,
    visits: OwnedFd,
    path: PathBuf,
    link: Option<PathBuf>,
}

impl Pty {
    pub(super) fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = PathBuf::from(OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes()));
        let slave = open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let visits = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        inotify::add_watch(&visits, &path, WatchFlags::OPEN | WatchFlags::CLOSE)?;
        let pty = Self { master, slave, visits, path, link: None };
        pty.make_raw()?;
        Ok(pty)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a symbolic link to the path, as udev does; it is removed with the pty. A symbolic
    /// link that is already there is replaced, anything else is not.
    pub(super) fn link(&mut self, link: &Path) -> io::Result<()> {
        match fs::symlink_metadata(link) {
            Ok(there) if there.is_symlink() => fs::remove_file(link)?,
            Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        symlink(&self.path, link)?;
        self.link = Some(link.to_owned());
        Ok(())
    }

    /// Ready to be read when a client has written.
    pub(super) fn line(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }

    /// Ready when clients have come or gone: [`tidy`](Self::tidy).
    pub(super) fn visits(&self) -> BorrowedFd<'_> {
        self.visits.as_fd()
    }

    /// What clients have written; 0 if nothing.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&self.master, buffer) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            result => Ok(result?),
        }
    }

    /// Writes as much as there is room for.
    pub(super) fn write(&self, octets: &[u8]) -> io::Result<usize> {
        match rustix::io::write(&self.master, octets) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            result => Ok(result?),
        }
    }

    /// Clears up behind clients that have gone and before those that have come. Returns whether
    /// any has come: what was written to the line until now is not for it.
    pub(super) fn tidy(&self) -> io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut visits = inotify::Reader::new(&self.visits, &mut buffer);
        let (mut opened, mut last) = (false, ReadFlags::empty());
        loop {
            match visits.next() {
                Ok(visit) => {
                    last = visit.events();
                    opened |= last.contains(ReadFlags::OPEN);
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if last.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) {
            ioctl_tiocnxcl(&self.slave)?;
            self.make_raw()?;
        }
        if opened {
            tcflush(&self.slave, QueueSelector::IFlush)?;
        }
        Ok(opened)
    }

    fn make_raw(&self) -> io::Result<()> {
        let mut termios = tcgetattr(&self.slave)?;
        termios.make_raw();
        tcsetattr(&self.slave, OptionalActions::Now, &termios)?;
        Ok(())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Another simulator may have replaced the link meanwhile.
        if let Some(link) = &self.link
            && fs::read_link(link).is_ok_and(|target| target == self.path)
            && let Err(error) = fs::remove_file(link)
        {
            tracing::warn!(link = %link.display(), %error, "cannot remove the link");
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::termios::{LocalModes, ioctl_tiocexcl};

    use super::*;

    fn client(pty: &Pty) -> OwnedFd {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        open(pty.path(), flags, Mode::empty()).unwrap()
    }

    fn read(from: &OwnedFd) -> Vec<u8> {
        let mut buffer = [0; 64];
        let count = rustix::io::read(from, &mut buffer).unwrap();
        buffer[..count].to_vec()
    }

    #[test]
    fn every_octet_passes_both_ways_unchanged() {
        let pty = Pty::open().unwrap();
        let client = client(&pty);
        assert!(pty.tidy().unwrap());
        let all: Vec<u8> = (0..=255).collect();
        for chunk in all.chunks(64) {
            assert_eq!(pty.write(chunk).unwrap(), chunk.len());
            assert_eq!(read(&client), chunk);
            assert_eq!(rustix::io::write(&client, chunk).unwrap(), chunk.len());
            let mut buffer = [0; 64];
            assert_eq!(pty.read(&mut buffer).unwrap(), chunk.len());
            assert_eq!(buffer, chunk);
        }
        assert_eq!(pty.read(&mut [0; 64]).unwrap(), 0);
    }

    #[test]
    fn what_nobody_has_read_is_not_for_the_next_client() {
        let pty = Pty::open().unwrap();
        assert!(!pty.tidy().unwrap());
        while pty.write(&[0x55; 1024]).unwrap() > 0 {}
        let client = client(&pty);
        assert!(pty.tidy().unwrap());
        pty.write(b"fresh").unwrap();
        assert_eq!(read(&client), b"fresh");
        assert!(!pty.tidy().unwrap());
    }

    /// A killed client cannot give it back. Who may override it, as root may, opens the port in
    /// any case.
    #[test]
    fn exclusive_use_ends_with_the_client() {
        let pty = Pty::open().unwrap();
        let first = client(&pty);
        ioctl_tiocexcl(&first).unwrap();
        pty.tidy().unwrap();
        drop(first);
        pty.tidy().unwrap();
        client(&pty);
    }

    #[test]
    fn the_mode_that_a_client_has_set_ends_with_it() {
        let pty = Pty::open().unwrap();
        let first = client(&pty);
        let mut cooked = tcgetattr(&first).unwrap();
        cooked.local_modes |= LocalModes::ECHO;
        tcsetattr(&first, OptionalActions::Now, &cooked).unwrap();
        pty.tidy().unwrap();
        assert!(tcgetattr(&pty.slave).unwrap().local_modes.contains(LocalModes::ECHO));
        drop(first);
        pty.tidy().unwrap();
        assert!(!tcgetattr(&pty.slave).unwrap().local_modes.contains(LocalModes::ECHO));
    }
}
