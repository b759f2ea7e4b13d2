//! A page of samples of a store that is asked for some motes after the others.

use readings::{Mac, Quantity, Timestamp};

use crate::store::{Sample, Selection};

/// Most motes that are asked for at a time, if they have few samples each.
const MOST: usize = 100;

/// How many times as many motes may be asked for as the time before: those that come may have more
/// samples than those that there were.
const GROWTH: usize = 4;

/// What is asked for some motes.
pub(super) struct Part<'a> {
    pub(super) quantity: Quantity,
    /// Ascending.
    pub(super) macs: &'a [Mac],
    /// Not before.
    pub(super) from: Timestamp,
    /// Before.
    pub(super) to: Timestamp,
    /// More of them, from the first on, are not needed.
    pub(super) limit: usize,
}

/// At most `limit` samples by mote and time, behind the one named by `after`. `known` are the motes
/// that there are; `ask` returns some part by mote and time, at least so many as the part wants.
pub(super) fn page<E>(
    selection: Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
    known: impl FnOnce() -> Result<Vec<Mac>, E>,
    ask: impl Fn(&Part<'_>) -> Result<Vec<Sample>, E>,
) -> Result<Vec<Sample>, E> {
    let mut macs = if selection.macs.is_empty() { known()? } else { selection.macs };
    macs.sort_unstable();
    macs.dedup();
    if let Some((last, _)) = after {
        macs.retain(|&mac| mac >= last);
    }
    let Selection { quantity, from, to, .. } = selection;
    let mut samples = Vec::new();
    let mut rest = &macs[..];
    let mut at_a_time = 1;
    while let Some(&first) = rest.first()
        && samples.len() < limit
    {
        let left = limit - samples.len();
        let next = after
            .filter(|&(last, _)| first == last)
            .map(|(_, time)| Timestamp::from_micros(time.as_micros().saturating_add(1)));
        // The one that was begun begins elsewhere than the others.
        let (some, others) =
            rest.split_at(if next.is_some() { 1 } else { at_a_time.min(rest.len()) });
        rest = others;
        let from = next.map_or(from, |next| next.max(from));
        // An engine that is less exact than our times may tell of the last one again.
        let wanted = left + usize::from(next.is_some());
        let found = ask(&Part { quantity, macs: some, from, to, limit: wanted })?;
        let each = found.len().div_ceil(some.len()).max(1);
        let new = found.into_iter().filter(|sample| next.is_none_or(|next| sample.time >= next));
        let grown = MOST.min(some.len() * GROWTH);
        samples.extend(new.take(left));
        at_a_time = ((limit - samples.len()) / each).clamp(1, grown);
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    /// Motes with five samples each, a millisecond apart.
    fn engine(exact: i64) -> impl Fn(&Part<'_>) -> Result<Vec<Sample>, StoreError> {
        move |part| {
            let from = part.from.as_micros().div_euclid(exact) * exact;
            let of = |&mac: &Mac| {
                let times =
                    (0..5).map(|n| n * 1000).filter(move |time| (from..5000).contains(time));
                times.map(move |time| Sample::temperature(mac, Timestamp::from_micros(time), 20.0))
            };
            Ok(part.macs.iter().flat_map(of).take(part.limit).collect())
        }
    }

    #[test]
    fn motes_with_few_samples_are_asked_for_together() {
        let macs: Vec<Mac> = (0..200).map(|n| Mac::from([n; 8])).collect();
        let selection = Selection {
            quantity: Quantity::TEMPERATURE,
            macs: Vec::new(),
            from: Timestamp::from_micros(0),
            to: Timestamp::from_micros(5000),
        };
        for (limit, most) in [(10_000, 100), (200, 19), (5, 1)] {
            let asked = core::cell::RefCell::new(Vec::new());
            let ask = |part: &Part<'_>| {
                asked.borrow_mut().push(part.macs.len());
                engine(1)(part)
            };
            let known = || Ok(macs.clone());
            let page = page(selection.clone(), None, limit, known, ask).unwrap();
            assert_eq!(page.len(), limit.min(1000));
            assert!(page.is_sorted_by_key(|sample| (sample.mac, sample.time)));
            let asked = asked.into_inner();
            assert_eq!((asked[0], asked.iter().max()), (1, Some(&most)), "{asked:?}");
        }
    }

    #[test]
    fn page_by_page_every_sample_comes_once() {
        let motes = [Mac::from([2; 8]), Mac::from([1; 8]), Mac::from([2; 8])];
        let selection = Selection {
            quantity: Quantity::TEMPERATURE,
            macs: Vec::new(),
            from: Timestamp::from_micros(0),
            to: Timestamp::from_micros(5000),
        };
        let named = Selection { macs: motes.to_vec(), ..selection.clone() };
        for (exact, limit, selection) in [
            (1, 2, &selection),
            (1, 5, &named),
            (1, 7, &selection),
            (1000, 1, &named),
            (1000, 2, &named),
        ] {
            let mut all: Vec<Sample> = Vec::new();
            loop {
                let after = all.last().map(|last| (last.mac, last.time));
                let known = || Ok::<_, StoreError>(motes.to_vec());
                let some = page(selection.clone(), after, limit, known, engine(exact)).unwrap();
                let full = some.len() == limit;
                all.extend(some);
                if !full {
                    break;
                }
            }
            let found: Vec<_> =
                all.iter().map(|one| (one.mac.octets()[0], one.time.as_micros())).collect();
            let expected: Vec<_> =
                [1, 2].into_iter().flat_map(|mac| (0..5).map(move |n| (mac, n * 1000))).collect();
            assert_eq!(found, expected, "{exact} {limit}");
        }
    }
}
