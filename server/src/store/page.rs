//! A page of samples of a store that is asked for one mote after the other.

use readings::{Mac, Quantity, Timestamp};

use crate::store::{Sample, Selection};

/// What is asked for one mote.
pub(super) struct Part {
    pub(super) quantity: Quantity,
    pub(super) mac: Mac,
    /// Not before.
    pub(super) from: Timestamp,
    /// Before.
    pub(super) to: Timestamp,
    /// More of them, from the first on, are not needed.
    pub(super) limit: usize,
}

/// At most `limit` samples by mote and time, behind the one named by `after`. `known` are the motes
/// that there are; `ask` returns some part by ascending time.
pub(super) fn page<E>(
    selection: Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
    known: impl FnOnce() -> Result<Vec<Mac>, E>,
    ask: impl Fn(&Part) -> Result<Vec<Sample>, E>,
) -> Result<Vec<Sample>, E> {
    let mut macs = if selection.macs.is_empty() { known()? } else { selection.macs };
    macs.sort_unstable();
    macs.dedup();
    if let Some((last, _)) = after {
        macs.retain(|&mac| mac >= last);
    }
    let mut samples = Vec::new();
    for mac in macs {
        let limit = limit - samples.len();
        if limit == 0 {
            break;
        }
        let next = after
            .filter(|&(last, _)| mac == last)
            .map(|(_, time)| Timestamp::from_micros(time.as_micros().saturating_add(1)));
        let from = next.map_or(selection.from, |next| next.max(selection.from));
        let found =
            ask(&Part { quantity: selection.quantity, mac, from, to: selection.to, limit })?;
        // An engine that is less exact than our times may tell of the last one again.
        let new = found.into_iter().filter(|sample| next.is_none_or(|next| sample.time >= next));
        samples.extend(new.take(limit));
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    /// Two motes with five samples each, a millisecond apart. An engine that is not exact to the
    /// microsecond knows no limit either.
    fn engine(exact: i64) -> impl Fn(&Part) -> Result<Vec<Sample>, StoreError> {
        move |part| {
            let from = part.from.as_micros().div_euclid(exact) * exact;
            let times = (0..5).map(|n| n * 1000).filter(|time| (from..5000).contains(time));
            let sample = |time| Sample::temperature(part.mac, Timestamp::from_micros(time), 20.0);
            let limit = if exact == 1 { part.limit } else { usize::MAX };
            Ok(times.take(limit).map(sample).collect())
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
        for (exact, limit, selection) in
            [(1, 2, &selection), (1, 5, &named), (1, 7, &selection), (1000, 1, &named)]
        {
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
