use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use readings::{Field, Kind, Refusal, Timestamp};

use crate::fixture::{HOUR, MAC, Site, ago, object};

#[tokio::test]
async fn the_old_clients_request_is_taken_on_both_paths_and_stamped() {
    let site = Site::new();
    for path in Kind::Readings.paths() {
        let before = Timestamp::now();
        let request = Request::post(path).header("Content-type", "application/json");
        let body = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
        let answer = site.ask(request.body(Body::from(body)).unwrap()).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
        let stored = site.stored().await;
        let last = stored.last().unwrap();
        assert_eq!((last.mac.to_string().as_str(), last.value), (MAC, 22.97));
        assert!(last.timestamp.unwrap() >= before);
    }
    assert_eq!(site.stored().await.len(), Kind::Readings.paths().len());
}

#[tokio::test]
async fn unstamped_readings_of_one_request_are_different_readings() {
    let site = Site::new();
    let one = format!(r#"{{"mac": "{MAC}", "temperature": 20}}"#);
    site.post("/oap", format!("[{one}, {one}, {one}]")).await;
    assert_eq!(site.stored().await.len(), 3);
}

#[tokio::test]
async fn a_repeat_is_accepted_and_stored_once() {
    let site = Site::new();
    let reading = object(MAC, 21.5, &ago(HOUR / 2));
    for body in [reading.clone(), format!("[{reading}, {reading}]")] {
        let answer = site.post("/oap", body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(site.stored().await.len(), 1);
    let metrics = site.get("/metrics").await.text;
    assert!(metrics.contains("clouddata_server_readings_stored_total 1\n"), "{metrics}");
    assert!(metrics.contains("clouddata_server_readings_repeated_total 2\n"), "{metrics}");
}

#[tokio::test]
async fn refused_readings_are_listed_and_the_others_stored() {
    let site = Site::new();
    let body = [
        object(MAC, 20.0, &ago(HOUR / 2)),
        object("00-17-0d-00-00-30-5d", 20.0, &ago(HOUR / 2)),
        object(MAC, 1e99, &ago(HOUR / 2)),
        object(MAC, 20.0, &ago(HOUR * 2)),
        object(MAC, 20.0, "soon"),
        object(MAC, 20.0, &ago(HOUR / 4)),
        object(MAC, 20.0, "2099-01-01T00:00:00Z"),
        format!(r#"{{"temperature": 1, "timestamp": "{}"}}"#, ago(HOUR / 2)),
    ];
    let answer = site.post("/oap", format!("[{}]", body.join(","))).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refusals: Vec<Refusal> = answer.json();
    let named: Vec<_> = refusals.iter().map(|refusal| (refusal.index, refusal.field)).collect();
    assert_eq!(
        named,
        [
            (1, Field::MAC),
            (2, Field::TEMPERATURE),
            (3, Field::TIMESTAMP),
            (4, Field::TIMESTAMP),
            (6, Field::TIMESTAMP),
            (7, Field::MAC),
        ]
    );
    assert!(refusals[2].reason.ends_with("is older than the retention of 1h"), "{refusals:?}");
    assert!(refusals[4].reason.ends_with("is more than 1day in the future"), "{refusals:?}");
    assert_eq!(site.stored().await.len(), 2);
}

#[tokio::test]
async fn one_bad_reading_is_a_list_of_one_refusal() {
    let site = Site::new();
    let answer = site.post("/oap", r#"{"mac": "00-17-0d-00-00-30-5d", "temperature": 1}"#).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json::<Vec<Refusal>>().len(), 1);
}

#[tokio::test]
async fn what_is_not_readings_is_a_400_that_says_why() {
    let site = Site::new();
    let nan = format!(r#"{{"mac": "{MAC}", "temperature": NaN}}"#);
    for body in ["", "hello", "7", "[1]", "{\"mac\":", nan.as_str()] {
        let answer = site.post("/oap", body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.text.contains("not a reading"), "{}", answer.text);
    }
    assert_eq!(site.stored().await.len(), 0);
}

#[tokio::test]
async fn too_many_readings_or_octets_are_a_413() {
    let site = Site::new();
    let one = format!(r#"{{"mac":"{MAC}","temperature":1}}"#);
    let many = format!("[{}]", vec![one.as_str(); readings::MAX_READINGS + 1].join(","));
    let large = format!("[{one}{}]", " ".repeat(2 * 1024 * 1024));
    for body in [many, large] {
        let answer = site.post("/oap", body).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.text.contains("error"), "{}", answer.text);
    }
    let largest = format!("[{one}{}]", " ".repeat(readings::MAX_BODY - one.len() - 2));
    assert_eq!(site.post("/oap", largest).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn another_media_type_is_a_415_that_names_it() {
    let site = Site::new();
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    for (media_type, status) in [
        (Some("text/plain"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Some("Application/JSON; charset=utf-8"), StatusCode::NO_CONTENT),
    ] {
        let mut request = Request::post("/oap");
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let answer = site.ask(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(answer.status, status, "{media_type:?}");
        if let (Some(found), true) = (media_type, status.is_client_error()) {
            assert!(answer.text.contains(found), "{}", answer.text);
        }
    }
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, octets).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_gzip_body_is_inflated_but_only_so_far() {
    let site = Site::new();
    let one = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    let bomb = gzip(&vec![b' '; 100 * readings::MAX_BODY]);
    assert!(bomb.len() < readings::MAX_BODY);
    for (coding, body, status) in [
        ("gzip", gzip(one.as_bytes()), StatusCode::NO_CONTENT),
        ("identity", one.clone().into_bytes(), StatusCode::NO_CONTENT),
        ("gzip", bomb, StatusCode::PAYLOAD_TOO_LARGE),
        ("gzip", one.clone().into_bytes(), StatusCode::BAD_REQUEST),
        ("br", one.into_bytes(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let request = Request::post("/oap")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, coding);
        let answer = site.ask(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, status, "{coding}: {}", answer.text);
    }
    assert_eq!(site.stored().await.len(), 2);
}

#[tokio::test]
async fn a_mac_cannot_smuggle_line_protocol() {
    let site = Site::new();
    for mac in [
        "00-17-0d-00-00-30-5d-39,a=b",
        "00-17-0d-00-00-30-5d-39 value=1\\ntemperature,mac=x",
        "00-17-0d-00-00-30-5d-3\\u002c",
    ] {
        let body = format!(r#"{{"mac": "{mac}", "temperature": 1}}"#);
        let answer = site.post("/oap", body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{mac}");
    }
}
