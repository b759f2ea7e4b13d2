//! What befalls the machines while readings come.

use core::time::Duration;

use super::machines::Machines;

/// How long what is killed stays away.
const AWAY: Duration = Duration::from_secs(2);

/// How long who is cut off stays so: long enough for the others to find a new leader.
const CUT_OFF: Duration = Duration::from_secs(12);

#[derive(Clone, Copy)]
pub(crate) enum Deed {
    Kill(usize),
    CutOff(usize),
    /// As an administrator does: it may end what it has begun, and the next one is left alone until
    /// all are well.
    Restart(usize),
}

impl Deed {
    /// Each process killed and each nats-server cut off, in turn; or only each nats-server killed.
    pub(crate) fn harm(machines: &Machines, rounds: u32, is_only_nats: bool) -> Vec<Self> {
        let nats = machines.nats();
        let round: Vec<_> = if is_only_nats {
            (0..nats).map(Self::Kill).collect()
        } else {
            (0..machines.len()).map(Self::Kill).chain((0..nats).map(Self::CutOff)).collect()
        };
        (0..rounds).flat_map(|_| round.clone()).collect()
    }

    /// All of them, one after the other.
    pub(crate) fn rolling_restart(machines: &Machines) -> Vec<Self> {
        (0..machines.len()).rev().map(Self::Restart).collect()
    }

    pub(crate) fn does(self, machines: &mut Machines) {
        match self {
            Self::Kill(number) => {
                machines.process(number).kill();
                std::thread::sleep(AWAY);
                machines.process(number).restart();
            }
            Self::CutOff(nats) => {
                machines.cut(nats);
                std::thread::sleep(CUT_OFF);
                machines.mend(nats);
            }
            Self::Restart(number) => {
                machines.process(number).end();
                machines.process(number).restart();
                machines.until_well();
            }
        }
    }

    pub(crate) fn name(self, machines: &Machines) -> String {
        match self {
            Self::Kill(number) => format!("{} killed", machines.name(number)),
            Self::CutOff(nats) => format!("{} cut off", machines.name(nats)),
            Self::Restart(number) => format!("{} restarted", machines.name(number)),
        }
    }
}
