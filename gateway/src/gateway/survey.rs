//! What the manager knows is asked for again and again, by one walk at a time: how many motes there
//! are often, everything seldom. What a walk finds goes to the server like everything else, but
//! nobody waits for it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use readings::{Mac, Quantity, Reading, Record};

use super::Gateway;
use super::arrivals::Moment;
use crate::walk::{Answer, Found, Scope, Walk};

/// Between two questions how many motes there are: until readings come and every mote that is known
/// is there, and after.
const LOOKS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Between two walks through everything.
const WALKS: Duration = Duration::from_secs(600);

/// Between an answer and the next question: a line's time is the readings' first.
const PACE: Duration = Duration::from_millis(20);

/// A network that has just been reset knows nothing yet.
const AFTER_RESET: Duration = Duration::from_secs(5);

/// After a mote has joined, so that those that join with it are found too; and between two walks
/// while motes join.
const AFTER_JOIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// Before neighbours without a name are looked for once more.
const NAMES: Duration = Duration::from_secs(10);

/// A value that has not changed is sent again after this time: once an hour, at a walk's begin.
const UNCHANGED: Duration = Duration::from_secs(3600 - 60);

/// Most records that are sent at once, so that they keep neither server nor memory busy.
const BATCH: usize = 200;

/// Why a link is given up.
const UNKNOWN_NEIGHBOUR: &str = "its neighbour is unknown: the manager lists no mote of its number";

/// Which walk is under way, and when the next ones are due.
#[derive(Debug, Default)]
pub(super) struct Survey {
    walk: Option<Walk>,
    /// When it began: the time of everything that it finds.
    begun: Option<Moment>,
    /// When its next question may be asked.
    ready: Option<Instant>,
    next_look: Option<Instant>,
    next_names: Option<Instant>,
    next_walk: Option<Instant>,
    last_walk: Option<Instant>,
    /// Whether links were left without a name at the last list of motes.
    are_nameless: bool,
    found: Vec<Record>,
    sent: Sent,
}

/// What was sent last of each value.
#[derive(Debug, Default)]
struct Sent(BTreeMap<(Mac, Quantity), (f64, Instant)>);

impl Sent {
    /// Whether it is to be sent.
    fn is_news(&mut self, mac: Mac, quantity: Quantity, value: f64, now: Instant) -> bool {
        let known = self.0.entry((mac, quantity)).or_insert((f64::NAN, now));
        #[expect(clippy::float_cmp, reason = "what is the same number has not changed")]
        let is_same = known.0 == value && now < known.1 + UNCHANGED;
        if !is_same {
            *known = (value, now);
        }
        !is_same
    }
}

impl Survey {
    /// The manager sends what it has: it is asked for everything.
    pub(super) fn begin(&mut self, now: Instant) {
        self.end();
        (self.next_look, self.next_walk) = (Some(now), Some(now));
    }

    /// The session is over.
    pub(super) fn end(&mut self) {
        (self.walk, self.ready) = (None, None);
        (self.next_look, self.next_names, self.next_walk) = (None, None, None);
        self.found.clear();
    }

    /// The network begins anew.
    pub(super) fn begin_anew(&mut self, now: Instant) {
        (self.walk, self.ready) = (None, None);
        self.found.clear();
        self.next_walk = Some(now + AFTER_RESET);
    }

    /// A mote has joined, and has paths now.
    pub(super) fn join(&mut self, now: Instant) {
        let free = self.last_walk.map_or(now, |last| last + AFTER_JOIN.1);
        let at = free.max(now + AFTER_JOIN.0);
        self.next_walk = self.next_walk.map(|next| next.min(at));
    }

    /// The manager is asked something as soon as it can be.
    pub(super) fn hasten(&mut self, now: Instant) {
        self.next_look = self.next_look.map(|next| next.min(now));
    }

    /// Whether a question is under way, or will be at once.
    pub(super) const fn is_under_way(&self) -> bool {
        self.walk.is_some()
    }

    /// A mote's name is missing.
    pub(super) fn look_for_names(&mut self, at: Instant) {
        self.next_names = Some(self.next_names.map_or(at, |next| next.min(at)));
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        match self.walk {
            Some(_) => self.ready,
            None => [self.next_look, self.next_names, self.next_walk].into_iter().flatten().min(),
        }
    }

    /// What is due, if anything.
    fn due(&self, now: Instant, look: Scope) -> Option<Scope> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.next_walk) {
            return Some(Scope::All);
        }
        if is_due(self.next_names) {
            return Some(Scope::Motes);
        }
        is_due(self.next_look).then_some(look)
    }
}

impl Gateway {
    /// Asks the next question of a walk, or begins one, if it is time. What waits to be
    /// acknowledged goes first.
    pub(super) fn survey(&mut self, now: Instant) {
        if !self.subscribed || !self.deliveries.are_safe() {
            return;
        }
        if self.survey.walk.is_none() {
            self.begin_walk(now);
        }
        let Some(walk) = &self.survey.walk else { return };
        if self.survey.ready.is_some_and(|at| now < at) {
            return;
        }
        // What is under way has to be answered first.
        self.survey.ready = Some(now + PACE);
        match walk.question() {
            Some(question) => {
                if self.line.session.request(self.line.now(), &question).is_ok() {
                    self.survey.ready = None;
                }
            }
            None => self.end_walk(),
        }
    }

    /// When the next question is due. None is asked while something waits to be acknowledged.
    pub(super) fn next_question(&self) -> Option<Instant> {
        let asks = self.subscribed && self.deliveries.are_safe();
        asks.then(|| self.survey.next_due()).flatten()
    }

    fn begin_walk(&mut self, now: Instant) {
        let look = if self.outlook.wants_list() { Scope::Motes } else { Scope::Network };
        let Some(scope) = self.survey.due(now, look) else { return };
        let Some(begun) = self.moment() else { return };
        let interval = if self.outlook.are_all_there() { LOOKS.1 } else { LOOKS.0 };
        self.survey.next_look = Some(now + interval);
        if scope >= Scope::Motes {
            self.survey.next_names = None;
        }
        if scope == Scope::All {
            self.survey.next_walk = Some(now + WALKS);
            self.survey.last_walk = Some(now);
        }
        (self.survey.walk, self.survey.begun) = (Some(Walk::new(scope)), Some(begun));
        self.survey.ready = None;
    }

    fn end_walk(&mut self) {
        self.survey.walk = None;
        self.send_found();
    }

    /// The manager has answered a question.
    pub(super) fn handle_answer(&mut self, answer: Answer) {
        let Some(mut walk) = self.survey.walk.take() else { return };
        match &answer {
            Answer::Network(Some(network)) => self.learn_operational(network.num_motes),
            Answer::Mote(mote) => self.names.learn(mote.mote_id, Mac::from(mote.mac_address.0)),
            _ => {}
        }
        let found = walk.hear(&answer);
        for found in found {
            self.take_found(found, &walk);
        }
        if walk.question().is_none() {
            self.send_found();
        } else {
            self.survey.ready = Some(Instant::now() + PACE);
            self.survey.walk = Some(walk);
        }
    }

    fn take_found(&mut self, found: Found, walk: &Walk) {
        match found {
            Found::Motes => {
                let motes = walk.motes().iter().filter(|mote| !mote.is_ap).count();
                self.learn_known(motes);
                self.name_neighbours();
            }
            // Less often than they are looked at.
            Found::Quantities(..) if walk.scope() != Scope::All => {}
            Found::Quantities(mac, values) => {
                let now = Instant::now();
                let Survey { found, sent, .. } = &mut self.survey;
                let news = values
                    .into_iter()
                    .filter(|&(quantity, value)| sent.is_news(mac, quantity, value, now));
                found.extend(news.map(|(quantity, value)| {
                    Record::from(Reading { mac, quantity, value, timestamp: None })
                }));
                if found.len() >= BATCH {
                    self.send_found();
                }
            }
            Found::Links(links) => self.survey.found.extend(links.into_iter().map(Record::from)),
        }
    }

    /// Sends what was found, as it was when the walk began.
    fn send_found(&mut self) {
        let Some(begun) = self.survey.begun else { return };
        let found = core::mem::take(&mut self.survey.found);
        self.report.network += found.len() as u64;
        match begun.date(found) {
            Ok(mut dated) => {
                while !dated.is_empty() {
                    let rest = dated.split_off(dated.len().min(BATCH));
                    self.uplink.post_later(core::mem::replace(&mut dated, rest));
                }
            }
            Err(undated) if undated.is_empty() => {}
            Err(undated) => self.deliver_undated(&undated, None),
        }
    }

    /// All motes are known: links whose neighbours had no names get them.
    fn name_neighbours(&mut self) {
        let names = &self.names;
        let mut spool = self.spool.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let named = spool.name(|mote_id| names.mac(mote_id));
        let left = spool.unnamed();
        drop(spool);
        match named {
            Ok(0) => {}
            Ok(named) => {
                tracing::debug!(named, "neighbours have got their names");
                self.uplink.drain();
            }
            Err(error) => tracing::error!(%error, "the spool fails; links wait for names"),
        }
        // The list may be older than a link.
        if left > 0 && self.survey.are_nameless {
            self.bury_unnamed(UNKNOWN_NEIGHBOUR);
        } else if left > 0 {
            self.survey.look_for_names(Instant::now() + NAMES);
        }
        self.survey.are_nameless = left > 0 && !self.survey.are_nameless;
    }

    /// The manager's short numbers mean other motes from now on.
    pub(super) fn forget_names(&mut self, reason: &str) {
        self.names.forget_all();
        self.bury_unnamed(reason);
    }

    fn bury_unnamed(&self, reason: &str) {
        let buried = self.spool().bury_unnamed(reason);
        match buried {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, reason, "links are given up; they are dead letters"),
            Err(error) => tracing::error!(%error, "the spool fails; links wait for names"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_has_not_changed_is_sent_once_an_hour() {
        let (mut sent, begun) = (Sent::default(), Instant::now());
        let [mac, other] = [7, 8].map(|octet| Mac::from([octet; 8]));
        let mut is_news = |mac, quantity, value, minute: u64| {
            sent.is_news(mac, quantity, value, begun + Duration::from_secs(60 * minute))
        };
        assert!(is_news(mac, Quantity::JOINS, 1.0, 0));
        assert!(
            is_news(mac, Quantity::HOP_DEPTH, 1.0, 0) && is_news(other, Quantity::JOINS, 1.0, 0)
        );
        for minute in [10, 20, 30, 40, 50_u64] {
            assert!(!is_news(mac, Quantity::JOINS, 1.0, minute));
        }
        assert!(is_news(mac, Quantity::JOINS, 1.0, 60));
        assert!(is_news(mac, Quantity::JOINS, 2.0, 70) && is_news(mac, Quantity::JOINS, 1.0, 80));
    }

    #[test]
    fn a_mote_that_joins_is_walked_to_soon_but_not_each_for_itself() {
        let (mut survey, now) = (Survey::default(), Instant::now());
        survey.join(now);
        assert_eq!(survey.next_walk, None, "there is no session");
        (survey.next_walk, survey.last_walk) = (Some(now + WALKS), Some(now));
        let at = |secs| now + Duration::from_secs(secs);
        for second in 1..20 {
            survey.join(at(second));
            assert_eq!(survey.next_walk, Some(at(30)));
        }
        survey.next_walk = Some(now + WALKS);
        survey.join(at(100));
        assert_eq!(survey.next_walk, Some(at(105)));
    }

    #[test]
    fn everything_goes_before_names_and_names_before_a_look() {
        let (mut survey, now) = (Survey::default(), Instant::now());
        assert_eq!((survey.due(now, Scope::Network), survey.next_due()), (None, None));
        survey.begin(now);
        survey.look_for_names(now);
        assert_eq!(survey.due(now, Scope::Network), Some(Scope::All));
        survey.next_walk = Some(now + WALKS);
        assert_eq!(survey.due(now, Scope::Network), Some(Scope::Motes));
        survey.next_names = None;
        assert_eq!(survey.due(now, Scope::Network), Some(Scope::Network));
        survey.next_look = None;
        assert_eq!(survey.due(now, Scope::Network), None);
        survey.end();
        assert_eq!(survey.next_due(), None);
    }
}
