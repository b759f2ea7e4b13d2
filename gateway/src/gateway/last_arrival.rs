use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use readings::Timestamp;

use super::arrivals::Moment;

/// Its name in the state folder.
const NAME: &str = "last-arrival";

/// Octets of the file, whatever it holds: it is overwritten in place, also on a full disk.
const LEN: usize = 160;

/// Octets before the notification's body: a check of all behind it, the body's length, the moment.
const HEAD: usize = 20;

/// When the last notification came that carries no time, where a gateway that is killed leaves it
/// to the next one: it may have been stored, and comes again if it was not acknowledged.
///
/// It is written before such a notification is made safe, and not synced: the system writes it when
/// it likes, and a power cut may lose it. What carries a time, as readings do, is not written.
#[derive(Debug)]
pub(super) struct LastArrival(PathBuf);

impl LastArrival {
    pub(super) fn new(state_dir: &Path) -> Self {
        Self(state_dir.join(NAME))
    }

    /// What is there; `None` if that is nothing, or was cut short.
    pub(super) fn read(&self) -> Option<(Vec<u8>, Moment)> {
        let mut octets = [0; LEN];
        File::open(&self.0).ok()?.read_exact(&mut octets).ok()?;
        parse(&octets)
    }

    /// A notification with this body has come first at this moment.
    pub(super) fn write(&self, body: &[u8], moment: Moment) {
        self.overwrite(&emit(body, moment));
    }

    /// There is none any more.
    pub(super) fn clear(&self) {
        if self.0.exists() {
            self.overwrite(&[0; LEN]);
        }
    }

    fn overwrite(&self, octets: &[u8; LEN]) {
        let write = || -> io::Result<()> {
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).open(&self.0)?;
            file.write_all(octets)
        };
        if let Err(error) = write() {
            // The spool in the same folder says loudly what is wrong with it.
            tracing::debug!(%error, path = %self.0.display(), "not written");
        }
    }
}

fn emit(body: &[u8], moment: Moment) -> [u8; LEN] {
    let mut octets = [0; LEN];
    let timestamp = moment.timestamp.map_or(i64::MIN, Timestamp::as_micros);
    let body = body.get(..LEN - HEAD).unwrap_or(body);
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    let times = [moment.manager_micros.to_be_bytes(), timestamp.to_be_bytes()];
    let fields = length.iter().chain(times.iter().flatten()).chain(body);
    for (to, from) in octets.iter_mut().skip(2).zip(fields) {
        *to = *from;
    }
    let check = hdlc_core::fcs16(octets.get(2..).unwrap_or_default()).to_be_bytes();
    for (to, from) in octets.iter_mut().zip(check) {
        *to = from;
    }
    octets
}

fn parse(octets: &[u8; LEN]) -> Option<(Vec<u8>, Moment)> {
    let (check, rest) = octets.split_first_chunk()?;
    if u16::from_be_bytes(*check) != hdlc_core::fcs16(rest) {
        return None;
    }
    let (length, rest) = rest.split_first_chunk()?;
    let (manager, rest) = rest.split_first_chunk()?;
    let (timestamp, rest) = rest.split_first_chunk()?;
    let body = rest.get(..u16::from_be_bytes(*length).into()).filter(|body| !body.is_empty())?;
    let timestamp = Some(i64::from_be_bytes(*timestamp)).filter(|&micros| micros != i64::MIN);
    let timestamp = timestamp.map(Timestamp::from_micros);
    Some((body.to_vec(), Moment { manager_micros: i64::from_be_bytes(*manager), timestamp }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(timestamp: Option<i64>) -> Moment {
        let timestamp = timestamp.map(Timestamp::from_micros);
        Moment { manager_micros: -5, timestamp }
    }

    #[test]
    fn what_was_written_last_is_there_until_it_is_cleared() {
        let directory = tempfile::tempdir().unwrap();
        let last = LastArrival::new(directory.path());
        assert_eq!(last.read(), None);
        last.clear();
        assert_eq!(last.read(), None);
        for (body, timestamp) in [(&b"a longer one"[..], Some(7)), (b"short", None)] {
            last.write(body, moment(timestamp));
            assert_eq!(last.read(), Some((body.to_vec(), moment(timestamp))));
        }
        last.clear();
        assert_eq!(last.read(), None);
    }

    #[test]
    fn what_is_damaged_is_nothing() {
        let whole = emit(&[7; 122], moment(Some(7)));
        assert!(parse(&whole).is_some());
        for at in 0..LEN {
            let mut damaged = whole;
            damaged[at] ^= 0x10;
            assert_eq!(parse(&damaged), None, "{at}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_fault() {
        let last = LastArrival::new(Path::new("/nowhere/at/all"));
        last.write(b"lost", moment(None));
        assert_eq!(last.read(), None);
    }
}
