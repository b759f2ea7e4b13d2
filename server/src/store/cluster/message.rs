//! What one write is in the log: a head (version, kind, who has sent it), and the records. A sample
//! takes 25 octets; links and events, of which there are few, are the contract's JSON.

use readings::{Mac, Quantity, Timestamp};

use crate::store::{Records, Sample};

/// The first octet. A server that does not know it leaves the message to one that does.
const VERSION: u8 = 1;

const SAMPLES: u8 = 0;
const LINKS: u8 = 1;
const EVENTS: u8 = 2;
const STATUS: u8 = 3;

/// Quantity, mote, time, value.
const SAMPLE: usize = 1 + 8 + 8 + 8;

/// Most octets of one message, unless it is of a single record: half of what NATS takes by default.
const MOST: usize = 512 << 10;

/// A message is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may be a newer server's.
    Unknown,
    /// It is cut short, or somebody else's.
    Broken,
}

/// The messages that say this, each with its records; nearly always one.
pub(super) fn emit(client: &str, records: &Records) -> Vec<Vec<u8>> {
    let message = emit_one(client, records);
    if message.len() <= MOST || records.len() < 2 {
        return vec![message];
    }
    let middle = records.len() / 2;
    let halves: [Records; 2] = match records {
        Records::Samples(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
        Records::Links(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
        Records::Events(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
    };
    halves.iter().flat_map(|half| emit(client, half)).collect()
}

/// What a gateway says of itself, which is JSON.
pub(super) fn emit_status(client: &str, json: &[u8]) -> Vec<u8> {
    let mut message = emit_head(STATUS, client, json.len());
    message.extend(json);
    message
}

fn emit_head(kind: u8, client: &str, room: usize) -> Vec<u8> {
    // A name is a line of the tokens' file, or an address.
    let client = client.as_bytes();
    let length = u16::try_from(client.len()).unwrap_or(u16::MAX);
    let client = client.get(..usize::from(length)).unwrap_or_default();
    let mut message = Vec::with_capacity(4 + client.len() + room);
    message.extend([VERSION, kind]);
    message.extend(length.to_le_bytes());
    message.extend(client);
    message
}

fn emit_one(client: &str, records: &Records) -> Vec<u8> {
    let kind = match records {
        Records::Samples(_) => SAMPLES,
        Records::Links(_) => LINKS,
        Records::Events(_) => EVENTS,
    };
    let mut message = emit_head(kind, client, records.len() * SAMPLE);
    match records {
        Records::Samples(samples) => {
            for Sample { mac, quantity, time, value } in samples {
                message.push(quantity.code());
                message.extend(mac.octets());
                message.extend(time.as_micros().to_le_bytes());
                message.extend(value.to_le_bytes());
            }
        }
        // Writing to a Vec does not fail, and neither is a map with keys that are no texts.
        Records::Links(links) => drop(serde_json::to_writer(&mut message, links)),
        Records::Events(events) => drop(serde_json::to_writer(&mut message, events)),
    }
    message
}

/// Who has sent it, and what.
pub(super) fn parse(message: &[u8]) -> Result<(String, Records), Fault> {
    let (kind, client, rest) = parse_head(message)?;
    let records = match kind {
        SAMPLES => {
            let (samples, cut) = rest.as_chunks::<SAMPLE>();
            if !cut.is_empty() {
                return Err(Fault::Broken);
            }
            samples.iter().map(parse_sample).collect::<Result<Vec<_>, _>>()?.into()
        }
        LINKS => Records::Links(serde_json::from_slice(rest).map_err(|_| Fault::Broken)?),
        EVENTS => Records::Events(serde_json::from_slice(rest).map_err(|_| Fault::Broken)?),
        _ => return Err(Fault::Unknown),
    };
    Ok((client, records))
}

/// Who says it, and what.
pub(super) fn parse_status(message: &[u8]) -> Result<(String, Vec<u8>), Fault> {
    match parse_head(message)? {
        (STATUS, client, json) => Ok((client, json.to_vec())),
        _ => Err(Fault::Unknown),
    }
}

fn parse_head(message: &[u8]) -> Result<(u8, String, &[u8]), Fault> {
    let (&[version, kind, low, high], rest) = message.split_first_chunk().ok_or(Fault::Broken)?;
    if version != VERSION {
        return Err(Fault::Unknown);
    }
    let length = usize::from(u16::from_le_bytes([low, high]));
    let (client, rest) = rest.split_at_checked(length).ok_or(Fault::Broken)?;
    Ok((kind, String::from_utf8_lossy(client).into_owned(), rest))
}

fn parse_sample(octets: &[u8; SAMPLE]) -> Result<Sample, Fault> {
    let (&code, rest) = octets.split_first().ok_or(Fault::Broken)?;
    let (eights, _) = rest.as_chunks::<8>();
    let &[mac, time, value] = eights else { return Err(Fault::Broken) };
    Ok(Sample {
        quantity: Quantity::from_code(code).ok_or(Fault::Unknown)?,
        mac: Mac::from(mac),
        time: Timestamp::from_micros(i64::from_le_bytes(time)),
        value: f64::from_le_bytes(value),
    })
}

#[cfg(test)]
mod tests {
    use readings::{Event, Link, LinkKind};

    use super::*;

    fn samples(count: u8) -> Records {
        let sample = |n: u8| Sample {
            mac: Mac::from([n; 8]),
            quantity: Quantity::BATTERY_VOLTAGE,
            time: Timestamp::from_micros(1_700_000_000_000_000 + i64::from(n)),
            value: f64::from(n) + 0.1,
        };
        (0..count).map(sample).collect::<Vec<_>>().into()
    }

    #[test]
    fn what_is_emitted_is_parsed() {
        let time = Some(Timestamp::from_micros(7));
        let mut link = Link::new(Mac::from([1; 8]), Mac::from([2; 8]), LinkKind::Used, time);
        link.attempts = Some(9);
        let mut event = Event::new("moteLost", Some(3), time);
        event.details.insert("why".to_owned(), "gone".into());
        for records in [samples(3), vec![link].into(), vec![event].into()] {
            let messages = emit("kitchen", &records);
            assert_eq!(messages.len(), 1);
            assert_eq!(parse(&messages[0]), Ok(("kitchen".to_owned(), records)));
        }
        let status = emit_status("kitchen", b"{}");
        assert_eq!(parse_status(&status), Ok(("kitchen".to_owned(), b"{}".to_vec())));
        assert_eq!(parse(&status), Err(Fault::Unknown));
    }

    #[test]
    fn what_is_too_long_for_one_message_is_several() {
        let Records::Samples(few) = samples(100) else { panic!() };
        let many: Vec<Sample> = few.iter().copied().cycle().take(30_000).collect();
        let mut found = Vec::new();
        for message in emit("", &many.clone().into()) {
            assert!(message.len() <= MOST);
            let Ok((_, Records::Samples(some))) = parse(&message) else { panic!() };
            found.extend(some);
        }
        assert_eq!(found, many);
    }

    #[test]
    fn what_is_cut_short_is_broken_and_what_is_newer_is_not() {
        let message = emit("kitchen", &samples(2)).remove(0);
        for length in [0, 3, 8, message.len() - 1] {
            assert_eq!(parse(&message[..length]), Err(Fault::Broken), "{length}");
        }
        let with = |index: usize, octet| {
            let mut message = message.clone();
            message[index] = octet;
            parse(&message)
        };
        for (index, octet) in [(0, 2), (1, 9), (4 + 7, 255)] {
            assert_eq!(with(index, octet), Err(Fault::Unknown), "{index}");
        }
    }
}
