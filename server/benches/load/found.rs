//! What a server has of what was answered.

use core::net::SocketAddr;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};

use ::readings::Timestamp;

use crate::readings;
use crate::sending::Sent;

/// Missing readings that are named.
const NAMED: usize = 5;

/// How what is there differs from what was answered.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) missing: u64,
    /// Runs of them: connection, first number, how many, and when they were answered.
    runs: Vec<(usize, u64, u64, f64)>,
    pub(crate) twice: u64,
    /// Of the load's motes, but never sent.
    pub(crate) foreign: u64,
    /// Readings of other motes.
    pub(crate) others: HashMap<String, u64>,
}

impl Found {
    /// Whether each is there, once.
    pub(crate) fn is_exact(&self) -> bool {
        self.missing + self.twice + self.foreign == 0
    }
}

impl core::fmt::Display for Found {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { missing, runs, twice, foreign, .. } = self;
        write!(f, "{missing} missing, {twice} twice, {foreign} unknown")?;
        for (connection, first, count, seconds) in runs.iter().take(NAMED) {
            write!(
                f,
                "\n  missing: {count} of connection {connection} from number {first}, answered at {seconds:.1} s"
            )?;
        }
        if runs.len() > NAMED {
            write!(f, "\n  and {} more such runs", runs.len() - NAMED)?;
        }
        Ok(())
    }
}

/// Asks `server` for all that the load's site has.
///
/// # Errors
/// If it does not tell.
pub(crate) fn compare(server: SocketAddr, sent: &Sent) -> Result<Found, String> {
    let mac = |connection| readings::mac(connection as u64).to_string();
    let connections: HashMap<String, usize> =
        (0..sent.batches.len()).map(|connection| (mac(connection), connection)).collect();
    let batch = usize::try_from(sent.load.batch).unwrap();
    let count = |batches: &Vec<_>| batches.len() * batch;
    let mut counts: Vec<Vec<u8>> = sent.batches.iter().map(|all| vec![0; count(all)]).collect();
    let mut found = Found::default();
    let mut request = ureq::get(format!("http://{server}/api/v1/readings?format=csv"));
    if let Some(token) = &sent.load.token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let answer = request.call().map_err(|error| error.to_string())?;
    for line in BufReader::new(answer.into_body().into_reader()).lines().skip(1) {
        let line = line.map_err(|error| error.to_string())?;
        let (mac, time) = fields(&line)?;
        let Some(&connection) = connections.get(mac) else {
            *found.others.entry(mac.to_owned()).or_default() += 1;
            continue;
        };
        // Every engine keeps milliseconds, and also so no two of a mote's are one.
        let place = usize::try_from(time.as_micros().div_euclid(1000) - sent.load.start / 1000)
            .ok()
            .and_then(|number| counts[connection].get_mut(number));
        match place {
            Some(count) => *count = count.saturating_add(1),
            None => found.foreign += 1,
        }
    }
    for (connection, counts) in counts.iter().enumerate() {
        found.count(connection, counts, sent);
    }
    Ok(found)
}

fn fields(line: &str) -> Result<(&str, Timestamp), String> {
    let said = || format!("not a reading: {line}");
    let mut fields = line.split(',');
    let mac = fields.next().ok_or_else(said)?;
    let time = fields.next().and_then(|time| time.parse().ok()).ok_or_else(said)?;
    Ok((mac, time))
}

impl Found {
    fn count(&mut self, connection: usize, counts: &[u8], sent: &Sent) {
        for (number, &count) in counts.iter().enumerate() {
            self.twice += u64::from(count > 1);
            if count > 0 {
                continue;
            }
            self.missing += 1;
            let first = number as u64;
            match self.runs.last_mut() {
                Some((of, from, length, _)) if *of == connection && *from + *length == first => {
                    *length += 1;
                }
                _ => {
                    let batch = number / usize::try_from(sent.load.batch).unwrap();
                    let seconds = sent.batches[connection][batch].as_secs_f64();
                    self.runs.push((connection, first, 1, seconds));
                }
            }
        }
    }
}
