//! What is in the log comes to the history, whoever has put it there, and whatever happens meanwhile.

use core::time::Duration;

use engines::Process;
use serde_json::json;

use crate::log::Log;
use crate::site::{Site, mac, next, now, reading, stream, until};

fn until_in_history(site: &Site, mote: u8) {
    until("the history has it", || {
        let url = format!("{}/api/v1/export?match[]=temperature_value", site.history.url());
        let text = ureq::get(url).call().ok()?.body_mut().read_to_string().ok()?;
        text.contains(&mac(mote).to_string()).then_some(())
    });
}

#[test]
fn what_the_first_servers_left_in_the_log_is_taken_and_told() {
    let site = Site::start(1, &[]);
    let events = stream(&site.url(0));
    let (mut log, time) = (Log::of(&site), now());
    log.publish_as_the_first(7, time);
    assert_eq!(next(&events, ""), json!([reading(7, 21.5, time)]));
    until_in_history(&site, 7);
    log.until_empty();
}

#[test]
fn a_message_stays_until_the_history_has_it_whatever_becomes_of_who_reads_it() {
    let mut site = Site::start(1, &[]);
    let mut log = Log::of(&site);
    log.publish_as_the_first(3, now());
    until_in_history(&site, 3);
    site.servers[0].kill();
    log.publish_as_the_first(1, now());
    // Nobody is there who would have to have it, as before there was any server.
    log.delete_consumers();
    log.publish_as_the_first(2, now());
    site.servers[0].restart();
    until_in_history(&site, 1);
    until_in_history(&site, 2);
    log.until_empty();
}

#[test]
fn a_message_that_no_writer_is_given_is_taken_up_in_time() {
    let mut site = Site::start(2, &[]);
    let mut log = Log::of(&site);
    log.publish_as_the_first(3, now());
    log.until_empty();
    site.servers.iter_mut().for_each(Process::kill);
    log.publish_as_the_first(1, now());
    log.acknowledge();
    site.servers.iter_mut().for_each(Process::restart);
    // Longer than any writer needs.
    std::thread::sleep(Duration::from_secs(100));
    until_in_history(&site, 1);
    log.until_empty();
}
