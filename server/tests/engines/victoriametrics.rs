use clouddata_server::{InfluxConfig, Protocol};

use crate::engine::Engine;
use crate::site::{HOUR, Site, store_and_ask};

fn config(engine: &Engine, protocol: Protocol) -> InfluxConfig {
    InfluxConfig { url: engine.url(), protocol, engine: clouddata_server::Engine::VictoriaMetrics }
}

#[tokio::test]
async fn version_1_of_the_protocol() {
    let engine = Engine::victoriametrics();
    let protocol = Protocol::V1 {
        database: "grafana".to_owned(),
        retention_policy: "twelve_h_only".to_owned(),
        credentials: None,
    };
    store_and_ask(&Site::new(&config(&engine, protocol), HOUR * 12)).await;
}

#[tokio::test]
async fn version_2_of_the_protocol() {
    let engine = Engine::victoriametrics();
    let protocol = Protocol::V2 {
        org: "home".to_owned(),
        bucket: "grafana".to_owned(),
        token: Some("0123456789abcdef".to_owned()),
    };
    store_and_ask(&Site::new(&config(&engine, protocol), HOUR * 12)).await;
}
