//! Somebody's site under load, and tokens.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use ::readings::Timestamp;

use super::machines::{Machines, PATIENCE};
use crate::sending::{Load, Sent, Tally};

const SITE: &str = "north";

/// Between two readings' first times: so what one site has of another's is none of its own.
const HOUR: i64 = 3_600_000_000;

/// Readings that are sent by threads of their own, half of them to the default site, half to another.
pub(crate) struct Customers {
    threads: Vec<JoinHandle<Sent>>,
    pub(crate) tally: Arc<Tally>,
    is_over: Arc<AtomicBool>,
}

impl Customers {
    pub(crate) fn start(machines: &Machines, rate: u32, batch: u64) -> Self {
        machines.order(&["site", "add", SITE]);
        let token = add_token(machines, "gateways", "write,read");
        for server in machines.addresses() {
            until_answered(server, &token, 200).unwrap();
        }
        let (tally, is_over) = (Arc::<Tally>::default(), Arc::<AtomicBool>::default());
        let now = Timestamp::now().as_micros() / 1000 * 1000;
        let begin = |(token, start): (Option<String>, i64)| {
            let addresses = vec![machines.front().address()];
            let load = Load { addresses, start, rate: rate / 2, token, batch, is_spread: true };
            let (tally, is_over) = (Arc::clone(&tally), Arc::clone(&is_over));
            std::thread::spawn(move || load.send(&tally, move || is_over.load(Ordering::Relaxed)))
        };
        let threads = [(None, now - HOUR), (Some(token), now - 2 * HOUR)].map(begin).into();
        Self { threads, tally, is_over }
    }

    /// What each of them had answered.
    pub(crate) fn stop(self) -> Vec<Sent> {
        self.is_over.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }
}

/// How long a token is still good for anything anywhere after the order to revoke it was done.
///
/// # Errors
/// Where it stays good, and what the nats-servers say.
pub(crate) fn revoke(machines: &Machines) -> Result<Duration, String> {
    let token = add_token(machines, "guest", "read");
    for server in machines.addresses() {
        until_answered(server, &token, 200)?;
    }
    machines.order(&["token", "revoke", SITE, "guest"]);
    let begun = Instant::now();
    for server in machines.addresses() {
        until_answered(server, &token, 401).map_err(|fault| fault + &machines.log())?;
    }
    Ok(begun.elapsed())
}

fn add_token(machines: &Machines, name: &str, scope: &str) -> String {
    machines.order(&["token", "add", SITE, name, "--scope", scope]).trim().to_owned()
}

fn until_answered(server: SocketAddr, token: &str, expected: u16) -> Result<(), String> {
    let begun = Instant::now();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    loop {
        // By its path, as everybody may look at the default site, whatever token they have.
        let request = agent.get(format!("http://{server}/s/{SITE}/api/v1/motes"));
        let answer = request.header("Authorization", format!("Bearer {token}")).call();
        let status = answer.map_or(0, |answer| answer.status().as_u16());
        if status == expected {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{server} answers {status}, not {expected}"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
