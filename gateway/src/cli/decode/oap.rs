//! OAP, the protocol between the motes' application and its clients.

use oap_core::tag::{digital_out, info, main, pkgen, sensor};
use oap_core::{
    Address, Body, Command, Id, Message, Method, Notification, ResultCode, Temperature,
};
use readings::Timestamp;

use super::fields::Fields;
use super::text::{hex, moment};

/// Explains an OAP message.
pub(super) fn explain_oap(mut fields: Fields<'_>) -> Option<()> {
    let message = fields.values();
    let control = fields.number(1, "control", control_text)?;
    fields.octets(1, "id", |octets| {
        let id = Id::from_octet(octets.first().copied().unwrap_or_default());
        format!("session {}, sequence {}", id.session(), id.sequence())
    })?;
    let command =
        fields.number(1, "command", |command| format!("{command}, {}", command_text(command)))?;
    let is_response = control & 2 != 0;
    match command {
        _ if is_response => {
            fields.number(1, "result", |code| {
                let code = u8::try_from(code).unwrap_or(u8::MAX);
                format!("{code}, {}", ResultCode::from(code))
            })?;
            explain_tlvs(&mut fields)?;
        }
        1..=4 => explain_tlvs(&mut fields)?,
        5 => explain_notification(&mut fields, &message)?,
        _ => {}
    }
    fields.remainder("not known here");
    Some(())
}

fn control_text(control: u64) -> String {
    let flags = [(1, "reliable"), (2, "response"), (4, "sync")];
    let set: Vec<&str> =
        flags.iter().filter(|(bit, _)| control & bit != 0).map(|&(_, name)| name).collect();
    let text = if set.is_empty() { "unreliable, no response".to_owned() } else { set.join(", ") };
    if control & !7 == 0 { text } else { format!("{text}, unknown bits set") }
}

fn command_text(command: u64) -> &'static str {
    match u8::try_from(command).map(Command::from) {
        Ok(Command::Method(Method::Get)) => "GET",
        Ok(Command::Method(Method::Put)) => "PUT",
        Ok(Command::Method(Method::Post)) => "POST",
        Ok(Command::Method(Method::Delete)) => "DELETE",
        Ok(Command::Notification) => "notification",
        _ => "unknown",
    }
}

/// Explains TLVs to the end. What a tag means depends on the address before it.
fn explain_tlvs(fields: &mut Fields<'_>) -> Option<()> {
    let mut element = None;
    while !fields.is_empty() {
        let tag = fields.number(1, "tag", |tag| format!("{tag}, {}", tag_text(element, tag)))?;
        let length = fields.plain(1, "length")?;
        let length = usize::try_from(length).ok()?;
        if tag == u64::from(oap_core::tag::ADDRESS) {
            let address = fields.octets(length, "address", address_text)?;
            element = address.first().copied();
        } else if length > 0 {
            fields.octets(length, "value", |value| value_text(element, tag, value))?;
        }
    }
    Some(())
}

fn tag_text(element: Option<u8>, tag: u64) -> &'static str {
    let Ok(tag) = u8::try_from(tag) else { return "unknown" };
    match (element, tag) {
        (_, oap_core::tag::ADDRESS) => "address",
        (Some(0), info::SW_REV_MAJ) => "swRevMaj",
        (Some(0), info::SW_REV_MIN) => "swRevMin",
        (Some(0), info::SW_REV_PATCH) => "swRevPatch",
        (Some(0), info::SW_REV_BUILD) => "swRevBuild",
        (Some(0), info::APP_ID) => "appId",
        (Some(0), info::RESET_COUNTER) => "resetCounter",
        (Some(0), info::CHANGE_COUNTER) => "changeCounter",
        (Some(1), main::DEST_ADDR) => "destAddr",
        (Some(1), main::DEST_PORT) => "destPort",
        (Some(3), digital_out::VALUE) => "value",
        (Some(2 | 4 | 5), sensor::ENABLE) => "enable",
        (Some(2 | 4 | 5), sensor::RATE) => "rate",
        (Some(2 | 4 | 5), sensor::SAMPLE_COUNT) => "sampleCount",
        (Some(2 | 4 | 5), sensor::DATA_FORMAT) => "dataFormat",
        (Some(2 | 4 | 5), sensor::VALUE) => "value",
        (Some(254), pkgen::ECHO) => "echo",
        (Some(254), pkgen::NUM_PACKETS) => "numPackets",
        (Some(254), pkgen::RATE) => "rate",
        (Some(254), pkgen::PACKET_SIZE) => "packetSize",
        (Some(254), pkgen::START_PID) => "startPid",
        _ => "unknown",
    }
}

fn value_text(element: Option<u8>, tag: u64, value: &[u8]) -> String {
    match (element, tag, value) {
        (Some(5), 4, &[high, low]) => celsius(i16::from_be_bytes([high, low])),
        (Some(4), 4, &[high, low]) => format!("{} mV", u16::from_be_bytes([high, low])),
        (Some(2 | 4 | 5), 1, _) => format!("{} ms", number(value)),
        (_, _, value) if value.len() <= 4 => number(value).to_string(),
        (_, _, value) => hex(value),
    }
}

fn number(value: &[u8]) -> u64 {
    value.iter().fold(0, |number, &octet| number << 8 | u64::from(octet))
}

fn celsius(hundredths: i16) -> String {
    format!("{} °C", Temperature::from_hundredths(hundredths))
}

fn address_text(octets: &[u8]) -> String {
    match Address::from(octets) {
        Address::Info => "0, info".to_owned(),
        Address::Main => "1, main".to_owned(),
        Address::DigitalIn(index) => format!("2.{index}, digital_in D{index}"),
        Address::DigitalOut(2) => "3.2, digital_out, the indicator LED".to_owned(),
        Address::DigitalOut(index) => format!("3.{index}, digital_out"),
        Address::Analog(index) => format!("4.{index}, analog A{index}"),
        Address::Temperature => "5, temperature".to_owned(),
        Address::PkGen => "254, pkgen".to_owned(),
        Address::PkGenEcho => "254.0, pkgen echo".to_owned(),
        // All that have no name here.
        _ => format!("unknown, {}", hex(octets)),
    }
}

fn explain_notification(fields: &mut Fields<'_>, message: &[u8]) -> Option<()> {
    let kind = fields.number(1, "type", |kind| {
        let name = match kind {
            0 => "samples",
            1 => "statistics",
            2 => "digital change",
            3 => "locate me",
            4 => "pkgen",
            _ => "unknown",
        };
        format!("{kind}, {name}")
    })?;
    match kind {
        0 | 1 => {
            let element = explain_address(fields)?;
            explain_timestamp(fields)?;
            fields.number(4, "rate", |millis| format!("{millis} ms"))?;
            let samples = fields.plain(1, "numSamples")?;
            let bits = fields.number(1, "sampleSize", |bits| format!("{bits} bits"))?;
            let octets = usize::try_from(bits / 8).ok()?;
            if kind == 1 {
                for name in ["min", "max", "average"] {
                    fields.octets(octets, name, |value| sample_text(element, value))?;
                }
            } else {
                explain_samples(fields, message, element, usize::try_from(samples).ok()?, octets)?;
            }
        }
        2 => {
            explain_address(fields)?;
            explain_timestamp(fields)?;
            fields.plain(1, "newValue")?;
        }
        4 => {
            explain_address(fields)?;
            for name in ["pid", "startPid", "numPackets"] {
                fields.plain(4, name)?;
            }
            fields.remainder("filler");
        }
        _ => {}
    }
    Some(())
}

/// The samples, each with the time that the gateway gives it.
fn explain_samples(
    fields: &mut Fields<'_>,
    message: &[u8],
    element: Option<u8>,
    samples: usize,
    octets: usize,
) -> Option<()> {
    let times = match Message::parse(message).map(|message| message.body) {
        Ok(Body::Notification(Notification::Samples(samples))) => {
            samples.iter().map(|sample| sample.timestamp.checked_micros()).collect()
        }
        _ => Vec::new(),
    };
    for index in 0..samples {
        let name = format!("sample {}", index + 1);
        let time = times.get(index).copied().flatten().map(Timestamp::from_micros);
        fields.octets(octets, &name, |value| {
            let value = sample_text(element, value);
            time.map_or_else(|| value.clone(), |time| format!("{value} at {time}"))
        })?;
    }
    Some(())
}

fn sample_text(element: Option<u8>, value: &[u8]) -> String {
    match (element, value) {
        (Some(5), &[high, low]) => celsius(i16::from_be_bytes([high, low])),
        (Some(4), &[high, low]) => format!("{} mV", i16::from_be_bytes([high, low])),
        (_, &[high, low]) => i16::from_be_bytes([high, low]).to_string(),
        (_, value) => number(value).to_string(),
    }
}

fn explain_address(fields: &mut Fields<'_>) -> Option<Option<u8>> {
    fields.number(1, "tag", |tag| match tag {
        0xFF => "255, address".to_owned(),
        other => format!("{other}, BUT AN ADDRESS (255) IS EXPECTED"),
    })?;
    let length = fields.plain(1, "length")?;
    let address = fields.octets(usize::try_from(length).ok()?, "address", address_text)?;
    Some(address.first().copied())
}

fn explain_timestamp(fields: &mut Fields<'_>) -> Option<()> {
    let secs = fields.plain(8, "secs")?;
    fields.number(4, "usecs", |usecs| format!("{usecs}: {}", moment(secs, usecs)))?;
    Some(())
}
