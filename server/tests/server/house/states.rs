use std::io::BufRead;

use crate::fixture::{MAC, ago};

use super::{House, follow};

#[test]
fn a_sites_motes_become_late_by_themselves_and_its_stream_says_so() {
    let house = House::start(&[]);
    let [write, read, _] = house.site("north", &[]);
    let [_, other, _] = house.site("south", &[]);
    let mut stream = follow(&house, "/s/north/api/v1/stream", &read);
    let reading = |seconds| {
        let time = ago(core::time::Duration::from_secs(seconds));
        format!(r#"{{"mac": "{MAC}", "temperature": 20, "timestamp": "{time}"}}"#)
    };
    // One that reports every second, and then no more.
    let body = format!("[{}]", (0..20).rev().map(reading).collect::<Vec<_>>().join(","));
    assert_eq!(house.send("POST", "/oap", &write, &body).status, 204);
    let mut said = String::new();
    while !said.contains(r#""state":"late""#) {
        assert!(stream.read_line(&mut said).unwrap() > 0, "{said}");
    }
    assert!(said.contains("event: state") && said.contains(MAC), "{said}");
    let motes = house.get("/api/v1/motes", Some(&read)).text;
    assert!(!motes.contains(r#""state":"ok""#), "{motes}");
    assert!(house.get("/api/v1/gateways", Some(&read)).text.contains(r#""name":"write""#));
    assert_eq!(house.get("/api/v1/gateways", Some(&other)).text, "[]");
    assert_eq!(house.get("/api/v1/gateways", None).text, "[]");
}
