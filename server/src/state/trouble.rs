//! What is wrong, as people want to be told: once, and of the cause rather than of all that follows.

use std::time::Instant;

use readings::{Mac, Timestamp};

use super::mote::Mote;
use super::wall::Micros;
use super::{GatewayState, Inner, MoteState, States};

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// A gateway is not in touch.
    GatewayAway,
    /// A gateway is, and has no manager.
    ManagerAway,
    /// A mote is silent, and its gateway would have brought its readings.
    MoteSilent,
    /// The same of a mote that is at least late.
    MoteLate,
}

impl Trouble {
    const ALL: [Self; 4] = [Self::GatewayAway, Self::ManagerAway, Self::MoteSilent, Self::MoteLate];

    /// As it is written in notices and settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GatewayAway => "gateway_away",
            Self::ManagerAway => "manager_away",
            Self::MoteSilent => "mote_silent",
            Self::MoteLate => "mote_late",
        }
    }

    /// The one with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.name() == name)
    }
}

/// What the trouble is with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// By its name.
    Gateway(String),
    Mote(Mac),
}

/// Trouble that was not there before.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) trouble: Trouble,
    pub(crate) subject: Subject,
    /// The gateway of a mote.
    pub(crate) gateway: Option<String>,
    pub(crate) since: Timestamp,
}

/// How trouble has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All is well again.
    Well,
    /// Nothing is known of it any more: it was not heard for as long as readings are kept.
    Forgotten,
}

impl States {
    /// Trouble that is not `known`.
    ///
    /// What a mote has to bring is brought by its gateway. So nothing is held against a mote whose
    /// gateway is not in touch, or has no manager, or was away and may still have readings of it;
    /// nor against one that no gateway has brought for as long as anybody remembers.
    pub(crate) fn troubles(&self, known: impl Fn(Trouble, &Subject) -> bool) -> Vec<Found> {
        let inner = self.lock();
        let now = inner.wall.moment(Instant::now());
        let mut found = inner.gateway_troubles(now);
        for (&mac, mote) in &inner.motes {
            let Some(gateway) = inner.vouching(mote, now) else { continue };
            for trouble in [Trouble::MoteSilent, Trouble::MoteLate] {
                let is_so = match trouble {
                    Trouble::MoteSilent => mote.state == MoteState::Silent,
                    _ => mote.state != MoteState::Ok,
                };
                let subject = Subject::Mote(mac);
                if is_so && !known(trouble, &subject) {
                    let (gateway, since) = (Some(gateway.to_owned()), inner.wall.time(mote.since));
                    found.push(Found { trouble, subject, gateway, since });
                }
            }
        }
        found.retain(|found| !known(found.trouble, &found.subject));
        found
    }

    /// How this trouble has ended, if it has.
    pub(crate) fn end_of(&self, trouble: Trouble, subject: &Subject) -> Option<End> {
        let inner = self.lock();
        match subject {
            Subject::Mote(mac) => match inner.motes.get(mac) {
                Some(mote) => (mote.state == MoteState::Ok).then_some(End::Well),
                None => Some(End::Forgotten),
            },
            Subject::Gateway(name) => {
                let gateway = inner.gateways.number_of(name);
                let Some(gateway) = gateway.and_then(|number| inner.gateways.get(number)) else {
                    return Some(End::Forgotten);
                };
                let is_well = match trouble {
                    Trouble::ManagerAway => gateway.manager.is_some() && !gateway.lacks_manager(),
                    _ => gateway.state == GatewayState::Ok && gateway.was_heard(),
                };
                is_well.then_some(End::Well)
            }
        }
    }
}

impl Inner {
    fn gateway_troubles(&self, now: Micros) -> Vec<Found> {
        let found = self.gateways.all().filter_map(|gateway| {
            let (trouble, since) = match gateway.without_manager {
                _ if gateway.state == GatewayState::Silent => (Trouble::GatewayAway, gateway.since),
                Some(since) if now - since >= gateway.limit() => (Trouble::ManagerAway, since),
                _ => return None,
            };
            let subject = Subject::Gateway(gateway.name.clone());
            Some(Found { trouble, subject, gateway: None, since: self.wall.time(since) })
        });
        found.collect()
    }

    /// The name of the gateway that would have brought the mote's readings if there were any.
    fn vouching(&self, mote: &Mote, now: Micros) -> Option<&str> {
        if mote.state == MoteState::Ok {
            return None;
        }
        let gateway = self.gateways.get(mote.gateway?)?;
        let caught_up = now - mote.arrived >= gateway.settling();
        (caught_up && gateway.vouches_since(mote.since, now)).then_some(gateway.name.as_str())
    }
}
