use serde_json::json;

use crate::broker::{Broker, json};
use crate::schema;
use crate::server::{Server, ago, mac, wait_until};

const BIRTH: &str = "homeassistant/status";

fn discovery(number: usize) -> String {
    format!("homeassistant/device/clouddata_{}/config", mac(number))
}

fn state(number: usize) -> String {
    format!("clouddata/{}", mac(number))
}

#[test]
fn values_are_retained_and_devices_are_what_home_assistant_takes() {
    let broker = Broker::open();
    let subscriber = broker.subscribe();
    let mut server = Server::of(&broker);
    let (old, new) = (ago(30), ago(1));
    server.post(
        "/oap",
        &json!([
            { "mac": mac(1), "temperature": 21.5, "timestamp": new, "battery_voltage": 2987, "hop_depth": 2 },
            { "mac": mac(1), "temperature": 11.5, "timestamp": old },
            { "mac": mac(2), "temperature": 7.25, "timestamp": new, "digital_in_0": 1, "tx_ok": 7 },
        ]),
    );
    let path = |neighbour, rssi| json!({ "mac": mac(1), "neighbour": mac(neighbour), "kind": "path", "direction": "upstream", "rssi": rssi, "timestamp": new });
    server.post("/links", &json!([path(3, -71), path(4, -62), path(5, -80)]));
    let (_, message) = subscriber.wait_for(0, &state(1), |payload| payload.contains("rssi"));
    let expected = json!({
        "mac": mac(1), "timestamp": new, "state": "ok", "temperature": 21.5, "battery_voltage": 2987, "hop_depth": 2,
        "rssi": -62, "since": json(&message.payload)["since"],
    });
    assert_eq!(json(&message.payload), expected);

    // A name is there at once, for both, and no other topic is written to for it.
    let before = subscriber.got().len();
    server.label(&mac(1), "attic");
    let (_, renamed) =
        subscriber.wait_for(before, &discovery(1), |payload| payload.contains("attic"));
    subscriber.wait_for(before, &state(1), |payload| json(payload)["label"] == "attic");
    assert!(subscriber.got()[before..].iter().all(|message| !message.topic.contains(&mac(2))));
    assert_eq!(json(&renamed.payload)["device"]["name"], "attic");

    let is_whole = |topic: &str, part: &str| {
        let part = part.to_owned();
        let topic = topic.to_owned();
        move |all: &std::collections::BTreeMap<String, String>| {
            all.get(&topic).is_some_and(|one| one.contains(&part))
        }
    };
    let retained = broker.wait_for_retained(is_whole(&discovery(1), "rssi"));
    let components = schema::check(&discovery(1), &json(&retained[&discovery(1)]));
    let names: Vec<&String> = components.keys().collect();
    assert_eq!(
        names,
        ["battery_voltage", "hop_depth", "rssi", "state", "temperature", "timestamp"]
    );
    let device = json(&retained[&discovery(1)]);
    assert_eq!(device["state_topic"], state(1));
    assert_eq!(device["availability_mode"], "all");
    // Whatever it names is there, and says what Home Assistant takes for available.
    for available in device["availability"].as_array().unwrap() {
        assert_eq!(retained[available["topic"].as_str().unwrap()], "online");
    }
    let components = schema::check(&discovery(2), &json(&retained[&discovery(2)]));
    let names: Vec<&String> = components.keys().collect();
    assert_eq!(
        names,
        ["digital_in_0", "state", "temperature", "timestamp"],
        "tx_ok is not published unless wanted"
    );
    assert_eq!(json(&retained[&state(2)])["temperature"], 7.25);
    // What is published later is, also of something new.
    server.post("/oap", &json!({ "mac": mac(2), "battery_voltage": 3001 }));
    broker.wait_for_retained(is_whole(&state(2), "3001"));
    broker.wait_for_retained(is_whole(&discovery(2), "battery_voltage"));

    assert!(server.metric("mqtt_published_total") >= 9.0);
    assert_eq!((server.metric("mqtt_connected"), server.metric("mqtt_motes")), (1.0, 2.0));
    wait_until(|| server.metric("mqtt_waiting") == 0.0, String::new);

    // After a restart everything is known from the store, names too.
    server.stop();
    broker.wait_for_retained(is_whole("clouddata/server/availability", "offline"));
    let before = subscriber.got().len();
    server.restart();
    let (_, message) = subscriber.wait_for(before, &state(1), |_| true);
    let mut expected = expected;
    expected["label"] = "attic".into();
    expected["since"] = json(&message.payload)["since"].clone();
    assert_eq!(json(&message.payload), expected);
    let (_, message) = subscriber.wait_for(before, &discovery(1), |_| true);
    assert_eq!(json(&message.payload), device);
}

#[test]
fn what_is_published_can_be_chosen() {
    let broker = Broker::open();
    let url = format!("mqtt://localhost:{}", broker.port());
    let settings = "topic = \"site/{mac}/values\"\nhome_assistant = \"ha\"\nquantities = [\"tx_ok\", \"charge\", \"latency\"]";
    let server = Server::start(&url, settings, &[]);
    server.post("/oap", &json!({ "mac": mac(1), "temperature": 21.5, "tx_ok": 7, "charge": 5000, "latency": 900, "hop_depth": 1 }));
    let topic = format!("ha/device/clouddata_{}/config", mac(1));
    let retained = broker.wait_for_retained(|all| all.len() == 4);
    let components = schema::check(&topic, &json(&retained[&topic]));
    let names: Vec<&String> = components.keys().collect();
    assert_eq!(names, ["charge", "latency", "state", "temperature", "timestamp", "tx_ok"]);
    assert_eq!(json(&retained[&format!("site/{}/values", mac(1))])["charge"], 5000);
    assert_eq!(retained["site/server/values/availability"], "online");
}

#[test]
fn everything_is_sent_again_when_home_assistant_has_started() {
    let broker = Broker::open();
    let server = Server::of(&broker);
    server.post(
        "/oap",
        &json!([{ "mac": mac(1), "temperature": 21.5 }, { "mac": mac(2), "temperature": 22.5 }]),
    );
    broker.wait_for_retained(|all| all.contains_key(&state(1)) && all.contains_key(&state(2)));
    let subscriber = broker.subscribe();
    subscriber.wait_for(0, &state(2), |_| true);
    let before = subscriber.got().len();
    broker.publish(BIRTH, "offline", &[]);
    broker.publish(BIRTH, "online", &[]);
    let (told, _) = subscriber.wait_for(before, &discovery(2), |payload| !payload.is_empty());
    let (there, _) =
        subscriber
            .wait_for(before, &format!("{}/availability", state(2)), |payload| payload == "online");
    let (valued, _) = subscriber.wait_for(before, &state(2), |_| true);
    subscriber.wait_for(before, &state(1), |_| true);
    assert!(
        told < there && there < valued,
        "it has to know the device first: {:#?}",
        subscriber.got()
    );
}

#[test]
fn a_mote_that_is_silent_is_not_available_and_one_that_is_gone_is_taken_back() {
    let broker = Broker::open();
    // What an earlier server has left of a mote that this one does not know, and what is not ours.
    for topic in [
        state(9),
        format!("{}/availability", state(9)),
        discovery(9),
        "clouddata/other".to_owned(),
        discovery(8),
    ] {
        broker.publish(&topic, "{}", &["-r"]);
    }
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let server = Server::start(&url, "", &["--retention", "40s"]);
    let reports =
        (0..20).map(|n| json!({ "mac": mac(1), "temperature": 20.5, "timestamp": ago(19 - n) }));
    server.post("/oap", &reports.collect());
    let retained =
        broker.wait_for_retained(|all| all.contains_key(&state(1)) && !all.contains_key(&state(9)));
    let left: Vec<&String> = retained.keys().filter(|topic| topic.contains(&mac(9))).collect();
    assert_eq!(left, Vec::<&String>::new());
    assert!(retained.contains_key("clouddata/other") && retained.contains_key(&discovery(8)));

    let availability = format!("{}/availability", state(1));
    let retained =
        broker.wait_for_retained(|all| all.get(&availability).is_some_and(|one| one == "offline"));
    let device = json(&retained[&discovery(1)]);
    // That it is silent is shown also while it is.
    broker.wait_for_retained(|all| {
        all.get(&state(1)).is_some_and(|one| json(one)["state"] == "silent")
    });
    let shown = &device["components"]["state"]["availability"];
    assert_eq!(*shown, json!([{ "topic": "clouddata/server/availability" }]));

    broker.wait_for_retained(|all| !all.keys().any(|topic| topic.contains(&mac(1))));
    assert_eq!(server.metric("mqtt_motes"), 0.0);
    // It may come back.
    server.post("/oap", &json!({ "mac": mac(1), "temperature": 20.5 }));
    broker.wait_for_retained(|all| all.contains_key(&state(1)) && all.contains_key(&discovery(1)));
}
