use std::path::{Path, PathBuf};

/// Where systemd's time service says how it is doing, for other programs.
const FOLDER: &str = "/run/systemd/timesync";

/// Touched there with each time that the network has told, which is when the kernel's mark of an
/// unsynchronised clock goes away. The mark itself may be read only by those who may set the clock.
const SYNCHRONIZED: &str = "synchronized";

/// Whether the network is to tell this machine the time, and has not yet.
#[derive(Clone, Debug)]
pub(crate) struct NetworkTime(PathBuf);

impl NetworkTime {
    /// As the service says that is on in Debian and Raspberry Pi OS.
    pub(crate) fn of_system() -> Self {
        Self(Path::new(FOLDER).to_owned())
    }

    /// Without that service there is nothing to wait for.
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.is_dir() && !self.0.join(SYNCHRONIZED).exists()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn it_is_awaited_while_the_service_runs_and_has_not_heard_it() {
        let run = TempDir::new().unwrap();
        let folder = run.path().join("timesync");
        let network = NetworkTime(folder.clone());
        assert!(!network.is_awaited(), "there is no service");
        fs::create_dir(&folder).unwrap();
        assert!(network.is_awaited());
        fs::write(folder.join(SYNCHRONIZED), "").unwrap();
        assert!(!network.is_awaited());
    }
}
