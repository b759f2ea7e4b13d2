use manager_core::notification::Data;
use oap_core::{Body, Message, Notification, ParseError};
use readings::Mac;

/// A temperature with its time still on the manager's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoteReading {
    /// The mote.
    pub mac: Mac,
    /// Microseconds on the manager's clock.
    pub manager_micros: i64,
    /// In °C.
    pub temperature: f64,
    /// Between two notifications of the mote, in ms, as it says itself; 0 if it does not.
    pub interval_ms: u32,
}

/// The temperatures in a data notification: one for each sample, each with its own time; none if
/// it carries something else.
///
/// # Errors
/// If it is for OAP's port, but not an OAP message.
pub fn readings_of(data: &Data<'_>) -> Result<Vec<MoteReading>, ParseError> {
    if data.dst_port != oap_core::UDP_PORT {
        return Ok(Vec::new());
    }
    let Body::Notification(Notification::Samples(samples)) = Message::parse(data.data)?.body else {
        return Ok(Vec::new());
    };
    let mac = Mac::from(data.mac_address.0);
    let count = u32::try_from(samples.temperatures().count()).unwrap_or(u32::MAX);
    let interval_ms = samples.rate_ms.saturating_mul(count);
    let readings = samples.temperatures().map(|(timestamp, temperature)| MoteReading {
        mac,
        // A mote that claims a time outside of what can be expressed is nevertheless heard now.
        manager_micros: timestamp.checked_micros().unwrap_or_else(|| data.utc.as_micros()),
        temperature: temperature.celsius(),
        interval_ms,
    });
    Ok(readings.collect())
}

#[cfg(test)]
mod tests {
    use manager_core::{MacAddress, UtcTime};

    use super::*;

    /// One temperature sample, from the vendor's public documentation.
    const TEMPERATURE: [u8; 28] = [
        0x00, 0x00, 0x05, 0x00, 0xff, 0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0x3d, 0x22, 0x6b, 0xc6,
        0x00, 0x06, 0x0e, 0xb3, 0x00, 0x00, 0x75, 0x30, 0x01, 0x10, 0x08, 0xf9, 0x00,
    ];

    fn data(dst_port: u16, data: &[u8]) -> Data<'_> {
        let mac_address = MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39]);
        Data { utc: UtcTime::BOOT, mac_address, src_port: 0xf0b9, dst_port, data }
    }

    #[test]
    fn the_vendors_own_example() {
        let expected = MoteReading {
            mac: "00-17-0d-00-00-30-5d-39".parse().unwrap(),
            manager_micros: 1_025_665_990_396_979,
            temperature: 22.97,
            interval_ms: 30_000,
        };
        assert_eq!(readings_of(&data(0xf0b9, &TEMPERATURE[..27])), Ok(vec![expected]));
    }

    #[test]
    fn every_sample_has_its_own_time() {
        let mut several = TEMPERATURE[..25].to_vec();
        several[23] = 3;
        several.extend([0x08, 0xf9, 0xff, 0xff, 0x00, 0x00]);
        let readings = readings_of(&data(0xf0b9, &several)).unwrap();
        let first = 1_025_665_990_396_979;
        let times: Vec<_> = readings.iter().map(|reading| reading.manager_micros - first).collect();
        assert_eq!(times, [0, 30_000_000, 60_000_000]);
        let values: Vec<_> = readings.iter().map(|reading| reading.temperature).collect();
        assert_eq!(values, [22.97, -0.01, 0.0]);
        assert_eq!(readings[0].interval_ms, 90_000);
    }

    #[test]
    fn other_ports_and_other_sensors_bring_no_temperature() {
        assert_eq!(readings_of(&data(0x1234, &TEMPERATURE)), Ok(Vec::new()));
        let mut analog = TEMPERATURE[..27].to_vec();
        analog.splice(5..7, [2, 4, 0]);
        assert_eq!(readings_of(&data(0xf0b9, &analog)), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_oap_message_is_an_error() {
        assert!(readings_of(&data(0xf0b9, &TEMPERATURE[..20])).is_err());
        assert!(readings_of(&data(0xf0b9, &[])).is_err());
    }
}
