//! One post in a message of the log: its site, a head, the length of the rest, and the records. A sample takes
//! 25 octets; links and events, of which there are few, are the contract's JSON.

use readings::{Mac, Quantity, Timestamp};

use super::message::MOST;
use crate::store::{Records, Sample};

const SAMPLES: u8 = 0;
const LINKS: u8 = 1;
const EVENTS: u8 = 2;

/// Quantity, mote, time, value.
const SAMPLE: usize = 1 + 8 + 8 + 8;

/// What one client has sent to one site at a time, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Post {
    /// Zero is the default site.
    pub(super) site: u32,
    pub(super) client: String,
    pub(super) records: Records,
}

/// A message is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may be a newer server's.
    Unknown,
    /// It is cut short, or somebody else's.
    Broken,
}

/// A post's octets, which become part of a message; nearly always in one piece. A piece has its place in one
/// message, unless it is of a single record.
pub(super) fn emit(site: u32, client: &str, records: &Records) -> Vec<Vec<u8>> {
    let post = emit_whole(site, client, records);
    if post.len() < MOST || records.len() < 2 {
        return vec![post];
    }
    let middle = records.len() / 2;
    let halves: [Records; 2] = match records {
        Records::Samples(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
        Records::Links(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
        Records::Events(all) => [all[..middle].to_vec().into(), all[middle..].to_vec().into()],
    };
    halves.iter().flat_map(|half| emit(site, client, half)).collect()
}

fn emit_whole(site: u32, client: &str, records: &Records) -> Vec<u8> {
    let kind = match records {
        Records::Samples(_) => SAMPLES,
        Records::Links(_) => LINKS,
        Records::Events(_) => EVENTS,
    };
    let mut post = Vec::with_capacity(11 + client.len() + records.len() * SAMPLE);
    post.extend(site.to_le_bytes());
    emit_head(&mut post, kind, client);
    let head = post.len();
    post.extend([0; 4]);
    match records {
        Records::Samples(samples) => samples.iter().for_each(|it| post.extend(emit_sample(it))),
        // Writing to a Vec does not fail, and neither is a map with keys that are no texts.
        Records::Links(links) => drop(serde_json::to_writer(&mut post, links)),
        Records::Events(events) => drop(serde_json::to_writer(&mut post, events)),
    }
    // What a request brings is far less than four gigabytes.
    let length = u32::try_from(post.len() - head - 4).unwrap_or(u32::MAX);
    post[head..head + 4].copy_from_slice(&length.to_le_bytes());
    post
}

fn emit_sample(sample: &Sample) -> [u8; SAMPLE] {
    let mut octets = [0; SAMPLE];
    octets[0] = sample.quantity.code();
    octets[1..9].copy_from_slice(&sample.mac.octets());
    octets[9..17].copy_from_slice(&sample.time.as_micros().to_le_bytes());
    octets[17..].copy_from_slice(&sample.value.to_le_bytes());
    octets
}

/// What it is, and who has sent it.
pub(super) fn emit_head(octets: &mut Vec<u8>, kind: u8, client: &str) {
    // A name is a line of the tokens' file, or an address: what is longer than its length can say is cut.
    let client = client.as_bytes();
    let client = client.get(..usize::from(u16::MAX)).unwrap_or(client);
    octets.push(kind);
    octets.extend(u16::try_from(client.len()).unwrap_or(u16::MAX).to_le_bytes());
    octets.extend(client);
}

/// Takes a post off the front.
pub(super) fn parse(rest: &mut &[u8]) -> Result<Post, Fault> {
    let site = u32::from_le_bytes(take(rest)?);
    let (kind, client) = parse_head(rest)?;
    let length = usize::try_from(u32::from_le_bytes(take(rest)?)).map_err(|_| Fault::Broken)?;
    let records = parse_records(kind, take_some(rest, length)?)?;
    Ok(Post { site, client, records })
}

/// Takes a head off the front.
pub(super) fn parse_head(rest: &mut &[u8]) -> Result<(u8, String), Fault> {
    let [kind] = take(rest)?;
    let length = u16::from_le_bytes(take(rest)?);
    let client = take_some(rest, usize::from(length))?;
    Ok((kind, String::from_utf8_lossy(client).into_owned()))
}

/// What is of this kind.
pub(super) fn parse_records(kind: u8, octets: &[u8]) -> Result<Records, Fault> {
    Ok(match kind {
        SAMPLES => {
            let (samples, cut) = octets.as_chunks::<SAMPLE>();
            if !cut.is_empty() {
                return Err(Fault::Broken);
            }
            // Collecting results would not know how many there are.
            let mut all = Vec::with_capacity(samples.len());
            for sample in samples {
                all.push(parse_sample(sample)?);
            }
            all.into()
        }
        LINKS => Records::Links(serde_json::from_slice(octets).map_err(|_| Fault::Broken)?),
        EVENTS => Records::Events(serde_json::from_slice(octets).map_err(|_| Fault::Broken)?),
        _ => return Err(Fault::Unknown),
    })
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

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Fault> {
    let (taken, others) = rest.split_first_chunk().ok_or(Fault::Broken)?;
    *rest = others;
    Ok(*taken)
}

fn take_some<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Fault> {
    let (taken, others) = rest.split_at_checked(length).ok_or(Fault::Broken)?;
    *rest = others;
    Ok(taken)
}
