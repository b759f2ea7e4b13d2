//! Posts share messages of the log.

use readings::Timestamp;
use serde_json::{Value, json};

use crate::log::Log;
use crate::site::{Site, deliver, get, now, post, reading, until};

#[test]
fn posts_at_once_are_few_messages_and_each_is_stored() {
    let site = Site::start(1, &[]);
    let start = now().as_micros();
    let readings = |thread: u8| {
        let time = move |n: i64| Timestamp::from_micros(start + n * 1000);
        (0..20).map(move |n| reading(thread, 20.0, time(n)))
    };
    std::thread::scope(|scope| {
        for thread in 0..30 {
            let url = site.url(0);
            scope.spawn(move || readings(thread).for_each(|it| deliver(&url, "/api/v1/oap", &it)));
        }
    });
    let expected: Vec<Value> = (0..30).flat_map(readings).collect();
    until("all is there, once", || {
        (get(&site.url(0), "/api/v1/readings")? == json!(expected)).then_some(())
    });
    let mut log = Log::of(&site);
    let messages = log.state().last_sequence;
    assert!((1..300).contains(&messages), "{messages} messages for 600 posts");
    log.until_empty();
}

#[test]
fn when_no_message_is_taken_each_post_is_told_so() {
    let mut site = Site::start(1, &[]);
    deliver(&site.url(0), "/api/v1/oap", &reading(1, 21.5, now()));
    site.nats[1].kill();
    site.nats[2].kill();
    let url = site.url(0);
    std::thread::scope(|scope| {
        let one = |mote| post(&url, "/api/v1/oap", &reading(mote, 21.5, now())).0;
        let all: Vec<_> = (2..12).map(|mote| scope.spawn(move || one(mote))).collect();
        for one in all {
            assert_eq!(one.join().unwrap(), 503);
        }
    });
}
