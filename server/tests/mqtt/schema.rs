//! What Home Assistant takes, as its documentation of MQTT discovery, sensors and device classes says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keys of a device's payload.
const ROOT: &[&str] = &[
    "device",
    "origin",
    "components",
    "state_topic",
    "command_topic",
    "qos",
    "encoding",
    "availability",
    "availability_mode",
];

const DEVICE: &[&str] = &[
    "identifiers",
    "connections",
    "name",
    "manufacturer",
    "model",
    "model_id",
    "hw_version",
    "sw_version",
    "serial_number",
    "suggested_area",
    "via_device",
    "configuration_url",
];

const ORIGIN: &[&str] = &["name", "sw_version", "support_url"];

const AVAILABILITY: &[&str] =
    &["topic", "payload_available", "payload_not_available", "value_template"];

/// Keys of a sensor within such a payload.
const SENSOR: &[&str] = &[
    "platform",
    "unique_id",
    "name",
    "device_class",
    "unit_of_measurement",
    "state_class",
    "value_template",
    "entity_category",
    "expire_after",
    "force_update",
    "icon",
    "options",
    "suggested_display_precision",
    "enabled_by_default",
    "state_topic",
    "availability",
    "availability_mode",
    "qos",
    "encoding",
    "json_attributes_topic",
    "json_attributes_template",
    "default_entity_id",
];

/// Units that a device class takes; of those without units, none.
const UNITS: &[(&str, &[&str])] = &[
    ("temperature", &["°C", "°F", "K"]),
    ("voltage", &["V", "mV", "µV", "kV", "MV"]),
    ("signal_strength", &["dB", "dBm"]),
    ("duration", &["d", "h", "min", "s", "ms", "µs"]),
    ("timestamp", &[]),
    ("enum", &[]),
];

/// Checks a payload key by key, and returns its components.
pub(crate) fn check(topic: &str, payload: &Value) -> Map<String, Value> {
    let parts: Vec<&str> = topic.split('/').collect();
    let [_, "device", object_id, "config"] = parts[..] else { panic!("{topic}") };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    assert!(!object_id.is_empty() && object_id.chars().all(plain), "{topic}");
    let root = keys(payload, ROOT);
    for mandatory in ["device", "origin", "components"] {
        assert!(root.contains_key(mandatory), "{mandatory}: {payload}");
    }
    for (name, value) in keys(&payload["device"], DEVICE) {
        match name.as_str() {
            "identifiers" => assert!(
                value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(is_text)),
                "{value}"
            ),
            _ => assert!(is_text(value), "{name}: {value}"),
        }
    }
    assert!(is_text(&payload["origin"]["name"]), "{payload}");
    assert!(keys(&payload["origin"], ORIGIN).values().all(is_text));
    check_availability(payload);
    assert!(is_text(&payload["state_topic"]), "a sensor needs one");
    let components = payload["components"].as_object().unwrap().clone();
    let mut ids = BTreeSet::new();
    for component in components.values() {
        check_sensor(component);
        assert!(ids.insert(component["unique_id"].to_string()), "twice: {component}");
    }
    components
}

fn check_sensor(component: &Value) {
    let options = keys(component, SENSOR);
    assert_eq!(component["platform"], "sensor");
    assert!(is_text(&component["unique_id"]) && is_text(&component["name"]), "{component}");
    let template = component["value_template"].as_str().unwrap();
    assert!(template.starts_with("{{ value_json.") && template.ends_with(" }}"), "{template}");
    let unit = options.get("unit_of_measurement").map(|unit| unit.as_str().unwrap());
    let state_class = options.get("state_class").map(|class| class.as_str().unwrap());
    assert!(
        matches!(state_class, None | Some("measurement" | "total" | "total_increasing")),
        "{component}"
    );
    if let Some(class) = options.get("device_class") {
        let known = UNITS.iter().find(|(name, _)| class == name);
        let (_, units) = known.unwrap_or_else(|| panic!("{component}"));
        match unit {
            Some(unit) => assert!(units.contains(&unit), "{component}"),
            None => assert!(units.is_empty(), "{component}"),
        }
        if units.is_empty() {
            assert_eq!(state_class, None, "only numbers have one: {component}");
        }
    }
    assert_eq!(options.contains_key("options"), component["device_class"] == "enum", "{component}");
    if let Some(category) = options.get("entity_category") {
        assert_eq!(category, "diagnostic", "sensors have no other");
    }
    if options.contains_key("availability") {
        check_availability(component);
    }
}

fn check_availability(options: &Value) {
    let all = options["availability"].as_array().unwrap();
    assert!(!all.is_empty());
    for one in all {
        assert!(keys(one, AVAILABILITY).contains_key("topic"), "{one}");
    }
    if let Some(mode) = options.get("availability_mode") {
        assert!(["all", "any", "latest"].iter().any(|known| mode == known), "{mode}");
    }
}

fn keys<'a>(value: &'a Value, known: &[&str]) -> &'a Map<String, Value> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    for key in object.keys() {
        assert!(known.contains(&key.as_str()), "{key} is not documented: {value}");
    }
    object
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
