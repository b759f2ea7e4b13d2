//! An engine that is written to and read at several addresses, as a cluster is.

use axum::http::StatusCode;
use clouddata_server::{Engine, InfluxConfig};

use crate::parts::Part;
use crate::site::{HOUR, MAC, Site, ago, reading, store_and_ask, version_1};

/// A site on so many parts of each kind, and these.
fn site(count: usize) -> (Site, Vec<Part>, Vec<Part>) {
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    let site = Site::new(engines::victoriametrics, |engine| {
        let url = engine.url().trim_end_matches('/').to_owned();
        let parts = || (0..count).map(|_| Part::of(&url)).collect::<Vec<_>>();
        (writers, readers) = (parts(), parts());
        // Nobody is there.
        let nowhere = "http://127.0.0.1:9".to_owned();
        InfluxConfig {
            write_urls: writers.iter().map(Part::write_url).collect(),
            read_urls: readers.iter().map(Part::read_url).collect(),
            ..InfluxConfig::new(nowhere, version_1(), Engine::VictoriaMetrics)
        }
    });
    (site, writers, readers)
}

#[tokio::test]
async fn a_cluster_is_written_to_at_one_path_and_read_at_another() {
    let (site, writers, readers) = site(1);
    store_and_ask(&site).await;
    writers[0].set_down(true);
    let (status, _, text) = site.get("/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
    assert_eq!(site.get("/api/v1/readings").await.0, StatusCode::OK);
    writers[0].set_down(false);
    readers[0].set_down(true);
    assert_eq!(site.get("/health").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/api/v1/readings").await.0, StatusCode::SERVICE_UNAVAILABLE);
    site.post_until_stored(&[reading(MAC, 1.0, ago(HOUR / 2))]).await;
}

#[tokio::test]
async fn what_one_address_does_not_take_another_does() {
    let (site, writers, readers) = site(2);
    let post = async |n: u32| site.post(&[reading(MAC, 1.0, ago(HOUR / 60 * n))]).await.0;
    assert_eq!(post(1).await, StatusCode::NO_CONTENT);
    assert_eq!((writers[0].requests(), writers[1].requests()), (1, 0));
    writers[0].set_down(true);
    readers[0].set_down(true);
    for n in 2..12 {
        assert_eq!(post(n).await, StatusCode::NO_CONTENT);
        assert_eq!(site.get("/api/v1/readings").await.0, StatusCode::OK);
    }
    // It is asked again, but not each time.
    let asked = writers[0].requests();
    assert!((2..8).contains(&asked), "{asked}");
    assert!(writers[1].requests() >= 10);
    assert_eq!(site.get("/health").await.0, StatusCode::OK);
    assert_eq!(site.wait_for(11).await.len(), 11);

    writers[1].set_down(true);
    readers[1].set_down(true);
    assert_eq!(post(20).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/health").await.0, StatusCode::SERVICE_UNAVAILABLE);
    writers[0].set_down(false);
    readers[1].set_down(false);
    site.post_until_stored(&[reading(MAC, 1.0, ago(HOUR / 60 * 20))]).await;
    assert_eq!(site.wait_for(12).await.len(), 12);
}
