//! What is kept as it came: only who has sent it knows what it means.

use core::fmt::Write;

use manager_core::notification::{Data, IpData, Log};
use manager_core::{MacAddress, UtcTime};
use readings::{Event, Mac};

use super::Undated;

/// What a mote's application has sent to any port, as an event.
pub(crate) fn user_data(data: &Data<'_>) -> Undated {
    let (ports, octets) = ([data.src_port, data.dst_port], data.data);
    let mut event = packet("userData", data.mac_address, &ports, octets);
    for (name, port) in ["srcPort", "dstPort"].into_iter().zip(ports) {
        event.details.insert(name.to_owned(), f64::from(port).into());
    }
    dated(event, data.utc)
}

/// An IP packet of a mote, as an event.
pub(crate) fn ip_data(ip_data: &IpData<'_>) -> Undated {
    dated(packet("ipData", ip_data.mac_address, &[], ip_data.packet), ip_data.utc)
}

/// A line of a mote's log, in characters that do nothing to whoever shows it.
pub(crate) fn log_line(log: &Log<'_>) -> String {
    let text = String::from_utf8_lossy(log.log_msg);
    let text = text.trim_end_matches(|end: char| end == '\0' || end.is_whitespace());
    let shown = |each: char| if each.is_control() { char::REPLACEMENT_CHARACTER } else { each };
    text.chars().map(shown).collect()
}

/// The same as an event, for who prints it.
pub(crate) fn log_event(log: &Log<'_>) -> Event {
    let mut event = Event::new("log", None, None);
    event.mac = Some(Mac::from(log.mac_address.0));
    event.details.insert("logMsg".to_owned(), log_line(log).as_str().into());
    event
}

/// In place of the manager's number it has a checksum of what it carries, so that two of the same
/// moment are two. A frame bounds the octets.
fn packet(name: &str, mac_address: MacAddress, ports: &[u16], octets: &[u8]) -> Event {
    let ports = ports.iter().flat_map(|port| port.to_be_bytes());
    let carried: Vec<u8> = ports.chain(octets.iter().copied()).collect();
    let mut event = Event::new(name, Some(hdlc_core::fcs16(&carried).into()), None);
    event.mac = Some(Mac::from(mac_address.0));
    event.details.insert("octets".to_owned(), hex(octets).as_str().into());
    event
}

fn dated(event: Event, utc: UtcTime) -> Undated {
    Undated { record: event.into(), manager_micros: utc.as_micros() }
}

pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut hex, octet| {
        // A string takes whatever is written.
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use manager_core::MAX_BODY_LEN;
    use readings::{Posted, Record};

    use super::*;

    const MOTE: MacAddress = MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39]);
    const UTC: UtcTime = UtcTime { secs: 7, usecs: 5 };

    fn data(dst_port: u16, data: &[u8]) -> Undated {
        user_data(&Data { utc: UTC, mac_address: MOTE, src_port: 61_616, dst_port, data })
    }

    fn event(undated: Undated) -> Event {
        assert_eq!(undated.manager_micros, 7_000_005);
        let Record::Event(event) = undated.record else { panic!("{undated:?}") };
        event
    }

    #[test]
    fn a_packet_is_kept_with_its_ports_and_its_octets() {
        let json = |undated| serde_json::to_string(&event(undated)).unwrap();
        let number = hdlc_core::fcs16(&[0xf0, 0xb0, 0x12, 0x34, 0, 0xff]);
        let expected = format!(
            r#"{{"event":"userData","number":{number},"mac":"00-17-0d-00-00-30-5d-39","dstPort":4660.0,"octets":"00ff","srcPort":61616.0}}"#
        );
        assert_eq!(json(data(0x1234, &[0, 0xff])), expected);
        let packet = IpData { utc: UTC, mac_address: MOTE, packet: &[0x61, 0xdc] };
        let number = hdlc_core::fcs16(&[0x61, 0xdc]);
        let expected = format!(
            r#"{{"event":"ipData","number":{number},"mac":"00-17-0d-00-00-30-5d-39","octets":"61dc"}}"#
        );
        assert_eq!(json(ip_data(&packet)), expected);
    }

    #[test]
    fn two_of_one_moment_are_two_and_the_same_is_one() {
        let number = |port, octets: &[u8]| event(data(port, octets)).number;
        assert_eq!(number(1, &[1]), number(1, &[1]));
        assert_ne!(number(1, &[1]), number(1, &[2]));
        assert_ne!(number(1, &[1]), number(2, &[1]));
    }

    /// Whatever a frame can bring comes through the contract whole.
    #[test]
    fn no_packet_is_too_long_for_the_contract() {
        let longest = event(data(1, &[0xa5; MAX_BODY_LEN]));
        let json = serde_json::to_vec(&[&longest]).unwrap();
        let posted = Posted::<Event>::parse(&json).unwrap();
        assert_eq!(posted.accepted[0].item, longest);
    }

    #[test]
    fn a_line_of_a_log_does_nothing_to_a_terminal() {
        let line = |log_msg| log_line(&Log { mac_address: MOTE, log_msg });
        assert_eq!(
            line(b"joined \xff\x1b[2J 7 times\r\n\0\0"),
            "joined \u{fffd}\u{fffd}[2J 7 times"
        );
    }
}
