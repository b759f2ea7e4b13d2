use core::fmt::Write;

use readings::{MAX_READINGS, Mac};

use crate::fixture::client;
use crate::program::Program;

/// What the process may use, whatever is asked.
const LIMIT: usize = 128 << 20;

fn mac(mote: usize) -> Mac {
    Mac::from((0x0017_0d00_0030_0000 + mote as u64).to_be_bytes())
}

fn post(program: &Program, motes: core::ops::Range<usize>) -> (u16, String) {
    let mut body = String::from("[");
    for mote in motes {
        let comma = if body.len() > 1 { "," } else { "" };
        write!(body, r#"{comma}{{"mac":"{}","temperature":20.5}}"#, mac(mote)).unwrap();
    }
    let request = client().post(program.url("/oap")).content_type("application/json");
    let mut answer = request.send(body + "]").unwrap();
    let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
    (answer.status().as_u16(), text)
}

fn get(program: &Program, path: &str) -> (u16, String) {
    let mut answer = client().get(program.url(path)).call().unwrap();
    let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
    (answer.status().as_u16(), text)
}

/// The motes of the list, page by page.
fn list(program: &Program) -> usize {
    let (mut path, mut count) = (String::from("/api/v1/motes"), 0);
    loop {
        let answer = client().get(program.url(&path)).call().unwrap();
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let page: Vec<serde_json::Value> = answer.into_body().read_json().unwrap();
        assert!(page.len() <= 1000);
        count += page.len();
        let Some(link) = link else { return count };
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = format!("/api/v1/motes{}", next.unwrap());
    }
}

#[test]
fn a_hundred_thousand_motes_fit_whatever_is_asked_by_however_many() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(post(&program, 0..MAX_READINGS).0, 204);
    let (status, means) = get(&program, "/api/v1/readings?from=-60min&buckets=10000");
    assert_eq!(status, 200);
    let start = means.split("\"series\"").next().unwrap();
    assert!(start.ends_with(r#""buckets":100,"buckets_asked":10000,"#), "{start}");
    assert_eq!(means.matches("\"mac\"").count(), MAX_READINGS);

    for group in 1..10 {
        let motes = group * MAX_READINGS;
        assert_eq!(post(&program, motes..motes + MAX_READINGS).0, 204);
    }
    let (status, refused) = post(&program, 99_999..100_001);
    assert_eq!(status, 422);
    assert!(refused.contains(r#""index":1,"field":"mac""#), "{refused}");
    assert!(refused.contains("max_motes") && !refused.contains(r#""index":0"#), "{refused}");

    let paths = [
        "/api/v1/readings?from=-60min&buckets=600",
        "/api/v1/readings?from=-60min&buckets=10000",
        "/api/v1/readings",
        "/api/v1/readings?format=csv",
        "/api/v1/readings?from=-60min&buckets=600&format=csv",
        "/api/v1/motes",
    ];
    let silent: Vec<_> = (0..12).map(|n| program.ask(paths[n % paths.len()])).collect();
    for (path, count) in [
        ("/api/v1/readings?from=-60min&buckets=600", 100_000),
        ("/api/v1/readings?from=-60min&buckets=600&format=csv", 100_000),
        ("/api/v1/readings", 100_001),
    ] {
        let (status, text) = get(&program, path);
        assert_eq!((status, text.matches("00-17-0d").count()), (200, count), "{path}");
    }
    assert_eq!(list(&program), 100_000);
    assert_eq!(post(&program, 200_000..200_000 + MAX_READINGS).0, 422);
    // The metrics too have a bound, and are answered whoever does not read them.
    let deaf: Vec<_> = (0..50).map(|_| program.ask("/metrics")).collect();
    let (status, metrics) = get(&program, "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("clouddata_motes{state=\"ok\"}"), "{metrics}");
    drop((silent, deaf));
    let peak = program.peak_memory();
    println!("the most memory used: {} MiB", peak >> 20);
    assert!(peak < LIMIT, "{} MiB", peak >> 20);
}

#[test]
fn queries_of_clients_who_have_gone_are_dropped_and_health_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--max-connections", "2000"]);
    for minute in 0..5 {
        let time = crate::fixture::ago(core::time::Duration::from_secs(60 * minute + 1));
        let mut body = String::from("[");
        for mote in 0..MAX_READINGS {
            let comma = if mote > 0 { "," } else { "" };
            let mac = mac(mote);
            write!(body, r#"{comma}{{"mac":"{mac}","temperature":20,"timestamp":"{time}"}}"#)
                .unwrap();
        }
        let request = client().post(program.url("/oap")).content_type("application/json");
        assert_eq!(request.send(body + "]").unwrap().status(), 204);
    }
    let path = "/api/v1/readings?from=-60min&buckets=100";
    let waiting: Vec<_> = (0..400).map(|_| program.ask(path)).collect();
    assert_eq!(get(&program, "/health").0, 200);
    assert_eq!(get(&program, "/metrics").0, 200);
    drop(waiting);
    // The place of a query is free as soon as its client has gone, so this comes through soon.
    let small = format!("/api/v1/readings?mac={}", mac(7));
    let mut answers = core::iter::repeat_with(|| get(&program, &small));
    let refused = answers.find(|(status, _)| *status == 200).unwrap();
    assert_eq!(refused.1.matches("mac").count(), 5);
}

#[test]
fn floods_of_events_and_links_fit_and_so_do_all_answers_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    let send = |path: &str, body: String| {
        let request = client().post(program.url(path)).content_type("application/json");
        request.send(body).unwrap().status().as_u16()
    };
    // Small ones need many times their text in memory, large ones are large.
    let small = |thread: usize| {
        let events = (0..MAX_READINGS).map(|n| format!(r#"{{"event":"a","d":1,"number":{n}}}"#));
        format!("[{}]", events.collect::<Vec<_>>().join(","))
            .replace("\"a\"", &format!("\"a{thread}\""))
    };
    let text = "ä".repeat(250);
    let details: Vec<String> = (0..16).map(|n| format!(r#""detail_{n}":"{text}""#)).collect();
    let large = |thread: usize| {
        let event = |n| format!(r#"{{"event":"b{thread}","number":{n},{}}}"#, details.join(","));
        format!("[{}]", (0..110).map(event).collect::<Vec<_>>().join(","))
    };
    let links = |thread: usize| {
        let link = |n: usize| {
            let (mac, neighbour) = (mac(thread), mac(n));
            format!(r#"{{"mac":"{mac}","neighbour":"{neighbour}","kind":"path","quality":50}}"#)
        };
        format!("[{}]", (0..8000).map(link).collect::<Vec<_>>().join(","))
    };
    assert!(small(10).len() < readings::MAX_BODY && large(10).len() < readings::MAX_BODY);
    assert!(links(10).len() < readings::MAX_BODY);
    let send = &send;
    let stored: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12)
            .map(|thread| {
                let (path, body) = match thread % 3 {
                    0 => ("/events", small(thread)),
                    1 => ("/events", large(thread)),
                    _ => ("/links", links(thread)),
                };
                scope.spawn(move || {
                    // Those that find no room are told to come again.
                    let mut tries = core::iter::repeat_with(|| {
                        let status = send(path, body.clone());
                        if status == 503 {
                            std::thread::sleep(core::time::Duration::from_millis(300));
                        }
                        status
                    });
                    assert_eq!(tries.find(|&status| status != 503), Some(204));
                    1
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(stored, 12);
    let paths = [
        "/api/v1/links",
        "/api/v1/links?from=-60min",
        "/api/v1/events?limit=1000",
        "/api/v1/network",
        "/api/v1/network/report",
        "/api/v1/motes/00-17-0d-00-00-30-00-02",
    ];
    let silent: Vec<_> = (0..60).map(|n| program.ask(paths[n % paths.len()])).collect();
    drop(silent);
    for path in paths {
        let mut answers = core::iter::repeat_with(|| get(&program, path));
        let (status, text) = answers.find(|(status, _)| *status != 503).unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        println!("{path}: {} octets", text.len());
    }
    let peak = program.peak_memory();
    println!("the most memory used: {} MiB", peak >> 20);
    assert!(peak < LIMIT, "{} MiB", peak >> 20);
}
