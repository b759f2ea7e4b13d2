use readings::{Mac, Timestamp};

/// A millisecond in microseconds.
const MILLISECOND: i64 = 1000;

/// A stretch of time cut into buckets of equal width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    from: i64,
    width: i64,
    buckets: usize,
}

impl Grid {
    /// Cuts `[from, to)` into at most `buckets` buckets, of a whole number of microseconds each, or
    /// of milliseconds if they are longer than one: every engine can do that, so the same question
    /// has the same answer of each. None if the stretch or the number of buckets is not positive.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp, buckets: usize) -> Option<Self> {
        let length = to.as_micros().checked_sub(from.as_micros())?;
        let count = i64::try_from(buckets).ok()?;
        if length <= 0 || count <= 0 {
            return None;
        }
        let width = length.div_euclid(count) + i64::from(length.rem_euclid(count) != 0);
        let width = if width > MILLISECOND {
            width.checked_add(MILLISECOND - 1)? / MILLISECOND * MILLISECOND
        } else {
            width
        };
        let buckets = usize::try_from(length.div_euclid(width)).ok()?
            + usize::from(length.rem_euclid(width) != 0);
        Some(Self { from: from.as_micros(), width, buckets })
    }

    /// Start of the first bucket.
    #[must_use]
    pub const fn from(&self) -> Timestamp {
        Timestamp::from_micros(self.from)
    }

    /// End of the last bucket. The last one may reach past the end of the stretch asked for.
    #[must_use]
    pub const fn to(&self) -> Timestamp {
        self.start_of(self.buckets)
    }

    /// Width of a bucket in microseconds.
    #[must_use]
    pub const fn width_micros(&self) -> i64 {
        self.width
    }

    /// Number of buckets.
    #[must_use]
    pub const fn buckets(&self) -> usize {
        self.buckets
    }

    /// Start of the bucket with this index.
    #[must_use]
    #[expect(clippy::cast_possible_wrap, reason = "buckets came from an i64")]
    pub const fn start_of(&self, bucket: usize) -> Timestamp {
        Timestamp::from_micros(self.from.saturating_add(self.width.saturating_mul(bucket as i64)))
    }

    /// Index of the bucket that a moment falls into.
    #[must_use]
    pub fn bucket_of(&self, time: Timestamp) -> Option<usize> {
        let offset = time.as_micros().checked_sub(self.from)?;
        let bucket = usize::try_from(offset.div_euclid(self.width)).ok()?;
        (bucket < self.buckets).then_some(bucket)
    }
}

/// One mote's samples on a [`Grid`].
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The mote.
    pub mac: Mac,
    /// How many samples are in it.
    pub count: u64,
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
    /// Mean of each bucket; none where there is no sample.
    pub means: Vec<Option<f64>>,
}

/// Gathers one mote's samples into the buckets of a [`Grid`].
#[derive(Debug)]
pub struct Bucketing {
    grid: Grid,
    sums: Vec<(f64, u32)>,
    count: u64,
    min: f64,
    max: f64,
}

impl Bucketing {
    /// All buckets empty.
    #[must_use]
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            sums: vec![(0.0, 0); grid.buckets],
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Adds a sample, unless it is outside the grid.
    pub fn add(&mut self, time: Timestamp, value: f64) {
        if let Some(bucket) = self.grid.bucket_of(time) {
            self.add_to(bucket, value);
        }
    }

    /// Adds a sample to the bucket with this index, if there is one.
    pub(crate) fn add_to(&mut self, bucket: usize, value: f64) {
        if let Some((sum, count)) = self.sums.get_mut(bucket) {
            *sum += value;
            *count += 1;
            self.count += 1;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }

    /// The series, if any sample was added.
    #[must_use]
    pub fn series(self, mac: Mac) -> Option<Series> {
        let mean = |(sum, count)| (count > 0).then(|| sum / f64::from(count));
        (self.count > 0).then(|| Series {
            mac,
            count: self.count,
            min: self.min,
            max: self.max,
            means: self.sums.into_iter().map(mean).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn buckets_cover_the_stretch_and_no_more_than_were_asked_for() {
        for (from, to, asked, width, buckets) in
            [(0, 10, 5, 2, 5), (0, 10, 3, 4, 3), (-5, 5, 100, 1, 10), (7, 8, 1, 1, 1)]
        {
            let grid = Grid::new(at(from), at(to), asked).unwrap();
            assert_eq!((grid.width_micros(), grid.buckets()), (width, buckets));
            assert!(grid.to() >= at(to));
        }
        for (from, to, asked, width, buckets) in
            [(0, 1000, 1, 1000, 1), (3, 1004, 1, 2000, 1), (7, 30_007, 7, 5000, 6)]
        {
            let grid = Grid::new(at(from), at(to), asked).unwrap();
            assert_eq!((grid.width_micros(), grid.buckets()), (width, buckets));
        }
        assert_eq!(Grid::new(at(0), at(0), 5), None);
        assert_eq!(Grid::new(at(0), at(5), 0), None);
        assert_eq!(Grid::new(at(i64::MIN), at(i64::MAX), 5), None);
    }

    #[test]
    fn each_sample_counts_in_its_own_bucket() {
        let empty = || Bucketing::new(Grid::new(at(0), at(30), 3).unwrap());
        let mut bucketing = empty();
        for (time, temperature) in [(-1, 99.0), (0, 1.0), (9, 3.0), (20, 5.0), (30, 99.0)] {
            bucketing.add(at(time), temperature);
        }
        let mac = Mac::from([1; 8]);
        let series = bucketing.series(mac).unwrap();
        assert_eq!(series.means, [Some(2.0), None, Some(5.0)]);
        assert_eq!((series.count, series.min, series.max), (3, 1.0, 5.0));
        assert_eq!(empty().series(mac), None);
    }
}
