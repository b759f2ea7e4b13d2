use std::io::Write;

use readings::{Detail, Event, Link, Mac, Quantity, Source};

use super::Engine;
use crate::number::Number;
use crate::store::records::{code_of_direction, time_of};
use crate::store::{Records, Sample};

/// What becomes one line of the engine's protocol.
#[derive(Clone, Copy)]
pub(super) enum Point<'a> {
    Sample(Sample),
    Link(&'a Link),
    Event(&'a Event),
}

impl<'a> Point<'a> {
    /// Adds one for each of these.
    pub(super) fn add_all(points: &mut Vec<Self>, records: &'a Records) {
        match records {
            Records::Samples(samples) => points.extend(samples.iter().copied().map(Point::Sample)),
            Records::Links(links) => points.extend(links.iter().map(Point::Link)),
            Records::Events(events) => points.extend(events.iter().map(Point::Event)),
        }
    }

    /// The mote that it is about.
    pub(super) fn mac(self) -> Option<Mac> {
        match self {
            Self::Sample(sample) => Some(sample.mac),
            Self::Link(link) => Some(link.mac),
            Self::Event(event) => event.mac,
        }
    }

    /// Whether it is a temperature.
    pub(super) fn is_temperature(self) -> bool {
        matches!(self, Self::Sample(Sample { quantity: Quantity::TEMPERATURE, .. }))
    }

    /// Whether it is kept for the longer time.
    pub(super) fn is_of_network(self) -> bool {
        match self {
            Self::Sample(sample) => sample.quantity.source() != Source::Sensor,
            Self::Link(_) | Self::Event(_) => true,
        }
    }

    fn write(self, engine: Engine, lines: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::Sample(sample) => write_sample(sample, lines),
            Self::Link(link) => write_link(link, lines),
            Self::Event(event) => write_event(event, engine, lines),
        }
    }
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
    let points: Vec<Point<'_>> = samples.iter().copied().map(Point::Sample).collect();
    emit(&points, Engine::InfluxDb)
}

/// Nearly all lines are this, and a formatted `write!` takes twice as long.
fn write_sample(sample: Sample, lines: &mut Vec<u8>) -> std::io::Result<()> {
    let Sample { mac, quantity, time, value } = sample;
    for part in [quantity.name().as_bytes(), b",mac=", &mac.text(), b" value="] {
        lines.extend_from_slice(part);
    }
    serde_json::to_writer(&mut *lines, &value)?;
    lines.push(b' ');
    serde_json::to_writer(&mut *lines, &time.as_micros())?;
    lines.push(b'\n');
    Ok(())
}

/// `known` is there also where nothing else is.
fn write_link(link: &Link, lines: &mut Vec<u8>) -> std::io::Result<()> {
    let Link { mac, neighbour, kind, .. } = link;
    write!(lines, "link,mac={mac},neighbour={neighbour},kind={kind} known=1")?;
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
fn write_event(event: &Event, engine: Engine, lines: &mut Vec<u8>) -> std::io::Result<()> {
    write!(lines, "event,event={}", event.name)?;
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

    fn lines(point: Point<'_>, engine: Engine) -> String {
        String::from_utf8(emit(&[point], engine)).unwrap()
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
            lines(Point::Link(&link), Engine::InfluxDb),
            format!("link,{tags},kind=path known=1,rssi=-70,direction=2 7\n")
        );
        let mut event = Event::new("pingResponse", Some(3), Some(Timestamp::from_micros(7)));
        event.mac = Some(mac);
        event.details.insert("delay".to_owned(), 1.5.into());
        event.details.insert("said".to_owned(), "a \"b\"\\".into());
        assert_eq!(
            lines(Point::Event(&event), Engine::InfluxDb),
            format!(
                "event,event=pingResponse,mac={mac} number=3,details=\"{}\" 7\n",
                r#"{\"delay\":1.5,\"said\":\"a \\\"b\\\"\\\\\"}"#
            )
        );
        assert_eq!(
            lines(Point::Event(&event), Engine::VictoriaMetrics),
            format!("event,event=pingResponse,mac={mac} number=3,detail_delay=1.5 7\n")
        );
    }
}
