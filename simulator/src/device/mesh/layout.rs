//! Where the motes stand: on the sites of a grid, as in a building, with the access point at the
//! middle of one edge.

use fastrand::Rng;

/// How far a mote stands from the middle of its site, in sites, at most.
const DISORDER: f64 = 0.15;

/// So many columns are a full step apart; more stand closer, so that large networks are denser and
/// not only larger.
const ROOMY_COLUMNS: usize = 8;

/// How many sites away motes may still hear each other.
const REACH: usize = 3;

/// The places of all nodes, in steps; the first is the access point's.
#[derive(Debug)]
pub(super) struct Layout {
    rows: usize,
    motes: usize,
    places: Vec<(f64, f64)>,
}

impl Layout {
    pub(super) fn new(motes: usize, rng: &mut Rng) -> Self {
        let rows = motes.isqrt().max(1);
        let columns = motes.div_ceil(rows);
        let step = (number(ROOMY_COLUMNS) / number(columns.max(1))).sqrt().min(1.0);
        let mut disorder = || DISORDER * (2.0 * rng.f64() - 1.0);
        let access_point = (-step, number(rows - 1) / 2.0 * step);
        let sites = (0..motes).map(|mote| {
            let (column, row) = (number(mote / rows), number(mote % rows));
            ((column + disorder()) * step, (row + disorder()) * step)
        });
        Self { rows, motes, places: core::iter::once(access_point).chain(sites).collect() }
    }

    /// How far apart two nodes are, in steps.
    pub(super) fn distance(&self, one: usize, other: usize) -> f64 {
        let place = |node: usize| self.places.get(node).copied().unwrap_or_default();
        let ((x, y), (to_x, to_y)) = (place(one), place(other));
        (x - to_x).hypot(y - to_y)
    }

    /// Each two nodes that are close enough to hear each other, once.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let middle = (self.rows - 1) / 2;
        let near_access_point = (0..self.motes.min(REACH * self.rows))
            .filter(|mote| (mote % self.rows).abs_diff(middle) <= REACH)
            .map(|mote| (0, mote + 1));
        let between_motes = (0..self.motes).flat_map(|mote| {
            let (column, row) = (mote / self.rows, mote % self.rows);
            let later = move |&other: &usize| other > mote && other < self.motes;
            (column..=column + REACH)
                .flat_map(move |column| {
                    let rows = row.saturating_sub(REACH)..self.rows.min(row + REACH + 1);
                    rows.map(move |row| column * self.rows + row)
                })
                .filter(later)
                .map(move |other| (mote + 1, other + 1))
        });
        near_access_point.chain(between_motes).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "motes are 65 535 at most")]
const fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mote_has_somebody_near_who_is_nearer_to_the_access_point() {
        for motes in [1, 2, 3, 4, 5, 6, 7, 20, 99, 100, 1000] {
            let layout = Layout::new(motes, &mut Rng::with_seed(motes as u64));
            let step = layout.distance(0, 1).min(1.0);
            let mut nearest = vec![f64::MAX; motes + 1];
            for (one, other) in layout.pairs() {
                let distance = layout.distance(one, other);
                for (node, next) in [(one, other), (other, one)] {
                    if layout.distance(next, 0) < layout.distance(node, 0) {
                        nearest[node] = nearest[node].min(distance);
                    }
                }
            }
            for (mote, distance) in nearest.iter().enumerate().skip(1) {
                assert!(*distance < 1.5 * step.max(0.5), "mote {mote} of {motes}: {distance}");
            }
        }
    }

    #[test]
    fn each_pair_is_there_once() {
        for motes in [0, 1, 5, 120] {
            let pairs = Layout::new(motes, &mut Rng::with_seed(0)).pairs();
            let distinct: std::collections::HashSet<_> = pairs.iter().collect();
            assert_eq!(distinct.len(), pairs.len());
            assert!(pairs.iter().all(|&(one, other)| one < other && other <= motes));
        }
    }
}
