use clouddata_server::{Engine, InfluxConfig, Protocol};

use crate::site::{Site, store_and_ask, version_1};

fn site(protocol: Protocol) -> Site {
    Site::new(engines::victoriametrics, |engine| {
        InfluxConfig::new(engine.url(), protocol, Engine::VictoriaMetrics)
    })
}

#[tokio::test]
async fn version_1_of_the_protocol() {
    store_and_ask(&site(version_1())).await;
}

#[tokio::test]
async fn version_2_of_the_protocol() {
    let protocol = Protocol::V2 {
        org: "home".to_owned(),
        bucket: "grafana".to_owned(),
        network_bucket: None,
        token: Some("0123456789abcdef".to_owned()),
    };
    store_and_ask(&site(protocol)).await;
}

#[tokio::test]
async fn that_an_answer_is_not_on_the_disk_is_said() {
    let site = site(version_1());
    let health = site.json("/health").await;
    assert_eq!(health["status"], "ok");
    assert!(health["notices"][0].as_str().unwrap().contains("before readings are on its disk"));
}
