use manager_core::ParseError;
use manager_core::notification::HealthReport;
use manager_core::notification::health_report::{Block, Channels, DeviceReport};
use readings::{Link, LinkKind, Mac, Quantity, Reading, Record};

use super::Unnamed;

/// What a mote says of itself and of its neighbours, without a time: the report carries none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// Its battery, its queue, its channels.
    pub records: Vec<Record>,
    /// Its neighbours.
    pub links: Vec<Unnamed>,
    /// Why a part of it could not be read.
    pub fault: Option<ParseError>,
}

/// What a health report says.
#[must_use]
pub fn health_of(report: &HealthReport<'_>) -> Health {
    let mac = Mac::from(report.mac_address.0);
    let mut health = Health::default();
    let link = |kind, mote_id| Unnamed { link: Link::new(mac, mac, kind, None), mote_id };
    for block in report.blocks() {
        match block {
            Ok(Block::Device(device)) => health.add(mac, device_quantities(&device)),
            Ok(Block::Neighbors(neighbours)) => {
                health.links.extend(neighbours.iter().map(|neighbour| {
                    let mut used = link(LinkKind::Used, neighbour.neighbor_id);
                    used.link.rssi = neighbour.rssi.dbm();
                    used.link.attempts = Some(neighbour.num_tx_packets);
                    used.link.failures = Some(neighbour.num_tx_failures);
                    used.link.received = Some(neighbour.num_rx_packets);
                    used
                }));
            }
            Ok(Block::DiscoveredNeighbors(neighbours)) => {
                health.links.extend(neighbours.iter().map(|neighbour| {
                    let mut heard = link(LinkKind::Heard, neighbour.neighbor_id);
                    heard.link.rssi = neighbour.rssi.dbm();
                    heard.link.received = Some(neighbour.num_rx.into());
                    heard
                }));
            }
            Ok(Block::Channels(channels)) => health.add(mac, channel_quantities(channels)),
            Ok(_) => {}
            Err(error) => health.fault = Some(error),
        }
    }
    health
}

impl Health {
    fn add(&mut self, mac: Mac, values: impl IntoIterator<Item = (Quantity, Option<f64>)>) {
        let values = values.into_iter().filter_map(|(quantity, value)| Some((quantity, value?)));
        self.records.extend(
            values
                .map(|(quantity, value)| Reading { mac, quantity, value, timestamp: None }.into()),
        );
    }
}

fn device_quantities(device: &DeviceReport) -> [(Quantity, Option<f64>); 14] {
    use Quantity as Q;
    [
        (Q::CHARGE, Some(device.charge.into())),
        (Q::BATTERY_VOLTAGE, Some(device.battery_voltage.into())),
        (Q::DEVICE_TEMPERATURE, Some(device.temperature.into())),
        (Q::QUEUE_MEAN, Some(device.queue_occ.mean().into())),
        (Q::QUEUE_MAX, Some(device.queue_occ.max().into())),
        (Q::TX_OK, Some(device.num_tx_ok.into())),
        (Q::TX_FAILED, Some(device.num_tx_fail.into())),
        (Q::RX_OK, Some(device.num_rx_ok.into())),
        (Q::RX_LOST, Some(device.num_rx_lost.into())),
        (Q::MAC_DROPPED, Some(device.num_mac_dropped.into())),
        (Q::TX_BAD, Some(device.worst_link.num_tx_bad.into())),
        (Q::NET_MIC_ERRORS, device.num_net_mic_err.map(f64::from)),
        (Q::MAC_MIC_ERRORS, device.num_mac_mic_err.map(f64::from)),
        (Q::MAC_CRC_ERRORS, device.num_mac_crc_err.map(f64::from)),
    ]
}

fn channel_quantities(channels: Channels<'_>) -> impl Iterator<Item = (Quantity, Option<f64>)> {
    let quantities = (0..=u8::MAX).map_while(Quantity::of_channel);
    let channels = channels.iter().collect::<Vec<_>>();
    quantities.zip(channels).flat_map(|([idle, attempts, failures], channel)| {
        [
            (idle, channel.idle_rssi.dbm().map(f64::from)),
            (attempts, Some(channel.tx_unicast_attempts.into())),
            (failures, Some(channel.tx_unicast_failures.into())),
        ]
    })
}

#[cfg(test)]
mod tests {
    use manager_core::MacAddress;

    use super::*;

    const MOTE: [u8; 8] = [0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39];

    fn health(payload: &[u8]) -> Health {
        health_of(&HealthReport { mac_address: MacAddress(MOTE), payload })
    }

    fn values(health: &Health) -> Vec<(&'static str, f64)> {
        let value = |record: &Record| match record {
            Record::Reading(reading) => (reading.quantity.name(), reading.value),
            other => panic!("{other:?}"),
        };
        health.records.iter().map(value).collect()
    }

    #[test]
    fn a_device_report_is_its_quantities_and_an_old_one_fewer() {
        let device = [
            0, 0, 0x0d, 0x41, 0x21, 0xfe, 0x0b, 0x91, 0, 200, 0, 1, 0, 150, 0, 2, 3, 4, 0, 0, 0, 0,
            0, 0, 5, 6, 7,
        ];
        let mut expected = vec![
            ("charge", 3393.0),
            ("battery_voltage", 2961.0),
            ("device_temperature", -2.0),
            ("queue_mean", 1.0),
            ("queue_max", 2.0),
            ("tx_ok", 200.0),
            ("tx_failed", 1.0),
            ("rx_ok", 150.0),
            ("rx_lost", 2.0),
            ("mac_dropped", 3.0),
            ("tx_bad", 4.0),
            ("net_mic_errors", 5.0),
            ("mac_mic_errors", 6.0),
            ("mac_crc_errors", 7.0),
        ];
        assert_eq!(values(&health(&[&[0x80, 27], &device[..]].concat())), expected);
        expected.truncate(11);
        assert_eq!(values(&health(&[&[0x80, 24], &device[..24]].concat())), expected);
    }

    #[test]
    fn neighbours_are_links_and_what_has_no_signal_has_none() {
        let payload = [
            0x81, 11, 1, 0, 1, 0, 0xb8, 0, 200, 0, 3, 0, 9, // used
            0x99, 1, 0, // unknown
            0x82, 10, 1, 2, 0, 5, 0xa6, 4, 1, 0, 0, 0, // heard
        ];
        let health = health(&payload);
        let mac = Mac::from(MOTE);
        let used = Link {
            rssi: Some(-72),
            attempts: Some(200),
            failures: Some(3),
            received: Some(9),
            ..Link::new(mac, mac, LinkKind::Used, None)
        };
        let heard = |rssi, received| Link {
            rssi,
            received: Some(received),
            ..Link::new(mac, mac, LinkKind::Heard, None)
        };
        let expected = [(1, used), (5, heard(Some(-90), 4)), (256, heard(None, 0))];
        let expected = expected.map(|(mote_id, link)| Unnamed { link, mote_id });
        assert_eq!((health.links, health.fault), (expected.to_vec(), None));
    }

    #[test]
    fn channels_are_three_quantities_each() {
        let channels: Vec<u8> = (0..15).flat_map(|n| [0xa0 + n, 0, n, 0, 1]).collect();
        let health = health(&[&[0x91, 77, 1, 75], &channels[..]].concat());
        let values = values(&health);
        assert_eq!(values.len(), 45);
        let last = [
            ("channel_14_idle_rssi", -82.0),
            ("channel_14_tx_attempts", 14.0),
            ("channel_14_tx_failures", 1.0),
        ];
        assert_eq!(values[42..], last);
    }

    #[test]
    fn a_faulty_block_does_not_hide_the_others() {
        let health = health(&[0x81, 2, 9, 0, 0x82, 6, 0, 1, 0, 5, 0xa6, 4]);
        assert!(health.fault.is_some());
        assert_eq!(health.links.len(), 1);
    }
}
