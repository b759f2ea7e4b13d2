//! From the hello to the first reading.

use core::time::Duration;
use std::io;
use std::time::Instant;

use manager_core::session::{Event, Token};
use manager_core::{
    NetworkInfo, Notification, NotificationMask, Request, Response, Subscribe, TimeInfo,
};
use readings::{Reading, Record, Timestamp};

use super::checkup::{Checkup, Fault};
use crate::cli::client::Client;
use crate::{Doubt, HostClock, samples_of};

/// The steps, in their order.
pub(super) const STEPS: [&str; 5] = ["hello", "clock", "subscribe", "motes", "reading"];

/// How long a manager may take to grant a session, or to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Between two looks at how many motes there are.
const MOTES_INTERVAL: Duration = Duration::from_millis(500);

/// Takes the steps until one fails.
pub(super) fn examine(client: &mut Client, checkup: &mut Checkup, patience: Duration) {
    let mut visit = Visit { client, patience, reading: None };
    let taken: [Step<'_>; 5] =
        [Visit::hello, Visit::clock, Visit::subscribe, Visit::motes, Visit::reading];
    let mut is_well = true;
    for (name, take) in STEPS.into_iter().zip(taken) {
        if is_well {
            is_well = checkup.step(name, || take(&mut visit).map(|found| ((), found))).is_some();
        } else {
            checkup.skip(name);
        }
    }
}

type Step<'a> = fn(&mut Visit<'a>) -> Result<String, Fault>;

struct Visit<'a> {
    client: &'a mut Client,
    /// For what takes motes their time.
    patience: Duration,
    /// The first that has come, at whichever step.
    reading: Option<String>,
}

impl Visit<'_> {
    fn hello(&mut self) -> Result<String, Fault> {
        self.client.connect();
        let response = self.wait(PATIENCE, |event| match event {
            Event::Connected(response) => Some(Ok(response)),
            Event::Refused(code) => Some(Err(code)),
            _ => None,
        })?;
        match response {
            Some(Ok(response)) => Ok(format!("a session, protocol version {}", response.version)),
            Some(Err(code)) => Err(Fault::new(
                &format!("the manager refuses a session: {code}"),
                "is it a SmartMesh IP Manager? Others speak other versions of the protocol",
            )),
            None => Err(unanswered(self.client)),
        }
    }

    fn clock(&mut self) -> Result<String, Fault> {
        let time: TimeInfo = self.ask(&Request::GetTime, |response| match response {
            Response::GetTime(time) => Some(time),
            _ => None,
        })?;
        believe(&HostClock::system(), &time)
    }

    fn subscribe(&mut self) -> Result<String, Fault> {
        let subscribe = Request::Subscribe(Subscribe::reliably(NotificationMask::DATA));
        self.ask(&subscribe, |response| matches!(response, Response::Subscribe).then_some(()))?;
        Ok("to data, reliably".to_owned())
    }

    /// Motes that are joining are waited for.
    fn motes(&mut self) -> Result<String, Fault> {
        let deadline = Instant::now() + self.patience;
        loop {
            let info: NetworkInfo =
                self.ask(&Request::GetNetworkInfo, |response| match response {
                    Response::GetNetworkInfo(info) => Some(info),
                    _ => None,
                })?;
            let NetworkInfo { num_motes, net_reliability, .. } = info;
            if num_motes > 0 {
                return Ok(format!("{num_motes} operational, reliability {net_reliability} %"));
            }
            if Instant::now() >= deadline {
                let next = "switch motes on; to join takes them some minutes";
                return Err(Fault::new("none is operational", next));
            }
            self.wait(MOTES_INTERVAL.min(self.patience), |_| None::<()>)?;
        }
    }

    fn reading(&mut self) -> Result<String, Fault> {
        let deadline = Instant::now() + self.patience;
        while self.reading.is_none() && Instant::now() < deadline {
            self.wait(Duration::from_millis(100), |_| None::<()>)?;
        }
        self.reading.take().ok_or_else(|| {
            let seconds = self.patience.as_secs();
            Fault::new(
                &format!("none within {seconds} s"),
                "motes report every 30 s unless told otherwise: give it longer with --patience",
            )
        })
    }

    /// Makes a request and waits for its response.
    fn ask<T>(
        &mut self,
        request: &Request<'_>,
        take: impl Fn(Response<'_>) -> Option<T>,
    ) -> Result<T, Fault> {
        self.client.request(request);
        let answered = self.wait(PATIENCE, |event| match event {
            Event::Response(response) => match response.parse() {
                Ok(Response::Refused { code, .. }) => {
                    Some(Err(format!("the manager refuses: {code}")))
                }
                Ok(response) => take(response).map(Ok),
                Err(error) => Some(Err(error.to_string())),
            },
            Event::Lost(reason) => Some(Err(reason.to_string())),
            _ => None,
        })?;
        let next = "try again; if it stays so, press the manager's reset button";
        match answered {
            Some(Ok(value)) => Ok(value),
            Some(Err(reason)) => Err(Fault::new(&reason, next)),
            None => Err(Fault::new("no answer", next)),
        }
    }

    /// Waits for an event that is looked for, and keeps the first reading.
    fn wait<T>(
        &mut self,
        patience: Duration,
        look: impl Fn(Event<'_>) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let deadline = Instant::now() + patience;
        loop {
            match self.client.next(deadline, |event| heard(event, &look)) {
                Ok(Some(Heard::LookedFor(found))) => return Ok(Some(found)),
                Ok(Some(Heard::Reading(reading))) => self.reading = Some(reading),
                // No reading is in it, and the manager sends nothing else before.
                Ok(Some(Heard::NoReading(token))) => self.client.acknowledge(token),
                Ok(Some(Heard::Nothing)) => {}
                Ok(None) => return Ok(None),
                Err(error) => return Err(gone(&error)),
            }
        }
    }
}

/// What the manager's clock says, if this machine's can be right.
fn believe(host: &HostClock, time: &TimeInfo) -> Result<String, Fault> {
    let utc = Timestamp::from_micros(time.utc.as_micros());
    let manager = format!("the manager has run for {} s and says {utc}", time.uptime);
    let now = host.now();
    match host.doubt() {
        None => Ok(format!("{manager}, this machine {now}")),
        Some(Doubt::NotYetSet) => Ok(format!(
            "{manager}, this machine {now}, which the network has not set since boot; readings \
             wait for that, up to ten minutes"
        )),
        Some(Doubt::Implausible) => Err(Fault::new(
            &format!("{manager}, but this machine's clock is wrong: it says {now}"),
            "set it, or let the network do so (`timedatectl`); readings wait in the spool until then",
        )),
    }
}

enum Heard<T> {
    LookedFor(T),
    Reading(String),
    NoReading(Option<Token>),
    Nothing,
}

fn heard<T>(event: Event<'_>, look: impl Fn(Event<'_>) -> Option<T>) -> Heard<T> {
    let Event::Notification { notification, token } = event else {
        return look(event).map_or(Heard::Nothing, Heard::LookedFor);
    };
    let sampled = match notification {
        Ok(Notification::Data(data)) => samples_of(&data).ok(),
        _ => None,
    };
    let first = sampled.and_then(|sampled| sampled.readings.into_iter().next());
    match first.map(|undated| undated.record) {
        Some(Record::Reading(Reading { mac, quantity, value, .. })) => Heard::Reading(format!(
            "{mac} measured {value:.2} {}; the manager keeps it for the gateway",
            quantity.unit()
        )),
        _ => Heard::NoReading(token),
    }
}

/// Why nobody has answered: what the line has brought tells.
fn unanswered(client: &Client) -> Fault {
    let line = client.line_counters();
    let bad = line.bad_fcs + line.too_short + line.too_long + line.aborted;
    if line.frames > 0 {
        let found = format!("no answer, but {} frames", line.frames);
        return Fault::new(&found, "press the manager's reset button and try again");
    }
    if bad + line.skipped_octets > 0 {
        return Fault::new(
            "no answer, but octets that are no frames",
            "this is another port, such as the command line; see `clouddata-gateway ports`",
        );
    }
    Fault::new(
        "silence",
        "is the manager on, and is this its serial API? See `clouddata-gateway ports --listen`",
    )
}

fn gone(error: &io::Error) -> Fault {
    Fault::new(&format!("the port is gone: {error}"), "check the cable, or who serves the port")
}

#[cfg(test)]
mod tests {
    use manager_core::UtcTime;

    use super::*;

    #[test]
    fn a_clock_that_cannot_be_right_fails_the_step() {
        let time = TimeInfo { uptime: 7, utc: UtcTime::BOOT, asn: [0; 5], asn_offset: 0 };
        let at = |now: &str| {
            let now: Timestamp = now.parse().unwrap();
            HostClock::new(move || now)
        };
        let fault = believe(&at("1970-01-01T00:00:09Z"), &time).unwrap_err();
        let expected = Fault::new(
            "the manager has run for 7 s and says 2002-07-03T03:00:00.000000Z, but this machine's \
             clock is wrong: it says 1970-01-01T00:00:09.000000Z",
            "set it, or let the network do so (`timedatectl`); readings wait in the spool until then",
        );
        assert_eq!(fault, expected);
        let now = "2026-12-01T10:00:00.000000Z";
        let found = believe(&at(now), &time).unwrap();
        assert!(found.ends_with(&format!(", this machine {now}")), "{found}");
        let booted = at(now).with_since_boot(|| Duration::from_secs(5)).with_network_time(|| true);
        let found = believe(&booted, &time).unwrap();
        assert!(found.contains("the network has not set since boot"), "{found}");
    }
}
