//! Prints the OAP messages that stand on the standard input, one a line, in hexadecimal:
//!
//! ```sh
//! echo 00000500ff0105000000003d226bc600060eb300007530011008f9 |
//!     cargo run -p oap-core --example print_notifications
//! ```

use core::error::Error;
use std::io::{self, BufRead, Write};

use oap_core::{Address, Body, Message, Notification, Samples};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line?;
        let octets = match hex::decode(line.trim()) {
            Ok(octets) if octets.is_empty() => continue,
            Ok(octets) => octets,
            Err(error) => {
                writeln!(out, "line {number}: {error}")?;
                continue;
            }
        };
        match Message::parse(&octets) {
            Ok(message) => print(&message, &mut out)?,
            Err(error) => writeln!(out, "line {number}: {error}")?,
        }
    }
    Ok(())
}

fn print(message: &Message<'_>, out: &mut impl Write) -> io::Result<()> {
    match message.body {
        Body::Notification(Notification::Samples(samples)) => print_samples(&samples, out),
        Body::Notification(notification) => writeln!(out, "{notification:?}"),
        body => writeln!(out, "{body:?}"),
    }
}

fn print_samples(samples: &Samples<'_>, out: &mut impl Write) -> io::Result<()> {
    let address = samples.address;
    if address == Address::Temperature {
        for (time, temperature) in samples.temperatures() {
            writeln!(out, "{}.{:06} {temperature} °C", time.secs(), time.usecs())?;
        }
    } else {
        for sample in samples.iter() {
            let time = sample.timestamp;
            writeln!(out, "{}.{:06} {address:?} {}", time.secs(), time.usecs(), sample.value)?;
        }
    }
    Ok(())
}
