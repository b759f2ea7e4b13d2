//! What is in the log: a message is a version and any number of posts, of any sites.

use super::post::{self, Fault, Post};

/// The first octet. A server that does not know it leaves the message to one that does.
const VERSION: u8 = 2;

/// That of a message which is one post of the default site, as the first servers wrote it; and of a status.
const OF_ONE: u8 = 1;

/// What a status is among the kinds of what is posted.
const STATUS: u8 = 3;

/// Most octets of one message, unless it is of a single record: half of what NATS takes by default.
pub(super) const MOST: usize = 512 << 10;

/// A message of these posts.
pub(super) fn emit<'a>(posts: impl Iterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let mut message = Vec::with_capacity(1 + posts.clone().map(<[u8]>::len).sum::<usize>());
    message.push(VERSION);
    posts.for_each(|post| message.extend_from_slice(post));
    message
}

/// What a gateway says of itself, which is JSON.
pub(super) fn emit_status(client: &str, json: &[u8]) -> Vec<u8> {
    let mut message = vec![OF_ONE];
    post::emit_head(&mut message, STATUS, client);
    message.extend(json);
    message
}

/// A message's posts.
pub(super) fn parse(message: &[u8]) -> Result<Vec<Post>, Fault> {
    match message.split_first().ok_or(Fault::Broken)? {
        (&VERSION, mut rest) => {
            let mut posts = Vec::new();
            while !rest.is_empty() {
                posts.push(post::parse(&mut rest)?);
            }
            Ok(posts)
        }
        (&OF_ONE, mut rest) => {
            let (kind, client) = post::parse_head(&mut rest)?;
            let records = post::parse_records(kind, rest)?;
            Ok(vec![Post { site: 0, client, records }])
        }
        _ => Err(Fault::Unknown),
    }
}

/// Who says it, and what.
pub(super) fn parse_status(message: &[u8]) -> Result<(String, Vec<u8>), Fault> {
    let (&OF_ONE, mut rest) = message.split_first().ok_or(Fault::Broken)? else {
        return Err(Fault::Unknown);
    };
    match post::parse_head(&mut rest)? {
        (STATUS, client) => Ok((client, rest.to_vec())),
        _ => Err(Fault::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use readings::{Event, Link, LinkKind, Mac, Quantity, Timestamp};

    use super::*;
    use crate::store::{Records, Sample};

    fn samples(count: u8) -> Records {
        let sample = |n: u8| Sample {
            mac: Mac::from([n; 8]),
            quantity: Quantity::BATTERY_VOLTAGE,
            time: Timestamp::from_micros(1_700_000_000_000_000 + i64::from(n)),
            value: f64::from(n) + 0.1,
        };
        (0..count).map(sample).collect::<Vec<_>>().into()
    }

    fn message(posts: &[Vec<u8>]) -> Vec<u8> {
        emit(posts.iter().map(Vec::as_slice))
    }

    #[test]
    fn posts_of_any_sites_are_one_message() {
        let time = Some(Timestamp::from_micros(7));
        let mut link = Link::new(Mac::from([1; 8]), Mac::from([2; 8]), LinkKind::Used, time);
        link.attempts = Some(9);
        let mut event = Event::new("moteLost", Some(3), time);
        event.details.insert("why".to_owned(), "gone".into());
        let by = |site, client: &str, records| Post { site, client: client.to_owned(), records };
        let posts = [
            by(0, "kitchen", samples(3)),
            by(70_000, "attic", vec![link].into()),
            by(1, "", vec![event].into()),
            by(0, "kitchen", samples(1)),
        ];
        let pieces: Vec<Vec<u8>> = posts
            .iter()
            .flat_map(|Post { site, client, records }| post::emit(*site, client, records))
            .collect();
        assert_eq!(pieces.len(), posts.len());
        assert_eq!(parse(&message(&pieces)).unwrap(), posts);
    }

    #[test]
    fn a_status_is_no_post() {
        let status = emit_status("kitchen", b"{}");
        assert_eq!(parse_status(&status), Ok(("kitchen".to_owned(), b"{}".to_vec())));
        assert_eq!(parse(&status), Err(Fault::Unknown));
    }

    #[test]
    fn what_the_first_servers_wrote_is_a_post_of_the_default_site() {
        let mut old = vec![1, 0, 5, 0];
        old.extend(b"attic");
        old.extend([Quantity::TEMPERATURE.code(), 9, 9, 9, 9, 9, 9, 9, 9]);
        old.extend(1_700_000_000_000_000_i64.to_le_bytes());
        old.extend(21.5_f64.to_le_bytes());
        let time = Timestamp::from_micros(1_700_000_000_000_000);
        let records = vec![Sample::temperature(Mac::from([9; 8]), time, 21.5)].into();
        assert_eq!(parse(&old), Ok(vec![Post { site: 0, client: "attic".to_owned(), records }]));
    }

    #[test]
    fn what_is_too_long_for_one_message_is_several() {
        let Records::Samples(few) = samples(100) else { panic!() };
        let many: Vec<Sample> = few.iter().copied().cycle().take(30_000).collect();
        let mut found = Vec::new();
        for piece in post::emit(0, "", &many.clone().into()) {
            let message = message(&[piece]);
            assert!(message.len() <= MOST);
            for post in parse(&message).unwrap() {
                let Records::Samples(some) = post.records else { panic!() };
                found.extend(some);
            }
        }
        assert_eq!(found, many);
    }

    #[test]
    fn what_is_cut_short_is_broken_and_what_is_newer_is_not() {
        let message = message(&post::emit(0, "kitchen", &samples(2)));
        for length in [0, 2, 4, 8, 18, 19, message.len() - 1] {
            assert_eq!(parse(&message[..length]), Err(Fault::Broken), "{length}");
        }
        let with = |index: usize, octet| {
            let mut message = message.clone();
            message[index] = octet;
            parse(&message)
        };
        // Version, kind, quantity.
        for (index, octet) in [(0, 3), (5, 9), (1 + 4 + 3 + 7 + 4, 255)] {
            assert_eq!(with(index, octet), Err(Fault::Unknown), "{index}");
        }
    }
}
