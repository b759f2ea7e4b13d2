use super::wall::Micros;

/// Intervals that are remembered: enough that two odd ones among them do not matter, few enough
/// that a mote that was given another pace is soon understood.
const KEPT: usize = 5;

/// Fewer intervals than this say nothing yet.
const ENOUGH: usize = 2;

/// How often a mote reports: the median of the last intervals between its reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// In milliseconds, the oldest overwritten first. Small, as there are many motes.
    intervals: [u32; KEPT],
    count: u8,
    next: u8,
}

impl Pace {
    /// Just this.
    pub(super) fn of(interval: Micros) -> Self {
        let mut pace = Self::default();
        (0..ENOUGH).for_each(|_| pace.add(interval));
        pace
    }

    /// Takes in one more interval.
    pub(super) fn add(&mut self, interval: Micros) {
        let millis = u32::try_from(interval / 1000).unwrap_or(u32::MAX);
        let next = usize::from(self.next);
        self.intervals[next] = millis;
        self.next = ((next + 1) % KEPT) as u8;
        self.count = self.count.saturating_add(1).min(KEPT as u8);
    }

    /// How many intervals it rests on.
    pub(super) fn intervals(&self) -> usize {
        usize::from(self.count)
    }

    /// None while too few intervals are known. Of an even number of intervals, the lower one in
    /// the middle: one long break in a short life does not hide that a mote has stopped.
    pub(super) fn known(&self) -> Option<Micros> {
        let count = self.intervals();
        if count < ENOUGH {
            return None;
        }
        let mut sorted = self.intervals;
        let sorted = &mut sorted[..count];
        sorted.sort_unstable();
        Some(Micros::from(sorted[(count - 1) / 2]) * 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(seconds: &[Micros]) -> Option<Micros> {
        let mut pace = Pace::default();
        seconds.iter().for_each(|second| pace.add(second * 1_000_000));
        pace.known().map(|micros| micros / 1_000_000)
    }

    #[test]
    fn it_is_the_median_of_the_last_intervals() {
        assert_eq!(pace(&[]), None);
        assert_eq!(pace(&[30]), None);
        assert_eq!(pace(&[30, 3600]), Some(30));
        assert_eq!(pace(&[30, 30, 90, 3600, 30]), Some(30));
        assert_eq!(pace(&[1, 1, 1, 1, 1, 30, 30]), Some(1));
        assert_eq!(pace(&[1, 1, 1, 1, 1, 30, 30, 30]), Some(30));
    }
}
