//! Other quantities than temperature, links and events: the same of every engine as of SQLite, but
//! for what an engine cannot hold.

use std::time::Instant;

use axum::http::StatusCode;
use clouddata_server::{Engine, InfluxConfig};
use serde_json::{Value, json};

use crate::site::{HOUR, MAC, OTHER, PATIENCE, Site, ago, version_1};

const AP: &str = "00-17-0d-00-00-30-5d-01";

fn site(engine: Engine) -> Site {
    let start = match engine {
        Engine::InfluxDb => engines::influxdb,
        Engine::VictoriaMetrics => engines::victoriametrics,
    };
    Site::new(start, |process| InfluxConfig::new(process.url(), version_1(), engine))
}

/// So many minutes ago, in whole milliseconds: that is what every engine keeps.
fn minutes(minutes: u32) -> String {
    let micros = ago(HOUR / 60 * minutes).as_micros() / 1000 * 1000;
    readings::Timestamp::from_micros(micros).to_string()
}

async fn post(site: &Site, path: &str, body: &Value) {
    let (status, _, text) = site.post_to(path, body.to_string()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{path}: {text}");
}

/// Waits until so many can be seen: some engines show them a little later.
async fn wait_for(site: &Site, path: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let found = site.json(path).await.as_array().unwrap().clone();
        if found.len() >= count || begun.elapsed() > PATIENCE {
            assert_eq!(found.len(), count, "{path}: {found:?}");
            return found;
        }
        tokio::time::sleep(core::time::Duration::from_millis(100)).await;
    }
}

async fn store_and_ask(site: &Site, keeps_text: bool) {
    let day = ago(HOUR * 24 * 8).to_string();
    let readings = json!([
        {"mac": AP, "access_point": 1, "mote_id": 1, "network_motes": 2, "timestamp": minutes(5)},
        {"mac": MAC, "battery_voltage": 2961, "charge": 7, "mote_id": 2, "timestamp": minutes(5)},
        {"mac": MAC, "battery_voltage": 2999, "timestamp": day},
        {"mac": OTHER, "analog_0": -3, "timestamp": minutes(5)},
    ]);
    let path = |mac, neighbour, time: String| {
        json!({"mac": mac, "neighbour": neighbour, "kind": "path", "timestamp": time, "rssi": -60,
               "rssi_back": -61, "quality": 90, "direction": "upstream", "slots": 3})
    };
    let used = |minutes: String, attempts: u32| {
        json!({"mac": MAC, "neighbour": AP, "kind": "used", "timestamp": minutes, "rssi": -62,
               "attempts": attempts, "failures": attempts / 4, "received": 9})
    };
    let links = json!([
        path(MAC, AP, minutes(6)),
        path(OTHER, MAC, minutes(6)),
        used(minutes(20), 40),
        used(minutes(5), 0),
        {"mac": OTHER, "neighbour": AP, "kind": "heard", "timestamp": minutes(5), "rssi": -90},
    ]);
    let events = json!([
        {"event": "moteJoin", "number": 1, "mac": MAC, "timestamp": minutes(9)},
        {"event": "pathCreate", "number": 2, "mac": OTHER, "neighbour": MAC, "timestamp": minutes(8)},
        {"event": "networkReset", "timestamp": minutes(7), "code": 1.5, "reason": "a \"b\" \\ ä"},
    ]);
    for _ in 0..2 {
        post(site, "/oap", &readings).await;
        post(site, "/links", &links).await;
        post(site, "/events", &events).await;
    }

    let voltages = wait_for(site, "/api/v1/readings?quantity=battery_voltage", 2).await;
    assert_eq!(
        voltages[0],
        json!({"mac": MAC, "battery_voltage": 2999.0, "timestamp": voltages[0]["timestamp"]})
    );
    let analog = wait_for(site, "/api/v1/readings?quantity=analog_0", 1).await;
    assert_eq!(analog[0]["analog_0"], -3.0);
    let means = site.json("/api/v1/readings?quantity=charge&from=-1h&buckets=1").await;
    assert_eq!(means["series"][0]["means"], json!([7.0]));

    // All of each link comes back, by time, and those of one moment in an order.
    let history = wait_for(site, "/api/v1/links?from=-1h", 5).await;
    let mut expected = links.as_array().unwrap().clone();
    expected.sort_by_key(|link| {
        ["timestamp", "mac", "neighbour", "kind"]
            .map(|name| link[name].as_str().unwrap().to_owned())
    });
    let kinds = |links: &[Value]| -> Vec<Value> {
        links.iter().map(|link| link["timestamp"].clone()).collect()
    };
    assert_eq!(kinds(&history), kinds(&expected));
    for link in &expected {
        assert!(history.contains(link), "{link} in {history:?}");
    }
    let now = wait_for(site, "/api/v1/links", 4).await;
    let newest = now.iter().find(|link| link["kind"] == "used").unwrap();
    assert_eq!(newest["attempts"], 0);
    wait_for(site, &format!("/api/v1/links?mac={OTHER}&kind=heard"), 1).await;

    let found = wait_for(site, "/api/v1/events", 3).await;
    let mut expected = events.as_array().unwrap().clone();
    expected.reverse();
    if !keeps_text {
        expected[0].as_object_mut().unwrap().remove("reason");
    }
    assert_eq!(found, expected);
    wait_for(site, &format!("/api/v1/events?mac={MAC}"), 2).await;
    wait_for(site, "/api/v1/events?event=moteJoin,networkReset&to=-8m", 1).await;
    let (_, headers, text) = site.get("/api/v1/events?limit=2").await;
    let link = headers[axum::http::header::LINK].to_str().unwrap();
    assert!(text.contains("networkReset") && text.contains("pathCreate"), "{text}");
    let next = link.strip_prefix("<?").and_then(|link| link.split('>').next()).unwrap();
    let rest = wait_for(site, &format!("/api/v1/events?{next}"), 1).await;
    assert_eq!(rest[0]["event"], "moteJoin");

    let network = site.json("/api/v1/network").await;
    assert_eq!(network["access_point"], AP);
    let of = |mac: &str| {
        let motes = network["motes"].as_array().unwrap();
        motes.iter().find(|mote| mote["mac"] == mac).unwrap().clone()
    };
    assert_eq!((&of(MAC)["hops"], &of(OTHER)["hops"]), (&json!(1), &json!(2)));
    let links = network["links"].as_array().unwrap();
    let up = links.iter().find(|link| link["a"] == MAC && link["b"] == AP).unwrap();
    assert_eq!((&up["stability_ab"], &up["quality"]), (&json!(0.75), &json!(90)));
    let mote = site.json(&format!("/api/v1/motes/{MAC}")).await;
    assert_eq!(mote["quantities"]["battery_voltage"]["value"], 2961.0);
    assert_eq!(mote["events"].as_array().unwrap().len(), 2);
    let report = site.json("/api/v1/network/report").await;
    let tests = report["tests"].as_array().unwrap();
    let stability = tests.iter().find(|test| test["name"] == "stability_for_rssi").unwrap();
    assert_eq!((&stability["value"], &stability["passed"]), (&json!(0.75), &json!(true)));
    // None of these has a temperature.
    assert_eq!(site.json("/api/v1/motes").await, json!([]));
}

#[tokio::test]
async fn influxdb_keeps_all_of_it() {
    let site = site(Engine::InfluxDb);
    store_and_ask(&site, true).await;
    let url = format!("{}/query", site.engine.url());
    let ask = [("q", "SHOW RETENTION POLICIES ON grafana")];
    let policies = ureq::post(url).send_form(ask).unwrap().body_mut().read_to_string().unwrap();
    assert!(
        policies.contains(r#"["network_thirty_d","720h0m0s","24h0m0s",1,false]"#),
        "{policies}"
    );
}

#[tokio::test]
async fn victoriametrics_keeps_what_is_a_number() {
    store_and_ask(&site(Engine::VictoriaMetrics), false).await;
}

#[tokio::test]
async fn many_links_are_one_answer() {
    for engine in [Engine::InfluxDb, Engine::VictoriaMetrics] {
        let site = site(engine);
        let link = |n: u32| {
            json!({"mac": format!("00-17-0d-00-00-30-{:02x}-{:02x}", n / 200, n % 200),
                   "neighbour": AP, "kind": "heard", "rssi": -90,
                   // A hundred each of one moment.
                   "timestamp": minutes(1 + n / 100)})
        };
        let links: Vec<Value> = (0..3000).map(link).collect();
        post(&site, "/links", &json!(links)).await;
        let found = wait_for(&site, "/api/v1/links?from=-1h", 3000).await;
        let mut macs: Vec<&str> = found.iter().map(|link| link["mac"].as_str().unwrap()).collect();
        macs.sort_unstable();
        macs.dedup();
        assert_eq!(macs.len(), 3000);
    }
}
