use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use readings::Mac;

/// The names that people give to motes, in a JSON file beside the database.
pub struct Labels {
    path: PathBuf,
    by_mac: Mutex<BTreeMap<Mac, String>>,
}

impl Labels {
    /// Longest label, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Reads the file, if there is one. A file that cannot be read as labels is set aside as
    /// `….damaged`, and reported.
    ///
    /// # Errors
    /// If the file is there but cannot be opened, or not set aside.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let by_mac = match std::fs::read(&path) {
            Ok(json) => match serde_json::from_slice(&json) {
                Ok(labels) => labels,
                Err(error) => {
                    let aside = with_suffix(&path, ".damaged");
                    std::fs::rename(&path, &aside)?;
                    tracing::error!(
                        %error, set_aside_as = %aside.display(),
                        "the motes' labels cannot be read; starting without"
                    );
                    BTreeMap::new()
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, by_mac: Mutex::new(by_mac) })
    }

    /// All of them.
    pub(crate) fn all(&self) -> BTreeMap<Mac, String> {
        self.by_mac.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets a mote's label; an empty one removes it. It is on the disk when this returns.
    pub(crate) fn set(&self, mac: Mac, label: &str) -> io::Result<()> {
        let mut by_mac = self.by_mac.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = by_mac.clone();
        if label.is_empty() {
            changed.remove(&mac);
        } else {
            changed.insert(mac, label.to_owned());
        }
        let new = with_suffix(&self.path, ".new");
        let mut file = std::fs::File::create(&new)?;
        serde_json::to_writer_pretty(&mut file, &changed)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        *by_mac = changed;
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 8] = [0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39];

    #[test]
    fn labels_outlive_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.json");
        let labels = Labels::open(path.clone()).unwrap();
        labels.set(MAC.into(), "attic, \"north\"").unwrap();
        let labels = Labels::open(path.clone()).unwrap();
        assert_eq!(labels.all()[&MAC.into()], "attic, \"north\"");
        labels.set(MAC.into(), "").unwrap();
        assert!(Labels::open(path).unwrap().all().is_empty());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.json");
        std::fs::write(&path, "{\"00-17").unwrap();
        assert!(Labels::open(path.clone()).unwrap().all().is_empty());
        assert!(!path.exists() && with_suffix(&path, ".damaged").exists());
    }
}
