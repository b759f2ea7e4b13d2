use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::wall::{Micros, SECOND};

/// The pace that a mote is thought to have until its own is known: what motes have unless told
/// otherwise.
const ASSUMED_PACE: Micros = 30 * SECOND;

/// No mote is expected more often than this, however fast it reports.
const LEAST_PACE: Micros = SECOND;

/// Readings of one mote nearer together than this are of one report.
const ONE_REPORT: Micros = SECOND / 4;

/// Most readings of one report, and the most time from the first to the last of them, as long as
/// nothing better is known.
const ONE_REPORT_HOLDS: usize = 12;
const ONE_REPORT_SPANS: Micros = 60 * SECOND;

/// Missed reports after which a mote is late, and for one that has just been late.
const LATE: (Micros, Micros) = (3, 5);

/// Missed reports after which a mote is silent.
const SILENT: Micros = 10;

/// With fewer missed reports than this a mote is ok again.
const OK_AGAIN: Micros = 2;

/// Reports in time after which it is forgotten that a mote has been late.
const SETTLED: u8 = 5;

/// A gateway's clock may be so far behind this server's.
const MAX_BEHIND: Micros = 120 * SECOND;

/// How a mote is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MoteState {
    /// It reports at its pace.
    Ok,
    /// It has missed three reports.
    Late,
    /// It has missed ten.
    Silent,
}

/// What is known of one mote. Moments are on the server's axis.
#[derive(Clone, Debug)]
pub(super) struct Mote {
    /// Time of its newest reading, as measured, in µs since 1970.
    last: Micros,
    /// Time of the first reading of the report that is newest.
    report: Micros,
    /// When its newest reading arrived.
    pub(super) arrived: Micros,
    /// From when its silence counts: see [`Mote::report`].
    pub(super) heard: Micros,
    /// How old its last two reports were when they arrived, if they came at the mote's pace.
    behind: Micros,
    /// How old the last one was.
    age: Micros,
    pace: Pace,
    /// The pace is that of readings, of which a report may hold several.
    guessed: bool,
    pub(super) state: MoteState,
    /// Since when.
    pub(super) since: Micros,
    /// Reports in time since it was late; [`SETTLED`] if it need not be doubted.
    in_time: u8,
    /// Which of the gateways brought its newest reading.
    pub(super) gateway: Option<u32>,
}

impl Mote {
    /// A mote of which nothing is known but the time of a reading, and how old that is at `now`.
    pub(super) fn new(last: Micros, age: Micros, now: Micros) -> Self {
        let age = age.max(0);
        let mut mote = Self {
            last,
            report: last,
            arrived: now,
            heard: now - age,
            behind: 0,
            age,
            pace: Pace::default(),
            guessed: false,
            state: MoteState::Ok,
            since: now - age,
            in_time: SETTLED,
            gateway: None,
        };
        mote.look(now);
        mote
    }

    /// Time of its newest reading, in µs since 1970.
    pub(super) const fn last(&self) -> Micros {
        self.last
    }

    /// How often it reports, if that is known.
    pub(super) fn pace(&self) -> Option<Micros> {
        self.pace.known()
    }

    /// How often it is expected to report.
    pub(super) fn expected(&self) -> Micros {
        self.pace().unwrap_or(ASSUMED_PACE).max(LEAST_PACE)
    }

    /// Takes in what was stored earlier: times of readings, ascending.
    pub(super) fn remember(&mut self, times: &[Micros]) {
        // What was heard since is better.
        if self.pace.intervals() == 0 {
            self.guess(times);
        }
    }

    /// Takes in the times of readings that came together, ascending, none older than this mote's
    /// last; `age` is how old the newest of them is by the wall clock.
    ///
    /// Silence counts from when a reading was measured, so what was waiting in a spool does not
    /// make a mote ok. But reports that arrive as far apart as they were measured are live,
    /// whatever their times say: then the gateway's clock is behind, and silence counts from when
    /// they arrive.
    pub(super) fn report(&mut self, times: &[Micros], age: Micros, now: Micros) {
        let Some(&newest) = times.last() else { return };
        let (age, apart) = (age.max(0), newest - self.last);
        let waited = now - self.arrived;
        let live = (apart..=3 * apart).contains(&(2 * waited));
        self.learn(times, live);
        if live {
            self.behind = self.age.min(age).min(MAX_BEHIND);
        }
        let heard = now - (age - self.behind).max(0);
        if self.in_time < SETTLED {
            let in_time = heard - self.heard <= OK_AGAIN * self.expected();
            self.in_time = if in_time { self.in_time + 1 } else { 0 };
        }
        (self.last, self.age, self.arrived) = (newest, age, now);
        self.heard = self.heard.max(heard);
        self.look(now);
    }

    /// Learns the pace. One report may hold several readings.
    pub(super) fn learn(&mut self, times: &[Micros], live: bool) {
        let (Some(&oldest), Some(&newest)) = (times.first(), times.last()) else { return };
        let apart = newest - self.report;
        match times {
            [_] if apart < ONE_REPORT => return,
            [_] => self.pace.add(apart),
            _ if live && self.guessed => {
                (self.pace, self.guessed) = (Pace::of(apart), false);
            }
            _ if live => self.pace.add(apart),
            // Several that have waited together: more than one report holds, or for too long.
            _ if self.pace.intervals() == 0
                && (times.len() > ONE_REPORT_HOLDS || newest - oldest > ONE_REPORT_SPANS) =>
            {
                self.guess(times);
            }
            // How many reports they were is not known.
            _ => {}
        }
        self.report = newest;
    }

    /// The pace of the readings, as nothing tells which of them came together.
    fn guess(&mut self, times: &[Micros]) {
        self.guessed = true;
        let mut before = None;
        for &time in times {
            match before {
                Some(before) if time - before < ONE_REPORT => continue,
                Some(before) => self.pace.add(time - before),
                None => {}
            }
            before = Some(time);
        }
    }

    /// Looks at the clock; true if its state has changed.
    pub(super) fn look(&mut self, now: Micros) -> bool {
        let (pace, silence) = (self.expected(), now - self.heard);
        let late = if self.in_time == SETTLED { LATE.0 } else { LATE.1 };
        let (state, since) = match self.state {
            MoteState::Late | MoteState::Silent if silence < OK_AGAIN * pace => {
                self.in_time = 0;
                (MoteState::Ok, now)
            }
            MoteState::Ok | MoteState::Late if silence >= SILENT * pace => {
                (MoteState::Silent, self.heard + SILENT * pace)
            }
            MoteState::Ok if silence >= late * pace => (MoteState::Late, self.heard + late * pace),
            state => (state, self.since),
        };
        let changed = state != self.state;
        (self.state, self.since) = (state, since);
        changed
    }

    /// What it was found to be before the server was started, if it still is.
    pub(super) fn resume(&mut self, state: MoteState, since: Micros) {
        if self.state == state {
            self.since = since;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mote that reported every second from 0 to 9 s, live.
    fn mote() -> Mote {
        let mut mote = Mote::new(0, 0, 0);
        for second in 1..10 {
            mote.report(&[second * SECOND], 0, second * SECOND);
        }
        mote
    }

    fn look(mote: &mut Mote, tenths: Micros) -> MoteState {
        mote.look(tenths * SECOND / 10);
        mote.state
    }

    #[test]
    fn it_is_late_after_three_of_its_own_intervals_and_silent_after_ten() {
        let mut mote = mote();
        assert_eq!(mote.pace(), Some(SECOND));
        assert_eq!(look(&mut mote, 119), MoteState::Ok);
        assert_eq!(look(&mut mote, 120), MoteState::Late);
        assert_eq!(mote.since, 12 * SECOND);
        assert_eq!(look(&mut mote, 189), MoteState::Late);
        assert_eq!(look(&mut mote, 250), MoteState::Silent);
        assert_eq!(mote.since, 19 * SECOND);
        mote.report(&[30 * SECOND], 0, 30 * SECOND);
        assert_eq!((mote.state, mote.since), (MoteState::Ok, 30 * SECOND));
    }

    #[test]
    fn until_its_pace_is_known_thirty_seconds_are_assumed() {
        let mut mote = Mote::new(0, 0, 0);
        assert_eq!(mote.pace(), None);
        assert_eq!(look(&mut mote, 899), MoteState::Ok);
        assert_eq!(look(&mut mote, 900), MoteState::Late);
        assert_eq!(look(&mut mote, 3000), MoteState::Silent);
    }

    #[test]
    fn one_that_was_late_just_now_is_late_again_only_after_five() {
        let mut mote = mote();
        look(&mut mote, 125);
        mote.report(&[13 * SECOND], 0, 13 * SECOND);
        assert_eq!(mote.state, MoteState::Ok);
        assert_eq!(look(&mut mote, 175), MoteState::Ok);
        assert_eq!(look(&mut mote, 180), MoteState::Late);
        for second in 19..26 {
            mote.report(&[second * SECOND], 0, second * SECOND);
        }
        assert_eq!(look(&mut mote, 279), MoteState::Ok);
        assert_eq!(look(&mut mote, 280), MoteState::Late);
    }

    #[test]
    fn what_waited_in_a_spool_does_not_make_it_ok_until_it_is_fresh() {
        let mut mote = mote();
        assert_eq!(look(&mut mote, 1000), MoteState::Silent);
        // An hour's readings, one by one and then in batches, every 10 ms.
        let mut now = 3700 * SECOND;
        let mut next = 10;
        while next < 3690 {
            let count = if next < 100 { 1 } else { 40 };
            let times: Vec<Micros> = (next..next + count).map(|second| second * SECOND).collect();
            next += count;
            now += SECOND / 100;
            mote.report(&times, now - (next - 1) * SECOND, now);
            assert_eq!(mote.state, MoteState::Silent, "{next}");
            assert_eq!(mote.pace(), Some(SECOND));
        }
        mote.report(&[3700 * SECOND], now - 3700 * SECOND, now);
        assert_eq!(mote.state, MoteState::Ok);
    }

    #[test]
    fn a_gateway_whose_clock_is_behind_has_no_silent_motes() {
        let mut mote = Mote::new(0, 60 * SECOND, 60 * SECOND);
        for second in 1..100 {
            mote.report(&[second * SECOND], 60 * SECOND, (60 + second) * SECOND);
            assert_eq!(mote.state, MoteState::Ok, "{second}");
        }
        assert_eq!(look(&mut mote, 1620), MoteState::Late);
    }

    #[test]
    fn readings_from_the_future_are_heard_when_they_arrive() {
        let mut mote = Mote::new(0, -60 * SECOND, 0);
        for second in 1..10 {
            mote.report(&[second * SECOND], -60 * SECOND, second * SECOND);
        }
        assert_eq!(look(&mut mote, 120), MoteState::Late);
    }

    #[test]
    fn several_readings_of_one_report_are_one_interval() {
        let mut mote = Mote::new(0, 0, 0);
        for report in 1..20 {
            let end = report * 4 * SECOND;
            let times: Vec<Micros> = (0..4).rev().map(|n| end - n * SECOND).collect();
            mote.report(&times, 0, end);
            look(&mut mote, report * 40 + 39);
            assert_eq!(mote.state, MoteState::Ok, "{report}");
        }
        assert_eq!(mote.pace(), Some(4 * SECOND));
    }

    #[test]
    fn readings_that_are_posted_one_by_one_are_one_report_too() {
        let mut mote = Mote::new(0, 0, 0);
        for report in 1..20 {
            for n in 0..5 {
                let now = report * 10 * SECOND + n * 3000;
                mote.report(&[now], 0, now);
            }
        }
        let pace = mote.pace().unwrap();
        assert!((pace - 10 * SECOND).abs() < SECOND, "{pace}");
    }

    #[test]
    fn what_was_stored_before_tells_the_pace() {
        let mut mote = Mote::new(100 * SECOND, 25 * SECOND, 0);
        assert_eq!(mote.state, MoteState::Ok);
        mote.remember(&[90, 91, 92, 93, 95, 99, 100].map(|second| second * SECOND));
        mote.look(0);
        assert_eq!(mote.pace(), Some(SECOND));
        assert_eq!((mote.state, mote.since), (MoteState::Silent, -15 * SECOND));
        mote.resume(MoteState::Silent, -14 * SECOND);
        assert_eq!(mote.since, -14 * SECOND);
    }
}
