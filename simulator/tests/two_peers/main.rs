//! The client's session and the simulated manager, joined in memory over a bad line, in virtual
//! time.

mod caller;
mod line;
mod world;

use core::time::Duration;
use std::{panic, thread};

use clouddata_simulator::{Faults, ReadingTally, Settings};
use world::World;

const SEEDS: u64 = 200;

/// How long the line is bad.
const STORM: Duration = Duration::from_secs(60);

/// How long it is good afterwards.
const CALM: Duration = Duration::from_secs(30);

fn settings(seed: u64) -> Settings {
    Settings {
        motes: 3,
        period: Duration::from_millis(700),
        samples: 1 + u8::try_from(seed % 3).expect("less than three"),
        seed,
        ..Settings::default()
    }
}

const BAD: Faults = Faults { loss: 0.08, corrupt: 0.05, noise: 0.1 };

const TERRIBLE: Faults = Faults { loss: 0.4, corrupt: 0.2, noise: 0.5 };

fn rebooting(seed: u64) -> Settings {
    let reboot_every = Some(Duration::from_secs(5 + seed % 20));
    Settings { reboot_every, ..settings(seed) }
}

fn impatient(seed: u64) -> Settings {
    let ack_timeout = Duration::from_millis(150);
    Settings { ack_timeout, ack_retries: 1, ..settings(seed) }
}

/// Everything that must hold whatever the line does; returns how often there was a session.
fn weather(settings: Settings, faults: Faults) -> u64 {
    let seed = settings.seed;
    panic::catch_unwind(|| storm_and_calm(settings, faults))
        .unwrap_or_else(|_| panic!("this was seed {seed}"))
}

fn storm_and_calm(settings: Settings, faults: Faults) -> u64 {
    let reboots = settings.reboot_every.is_some();
    let mut world = World::new(settings, faults);
    world.run(STORM);
    world.calm_down();
    world.run(CALM);
    world.check_books();

    // With a good line there is a session, it is subscribed, and nothing piles up.
    let ReadingTally { acknowledged, waiting, .. } = world.manager.tally().readings;
    if !reboots {
        assert!(world.caller.is_subscribed());
        assert!(waiting <= 6, "{waiting} readings wait");
    }
    world.run(CALM);
    world.check_books();
    let later = world.manager.tally().readings.acknowledged;
    assert!(later > acknowledged + 30, "{acknowledged} acknowledged, then {later}");
    world.manager.tally().sessions
}

#[test]
fn a_good_line_needs_one_session_and_no_repeats() {
    for seed in 0..SEEDS / 10 {
        let mut world = World::new(settings(seed), Faults::default());
        world.calm_down();
        world.run(STORM);
        world.check_books();
        let tally = world.manager.tally();
        assert_eq!((tally.sessions, tally.notifications.repeats), (1, 0));
        assert_eq!((tally.unexpected, tally.malformed, tally.given_up), (0, 0, 0));
        // The last may still be on its way, either way.
        let ReadingTally { sent, acknowledged, .. } = tally.readings;
        assert!((acknowledged..=sent).contains(&world.caller.deliveries()));
        let counters = world.caller.session.counters();
        assert_eq!((counters.repeats, counters.unexpected, counters.sequence_gaps), (0, 0, 0));
    }
}

#[test]
fn a_bad_line_costs_time_and_nothing_else() {
    let sessions: u64 = (0..SEEDS).map(|seed| weather(settings(seed), BAD)).sum();
    assert!(sessions > SEEDS, "the line was not bad enough to end a session");
}

#[test]
fn a_lost_acknowledgement_is_given_again() {
    let faults = Faults { loss: 0.2, ..Faults::default() };
    for seed in 0..SEEDS / 10 {
        let settings = Settings { ack_retries: u32::MAX, motes: 1, ..settings(seed) };
        let mut world = World::new(settings, faults);
        world.run(STORM);
        world.check_books();
        let tally = world.manager.tally();
        assert!(tally.notifications.repeats > 0 && tally.given_up == 0, "{tally:?}");
        assert!(tally.readings.acknowledged > 30, "{tally:?}");
    }
}

#[test]
fn a_terrible_line_is_survived() {
    for seed in 0..SEEDS / 2 {
        weather(settings(seed), TERRIBLE);
    }
}

#[test]
fn reboots_are_survived() {
    for seed in 0..SEEDS {
        weather(rebooting(seed), BAD);
    }
}

#[test]
fn an_impatient_manager_is_survived() {
    for seed in 0..SEEDS / 2 {
        weather(impatient(seed), BAD);
    }
}

#[test]
#[ignore = "the long form of the others, for a release build: see CONTRIBUTING.md"]
fn ten_thousand_seeds() {
    let step = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for first in 0..step {
            scope.spawn(move || {
                for seed in (0..10_000_u64).skip(first).step_by(step) {
                    match seed % 4 {
                        0 => weather(settings(seed), BAD),
                        1 => weather(settings(seed), TERRIBLE),
                        2 => weather(rebooting(seed / 4), BAD),
                        _ => weather(impatient(seed), BAD),
                    };
                }
            });
        }
    });
}
