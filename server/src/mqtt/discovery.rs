//! What Home Assistant is told of a mote: one payload for the whole device, as its documentation of
//! MQTT discovery has it.

use readings::{Mac, Quantity, Source};
use serde_json::{Map, Value, json};

use super::mote::Mote;
use super::topic::TopicTemplate;

/// The topic that Home Assistant looks at for this mote, below its prefix.
pub(super) fn topic(prefix: &str, mac: Mac) -> String {
    format!("{prefix}/device/{}/config", id(mac))
}

/// Where Home Assistant says that it has started.
pub(super) fn birth_topic(prefix: &str) -> String {
    format!("{prefix}/status")
}

/// The payload: what there is of the mote, where its values are, and who is to be there for that.
pub(super) fn payload(
    mac: Mac,
    mote: &Mote,
    quantities: &[Quantity],
    topic: &TopicTemplate,
) -> String {
    let name = match &*mote.label {
        "" => format!("Mote {mac}"),
        label => label.to_owned(),
    };
    let server = json!({ "topic": topic.server() });
    let mut components = Map::new();
    let mut add = |name: &str, options: Value| {
        let mut component = json!({
            "platform": "sensor",
            "unique_id": format!("{}_{name}", id(mac)),
            "value_template": format!("{{{{ value_json.{name} | default(none) }}}}"),
        });
        if let (Value::Object(component), Value::Object(options)) = (&mut component, options) {
            component.extend(options);
        }
        components.insert(name.to_owned(), component);
    };
    for (quantity, _) in mote.values(quantities) {
        add(quantity.name(), of_quantity(quantity));
    }
    if mote.signal().is_some() {
        add(
            "rssi",
            json!({
                "name": "Signal at the parent",
                "device_class": "signal_strength",
                "unit_of_measurement": "dBm",
                "state_class": "measurement",
                "entity_category": "diagnostic",
            }),
        );
    }
    add(
        "timestamp",
        json!({
            "name": "Last reading",
            "device_class": "timestamp",
            "entity_category": "diagnostic",
            // It says how old the others are, so it is there also when they are not.
            "availability": [server],
        }),
    );
    // Only temperatures have a state.
    if mote.values(quantities).any(|(quantity, _)| quantity == Quantity::TEMPERATURE) {
        add(
            "state",
            json!({
                "name": "State",
                "device_class": "enum",
                "options": ["ok", "late", "silent"],
                "entity_category": "diagnostic",
                "availability": [server],
            }),
        );
    }
    json!({
        "device": {
            "identifiers": [id(mac)],
            "name": name,
            "model": "SmartMesh IP mote",
            "serial_number": mac,
        },
        "origin": { "name": "clouddata-server", "sw_version": env!("CARGO_PKG_VERSION") },
        "state_topic": topic.state(mac),
        "availability": [server, { "topic": topic.availability(mac) }],
        "availability_mode": "all",
        "qos": 1,
        "components": components,
    })
    .to_string()
}

/// The mote's name among all devices, of letters, digits, `_` and `-`.
fn id(mac: Mac) -> String {
    format!("clouddata_{mac}")
}

fn of_quantity(quantity: Quantity) -> Value {
    let mut options = Map::new();
    let mut set = |name: &str, value: &str| options.insert(name.to_owned(), value.into());
    set("name", &in_words(quantity.name()));
    set("state_class", if is_counter(quantity) { "total_increasing" } else { "measurement" });
    if !quantity.unit().is_empty() {
        set("unit_of_measurement", quantity.unit());
    }
    // Of its classes these take our units.
    let class = match quantity.unit() {
        "°C" => Some("temperature"),
        "mV" => Some("voltage"),
        "dBm" => Some("signal_strength"),
        "s" | "ms" => Some("duration"),
        _ => None,
    };
    if let Some(class) = class {
        set("device_class", class);
    }
    if quantity.source() != Source::Sensor {
        set("entity_category", "diagnostic");
    }
    if quantity == Quantity::TEMPERATURE {
        // Motes measure hundredths.
        options.insert("suggested_display_precision".to_owned(), 2.into());
    }
    Value::Object(options)
}

/// Whether it counts up, and begins anew at most.
fn is_counter(quantity: Quantity) -> bool {
    [
        Quantity::CHARGE,
        Quantity::PACKETS_RECEIVED,
        Quantity::PACKETS_LOST,
        Quantity::JOINS,
        Quantity::NETWORK_PACKETS_LOST,
        Quantity::NETWORK_PACKETS_ARRIVED,
    ]
    .contains(&quantity)
}

/// `battery_voltage` as `Battery voltage`.
fn in_words(name: &str) -> String {
    let mut letters = name.chars().map(|c| if c == '_' { ' ' } else { c });
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use readings::Timestamp;

    use super::*;

    #[test]
    fn a_device_has_the_components_that_it_has_values_of() {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        let quantities = [Quantity::TEMPERATURE, Quantity::BATTERY_VOLTAGE, Quantity::HOP_DEPTH];
        let mut mote = Mote::new(3);
        let topics: TopicTemplate = "clouddata/{mac}".parse().unwrap();
        let said = |mote: &Mote| -> Value {
            serde_json::from_str(&payload(mac, mote, &quantities, &topics)).unwrap()
        };
        mote.hear(1, Timestamp::from_micros(1), 2987.0);
        let device = said(&mote);
        assert_eq!(device["device"]["name"], "Mote 00-17-0d-00-00-30-5d-39");
        let names = |device: &Value| -> Vec<String> {
            device["components"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names(&device), ["battery_voltage", "timestamp"]);
        let voltage = json!({
            "platform": "sensor",
            "unique_id": "clouddata_00-17-0d-00-00-30-5d-39_battery_voltage",
            "name": "Battery voltage",
            "device_class": "voltage",
            "unit_of_measurement": "mV",
            "state_class": "measurement",
            "entity_category": "diagnostic",
            "value_template": "{{ value_json.battery_voltage | default(none) }}",
        });
        assert_eq!(device["components"]["battery_voltage"], voltage);
        mote.hear(0, Timestamp::from_micros(1), 20.0);
        mote.hear_signal(Timestamp::from_micros(1), -60);
        mote.label = "attic".into();
        let device = said(&mote);
        assert_eq!(device["device"]["name"], "attic");
        assert_eq!(
            names(&device),
            ["battery_voltage", "rssi", "state", "temperature", "timestamp"]
        );
    }

    #[test]
    fn every_quantity_has_a_name_and_counters_are_told_from_measurements() {
        for quantity in Quantity::all() {
            let options = of_quantity(quantity);
            let name = options["name"].as_str().unwrap();
            assert!(
                name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('_'),
                "{name}"
            );
        }
        assert_eq!(of_quantity(Quantity::CHARGE)["state_class"], "total_increasing");
        assert_eq!(of_quantity(Quantity::LATENCY)["device_class"], "duration");
        assert_eq!(of_quantity(Quantity::DIGITAL_IN_0).get("unit_of_measurement"), None);
    }
}
