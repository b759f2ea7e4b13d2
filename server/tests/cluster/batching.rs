//! Posts share messages of the log.

use async_nats::jetstream::{self, stream::Stream};
use readings::{Quantity, Timestamp};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::site::{Site, deliver, get, mac, next, now, post, reading, stream, until};

/// The log, as anybody sees it.
fn log(site: &Site, runtime: &Runtime) -> (jetstream::Context, Stream) {
    let url = format!("nats://{}", site.nats[0].address());
    runtime.block_on(async {
        let context = jetstream::new(async_nats::connect(url).await.unwrap());
        let stream = context.get_stream("clouddata").await.unwrap();
        (context, stream)
    })
}

#[test]
fn posts_at_once_are_few_messages_and_each_is_stored() {
    let site = Site::start(1, &[]);
    let runtime = Runtime::new().unwrap();
    let (_, mut log) = log(&site, &runtime);
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
    let messages = runtime.block_on(async { log.info().await.unwrap().state.last_sequence });
    assert!((1..300).contains(&messages), "{messages} messages for 600 posts");
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

#[test]
fn what_the_first_servers_left_in_the_log_is_taken_and_told() {
    let site = Site::start(1, &[]);
    let events = stream(&site.url(0));
    let time = now();
    let mut message = vec![1, 0, 5, 0];
    message.extend(b"attic");
    message.push(Quantity::TEMPERATURE.code());
    message.extend(mac(7).octets());
    message.extend(time.as_micros().to_le_bytes());
    message.extend(21.5_f64.to_le_bytes());
    let runtime = Runtime::new().unwrap();
    let (context, mut log) = log(&site, &runtime);
    let publish = async || {
        let sent = context.publish("clouddata.0.readings", message.clone().into()).await;
        sent.ok()?.await.ok()
    };
    until("the log takes it", || runtime.block_on(publish()));
    assert_eq!(next(&events, ""), json!([reading(7, 21.5, time)]));
    let in_history = || {
        let url = format!("{}/api/v1/export?match[]=temperature_value", site.history.url());
        let text = ureq::get(url).call().ok()?.body_mut().read_to_string().ok()?;
        text.contains(&mac(7).to_string()).then_some(())
    };
    until("the history has it", in_history);
    until("the log is empty", || {
        let state = runtime.block_on(async { log.info().await.unwrap().state.clone() });
        (state.messages == 0).then_some(())
    });
}
