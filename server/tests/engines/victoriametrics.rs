use clouddata_server::{InfluxConfig, Protocol};

use crate::site::{Site, store_and_ask};

fn site(protocol: Protocol) -> Site {
    Site::new(engines::victoriametrics, |engine| InfluxConfig {
        url: engine.url(),
        protocol,
        engine: clouddata_server::Engine::VictoriaMetrics,
    })
}

#[tokio::test]
async fn version_1_of_the_protocol() {
    let protocol = Protocol::V1 {
        database: "grafana".to_owned(),
        retention_policy: "twelve_h_only".to_owned(),
        network_retention_policy: "network_thirty_d".to_owned(),
        credentials: None,
    };
    store_and_ask(&site(protocol)).await;
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
