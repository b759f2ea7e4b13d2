//! What a request costs and how long its answer is, whatever is in it.

use std::io::Write;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use readings::{Field, MAX_READINGS, Refusal};

use crate::fixture::{Answer, MAC, Site};

/// Octets that no answer to a request goes beyond, which are about those of the largest request.
const MOST: usize = 2 * 1024 * 1024;

fn member(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn post_gzip(site: &Site, body: Vec<u8>) -> Answer {
    let request = Request::post("/oap")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_ENCODING, "gzip");
    site.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_gzip_body_of_some_members_is_read_and_one_of_many_is_refused() {
    let site = Site::new();
    let reading = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    let (start, end) = reading.split_at(10);
    let two = [member(start), member(end)].concat();
    assert_eq!(post_gzip(&site, two).await.status, 204);
    let begun = Instant::now();
    for member in [member(""), member(" ")] {
        let answer = post_gzip(&site, member.repeat(50_000)).await;
        let text = &answer.text;
        assert!(answer.status == 400 && text.contains("members") || answer.status == 413, "{text}");
    }
    let garbage = [member(&reading), b"garbage".to_vec()].concat();
    assert_eq!(post_gzip(&site, garbage).await.status, 400);
    // Each member costs some microseconds: fifty thousand of them were most of a second.
    assert!(begun.elapsed().as_secs() < 30);
}

#[tokio::test]
async fn a_list_of_refusals_names_each_and_stays_small() {
    let site = Site::new();
    let long = "9".repeat(60);
    for (object, field) in [
        (r#"{"mac":"00-17-0d-00-00-30-5d-39","temperature":1e308}"#.to_owned(), Field::TEMPERATURE),
        (
            r#"{"mac":"00-17-0d-00-00-30-5d-39","temperature":-1e308}"#.to_owned(),
            Field::TEMPERATURE,
        ),
        (r#"{"mac":"00-17-0d-00-00-30-5d-39","temperature":"x"}"#.to_owned(), Field::TEMPERATURE),
        (format!(r#"{{"mac":"{long}","temperature":1}}"#), Field::MAC),
        (
            format!(r#"{{"mac":"{MAC}","temperature":1,"timestamp":"{}"}}"#, &long[..20]),
            Field::TIMESTAMP,
        ),
        (
            format!(r#"{{"mac":"{MAC}","temperature":1,"timestamp":"2001-01-01T00:00:00Z"}}"#),
            Field::TIMESTAMP,
        ),
        ("{}".to_owned(), Field::MAC),
    ] {
        let body = format!("[{}]", vec![object.as_str(); MAX_READINGS].join(","));
        if body.len() > 1024 * 1024 {
            panic!("{} octets of {object}", body.len());
        }
        let answer = site.post("/oap", body).await;
        assert_eq!(answer.status, 422, "{object}");
        assert!(answer.text.len() < MOST, "{} octets for {object}", answer.text.len());
        let refusals: Vec<Refusal> = answer.json();
        assert!(refusals.iter().map(|one| one.index).eq(0..MAX_READINGS), "{object}");
        assert!(refusals.iter().all(|one| one.field == field), "{object}");
        assert!(refusals.iter().all(|one| one.reason.chars().count() <= 201), "{object}");
        assert!(!refusals[0].reason.is_empty() && !refusals[MAX_READINGS - 1].reason.is_empty());
    }
}

#[tokio::test]
async fn an_error_repeats_little_of_what_was_sent() {
    let site = Site::new();
    let long = "x".repeat(500_000);
    for body in [
        format!("\"{long}\""),
        long.clone(),
        "[".repeat(500_000),
        "{\"a\":".repeat(150_000),
        "9".repeat(500_000),
        format!("1e{}", "9".repeat(500_000)),
        format!("{{\"{long}\":1"),
    ] {
        let answer = site.post("/oap", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.len() < 2000, "{} octets", answer.text.len());
        assert!(answer.json::<serde_json::Value>()["error"].is_string());
    }
    let name = "y".repeat(20_000);
    for header in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        let mut request = Request::post("/oap").header(header::CONTENT_TYPE, "application/json");
        if header == header::CONTENT_TYPE {
            request = Request::post("/oap");
        }
        let answer = site.ask(request.header(header, &name).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 415);
        assert!(answer.text.len() < 2000, "{} octets", answer.text.len());
    }
    let answer = site.get(&format!("/api/v1/readings?{}=1", &name[..8000])).await;
    assert!(answer.text.len() < 2000, "{} octets", answer.text.len());
}

#[tokio::test(start_paused = true)]
async fn large_bodies_share_a_room_and_small_ones_need_none() {
    let site = std::sync::Arc::new(Site::new());
    // Each begins, and then sends nothing for longer than others wait.
    let body = || {
        let first = vec![b' '; 32 * 1024];
        let octets = futures_util::stream::unfold(Some(first), async |part| {
            let Some(part) = part else {
                tokio::time::sleep(core::time::Duration::from_secs(3600)).await;
                return None;
            };
            Some((Ok::<_, core::convert::Infallible>(part), None))
        });
        Body::from_stream(octets)
    };
    let begun: Vec<_> = (0..100)
        .map(|_| {
            let (site, body) = (std::sync::Arc::clone(&site), body());
            tokio::spawn(async move { site.post("/oap", body).await.status })
        })
        .collect();
    tokio::time::sleep(core::time::Duration::from_secs(1)).await;
    let large = format!("[{}{{\"mac\":\"{MAC}\",\"temperature\":1}}]", " ".repeat(32 * 1024));
    let answer = site.post("/oap", large.clone()).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    let small = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    assert_eq!(site.post("/oap", small).await.status, 204);
    for one in begun {
        assert!(matches!(one.await.unwrap().as_u16(), 408));
    }
    assert_eq!(site.post("/oap", large).await.status, 204);
}
