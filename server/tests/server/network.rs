use axum::http::{StatusCode, header};
use clouddata_server::{Config, Server};
use readings::{Event, Link, Quantity};
use serde_json::{Value, json};

use crate::fixture::{HOUR, MAC, Site, ago, client, url};

pub(crate) const AP: &str = "00-17-0d-00-00-30-5d-01";
const FAR: &str = "00-17-0d-00-00-30-5d-99";

fn minutes(minutes: u32) -> String {
    ago(HOUR / 60 * minutes)
}

/// An access point, a mote beside it, and one behind that.
async fn filled() -> Site {
    let site = Site::new();
    let readings = json!([
        {"mac": AP, "access_point": 1, "mote_id": 1, "mote_state": 4, "network_motes": 2,
         "network_reliability": 99.9, "links": 20, "links_rx": 18, "timestamp": minutes(9)},
        {"mac": MAC, "mote_id": 2, "mote_state": 4, "state_time": 600, "joins": 1, "routing": 1,
         "good_neighbours": 3, "access_point": 0, "links": 180, "timestamp": minutes(9)},
        {"mac": MAC, "battery_voltage": 2950, "charge": 100, "timestamp": minutes(120)},
        {"mac": MAC, "battery_voltage": 2961, "charge": 460, "tx_ok": 99, "tx_failed": 1,
         "timestamp": minutes(20)},
        {"mac": MAC, "temperature": 22.5, "analog_0": 7, "timestamp": minutes(1)},
        {"mac": FAR, "mote_id": 3, "mote_state": 4, "hop_depth": 7, "timestamp": minutes(9)},
    ]);
    let links = json!([
        {"mac": MAC, "neighbour": AP, "kind": "path", "direction": "upstream", "rssi": -60,
         "quality": 90, "timestamp": minutes(9)},
        {"mac": FAR, "neighbour": MAC, "kind": "path", "direction": "upstream", "rssi": -70,
         "timestamp": minutes(9)},
        {"mac": FAR, "neighbour": AP, "kind": "path", "direction": "unused", "timestamp": minutes(9)},
        {"mac": MAC, "neighbour": AP, "kind": "used", "attempts": 40, "failures": 10, "rssi": -61,
         "received": 3, "timestamp": minutes(21)},
        {"mac": MAC, "neighbour": AP, "kind": "used", "attempts": 0, "failures": 0, "rssi": -62,
         "received": 3, "timestamp": minutes(6)},
        {"mac": FAR, "neighbour": AP, "kind": "heard", "rssi": -90, "timestamp": minutes(7)},
        {"mac": AP, "neighbour": MAC, "kind": "heard", "rssi": -90, "timestamp": minutes(100)},
    ]);
    let events = json!([
        {"event": "moteJoin", "number": 1, "mac": MAC, "timestamp": minutes(30)},
        {"event": "pathCreate", "number": 2, "mac": FAR, "neighbour": MAC, "timestamp": minutes(29)},
        {"event": "networkReset", "timestamp": minutes(50), "reason": "asked", "code": 3},
    ]);
    for (path, body) in
        [("/api/v1/oap", readings), ("/api/v1/links", links), ("/api/v1/events", events)]
    {
        // What is sent twice is kept once.
        for _ in 0..2 {
            let answer = site.post(path, body.to_string()).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}: {}", answer.text);
        }
    }
    site
}

#[tokio::test]
async fn every_quantity_of_the_contract_is_stored_and_comes_back() {
    let site = Site::new();
    let now = minutes(1);
    for quantity in Quantity::all() {
        let value = quantity.range().end().min(7.0);
        let body = json!({"mac": MAC, quantity.name(): value, "timestamp": now});
        let answer = site.post("/oap", body.to_string()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{quantity}: {}", answer.text);
        let found: Value = site.get(&format!("/api/v1/readings?quantity={quantity}")).await.json();
        assert_eq!(found, json!([{"mac": MAC, quantity.name(): value, "timestamp": now}]));
    }
    let listed: Value = site.get("/api/v1/quantities").await.json();
    assert_eq!(listed.as_array().unwrap().len(), Quantity::all().count());
    assert_eq!(
        listed[25],
        json!({"name": "battery_voltage", "unit": "mV", "min": 0.0, "max": 65535.0,
               "source": "health", "meaning": "of the mote's supply"})
    );
    let mote: Value = site.get(&format!("/api/v1/motes/{MAC}")).await.json();
    assert_eq!(mote["quantities"].as_object().unwrap().len(), Quantity::all().count());
}

#[tokio::test]
async fn other_quantities_come_as_temperatures_do() {
    let site = filled().await;
    let csv = site.get("/api/v1/readings?quantity=battery_voltage&format=csv").await.text;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("mac,timestamp,battery_voltage", 3));
    assert!(lines[2].ends_with(",2961"), "{csv}");
    let path = format!("/api/v1/readings?quantity=charge&mac={MAC}&from=-3h&buckets=3");
    let means: Value = site.get(&path).await.json();
    let series = &means["series"][0];
    assert_eq!(series["means"], json!([100.0, null, 460.0]));
    assert_eq!((&series["count"], &series["max"]), (&json!(2), &json!(460.0)));
    // Many pages are one answer, mote by mote.
    for mote in 0..3 {
        let mac = format!("ff-00-00-00-00-00-00-0{mote}");
        let body: Vec<Value> = (0..1200)
            .map(|n| json!({"mac": mac, "latency": n, "timestamp": ago(HOUR / 3600 * (2000 - n))}))
            .collect();
        site.post("/oap", json!(body).to_string()).await;
    }
    let all: Vec<Value> = site.get("/api/v1/readings?quantity=latency").await.json();
    assert_eq!(all.len(), 3600);
    assert_eq!(
        (&all[1200]["mac"], &all[1200]["latency"]),
        (&json!("ff-00-00-00-00-00-00-01"), &json!(0.0))
    );
}

#[tokio::test]
async fn each_kind_has_its_own_retention_and_refusals_name_index_and_field() {
    let site = Site::new();
    let body = json!([
        {"mac": MAC, "temperature": 1, "battery_voltage": 2961, "timestamp": ago(HOUR * 24)},
        {"mac": MAC, "analog_0": 1, "timestamp": ago(HOUR * 24)},
        {"mac": MAC, "charge": 1, "timestamp": ago(HOUR * 24 * 31)},
    ]);
    let answer = site.post("/oap", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused: Vec<Value> = answer.json();
    let found: Vec<_> = refused.iter().map(|one| (&one["index"], &one["field"])).collect();
    let field = json!("timestamp");
    assert_eq!(found, [(&json!(0), &field), (&json!(1), &field), (&json!(2), &field)]);
    let kept: Vec<Value> = site.get("/api/v1/readings?quantity=battery_voltage").await.json();
    assert_eq!(kept.len(), 1);
    for (path, body) in [
        ("/links", json!([{"mac": MAC, "neighbour": AP, "kind": "used"}, {"mac": MAC, "kind": 1}])),
        ("/events", json!([{"event": "moteLost"}, {"event": "mote lost"}])),
    ] {
        let answer = site.post(path, body.to_string()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        let refused: Vec<Value> = answer.json();
        assert_eq!((refused.len(), &refused[0]["index"]), (1, &json!(1)));
        let all: Vec<Value> = site.get(&format!("/api/v1{path}")).await.json();
        assert_eq!(all.len(), 1, "{path}");
        // So a gateway finds out that there is such a path.
        assert_eq!(site.post(path, "[]").await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.post(path, "7").await.status, StatusCode::BAD_REQUEST);
    }
    let metrics = site.get("/metrics").await.text;
    for line in ["links_stored_total 1", "links_refused_total 1", "events_stored_total 1"] {
        assert!(metrics.contains(&format!("clouddata_server_{line}\n")), "{line}");
    }
}

#[tokio::test]
async fn links_of_a_moment_are_the_newest_of_each_way() {
    let site = filled().await;
    let links = async |query: &str| {
        let found: Vec<Link> = site.get(&format!("/api/v1/links{query}")).await.json();
        found
            .iter()
            .map(|link| (link.mac.octets()[7], link.kind.name(), link.rssi))
            .collect::<Vec<_>>()
    };
    let now = links("").await;
    assert_eq!(
        now,
        [
            (0x39, "path", Some(-60)),
            (0x39, "used", Some(-62)),
            (0x99, "path", None),
            (0x99, "heard", Some(-90)),
            (0x99, "path", Some(-70)),
        ]
    );
    assert_eq!(links("?at=-15m&kind=used").await, [(0x39, "used", Some(-61))]);
    assert_eq!(links("?at=-95m").await, [(0x01, "heard", Some(-90))]);
    // With a beginning or an end it is all of them, by time.
    let history = links("?from=-22m&kind=used").await;
    assert_eq!(history, [(0x39, "used", Some(-61)), (0x39, "used", Some(-62))]);
    assert_eq!(links("?from=-2h").await.len(), 7);
}

#[tokio::test]
async fn events_come_newest_first_page_by_page() {
    let site = filled().await;
    let all: Vec<Event> = site.get("/api/v1/events").await.json();
    let names: Vec<&str> = all.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["pathCreate", "moteJoin", "networkReset"]);
    assert_eq!(all[2].details["reason"], "asked".into());
    let count = async |query: String| {
        site.get(&format!("/api/v1/events?{query}")).await.json::<Vec<Event>>().len()
    };
    // A path is about both its ends.
    assert_eq!(count(format!("mac={MAC}")).await, 2);
    assert_eq!(count("event=moteJoin,networkReset".to_owned()).await, 2);
    assert_eq!(count("from=-40m&to=-29m30s".to_owned()).await, 1);

    // A hundred of one microsecond, and some more.
    let when = minutes(5);
    let many: Vec<Value> = (0..250)
        .map(|n| {
            let time = if n < 200 { when.clone() } else { ago(HOUR / 3600 * n) };
            json!({"event": "ping", "number": n, "timestamp": time})
        })
        .collect();
    site.post("/events", json!(many).to_string()).await;
    let mut path = "/api/v1/events?limit=60&event=ping".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = site.get(&path).await;
        let events: Vec<Event> = answer.json();
        seen.extend(events.into_iter().filter_map(|event| event.number));
        let Some(link) = answer.headers.get(header::LINK) else { break };
        let link = link.to_str().unwrap();
        let query = link.strip_prefix("<?").and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = format!("/api/v1/events?{}", query.unwrap());
    }
    let mut numbers = seen.clone();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..250).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_network_has_its_motes_with_parents_and_hops_and_each_way() {
    let site = filled().await;
    let network: Value = site.get("/api/v1/network").await.json();
    assert_eq!(network["access_point"], AP);
    assert_eq!(network["network"], json!({"network_motes": 2.0, "network_reliability": 99.9}));
    let motes = network["motes"].as_array().unwrap();
    let of = |mac: &str| motes.iter().find(|mote| mote["mac"] == mac).unwrap();
    let (near, far) = (of(MAC), of(FAR));
    assert_eq!(motes.len(), 3);
    assert_eq!((&of(AP)["access_point"], &of(AP)["hops"]), (&json!(true), &json!(0)));
    assert_eq!((&near["parents"], &near["hops"]), (&json!([AP]), &json!(1)));
    assert_eq!((&near["battery_voltage"], &near["joins"]), (&json!(2961.0), &json!(1.0)));
    assert_eq!(
        (&near["mote_id"], &near["routing"], &near["state"]),
        (&json!(2), &json!(true), &json!("ok"))
    );
    // By its paths, and not as deep as the manager says.
    assert_eq!((&far["hops"], &far["state"]), (&json!(2), &Value::Null));
    let joined = near["joined"].as_str().unwrap();
    assert!(joined > minutes(20).as_str() && joined < minutes(18).as_str(), "{joined}");
    let links = network["links"].as_array().unwrap();
    let between =
        |a: &str, b: &str| links.iter().find(|link| link["a"] == a && link["b"] == b).unwrap();
    assert_eq!(links.len(), 3);
    let up = between(MAC, AP);
    assert_eq!(
        (&up["direction"], &up["used"], &up["measured"]),
        (&json!("upstream"), &json!(true), &json!(true))
    );
    assert_eq!((&up["stability_ab"], &up["stability_ba"]), (&json!(0.75), &Value::Null));
    assert_eq!(
        (&up["rssi_ab"], &up["rssi_ba"], &up["quality"]),
        (&json!(-60), &json!(-62), &json!(90))
    );
    let unused = between(AP, FAR);
    assert_eq!((&unused["direction"], &unused["heard"]), (&json!("unused"), &json!(true)));
    // Before there was anything.
    let before: Value = site.get("/api/v1/network?at=-3h").await.json();
    assert_eq!((&before["motes"], &before["links"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn a_mote_has_a_page_of_its_own() {
    let site = filled().await;
    let mote: Value = site.get(&format!("/api/v1/motes/{MAC}?capacity_mah=1")).await.json();
    assert_eq!(mote["state"], "ok");
    assert_eq!(mote["quantities"]["battery_voltage"]["value"], 2961.0);
    assert_eq!(mote["quantities"]["temperature"]["value"], 22.5);
    assert_eq!((&mote["parents"], &mote["hops"]), (&json!([AP]), &json!(1)));
    assert_eq!(mote["links"].as_array().unwrap().len(), 2);
    assert_eq!(mote["events"].as_array().unwrap().len(), 2);
    let battery = &mote["battery"];
    assert_eq!((&battery["voltage_mv"], &battery["charge_mc"]), (&json!(2961.0), &json!(460.0)));
    // 360 mC in 6000 s, and 3140 mC are left of 1 mAh.
    assert_eq!((&battery["current_ua"], &battery["days_left"]), (&json!(60.0), &json!(0.6)));
    let past: Value = site.get(&format!("/api/v1/motes/{MAC}?at=-1h")).await.json();
    assert_eq!(past["quantities"]["battery_voltage"]["value"], 2950.0);
    assert_eq!((&past["state"], &past["events"]), (&Value::Null, &json!([])));
    assert_eq!(past["battery"]["current_ua"], Value::Null);
    // One that only a manager tells of is no mote that reports.
    let listed: Vec<Value> = site.get("/api/v1/motes").await.json();
    assert_eq!(listed.len(), 1);
    let put = axum::http::Request::put(format!("/api/v1/motes/{AP}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(axum::body::Body::from(r#"{"label": "manager"}"#));
    assert_eq!(site.ask(put.unwrap()).await.status, StatusCode::NO_CONTENT);
    let manager: Value = site.get(&format!("/api/v1/motes/{AP}")).await.json();
    assert_eq!((&manager["label"], &manager["battery"]), (&json!("manager"), &Value::Null));
    let nobody = site.get("/api/v1/motes/77-17-0d-00-00-30-5d-39").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_report_judges_what_is_known() {
    let site = filled().await;
    let report: Value = site.get("/api/v1/network/report").await.json();
    let tests = report["tests"].as_array().unwrap();
    let of = |name: &str, subject: Value| {
        let test = tests.iter().find(|test| test["name"] == name && test["subject"] == subject);
        let test = test.unwrap_or_else(|| panic!("{name} {subject}"));
        (test["value"].clone(), test["passed"].clone())
    };
    assert_eq!(of("mote_availability", json!(MAC)), (json!(0.99), json!(true)));
    assert_eq!(of("mote_availability", json!(FAR)), (Value::Null, Value::Null));
    assert_eq!(of("joined_once", json!(MAC)), (json!(1.0), json!(true)));
    assert_eq!(of("good_neighbours", json!(MAC)), (json!(3.0), json!(true)));
    // Both have one parent.
    assert_eq!(of("exactly_one_single_parent", Value::Null), (json!(2.0), json!(false)));
    assert_eq!(of("stability_for_rssi", json!(MAC)), (json!(0.75), json!(true)));
    assert_eq!(of("ap_links", json!(AP)), (json!(18.0), json!(true)));
    assert_eq!(of("mote_links", json!(MAC)), (json!(180.0), json!(false)));
    assert_eq!(of("mote_links", json!(FAR)), (Value::Null, Value::Null));
    assert_eq!(report["passed"], false);
    let empty: Value = Site::new().get("/api/v1/network/report").await.json();
    assert_eq!(empty["passed"], Value::Null);
}

#[test]
fn the_limit_of_motes_is_for_all_kinds_and_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            max_motes: 3,
            ..Config::new(folder.path().to_owned())
        };
        let server = Server::start(config).unwrap();
        let mac = |mote: u8| format!("00-17-0d-00-00-30-00-{mote:02x}");
        let post = |path: &str, body: Value| {
            let answer = client().post(url(&server, path)).send_json(body).unwrap();
            answer.status().as_u16()
        };
        assert_eq!(post("/oap", json!({"mac": mac(1), "charge": 1})), 204);
        let link = |mote| json!({"mac": mac(mote), "neighbour": mac(9), "kind": "used"});
        assert_eq!(post("/links", json!([link(1), link(2)])), 204);
        assert_eq!(post("/events", json!({"event": "moteLost", "mac": mac(3)})), 204);
        assert_eq!(post("/oap", json!({"mac": mac(4), "temperature": 1})), 422, "{round}");
        assert_eq!(post("/links", link(4)), 422);
        assert_eq!(post("/events", json!([{"event": "moteLost", "mac": mac(4)}])), 422);
        // One of no mote, and one of a mote that is known.
        assert_eq!(post("/events", json!({"event": "networkReset"})), 204);
        assert_eq!(post("/oap", json!({"mac": mac(3), "temperature": 1})), 204);
    }
}
