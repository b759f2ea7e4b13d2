use manager_core::notification::Data;
use oap_core::{Address, Body, Message, Notification, ParseError, Temperature, Timestamp};
use readings::{Mac, Quantity, Reading};

use super::Undated;

/// What a mote's sensors say in one notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// The mote.
    pub mac: Mac,
    /// Between two notifications of the sensor, in ms, as the mote says itself; 0 if it does not.
    pub interval_ms: u32,
    /// A reading for each sample, each with its own time; none for what is no measurement.
    pub readings: Vec<Undated>,
}

/// A sensor that the contract knows.
#[derive(Clone, Copy)]
struct Sensor {
    /// What it measures, and of its statistics the lowest, the highest and the mean.
    quantity: Quantity,
    statistics: Option<[Quantity; 3]>,
    value: fn(i16) -> f64,
}

/// What a data notification's samples, statistics or changed inputs are.
///
/// # Errors
/// If it is for OAP's port, but not an OAP message.
pub fn samples_of(data: &Data<'_>) -> Result<Sampled, ParseError> {
    let mac = Mac::from(data.mac_address.0);
    let mut sampled = Sampled { mac, interval_ms: 0, readings: Vec::new() };
    if data.dst_port != oap_core::UDP_PORT {
        return Ok(sampled);
    }
    let Body::Notification(notification) = Message::parse(data.data)?.body else {
        return Ok(sampled);
    };
    let reading = |quantity, value, timestamp: Timestamp| Undated {
        record: Reading { mac, quantity, value, timestamp: None }.into(),
        // A mote that claims a time outside of what can be expressed is nevertheless heard now.
        manager_micros: timestamp.checked_micros().unwrap_or_else(|| data.utc.as_micros()),
    };
    match notification {
        Notification::Samples(samples) => {
            let Some(Sensor { quantity, value, .. }) = sensor(samples.address) else {
                return Ok(sampled);
            };
            let count = u32::try_from(samples.values.len()).unwrap_or(u32::MAX);
            sampled.interval_ms = samples.rate_ms.saturating_mul(count);
            let readings =
                samples.iter().map(|of| reading(quantity, value(of.value), of.timestamp));
            sampled.readings = readings.collect();
        }
        Notification::Statistics(of) => {
            let Some(Sensor { statistics: Some(quantities), value, .. }) = sensor(of.address)
            else {
                return Ok(sampled);
            };
            sampled.interval_ms = of.rate_ms.saturating_mul(of.num_samples.into());
            let values = quantities.into_iter().zip([of.min, of.max, of.average]);
            let readings =
                values.map(|(quantity, found)| reading(quantity, value(found), of.timestamp));
            sampled.readings = readings.collect();
        }
        Notification::DigitalChange(change) => {
            if let Some(Sensor { quantity, .. }) = sensor(change.address) {
                let value = change.new_value.into();
                sampled.readings = vec![reading(quantity, value, change.timestamp)];
            }
        }
        _ => {}
    }
    Ok(sampled)
}

fn sensor(address: Address<'_>) -> Option<Sensor> {
    use Quantity as Q;
    let (quantity, statistics) = match address {
        Address::Temperature => {
            let statistics = [Q::TEMPERATURE_MIN, Q::TEMPERATURE_MAX, Q::TEMPERATURE_MEAN];
            let value = |hundredths| Temperature::from_hundredths(hundredths).celsius();
            return Some(Sensor { quantity: Q::TEMPERATURE, statistics: Some(statistics), value });
        }
        Address::Analog(0) => (Q::ANALOG_0, [Q::ANALOG_0_MIN, Q::ANALOG_0_MAX, Q::ANALOG_0_MEAN]),
        Address::Analog(1) => (Q::ANALOG_1, [Q::ANALOG_1_MIN, Q::ANALOG_1_MAX, Q::ANALOG_1_MEAN]),
        Address::Analog(2) => (Q::ANALOG_2, [Q::ANALOG_2_MIN, Q::ANALOG_2_MAX, Q::ANALOG_2_MEAN]),
        Address::Analog(3) => (Q::ANALOG_3, [Q::ANALOG_3_MIN, Q::ANALOG_3_MAX, Q::ANALOG_3_MEAN]),
        Address::DigitalIn(input) => {
            let inputs = [Q::DIGITAL_IN_0, Q::DIGITAL_IN_1, Q::DIGITAL_IN_2, Q::DIGITAL_IN_3];
            let quantity = *inputs.get(usize::from(input))?;
            return Some(Sensor { quantity, statistics: None, value: f64::from });
        }
        _ => return None,
    };
    Some(Sensor { quantity, statistics: Some(statistics), value: f64::from })
}

#[cfg(test)]
mod tests {
    use manager_core::{MacAddress, UtcTime};
    use readings::Record;

    use super::*;

    /// One temperature sample, from the vendor's public documentation.
    const TEMPERATURE: [u8; 27] = [
        0x00, 0x00, 0x05, 0x00, 0xff, 0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0x3d, 0x22, 0x6b, 0xc6,
        0x00, 0x06, 0x0e, 0xb3, 0x00, 0x00, 0x75, 0x30, 0x01, 0x10, 0x08, 0xf9,
    ];

    /// Its time.
    const TIME: i64 = 1_025_665_990_396_979;

    fn data(dst_port: u16, data: &[u8]) -> Data<'_> {
        let mac_address = MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39]);
        Data { utc: UtcTime::BOOT, mac_address, src_port: 0xf0b9, dst_port, data }
    }

    /// What is measured, by its quantity's name, with the time that it is later than the example.
    fn found(octets: &[u8]) -> Vec<(&'static str, f64, i64)> {
        let sampled = samples_of(&data(0xf0b9, octets)).unwrap();
        let found = sampled.readings.iter().map(|undated| match &undated.record {
            Record::Reading(reading) => {
                (reading.quantity.name(), reading.value, undated.manager_micros - TIME)
            }
            other => panic!("{other:?}"),
        });
        found.collect()
    }

    /// The example with another type, another sensor and other octets behind the rate.
    fn message(kind: u8, address: &[u8], rest: &[u8]) -> Vec<u8> {
        let mut octets = vec![0, 0, 5, kind, 0xff, u8::try_from(address.len()).unwrap()];
        octets.extend(address);
        octets.extend(&TEMPERATURE[7..19]);
        octets.extend(rest);
        octets
    }

    #[test]
    fn the_vendors_own_example() {
        let mac: Mac = "00-17-0d-00-00-30-5d-39".parse().unwrap();
        let expected = Sampled {
            mac,
            interval_ms: 30_000,
            readings: vec![Undated {
                record: Reading::temperature(mac, 22.97, None).into(),
                manager_micros: TIME,
            }],
        };
        assert_eq!(samples_of(&data(0xf0b9, &TEMPERATURE)), Ok(expected));
    }

    #[test]
    fn every_sample_has_its_own_time() {
        let mut several = TEMPERATURE[..25].to_vec();
        several[23] = 3;
        several.extend([0x08, 0xf9, 0xff, 0xff, 0x00, 0x00]);
        let second = 1_000_000;
        let expected = [(22.97, 0), (-0.01, 30 * second), (0.0, 60 * second)];
        let expected = expected.map(|(value, later)| ("temperature", value, later));
        assert_eq!(found(&several), expected);
        assert_eq!(samples_of(&data(0xf0b9, &several)).unwrap().interval_ms, 90_000);
    }

    #[test]
    fn each_sensor_has_its_quantity_and_its_unit() {
        let rate = [0, 0, 0x75, 0x30];
        let samples = |address: &[u8], rest: &[u8]| message(0, address, &[&rate, rest].concat());
        let millivolts = found(&samples(&[4, 3], &[1, 16, 0x04, 0xd2]));
        assert_eq!(millivolts, [("analog_3", 1234.0, 0)]);
        let levels = found(&samples(&[2, 1], &[2, 8, 1, 0]));
        assert_eq!(levels, [("digital_in_1", 1.0, 0), ("digital_in_1", 0.0, 30_000_000)]);
        assert_eq!(found(&samples(&[4, 4], &[1, 16, 0, 0])), [], "there is no such input");
    }

    #[test]
    fn statistics_are_three_readings() {
        let rest = [0, 0, 0x75, 0x30, 10, 16, 0xff, 0xff, 0x08, 0xf9, 0x04, 0x00];
        let expected = [
            ("temperature_min", -0.01, 0),
            ("temperature_max", 22.97, 0),
            ("temperature_mean", 10.24, 0),
        ];
        assert_eq!(found(&message(1, &[5], &rest)), expected);
        let expected =
            [("analog_0_min", -1.0, 0), ("analog_0_max", 2297.0, 0), ("analog_0_mean", 1024.0, 0)];
        assert_eq!(found(&message(1, &[4, 0], &rest)), expected);
    }

    #[test]
    fn a_change_of_an_input_is_a_reading() {
        assert_eq!(found(&message(2, &[2, 3], &[1])), [("digital_in_3", 1.0, 0)]);
    }

    #[test]
    fn other_ports_bring_nothing_and_what_is_no_oap_message_is_an_error() {
        assert_eq!(samples_of(&data(0x1234, &TEMPERATURE)).unwrap().readings, []);
        assert!(samples_of(&data(0xf0b9, &TEMPERATURE[..20])).is_err());
        assert!(samples_of(&data(0xf0b9, &[])).is_err());
    }
}
