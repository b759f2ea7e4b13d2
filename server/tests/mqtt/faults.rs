use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::broker::{Broker, json};
use crate::server::{Server, mac, wait_until};

#[test]
fn the_broker_tells_that_the_server_was_killed_and_the_server_that_it_stops() {
    let broker = Broker::open();
    let subscriber = broker.subscribe();
    let mut server = Server::of(&broker);
    let topic = "clouddata/server/availability";
    let (mut place, _) = subscriber.wait_for(0, topic, |payload| payload == "online");
    for is_killed in [true, false] {
        if is_killed {
            server.kill();
        } else {
            server.stop();
        }
        (place, _) = subscriber.wait_for(place, topic, |payload| payload == "offline");
        broker.wait_for_retained(|all| all.get(topic).is_some_and(|payload| payload == "offline"));
        server.restart();
        (place, _) = subscriber.wait_for(place, topic, |payload| payload == "online");
    }
}

/// They take the place of each other without end.
#[test]
fn two_servers_of_one_name_are_told_what_is_wrong_and_do_not_fill_the_log() {
    let broker = Broker::open();
    let servers = [Server::of(&broker), Server::of(&broker)];
    let failed = || servers.each_ref().map(|server| server.metric("mqtt_failed_total"));
    wait_until(|| failed().iter().all(|&count| count >= 3.0), || format!("{:?}", failed()));
    for server in &servers {
        server.wait_until_it_says("has another client");
        let said = server.said("what is published");
        assert!(said.len() <= 3, "{said:#?}");
    }
}

/// What a broker does that is none.
#[derive(Clone, Copy)]
enum Does {
    /// Accepts, and says nothing.
    Accepts,
    /// Greets, and says nothing more.
    Greets,
    /// Hangs up.
    HangsUp,
    /// Speaks something else.
    Babbles,
}

fn pretend(does: Does) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut open: Vec<TcpStream> = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer);
            match does {
                Does::Accepts => {}
                Does::Greets => stream.write_all(&[0x20, 2, 0, 0]).unwrap(),
                Does::Babbles => stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap(),
                Does::HangsUp => continue,
            }
            open.push(stream);
        }
    });
    port
}

#[test]
fn a_broker_that_is_none_is_told_and_costs_no_reading() {
    for (does, told) in [
        (Does::Accepts, "it does not answer in time"),
        (Does::Greets, "it does not answer in time"),
        (Does::HangsUp, "it has closed the connection"),
        (Does::Babbles, "does not take what is published"),
    ] {
        let url = format!("mqtt://127.0.0.1:{}", pretend(does));
        let mut server = Server::start(&url, "", &[]);
        for number in 0..200 {
            server.post(
                "/oap",
                &json!({ "mac": mac(number % 5), "temperature": 20.5, "battery_voltage": 3000 }),
            );
        }
        server.wait_until_it_says(told);
        assert_eq!(server.metric("readings_stored_total"), 400.0);
        // Of five motes three topics each wait, and no more.
        wait_until(|| (0.0..=15.0).contains(&server.metric("mqtt_waiting")), String::new);
        assert_eq!(server.metric("mqtt_connected"), 0.0);
        server.stop();
    }
}

#[test]
fn more_motes_than_are_wanted_are_left_out_and_that_is_said_once() {
    let broker = Broker::open();
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let mut server = Server::start(&url, "max_motes = 3", &[]);
    for _ in 0..3 {
        server.post(
            "/oap",
            &(0..10).map(|n| json!({ "mac": mac(n), "temperature": 20.5 })).collect(),
        );
    }
    let is_whole = |all: &std::collections::BTreeMap<String, String>| all.len() == 1 + 3 * 3;
    broker.wait_for_retained(is_whole);
    assert_eq!(server.metric("mqtt_motes"), 3.0);
    assert_eq!(server.said("more motes than are published").len(), 1);
    // Those of before are the first, and no others come after a restart.
    server.kill();
    server.restart();
    server.wait_until_it_says("the broker takes what is published");
    broker
        .wait_for_retained(|all| is_whole(all) && all["clouddata/server/availability"] == "online");
    let retained = broker.wait_for_retained(is_whole);
    let motes: Vec<_> =
        retained.values().filter(|payload| payload.contains("temperature\":")).collect();
    assert!(motes.iter().all(|payload| json(payload).is_object()));
}
