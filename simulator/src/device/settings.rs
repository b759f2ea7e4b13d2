use core::fmt;
use core::time::Duration;

use manager_core::UtcTime;

/// The most samples that fit a notification with its headers.
pub const MAX_SAMPLES: u8 = 32;

/// The most motes: the manager's short numbers are of 16 bits, and the access point has one too.
const MAX_MOTES: u16 = u16::MAX - 1;

/// Motes report, and paths end, no more often than this.
const SHORTEST: Duration = Duration::from_secs(1);

/// What a [`SimulatedManager`](super::SimulatedManager) and its motes are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How many motes there are.
    pub motes: u16,
    /// Time between two temperature samples of a mote, in whole milliseconds on the wire.
    pub period: Duration,
    /// Samples in one notification, 1 to [`MAX_SAMPLES`].
    pub samples: u8,
    /// What all chance depends on.
    pub seed: u64,
    /// Where the manager's clock starts.
    pub clock: Clock,
    /// What the host's clock shows at time zero.
    pub origin: UtcTime,
    /// Mean time that a packet takes through the mesh; a single one takes half to one and a half.
    pub latency: Duration,
    /// How long the manager runs between two reboots; `None` if it does not reboot by itself.
    pub reboot_every: Option<Duration>,
    /// How long the manager waits for an acknowledgement before it sends a notification again.
    pub ack_timeout: Duration,
    /// How often it sends a notification again before it gives the client up.
    pub ack_retries: u32,
    /// How many notifications wait for a slow client; more are dropped and counted.
    pub queue: usize,
    /// Time between two health reports of a mote; zero if there are none. The first comes within
    /// twenty seconds of its joining.
    pub health_every: Duration,
    /// Mean time until a mote loses a parent, and one time in fifty its network, for less than a
    /// minute; zero if that never happens. No reading is lost or late for it.
    pub path_lasts: Duration,
    /// Whether motes report analog input 0 as well, at each period, and every ten samples their
    /// statistics.
    pub analog: bool,
    /// Whether motes send, at every fifth period, a payload to another port than OAP's, an IP packet
    /// that is not plain UDP, and a line of their log.
    pub extras: bool,
    /// Which messages the manager and its motes know.
    pub firmware: Firmware,
}

/// Which messages the manager and its motes know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// Those of a manager before 1.3: what was appended later to some messages is not there, nor are
    /// the events `joinFailed` and `invalidMIC`.
    Old,
    /// Those of today.
    Today,
}

/// Where the manager's clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// At [`UtcTime::BOOT`], in 2002, at every boot, as on a manager that nobody has set.
    Year2002,
    /// At the world's UTC, as on a manager that somebody keeps set.
    Utc,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            motes: 5,
            period: Duration::from_secs(1),
            samples: 1,
            seed: 0,
            clock: Clock::Year2002,
            origin: UtcTime { secs: 0, usecs: 0 },
            latency: Duration::from_millis(300),
            reboot_every: None,
            ack_timeout: Duration::from_secs(1),
            ack_retries: 3,
            queue: 1024,
            health_every: Duration::from_secs(900),
            path_lasts: Duration::from_secs(3600),
            analog: false,
            extras: false,
            firmware: Firmware::Today,
        }
    }
}

impl Settings {
    /// The period as motes are told it.
    pub(super) fn rate_ms(&self) -> Result<u32, SettingsError> {
        let millis = u32::try_from(self.period.as_millis()).ok();
        millis.filter(|&millis| millis > 0).ok_or(SettingsError::Period { found: self.period })
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.rate_ms()?;
        if !(1..=MAX_SAMPLES).contains(&self.samples) {
            return Err(SettingsError::Samples { found: self.samples });
        }
        if self.reboot_every.is_some_and(|every| every.is_zero()) {
            return Err(SettingsError::RebootEvery);
        }
        if self.ack_timeout.is_zero() {
            return Err(SettingsError::AckTimeout);
        }
        if self.motes > MAX_MOTES {
            return Err(SettingsError::Motes { found: self.motes });
        }
        let is_often = |every: Duration| !every.is_zero() && every < SHORTEST;
        if is_often(self.health_every) {
            return Err(SettingsError::HealthEvery { found: self.health_every });
        }
        if is_often(self.path_lasts) {
            return Err(SettingsError::PathLasts { found: self.path_lasts });
        }
        Ok(())
    }
}

/// Settings that no manager or mote can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// A mote's period is a number of milliseconds in 32 bits, and not zero.
    Period {
        /// What was asked for.
        found: Duration,
    },
    /// That many samples do not fit a notification, or there would be none.
    Samples {
        /// What was asked for.
        found: u8,
    },
    /// The manager would do nothing but reboot.
    RebootEvery,
    /// The client would have no time to acknowledge anything.
    AckTimeout,
    /// The manager has no number for so many.
    Motes {
        /// What was asked for.
        found: u16,
    },
    /// Motes would do nothing but report.
    HealthEvery {
        /// What was asked for.
        found: Duration,
    },
    /// Paths would do nothing but end.
    PathLasts {
        /// What was asked for.
        found: Duration,
    },
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period { found } => {
                let found = humantime::format_duration(*found);
                write!(f, "period: expected 1 ms to {} ms, found {found}", u32::MAX)
            }
            Self::Samples { found } => {
                write!(f, "samples: expected 1 to {MAX_SAMPLES}, found {found}")
            }
            Self::RebootEvery => f.write_str("time between reboots: expected more than zero"),
            Self::AckTimeout => f.write_str("acknowledgement time-out: expected more than zero"),
            Self::Motes { found } => {
                write!(f, "motes: expected at most {MAX_MOTES}, found {found}")
            }
            Self::HealthEvery { found } => {
                let found = humantime::format_duration(*found);
                write!(
                    f,
                    "time between health reports: expected 0s for none, or 1s and more, found {found}"
                )
            }
            Self::PathLasts { found } => {
                let found = humantime::format_duration(*found);
                write!(
                    f,
                    "time that paths last: expected 0s for ever, or 1s and more, found {found}"
                )
            }
        }
    }
}

impl core::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_possible() {
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let default = Settings::default;
        let found = Duration::from_micros(999);
        let settings = Settings { period: found, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::Period { found }));
        let found = Duration::from_millis(1 << 32);
        let settings = Settings { period: found, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::Period { found }));
        for found in [0, MAX_SAMPLES + 1] {
            let settings = Settings { samples: found, ..default() };
            assert_eq!(settings.check(), Err(SettingsError::Samples { found }));
        }
        let settings = Settings { reboot_every: Some(Duration::ZERO), ..default() };
        assert_eq!(settings.check(), Err(SettingsError::RebootEvery));
        let settings = Settings { ack_timeout: Duration::ZERO, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::AckTimeout));
        let settings = Settings { motes: u16::MAX, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::Motes { found: u16::MAX }));
        let found = Duration::from_millis(999);
        let settings = Settings { health_every: found, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::HealthEvery { found }));
        let settings = Settings { path_lasts: found, ..default() };
        assert_eq!(settings.check(), Err(SettingsError::PathLasts { found }));
    }
}
