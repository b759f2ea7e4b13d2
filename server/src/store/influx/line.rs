use std::io::Write;

use readings::{Detail, Event, Link, Mac, Quantity, Source};

use super::Engine;
use super::whose::TAG;
use crate::number::Number;
use crate::store::records::{code_of_direction, time_of};
use crate::store::{Records, Sample};

/// What becomes one line of the engine's protocol.
#[derive(Clone, Copy)]
pub(super) struct Point<'a> {
    /// The number of its site.
    site: u32,
    pub(super) item: Item<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Sample(Sample),
    Link(&'a Link),
    Event(&'a Event),
}

impl<'a> Point<'a> {
    /// Adds one for each of these of a site.
    pub(super) fn add_all(points: &mut Vec<Self>, site: u32, records: &'a Records) {
        let point = |item| Self { site, item };
        match records {
            Records::Samples(all) => {
                points.extend(all.iter().map(|&sample| point(Item::Sample(sample))));
            }
            Records::Links(all) => points.extend(all.iter().map(|link| point(Item::Link(link)))),
            Records::Events(all) => {
                points.extend(all.iter().map(|event| point(Item::Event(event))));
            }
        }
    }

    /// The mote that it is about.
    pub(super) fn mac(self) -> Option<Mac> {
        match self.item {
            Item::Sample(sample) => Some(sample.mac),
            Item::Link(link) => Some(link.mac),
            Item::Event(event) => event.mac,
        }
    }

    /// Whether it is a temperature.
    pub(super) fn is_temperature(self) -> bool {
        matches!(self.item, Item::Sample(Sample { quantity: Quantity::TEMPERATURE, .. }))
    }

    /// Whether it is kept for the longer time.
    pub(super) fn is_of_network(self) -> bool {
        match self.item {
            Item::Sample(sample) => sample.quantity.source() != Source::Sensor,
            Item::Link(_) | Item::Event(_) => true,
        }
    }

    fn write(self, engine: Engine, lines: &mut Vec<u8>) -> std::io::Result<()> {
        match self.item {
            Item::Sample(sample) => write_sample(self.site, sample, lines),
            Item::Link(link) => write_link(self.site, link, lines),
            Item::Event(event) => write_event(self.site, event, engine, lines),
        }
    }
}

/// The tag that all have but those of the default site.
fn write_site(site: u32, lines: &mut Vec<u8>) -> std::io::Result<()> {
    if site == 0 { Ok(()) } else { write!(lines, ",{TAG}={site}") }
}

/// Line protocol with times in microseconds: `temperature,mac=00-17-… value=22.97 1700000000000000`,
/// as the existing server writes it; the measurement is the quantity's name.
///
/// A number is always a float, since it never has the suffix of an integer; the macs are written
/// from their octets and names are letters, digits and underscores, so nothing needs escaping but a
/// text.
pub(super) fn emit(points: &[Point<'_>], engine: Engine) -> Vec<u8> {
    let mut lines = Vec::with_capacity(points.len() * 72);
    for point in points {
        // Writing to a Vec does not fail.
        let _ = point.write(engine, &mut lines);
    }
    lines
}

/// The same of samples, for a file.
pub(crate) fn emit_samples(samples: &[Sample]) -> Vec<u8> {
    let point = |&sample| Point { site: 0, item: Item::Sample(sample) };
    let points: Vec<Point<'_>> = samples.iter().map(point).collect();
    emit(&points, Engine::InfluxDb)
}

/// Nearly all lines are this, and a formatted `write!` takes twice as long.
fn write_sample(site: u32, sample: Sample, lines: &mut Vec<u8>) -> std::io::Result<()> {
    let Sample { mac, quantity, time, value } = sample;
    lines.extend_from_slice(quantity.name().as_bytes());
    write_site(site, lines)?;
    for part in [&b",mac="[..], &mac.text(), b" value="] {
        lines.extend_from_slice(part);
    }
    serde_json::to_writer(&mut *lines, &value)?;
    lines.push(b' ');
    serde_json::to_writer(&mut *lines, &time.as_micros())?;
    lines.push(b'\n');
    Ok(())
}

/// `known` is there also where nothing else is.
fn write_link(site: u32, link: &Link, lines: &mut Vec<u8>) -> std::io::Result<()> {
    let Link { mac, neighbour, kind, .. } = link;
    lines.extend_from_slice(b"link");
    write_site(site, lines)?;
    write!(lines, ",mac={mac},neighbour={neighbour},kind={kind} known=1")?;
    for (name, value) in [
        ("rssi", link.rssi.map(i64::from)),
        ("rssi_back", link.rssi_back.map(i64::from)),
        ("attempts", link.attempts.map(i64::from)),
        ("failures", link.failures.map(i64::from)),
        ("received", link.received.map(i64::from)),
        ("quality", link.quality.map(i64::from)),
        ("direction", link.direction.map(code_of_direction)),
        ("slots", link.slots.map(i64::from)),
    ] {
        if let Some(value) = value {
            write!(lines, ",{name}={value}")?;
        }
    }
    writeln!(lines, " {}", time_of(link.timestamp).as_micros())
}

/// What an event tells beside its number is one text in JSON; an engine that has only numbers gets
/// those, a field each.
fn write_event(
    site: u32,
    event: &Event,
    engine: Engine,
    lines: &mut Vec<u8>,
) -> std::io::Result<()> {
    lines.extend_from_slice(b"event");
    write_site(site, lines)?;
    write!(lines, ",event={}", event.name)?;
    if let Some(mac) = event.mac {
        write!(lines, ",mac={mac}")?;
    }
    if let Some(neighbour) = event.neighbour {
        write!(lines, ",neighbour={neighbour}")?;
    }
    write!(lines, " number={}", event.number.map_or(-1, i64::from))?;
    match engine {
        Engine::InfluxDb if !event.details.is_empty() => {
            let json = serde_json::to_string(&event.details)?;
            write!(lines, ",details=\"{}\"", json.replace('\\', "\\\\").replace('"', "\\\""))?;
        }
        Engine::InfluxDb => {}
        Engine::VictoriaMetrics => {
            for (name, detail) in &event.details {
                if let Detail::Number(number) = detail {
                    write!(lines, ",{DETAIL}{name}={}", Number(*number))?;
                }
            }
        }
    }
    writeln!(lines, " {}", time_of(event.timestamp).as_micros())
}

/// Before the name of a detail that is a field of its own.
pub(super) const DETAIL: &str = "detail_";

#[cfg(test)]
mod tests {
    use readings::{Direction, LinkKind, Timestamp};

    use super::*;

    fn mac() -> Mac {
        Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39])
    }

    fn lines(item: Item<'_>, engine: Engine) -> String {
        String::from_utf8(emit(&[Point { site: 0, item }], engine)).unwrap()
    }

    #[test]
    fn what_is_of_another_site_says_so() {
        let mac = mac();
        let time = Timestamp::from_micros(7);
        let link = Link::new(mac, mac, LinkKind::Path, Some(time));
        let event = Event::new("networkReset", Some(3), Some(time));
        let points = [
            Item::Sample(Sample::temperature(mac, time, 1.5)),
            Item::Link(&link),
            Item::Event(&event),
        ]
        .map(|item| Point { site: 7, item });
        let lines = String::from_utf8(emit(&points, Engine::VictoriaMetrics)).unwrap();
        assert_eq!(
            lines,
            format!(
                "temperature,site=7,mac={mac} value=1.5 7\n\
                 link,site=7,mac={mac},neighbour={mac},kind=path known=1 7\n\
                 event,site=7,event=networkReset number=3 7\n"
            )
        );
    }

    #[test]
    fn a_line_has_a_float_and_a_time_always() {
        let time = Timestamp::from_micros(1_700_000_000_000_001);
        let sample = |celsius| Sample::temperature(mac(), time, celsius);
        let voltage = Sample { quantity: Quantity::BATTERY_VOLTAGE, ..sample(2961.0) };
        let lines = emit_samples(&[sample(22.97), sample(-5.0), sample(1e-7), voltage]);
        assert_eq!(
            String::from_utf8(lines).unwrap(),
            "temperature,mac=00-17-0d-00-00-30-5d-39 value=22.97 1700000000000001\n\
             temperature,mac=00-17-0d-00-00-30-5d-39 value=-5.0 1700000000000001\n\
             temperature,mac=00-17-0d-00-00-30-5d-39 value=1e-7 1700000000000001\n\
             battery_voltage,mac=00-17-0d-00-00-30-5d-39 value=2961.0 1700000000000001\n"
        );
    }

    #[test]
    fn links_and_events_have_tags_and_fields() {
        let mac = mac();
        let mut link = Link::new(mac, mac, LinkKind::Path, Some(Timestamp::from_micros(7)));
        (link.rssi, link.direction) = (Some(-70), Some(Direction::Upstream));
        let tags = format!("mac={mac},neighbour={mac}");
        assert_eq!(
            lines(Item::Link(&link), Engine::InfluxDb),
            format!("link,{tags},kind=path known=1,rssi=-70,direction=2 7\n")
        );
        let mut event = Event::new("pingResponse", Some(3), Some(Timestamp::from_micros(7)));
        event.mac = Some(mac);
        event.details.insert("delay".to_owned(), 1.5.into());
        event.details.insert("said".to_owned(), "a \"b\"\\".into());
        assert_eq!(
            lines(Item::Event(&event), Engine::InfluxDb),
            format!(
                "event,event=pingResponse,mac={mac} number=3,details=\"{}\" 7\n",
                r#"{\"delay\":1.5,\"said\":\"a \\\"b\\\"\\\\\"}"#
            )
        );
        assert_eq!(
            lines(Item::Event(&event), Engine::VictoriaMetrics),
            format!("event,event=pingResponse,mac={mac} number=3,detail_delay=1.5 7\n")
        );
    }
}
