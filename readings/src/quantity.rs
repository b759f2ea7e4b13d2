use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;
use std::collections::HashMap;
use std::sync::LazyLock;

use thiserror::Error;

/// What a reading is of: a temperature, a battery's voltage, lost packets.
///
/// The list is the contract's: a quantity's name is its field in JSON, its measurement in an engine
/// and its parameter in a query. A [`code`](Self::code) never changes its meaning, so stores may
/// keep it; new ones go to the end.
///
/// ```
/// use readings::Quantity;
///
/// let voltage: Quantity = "battery_voltage".parse()?;
/// assert_eq!((voltage, voltage.unit()), (Quantity::BATTERY_VOLTAGE, "mV"));
/// # Ok::<(), readings::UnknownQuantity>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u8);

/// Who says it, which is also how long it is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A mote's sensors, by OAP.
    Sensor,
    /// A mote about itself, in health reports.
    Health,
    /// The manager about a mote or its network.
    Manager,
}

struct Description {
    name: &'static str,
    unit: &'static str,
    least: f64,
    most: f64,
    source: Source,
    meaning: &'static str,
}

const U8: f64 = u8::MAX as f64;
const U16: f64 = u16::MAX as f64;
const U32: f64 = u32::MAX as f64;
/// As far as a float counts.
const U64: f64 = 9_007_199_254_740_992.0;

macro_rules! quantities {
    ($( $constant:ident $name:literal $unit:literal $least:literal .. $most:expr, $source:ident, $meaning:literal; )*) => {
        const ALL: &[Description] = &[$( Description {
            name: $name,
            unit: $unit,
            least: $least,
            most: $most,
            source: Source::$source,
            meaning: $meaning,
        }, )*];

        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they number the list")]
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum Code { $( $constant, )* }

        impl Quantity {
            $(
                #[doc = concat!("`", $name, "`: ", $meaning, ".")]
                pub const $constant: Self = Self(Code::$constant as u8);
            )*
        }
    };
}

quantities! {
    TEMPERATURE "temperature" "°C" -273.15 .. 1000.0, Sensor, "measured by the mote's sensor";
    TEMPERATURE_MIN "temperature_min" "°C" -273.15 .. 1000.0, Sensor, "lowest of a statistics interval";
    TEMPERATURE_MAX "temperature_max" "°C" -273.15 .. 1000.0, Sensor, "highest of a statistics interval";
    TEMPERATURE_MEAN "temperature_mean" "°C" -273.15 .. 1000.0, Sensor, "mean of a statistics interval";
    ANALOG_0 "analog_0" "mV" -32768.0 .. U16, Sensor, "analog input 0";
    ANALOG_1 "analog_1" "mV" -32768.0 .. U16, Sensor, "analog input 1";
    ANALOG_2 "analog_2" "mV" -32768.0 .. U16, Sensor, "analog input 2";
    ANALOG_3 "analog_3" "mV" -32768.0 .. U16, Sensor, "analog input 3";
    ANALOG_0_MIN "analog_0_min" "mV" -32768.0 .. U16, Sensor, "analog input 0, lowest of a statistics interval";
    ANALOG_0_MAX "analog_0_max" "mV" -32768.0 .. U16, Sensor, "analog input 0, highest of a statistics interval";
    ANALOG_0_MEAN "analog_0_mean" "mV" -32768.0 .. U16, Sensor, "analog input 0, mean of a statistics interval";
    ANALOG_1_MIN "analog_1_min" "mV" -32768.0 .. U16, Sensor, "analog input 1, lowest of a statistics interval";
    ANALOG_1_MAX "analog_1_max" "mV" -32768.0 .. U16, Sensor, "analog input 1, highest of a statistics interval";
    ANALOG_1_MEAN "analog_1_mean" "mV" -32768.0 .. U16, Sensor, "analog input 1, mean of a statistics interval";
    ANALOG_2_MIN "analog_2_min" "mV" -32768.0 .. U16, Sensor, "analog input 2, lowest of a statistics interval";
    ANALOG_2_MAX "analog_2_max" "mV" -32768.0 .. U16, Sensor, "analog input 2, highest of a statistics interval";
    ANALOG_2_MEAN "analog_2_mean" "mV" -32768.0 .. U16, Sensor, "analog input 2, mean of a statistics interval";
    ANALOG_3_MIN "analog_3_min" "mV" -32768.0 .. U16, Sensor, "analog input 3, lowest of a statistics interval";
    ANALOG_3_MAX "analog_3_max" "mV" -32768.0 .. U16, Sensor, "analog input 3, highest of a statistics interval";
    ANALOG_3_MEAN "analog_3_mean" "mV" -32768.0 .. U16, Sensor, "analog input 3, mean of a statistics interval";
    DIGITAL_IN_0 "digital_in_0" "" 0.0 .. U8, Sensor, "digital input 0";
    DIGITAL_IN_1 "digital_in_1" "" 0.0 .. U8, Sensor, "digital input 1";
    DIGITAL_IN_2 "digital_in_2" "" 0.0 .. U8, Sensor, "digital input 2";
    DIGITAL_IN_3 "digital_in_3" "" 0.0 .. U8, Sensor, "digital input 3";

    CHARGE "charge" "mC" 0.0 .. U32, Health, "drawn from the battery since the mote's first start";
    BATTERY_VOLTAGE "battery_voltage" "mV" 0.0 .. U16, Health, "of the mote's supply";
    DEVICE_TEMPERATURE "device_temperature" "°C" -128.0 .. 127.0, Health, "of the mote's chip, in whole degrees";
    QUEUE_MEAN "queue_mean" "packets" 0.0 .. 15.0, Health, "mean occupancy of the mote's queue in the interval";
    QUEUE_MAX "queue_max" "packets" 0.0 .. 15.0, Health, "highest occupancy of the mote's queue in the interval";
    TX_OK "tx_ok" "packets" 0.0 .. U16, Health, "sent by the mote in the interval";
    TX_FAILED "tx_failed" "packets" 0.0 .. U16, Health, "not sent in the interval, for want of room";
    RX_OK "rx_ok" "packets" 0.0 .. U16, Health, "received by the mote in the interval";
    RX_LOST "rx_lost" "packets" 0.0 .. U16, Health, "received and discarded in the interval";
    MAC_DROPPED "mac_dropped" "packets" 0.0 .. U8, Health, "given up in the interval: too many tries, too old, no route";
    TX_BAD "tx_bad" "packets" 0.0 .. U8, Health, "transmit failures of the worst link in the interval";
    NET_MIC_ERRORS "net_mic_errors" "packets" 0.0 .. U8, Health, "for the mote that it could not decrypt";
    MAC_MIC_ERRORS "mac_mic_errors" "packets" 0.0 .. U8, Health, "heard that failed authentication";
    MAC_CRC_ERRORS "mac_crc_errors" "packets" 0.0 .. U8, Health, "heard with a wrong checksum";

    MOTE_ID "mote_id" "" 0.0 .. U16, Manager, "the manager's short number for the mote";
    MOTE_STATE "mote_state" "" 0.0 .. U8, Manager, "0 lost, 1 negotiating, 4 operational";
    ACCESS_POINT "access_point" "" 0.0 .. 1.0, Manager, "1 for the manager's own access point";
    ROUTING "routing" "" 0.0 .. 1.0, Manager, "1 for a mote that may be a parent of others";
    NEIGHBOURS "neighbours" "motes" 0.0 .. U8, Manager, "in the mote's range";
    GOOD_NEIGHBOURS "good_neighbours" "motes" 0.0 .. U8, Manager, "in the mote's range, with a path quality above 50";
    REQUESTED_BANDWIDTH "requested_bandwidth" "ms/packet" 0.0 .. U32, Manager, "that the mote has asked for";
    NEEDED_BANDWIDTH "needed_bandwidth" "ms/packet" 0.0 .. U32, Manager, "of the mote and its children";
    ASSIGNED_BANDWIDTH "assigned_bandwidth" "ms/packet" 0.0 .. U32, Manager, "that the mote has";
    PACKETS_RECEIVED "packets_received" "packets" 0.0 .. U32, Manager, "from the mote since statistics began";
    PACKETS_LOST "packets_lost" "packets" 0.0 .. U32, Manager, "of the mote's since statistics began";
    LATENCY "latency" "ms" 0.0 .. U32, Manager, "mean from the mote to the manager";
    STATE_TIME "state_time" "s" 0.0 .. U32, Manager, "in the present state";
    JOINS "joins" "" 0.0 .. U8, Manager, "how often the mote has joined";
    HOP_DEPTH "hop_depth" "hops" 0.0 .. U8, Manager, "from the mote to the access point";

    NETWORK_MOTES "network_motes" "motes" 0.0 .. U16, Manager, "operational in the network";
    NETWORK_RELIABILITY "network_reliability" "%" 0.0 .. 100.0, Manager, "packets that arrive";
    NETWORK_STABILITY "network_stability" "%" 0.0 .. 100.0, Manager, "transmissions that are acknowledged";
    NETWORK_LATENCY "network_latency" "ms" 0.0 .. U32, Manager, "mean from all motes to the manager";
    NETWORK_STATE "network_state" "" 0.0 .. U8, Manager, "0 operational, 1 radiotest, 2 not started, 3 startup error, 4 configuration error, 5 licence error";
    NETWORK_PACKETS_LOST "network_packets_lost" "packets" 0.0 .. U32, Manager, "of all motes since statistics began";
    NETWORK_PACKETS_ARRIVED "network_packets_arrived" "packets" 0.0 .. U64, Manager, "of all motes since statistics began";
    NETWORK_HOPS "network_hops" "hops" 0.0 .. U8, Manager, "of the mote that is furthest away";

    LINKS "links" "links" 0.0 .. U16, Manager, "time slots in which the mote sends or listens";
    LINKS_TX "links_tx" "links" 0.0 .. U16, Manager, "of these, those in which it sends";
    LINKS_RX "links_rx" "links" 0.0 .. U16, Manager, "of these, those in which it listens";
}

macro_rules! channels {
    ($( $channel:literal )*) => {
        const CHANNELS: &[[Description; 3]] = &[$([
            Description {
                name: concat!("channel_", $channel, "_idle_rssi"),
                unit: "dBm",
                least: -128.0,
                most: 127.0,
                source: Source::Health,
                meaning: "heard on the channel while nobody of the network sends",
            },
            Description {
                name: concat!("channel_", $channel, "_tx_attempts"),
                unit: "packets",
                least: 0.0,
                most: U16,
                source: Source::Health,
                meaning: "sent to single neighbours on the channel in the interval",
            },
            Description {
                name: concat!("channel_", $channel, "_tx_failures"),
                unit: "packets",
                least: 0.0,
                most: U16,
                source: Source::Health,
                meaning: "of these not acknowledged",
            },
        ],)*];
    };
}

// As the manager counts them: 0 is channel 11 of IEEE 802.15.4.
channels! { 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 }

/// Code of the first channel's first quantity; below it there is room for the list to grow.
const FIRST_OF_CHANNELS: u8 = 192;

impl Quantity {
    /// All of them, by ascending code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).filter_map(Self::from_code)
    }

    /// The one with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        description(code).map(|_| Self(code))
    }

    /// Its number, which never means another quantity.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// What a mote says of a channel, 0 to 14: idle RSSI, attempts to transmit, failures of those.
    #[must_use]
    pub fn of_channel(channel: u8) -> Option<[Self; 3]> {
        let first = FIRST_OF_CHANNELS.checked_add(channel.checked_mul(3)?)?;
        let codes = [first, first.checked_add(1)?, first.checked_add(2)?];
        description(codes[2]).map(|_| codes.map(Self))
    }

    /// Its name in JSON, in engines and in queries.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.described().name
    }

    /// Unit of its values; empty for a number without one.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.described().unit
    }

    /// What values it can have.
    #[must_use]
    pub fn range(self) -> RangeInclusive<f64> {
        let Description { least, most, .. } = self.described();
        *least..=*most
    }

    /// Who says it.
    #[must_use]
    pub fn source(self) -> Source {
        self.described().source
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.described().meaning
    }

    fn described(self) -> &'static Description {
        // There is no way to make one that is not in the list.
        description(self.0).unwrap_or(&ALL[0])
    }
}

fn description(code: u8) -> Option<&'static Description> {
    match code.checked_sub(FIRST_OF_CHANNELS) {
        None => ALL.get(usize::from(code)),
        Some(of_channels) => {
            CHANNELS.get(usize::from(of_channels / 3)).map(|of| &of[usize::from(of_channels % 3)])
        }
    }
}

/// The contract has no quantity of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no quantity such as temperature or battery_voltage")]
pub struct UnknownQuantity;

impl FromStr for Quantity {
    type Err = UnknownQuantity;

    fn from_str(name: &str) -> Result<Self, UnknownQuantity> {
        // Nearly all readings are temperatures.
        if name == ALL[0].name {
            return Ok(Self::TEMPERATURE);
        }
        static BY_NAME: LazyLock<HashMap<&'static str, Quantity>> =
            LazyLock::new(|| Quantity::all().map(|quantity| (quantity.name(), quantity)).collect());
        BY_NAME.get(name).copied().ok_or(UnknownQuantity)
    }
}

impl fmt::Display for Quantity {
    /// Its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_quantity_has_a_name_of_its_own_and_is_found_by_it() {
        let mut names = HashSet::new();
        for quantity in Quantity::all() {
            assert!(names.insert(quantity.name()), "{quantity}");
            assert_eq!(quantity.name().parse(), Ok(quantity));
            assert_eq!(Quantity::from_code(quantity.code()), Some(quantity));
            assert!(quantity.range().start() < quantity.range().end(), "{quantity}");
            assert!(!quantity.meaning().is_empty());
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(quantity.name().chars().all(plain), "{quantity}");
        }
        assert_eq!(names.len(), ALL.len() + 45);
        assert_eq!("humidity".parse::<Quantity>(), Err(UnknownQuantity));
    }

    #[test]
    fn a_channels_quantities_go_by_its_number() {
        let names = |channel| Quantity::of_channel(channel).map(|of| of.map(Quantity::name));
        let last = ["channel_14_idle_rssi", "channel_14_tx_attempts", "channel_14_tx_failures"];
        assert_eq!(names(14), Some(last));
        assert_eq!((names(15), names(u8::MAX)), (None, None));
    }

    /// Stores keep the codes: this list only ever grows at its end.
    #[test]
    fn codes_stay_what_they_are() {
        for (code, name) in [
            (0, "temperature"),
            (4, "analog_0"),
            (20, "digital_in_0"),
            (24, "charge"),
            (25, "battery_voltage"),
            (38, "mote_id"),
            (52, "hop_depth"),
            (60, "network_hops"),
            (63, "links_rx"),
            (192, "channel_0_idle_rssi"),
            (236, "channel_14_tx_failures"),
        ] {
            assert_eq!(Quantity::from_code(code).map(Quantity::name), Some(name), "{code}");
        }
    }
}
