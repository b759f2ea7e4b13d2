use core::mem::{Discriminant, discriminant};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::post::Post;
use crate::store::Records;

/// Records of many posts, joined by site and kind: the history's work is by writes more than by records.
#[derive(Default)]
pub(super) struct Joined {
    all: HashMap<(u32, Discriminant<Records>), Records>,
    weight: usize,
}

impl Joined {
    pub(super) fn add(&mut self, Post { site, records, .. }: Post) {
        self.weight += records.weight();
        match self.all.entry((site, discriminant(&records))) {
            Entry::Vacant(entry) => drop(entry.insert(records)),
            Entry::Occupied(mut entry) => match (entry.get_mut(), records) {
                (Records::Samples(all), Records::Samples(more)) => all.extend(more),
                (Records::Links(all), Records::Links(more)) => all.extend(more),
                (Records::Events(all), Records::Events(more)) => all.extend(more),
                // They are of one kind.
                _ => {}
            },
        }
    }

    /// As in what waits for a store.
    pub(super) const fn weight(&self) -> usize {
        self.weight
    }

    /// Each site's records, all of one kind.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Records)> {
        self.all.iter().map(|(&(site, _), records)| (site, records))
    }
}

#[cfg(test)]
mod tests {
    use readings::{Event, Mac, Timestamp};

    use super::*;
    use crate::store::Sample;

    #[test]
    fn what_is_of_one_site_and_kind_is_one_write() {
        let samples = |numbers: &[i64]| -> Records {
            let time = |&number| Timestamp::from_micros(number);
            let sample = |time| Sample::temperature(Mac::from([1; 8]), time, 20.0);
            numbers.iter().map(time).map(sample).collect::<Vec<_>>().into()
        };
        let event = || vec![Event::new("moteLost", None, None)].into();
        let mut joined = Joined::default();
        for (site, records) in [
            (0, samples(&[1])),
            (3, samples(&[1, 2])),
            (0, event()),
            (0, samples(&[3, 2])),
            (3, samples(&[4])),
        ] {
            joined.add(Post { site, client: String::new(), records });
        }
        let mut found: Vec<_> = joined.iter().collect();
        found.sort_by_key(|(site, records)| (*site, records.len()));
        let (first, third) = (samples(&[1, 3, 2]), samples(&[1, 2, 4]));
        assert_eq!(found, [(0, &event()), (0, &first), (3, &third)]);
        assert_eq!(joined.weight(), 6 + event().weight());
    }
}
