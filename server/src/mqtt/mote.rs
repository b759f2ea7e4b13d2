use core::time::Duration;
use std::sync::Arc;

use readings::{Mac, Quantity, Timestamp};

use crate::app::App;
use crate::moment::before;
use crate::state::{MoteState, MoteView};
use crate::store::Sample;

/// A mote of which no temperatures come is taken to be there for so long after it was last heard:
/// it says how it is every 15 minutes.
const PRESENCE: Duration = Duration::from_secs(3600);

/// What is known of one mote: the newest of each quantity that is published.
#[derive(Clone, Debug)]
pub(super) struct Mote {
    /// By the quantity's place among those that are published.
    values: Box<[Option<Value>]>,
    /// How well its best parent hears it, in dBm.
    signal: Option<Value>,
    /// What people call it; empty, if they do not.
    pub(super) label: Arc<str>,
    /// Whether it was last said to be there.
    pub(super) is_said_there: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Value {
    time: Timestamp,
    value: f64,
}

/// What is new of a mote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum New {
    /// A value of something that it had none of.
    Component,
    /// A newer value.
    Value,
    Nothing,
}

impl Mote {
    /// Nothing is known of it; `quantities` is how many are published.
    pub(super) fn new(quantities: usize) -> Self {
        let values = vec![None; quantities].into();
        Self { values, signal: None, label: Arc::default(), is_said_there: None }
    }

    /// A value of the quantity with this place was measured.
    pub(super) fn hear(&mut self, place: usize, time: Timestamp, value: f64) -> New {
        match self.values.get_mut(place) {
            Some(slot) => replace(slot, Value { time, value }, |_, _| false),
            None => New::Nothing,
        }
    }

    /// A parent hears it so well. Of those that say so at one moment it is the one that does best.
    pub(super) fn hear_signal(&mut self, time: Timestamp, dbm: i8) -> New {
        let is_better = |new: f64, old: f64| new > old;
        replace(&mut self.signal, Value { time, value: dbm.into() }, is_better)
    }

    /// Forgets what is older than `oldest` says of each quantity. Returns whether there was any.
    pub(super) fn forget(
        &mut self,
        quantities: &[Quantity],
        oldest: impl Fn(Quantity) -> Timestamp,
    ) -> bool {
        let slots = self.values.iter_mut().zip(quantities.iter().copied());
        // The signal is what the manager says, as the number of hops is.
        let slots = slots.chain([(&mut self.signal, Quantity::HOP_DEPTH)]);
        let mut any = false;
        for (slot, quantity) in slots {
            any |= slot.take_if(|value| value.time < oldest(quantity)).is_some();
        }
        any
    }

    /// Whether nothing is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.newest().is_none()
    }

    /// When it was heard last.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.values.iter().chain([&self.signal]).flatten().map(|value| value.time).max()
    }

    /// What there is of each of `quantities`, which are those that are published.
    pub(super) fn values<'a>(
        &'a self,
        quantities: &'a [Quantity],
    ) -> impl Iterator<Item = (Quantity, f64)> + 'a {
        let all = quantities.iter().zip(&self.values);
        all.filter_map(|(&quantity, value)| Some((quantity, (*value)?.value)))
    }

    /// How well its best parent hears it, in dBm.
    pub(super) fn signal(&self) -> Option<f64> {
        self.signal.map(|signal| signal.value)
    }

    /// How its temperatures come in, if any do.
    pub(super) fn view(&self, mac: Mac, quantities: &[Quantity], app: &App) -> Option<MoteView> {
        let place = quantities.iter().position(|&quantity| quantity == Quantity::TEMPERATURE)?;
        let Value { time, value } = (*self.values.get(place)?)?;
        Some(app.states.of(&Sample::temperature(mac, time, value)))
    }

    /// Whether it is there.
    pub(super) fn is_there(&self, mac: Mac, quantities: &[Quantity], app: &App) -> bool {
        match self.view(mac, quantities, app) {
            Some(view) => view.state != MoteState::Silent,
            None => self.newest() >= Some(before(app.keeping.clock.now(), PRESENCE)),
        }
    }
}

fn replace(slot: &mut Option<Value>, new: Value, is_better: impl Fn(f64, f64) -> bool) -> New {
    let found = match *slot {
        None => New::Component,
        Some(old) if old.time < new.time => New::Value,
        Some(old) if old.time == new.time && is_better(new.value, old.value) => New::Value,
        Some(_) => New::Nothing,
    };
    if found != New::Nothing {
        *slot = Some(new);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_newest_of_each_is_kept_in_whatever_order_they_come() {
        let quantities = [Quantity::TEMPERATURE, Quantity::BATTERY_VOLTAGE];
        let mut mote = Mote::new(2);
        assert!(mote.is_empty());
        let heard =
            [(0, 5, 20.0), (0, 4, 19.0), (0, 5, 18.0), (0, 6, 21.0), (1, 1, 3000.0), (2, 9, 1.0)];
        let new: Vec<New> =
            heard.map(|(place, time, value)| mote.hear(place, at(time), value)).into();
        use New::{Component, Nothing, Value};
        assert_eq!(new, [Component, Nothing, Nothing, Value, Component, Nothing]);
        let values: Vec<f64> = mote.values(&quantities).map(|(_, value)| value).collect();
        assert_eq!((values.as_slice(), mote.newest()), ([21.0, 3000.0].as_slice(), Some(at(6))));
    }

    #[test]
    fn the_signal_is_that_of_the_best_parent_of_one_moment() {
        let mut mote = Mote::new(0);
        for (time, dbm, best) in
            [(1, -70, -70.0), (1, -60, -60.0), (1, -65, -60.0), (2, -80, -80.0), (1, -50, -80.0)]
        {
            mote.hear_signal(at(time), dbm);
            assert_eq!(mote.signal(), Some(best));
        }
    }

    #[test]
    fn what_is_not_kept_any_more_is_forgotten() {
        let quantities = [Quantity::TEMPERATURE, Quantity::BATTERY_VOLTAGE];
        let mut mote = Mote::new(2);
        mote.hear(0, at(5), 20.0);
        mote.hear(1, at(5), 3000.0);
        mote.hear_signal(at(5), -60);
        let oldest = |quantity| at(if quantity == Quantity::TEMPERATURE { 6 } else { 5 });
        assert!(mote.forget(&quantities, oldest) && !mote.forget(&quantities, oldest));
        assert_eq!(mote.values(&quantities).count(), 1);
        assert!(!mote.is_empty() && mote.forget(&quantities, |_| at(6)) && mote.is_empty());
    }
}
