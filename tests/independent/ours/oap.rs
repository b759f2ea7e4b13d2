use oap_core::{Address, Body, Message, Notification, SampleSize, Timestamp};
use serde_json::{Value, json};

use super::hex;

/// Octets of a message before what its command has: control, id, command.
const HEADER_LEN: usize = 3;

pub(super) fn fields(payload: &[u8]) -> Value {
    let message = Message::parse(payload).expect("an OAP message");
    let Body::Notification(notification) = message.body else {
        return json!({
            "control": payload[0],
            "id": payload[1],
            "command": payload[2],
            "payload": hex(&payload[HEADER_LEN..]),
        });
    };
    let mut fields = match notification {
        Notification::Samples(samples) => {
            let values: Vec<_> = samples.values.iter().collect();
            json!({
                "type": 0,
                "address": address(samples.address),
                "rate": samples.rate_ms,
                "numSamples": values.len(),
                "sampleSize": samples.values.size().bits(),
                "samples": values,
            })
        }
        Notification::Statistics(statistics) => json!({
            "type": 1,
            "address": address(statistics.address),
            "rate": statistics.rate_ms,
            "numSamples": statistics.num_samples,
            "sampleSize": SampleSize::bits(statistics.sample_size),
            "min": statistics.min,
            "max": statistics.max,
            "average": statistics.average,
        }),
        other => panic!("no recording has {other:?}"),
    };
    let (secs, usecs) = match notification {
        Notification::Samples(samples) => time(samples.timestamp),
        Notification::Statistics(statistics) => time(statistics.timestamp),
        _ => (0, 0),
    };
    fields["secs"] = secs.into();
    fields["usecs"] = usecs.into();
    fields["control"] = message.control.bits().into();
    fields["id"] = message.id.octet().into();
    fields["command"] = 5.into();
    fields
}

fn time(timestamp: Timestamp) -> (i64, u32) {
    (timestamp.secs(), timestamp.usecs())
}

fn address(address: Address<'_>) -> &'static str {
    match address {
        Address::Temperature => "05",
        Address::Analog(0) => "0400",
        other => panic!("no recording has {other:?}"),
    }
}
