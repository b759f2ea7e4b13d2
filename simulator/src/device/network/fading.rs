//! Paths that end, and motes that are lost with them.

use core::time::Duration;

use super::{Network, What};

/// One in so many motes whose path ends is lost for a while.
const LOST: u32 = 50;

impl Network {
    pub(super) fn plan_fading(&mut self, now: Duration) {
        for index in 0..self.motes.len() {
            self.plan_fade(index, now);
        }
    }

    /// Something happens to a mote's path.
    pub(super) fn fade(&mut self, index: usize, at: Duration) {
        self.plan_fade(index, at);
        if !self.is_operational(index) {
            return;
        }
        if self.chance.u32(..LOST) == 0 && self.mesh.is_dispensable(index + 1, at) {
            self.lose(index, at);
        } else {
            let changes = self.mesh.block_a_path(index + 1, at);
            self.notice_changes(&changes);
        }
    }

    /// Paths end at any moment, whatever their age.
    fn plan_fade(&mut self, index: usize, now: Duration) {
        if !self.path_lasts.is_zero() {
            let wait = self.path_lasts.mul_f64(-(1.0 - self.chance.f64()).ln());
            self.agenda.schedule(now + wait, What::Fade(index));
        }
    }
}
