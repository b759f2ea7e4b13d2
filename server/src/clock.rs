use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use readings::Timestamp;

/// How far the two clocks may come apart between two looks before one of them counts as set.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Both clocks are looked at as one if no more than this is between two looks at one of them.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Looks before the closest of them has to do: on a busy machine something else may come between.
const LOOKS: usize = 5;

/// The host's clock, which somebody may set, beside the one that nobody can.
///
/// What cannot be undone is not done on the word of the first alone: `Clock::look` says what it
/// would show if nobody had set it. After it was set it is believed again once it has stood for as
/// long as readings are kept: whatever was there when it was set is too old by either clock then.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    wall: Box<dyn Fn() -> Timestamp + Send + Sync>,
    monotonic: Box<dyn Fn() -> Duration + Send + Sync>,
    states: Mutex<States>,
}

/// What is believed, for each time that a clock which was set has to stand.
struct States {
    /// Of those that were not asked for yet.
    first: State,
    asked: BTreeMap<Duration, State>,
}

/// A moment by both clocks.
#[derive(Clone, Copy)]
struct Reading {
    wall: i64,
    monotonic: Duration,
}

#[derive(Clone, Copy)]
struct State {
    /// When the clock was last believed.
    anchor: Reading,
    last: Reading,
    doubted: Option<(Doubt, Duration)>,
}

/// Why the clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The server has just started, and nothing says how long it was not there.
    Start,
    /// It was set while the server ran.
    Jump,
}

/// What the clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The host's.
    pub(crate) wall: Timestamp,
    /// What it would show if nobody had set it.
    pub(crate) steady: Timestamp,
    /// Why they differ.
    pub(crate) doubt: Option<Doubt>,
}

impl Look {
    /// The earlier of the two, by which readings may be deleted.
    pub(crate) fn earlier(&self) -> Timestamp {
        self.wall.min(self.steady)
    }
}

impl Clock {
    /// The system's.
    #[must_use]
    pub fn system() -> Self {
        let begun = Instant::now();
        Self::new(Timestamp::now, move || begun.elapsed())
    }

    /// One that shows what `wall` returns; `monotonic` is the time since some moment.
    pub fn new(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        monotonic: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let now = read(&wall, &monotonic);
        let first = State { anchor: now, last: now, doubted: None };
        let states = Mutex::new(States { first, asked: BTreeMap::new() });
        Self(Arc::new(Inner { wall: Box::new(wall), monotonic: Box::new(monotonic), states }))
    }

    /// What the host's clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0.wall)()
    }

    /// The newest reading that the store holds: at the start this is what is known of the time.
    pub(crate) fn start_from(&self, newest: Timestamp) {
        let now = self.read();
        let mut states = self.0.states.lock().unwrap_or_else(PoisonError::into_inner);
        let States { first, asked } = &mut *states;
        for state in core::iter::once(first).chain(asked.values_mut()) {
            let behind = now.wall.saturating_sub(newest.as_micros());
            if state.doubted.is_none() && behind > micros(TOLERANCE) {
                state.anchor = Reading { wall: newest.as_micros(), monotonic: now.monotonic };
                state.last = now;
                state.doubted = Some((Doubt::Start, now.monotonic));
            }
        }
    }

    /// Compares the clocks. `settle` is how long one that was set has to stand.
    pub(crate) fn look(&self, settle: Duration) -> Look {
        let now = self.read();
        let mut states = self.0.states.lock().unwrap_or_else(PoisonError::into_inner);
        let States { first, asked } = &mut *states;
        let state = asked.entry(settle).or_insert(*first);
        state.see(now, settle);
        Look {
            wall: Timestamp::from_micros(now.wall),
            steady: Timestamp::from_micros(state.anchor.later(now.monotonic)),
            doubt: state.doubted.map(|(doubt, _)| doubt),
        }
    }

    fn read(&self) -> Reading {
        read(&self.0.wall, &self.0.monotonic)
    }
}

/// Looks at both clocks. A pause of this thread between the two is not to look like a step.
fn read(wall: impl Fn() -> Timestamp, monotonic: impl Fn() -> Duration) -> Reading {
    let look = || {
        let before = monotonic();
        let wall = wall().as_micros();
        let took = monotonic().saturating_sub(before);
        (took, Reading { wall, monotonic: before + took / 2 })
    };
    let mut closest = look();
    for _ in 1..LOOKS {
        if closest.0 <= AT_ONCE {
            break;
        }
        let next = look();
        if next.0 < closest.0 {
            closest = next;
        }
    }
    closest.1
}

impl Reading {
    /// What the wall clock shows at `monotonic` if nobody sets it.
    fn later(&self, monotonic: Duration) -> i64 {
        self.wall.saturating_add(micros(monotonic.saturating_sub(self.monotonic)))
    }

    /// Whether `now` is what had to be expected.
    fn leads_to(&self, now: Self) -> bool {
        let elapsed = now.monotonic.saturating_sub(self.monotonic);
        // A quartz is off by a tenth of a thousandth, one that NTP hurries by half a thousandth.
        let tolerance = TOLERANCE + elapsed / 1000;
        now.wall.abs_diff(self.later(now.monotonic)) <= micros(tolerance).unsigned_abs()
    }
}

impl State {
    fn see(&mut self, now: Reading, settle: Duration) {
        let stands = self.last.leads_to(now);
        if self.anchor.leads_to(now) {
            self.believe(now);
        } else if !stands {
            self.doubted = Some((Doubt::Jump, now.monotonic));
        } else if let Some((_, since)) = self.doubted
            && now.monotonic.saturating_sub(since) >= settle
        {
            self.believe(now);
        }
        self.last = now;
    }

    fn believe(&mut self, now: Reading) {
        self.anchor = now;
        self.doubted = None;
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicI64, Ordering::Relaxed};

    use super::*;

    const HOUR: i64 = 3600;
    const KEPT: Duration = Duration::from_secs(12 * 3600);

    /// Seconds that the wall and the monotonic clock show.
    struct Rig {
        wall: Arc<AtomicI64>,
        monotonic: Arc<AtomicI64>,
        clock: Clock,
    }

    impl Rig {
        fn new() -> Self {
            let (wall, monotonic) = (Arc::new(AtomicI64::new(1_000_000)), Arc::default());
            let (w, m): (_, Arc<AtomicI64>) = (Arc::clone(&wall), Arc::clone(&monotonic));
            let clock = Clock::new(
                move || Timestamp::from_micros(w.load(Relaxed) * 1_000_000),
                move || Duration::from_secs(m.load(Relaxed).unsigned_abs()),
            );
            Self { wall, monotonic, clock }
        }

        fn pass(&self, seconds: i64) {
            self.wall.fetch_add(seconds, Relaxed);
            self.monotonic.fetch_add(seconds, Relaxed);
        }

        /// What is shown beyond what nobody has set, in seconds, and the doubt.
        fn look(&self) -> (i64, Option<Doubt>) {
            let look = self.clock.look(KEPT);
            let ahead = look.wall.as_micros() - look.steady.as_micros();
            (ahead / 1_000_000, look.doubt)
        }
    }

    #[test]
    fn a_clock_that_is_set_and_set_back_is_believed_again_at_once() {
        let rig = Rig::new();
        for _ in 0..100 {
            rig.pass(10);
            assert_eq!(rig.look(), (0, None));
        }
        for jump in [13 * HOUR, -13 * HOUR] {
            rig.wall.fetch_add(jump, Relaxed);
            rig.pass(12);
            assert_eq!(rig.look(), (jump, Some(Doubt::Jump)));
            rig.wall.fetch_sub(jump, Relaxed);
            assert_eq!(rig.look(), (0, None));
        }
    }

    #[test]
    fn a_clock_that_stays_as_it_was_set_is_believed_when_all_before_is_too_old() {
        let rig = Rig::new();
        rig.wall.fetch_add(13 * HOUR, Relaxed);
        for _ in 0..11 {
            assert_eq!(rig.look(), (13 * HOUR, Some(Doubt::Jump)));
            rig.pass(HOUR);
        }
        // Set again: the time begins anew.
        rig.wall.fetch_add(HOUR, Relaxed);
        for _ in 0..12 {
            assert_eq!(rig.look(), (14 * HOUR, Some(Doubt::Jump)));
            rig.pass(HOUR);
        }
        assert_eq!(rig.look(), (0, None));
    }

    #[test]
    fn a_pause_between_both_clocks_is_no_jump() {
        let shown = Arc::new(AtomicI64::new(0));
        let pauses = Arc::new(AtomicI64::new(0));
        let [wall, monotonic] = [(); 2].map(|()| Arc::clone(&shown));
        let left = Arc::clone(&pauses);
        let clock = Clock::new(
            move || {
                // So often the thread stands still for an hour before it reads this clock.
                if left.fetch_sub(1, Relaxed) > 0 {
                    wall.fetch_add(HOUR, Relaxed);
                }
                Timestamp::from_micros(wall.load(Relaxed) * 1_000_000)
            },
            move || Duration::from_secs(monotonic.load(Relaxed).unsigned_abs()),
        );
        for times in 0..5 {
            pauses.store(times, Relaxed);
            let look = clock.look(KEPT);
            assert_eq!((look.wall, look.doubt), (look.steady, None), "{times}");
        }
    }

    #[test]
    fn a_clock_that_ntp_hurries_or_slows_is_no_jump() {
        let rig = Rig::new();
        for step in 0..1000 {
            rig.pass(HOUR);
            rig.wall.fetch_add(if step % 2 == 0 { 2 } else { -2 }, Relaxed);
            assert_eq!(rig.look(), (0, None));
        }
    }

    #[test]
    fn at_the_start_the_newest_reading_tells_the_time() {
        let rig = Rig::new();
        rig.clock.start_from(Timestamp::from_micros((1_000_000 - 2 * HOUR) * 1_000_000));
        assert_eq!(rig.look(), (2 * HOUR, Some(Doubt::Start)));
        rig.pass(12 * HOUR);
        assert_eq!(rig.look(), (0, None));
        rig.clock.start_from(Timestamp::from_micros(2_000_000 * 1_000_000));
        assert_eq!(rig.look(), (0, None));
    }
}
