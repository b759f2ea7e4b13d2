//! What the manager knows is asked for again and again, by one walk at a time: how many motes there
//! are often, everything seldom. What a walk finds goes to the server like everything else, but
//! nobody waits for it.

mod calendar;
mod sent;

use core::time::Duration;
use std::time::Instant;

use readings::{Mac, Reading, Record};

use super::Gateway;
use super::arrivals::Moment;
use crate::walk::{Answer, Found, Scope, Walk};
use calendar::Calendar;
use sent::Sent;

/// Between an answer and the next question: a line's time is the readings' first.
const PACE: Duration = Duration::from_millis(20);

/// Most records that are sent at once, so that they keep neither server nor memory busy.
const BATCH: usize = 200;

/// Which walk is under way, and what it has found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    walk: Option<Walk>,
    /// When it began: the time of everything that it finds.
    begun: Option<Moment>,
    /// When its next question may be asked.
    ready: Option<Instant>,
    /// When the next ones are due.
    pub(super) calendar: Calendar,
    /// Whether links were left without a name at the last list of motes.
    pub(super) are_nameless: bool,
    found: Vec<Record>,
    sent: Sent,
}

impl Survey {
    /// The manager sends what it has: it is asked for everything.
    pub(super) fn begin(&mut self, now: Instant) {
        self.end();
        self.calendar.begin(now);
    }

    /// The session is over.
    pub(super) fn end(&mut self) {
        self.abandon();
        self.calendar.end();
    }

    /// The network begins anew.
    pub(super) fn begin_anew(&mut self, now: Instant) {
        self.abandon();
        self.calendar.begin_anew(now);
    }

    /// What is under way leads nowhere any more.
    fn abandon(&mut self) {
        (self.walk, self.ready) = (None, None);
        self.found.clear();
    }

    /// Whether a question is under way, or will be at once.
    pub(super) const fn is_under_way(&self) -> bool {
        self.walk.is_some()
    }

    fn next_due(&self) -> Option<Instant> {
        if self.walk.is_some() { self.ready } else { self.calendar.next_due() }
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
        let Some(scope) = self.survey.calendar.due(now, look) else { return };
        let Some(begun) = self.moment() else { return };
        self.survey.calendar.walk(scope, now, self.outlook.are_all_there());
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
}
