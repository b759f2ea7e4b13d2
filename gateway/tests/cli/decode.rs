use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, run_with_stdin};

const MANAGER_HELLO: &str = "7e 0003 0002 0400 9b38 7e";

fn vectors(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).expect("a list of vectors")
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("no text {field} in {vector}"))
}

/// All octets that the rows of an explanation show, in their order.
fn shown(explanation: &str) -> String {
    let row = |line: &str| {
        let (at, rest) = line.trim_start().split_once("  ")?;
        at.parse::<usize>().ok()?;
        let octets = rest.get(..23).unwrap_or(rest);
        Some(octets.chars().filter(|c| !c.is_whitespace()).collect::<String>())
    };
    explanation.lines().filter_map(row).collect()
}

#[test]
fn every_vector_is_explained_to_its_last_octet() {
    for vector in vectors("oap_notifications.json") {
        let frame = text(&vector, "frame");
        let (code, out, err) = run(["decode", frame]);
        assert_eq!((code, err.as_str()), (0, ""), "{frame}");
        assert_eq!(shown(&out), frame, "each octet once:\n{out}");
        assert!(out.contains(&format!("macAddress: {}", text(&vector, "mac"))), "{out}");
        assert!(out.contains(&format!("rate: {} ms", vector["rate_ms"])), "{out}");
        assert!(!out.contains("not known") && !out.contains("CUT"), "{out}");
        let samples = vector["samples"].as_array().expect("samples");
        let measured = out.matches(" measured ").count();
        if text(&vector, "kind") == "temperature" {
            let celsius = vector["celsius"].as_f64().expect("a temperature");
            let reading = format!("{} measured {celsius:.2} °C", text(&vector, "mac"));
            assert!(out.contains(&reading), "{reading}:\n{out}");
        }
        assert_eq!(measured, samples.len(), "{out}");
        let last = format!(
            "sample {}: {}",
            samples.len(),
            match text(&vector, "kind") {
                "temperature" =>
                    format!("{:.2} °C", samples.last().unwrap().as_f64().unwrap() / 100.0),
                "analog" => format!("{} mV", samples.last().unwrap()),
                _ => samples.last().unwrap().to_string(),
            }
        );
        assert!(out.contains(&last), "{last}:\n{out}");
    }
}

#[test]
fn commands_are_explained_to_their_last_octet() {
    for vector in vectors("commands.json") {
        let (frame, name) = (text(&vector, "frame"), text(&vector, "name"));
        let (code, out, _) = run(["decode", frame]);
        assert_eq!(code, 0, "{out}");
        assert_eq!(shown(&out), frame, "{out}");
        assert!(out.contains(&format!("{name}, client to manager")), "{out}");
        if name == "sendData" {
            assert!(out.contains("command: 2, PUT") && out.contains("value: 10000 ms"), "{out}");
        }
    }
}

#[test]
fn events_are_explained_to_their_last_octet_and_named() {
    for vector in vectors("events.json") {
        let body = text(&vector, "payload");
        let names = vector["names"].as_array().expect("names");
        let packet = format!("001400{:02x}{body}", body.len() / 2);
        let (code, out, _) = run(["decode", &packet]);
        assert_eq!(code, 0, "{out}");
        assert_eq!(shown(&out), packet, "{out}");
        if let Some(name) = names.get(2).and_then(Value::as_str) {
            let name = name.trim_start_matches("event").to_lowercase();
            assert!(out.to_lowercase().contains(&name), "{name}: {out}");
        }
    }
}

#[test]
fn every_kind_of_the_managers_messages_is_explained_to_its_last_octet() {
    for vector in vectors("manager_api.json") {
        let (frame, name) = (text(&vector, "frame"), text(&vector, "name"));
        let (code, out, _) = run(["decode", frame]);
        assert_eq!(code, 0, "{name}: {out}");
        assert_eq!(shown(&out), frame, "{out}");
        assert!(!out.contains("not known") && !out.contains("CUT"), "{name}: {out}");
        let name = name.split(' ').next().unwrap();
        assert!(out.contains(name), "{name}: {out}");
    }
    let explained = |name: &str| {
        let vectors = vectors("manager_api.json");
        let vector = vectors.iter().find(|vector| vector["name"] == name).expect("the vector");
        run(["decode", text(vector, "frame")]).1
    };
    for (name, meaning) in [
        ("commandFinished rc=1", "rc: 1, not acknowledged"),
        ("commandFinished rc=2", "rc: 2, timed out"),
        ("packetSent rc=1", "rc: 1\n"),
        ("pingResponse delay=-1 (timeout)", "delay: none: the ping timed out"),
        ("joinFailed reason=2", "reason: 2, its join key is another"),
        ("healthReport device", "batteryVoltage: 3026 mV"),
        ("healthReport neighbors", "rssi: -52 dBm"),
        ("getMoteInfo response", "hopDepth: 0"),
        ("getNextPathInfo response", "direction: 3, downstream"),
    ] {
        let out = explained(name);
        assert!(out.contains(meaning), "{name}: {out}");
    }
}

#[test]
fn noise_and_bad_frames_between_good_ones_are_shown_and_counted() {
    for vector in vectors("hdlc_decode.json") {
        let stream = text(&vector, "stream");
        let (_, out, _) = run(["decode", stream]);
        let frames = vector["frames"].as_array().expect("frames").len();
        let plural = if frames == 1 { "" } else { "s" };
        assert!(out.contains(&format!("{frames} good frame{plural}")), "{stream}\n{out}");
    }
}

#[test]
fn a_bad_fcs_is_told_with_what_was_expected_and_found() {
    let (code, out, _) = run(["decode", "ffff 7e 0003 0002 0400 9b39 7e 7e01 7d7e 7e017e 7e0003"]);
    assert_eq!(code, 65, "{out}");
    for text in [
        "noise before the first flag: 2 octets at 0",
        "bad FCS: expected 0x389b, found 0x399b",
        "FCS: BAD, expected 9b 38",
        "frame aborted by its sender",
        "frame too short: 1 of at least 3 octets",
        "unfinished, no flag follows: 2 octets",
        "packet type: manager_hello",
        "0 good frames, 1 bad (FCS), 1 bad (too short), 1 bad (aborted)",
    ] {
        assert!(out.contains(text), "{text}:\n{out}");
    }
}

#[test]
fn a_good_frame_with_a_faulty_message_says_what_is_wrong() {
    // A data notification cut off within the mote's address, in a frame with a good FCS.
    let payload = [0, 0x14, 1, 15, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x17];
    let frame: Vec<u8> = hdlc_core::Encoder::new(&payload).collect();
    let (code, out, _) = run_with_stdin(["decode", "-"], &frame);
    assert_eq!(code, 65, "{out}");
    assert!(out.contains("FAULTY: message too short"), "{out}");
    assert!(out.contains("macAddress: CUT SHORT, 2 of 8 octets"), "{out}");

    let frame: Vec<u8> = hdlc_core::Encoder::new(&[0, 3, 0, 9, 4, 0]).collect();
    let (code, out, _) = run_with_stdin(["decode", "-"], &frame);
    assert_eq!(code, 65, "{out}");
    assert!(out.contains("length: 9, BUT 2 FOLLOW"), "{out}");
}

#[test]
fn octets_come_as_hex_in_any_form_or_raw_from_a_file_or_stdin() {
    let directory = tempfile::tempdir().unwrap();
    let raw = directory.path().join("raw");
    let octets = [0x7e, 0x00, 0x03, 0x00, 0x02, 0x04, 0x00, 0x9b, 0x38, 0x7e];
    fs::write(&raw, octets).unwrap();
    let hex = directory.path().join("hex");
    fs::write(&hex, "0x7e, 0x00, 0x03\n0x00 0x02 # a remark\n04:00:9b:38:7e\n").unwrap();
    let (_, expected, _) = run(["decode", MANAGER_HELLO]);
    assert!(expected.contains("manager_hello, manager to client"), "{expected}");
    for words in [
        vec!["decode", "7e", "00", "0300020400", "9b387e"],
        vec!["decode", raw.to_str().unwrap()],
        vec!["decode", hex.to_str().unwrap()],
    ] {
        assert_eq!(run(&words), (0, expected.clone(), String::new()), "{words:?}");
    }
    assert_eq!(run_with_stdin(["decode", "-"], &octets).1, expected);
    let (code, out, err) = run(["decode", "7e0g"]);
    assert_eq!((code, out.as_str()), (65, ""));
    assert!(err.contains("no such file") && err.contains("not hexadecimal"), "{err}");
}

#[test]
fn a_message_without_its_frame_is_explained_too() {
    let oap = "00000500ff0105000000003d226bc600060eb300007530011008f9";
    let (code, out, _) = run(["decode", oap]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(shown(&out), oap);
    assert!(out.contains("sample 1: 22.97 °C at 2002-07-03T03:13:10.396979Z"), "{out}");
    let (code, out, _) = run(["decode", "--brief", "0003 0002 0400"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("no flags, taken for what is in a frame: manager_hello"), "{out}");
    let (code, out, _) = run(["decode", "ffffffff"]);
    assert_eq!(code, 65, "nothing was decoded: {out}");
}

/// What is in the documentation's blocks of frames, without the words beside them.
fn frames_in(text: &str) -> Vec<String> {
    let hex = |line: &str| {
        let octets: Vec<_> =
            line.split("  ").next().into_iter().flat_map(str::split_whitespace).collect();
        let is_hex = |word: &&str| {
            word.len().is_multiple_of(2) && word.bytes().all(|b| b.is_ascii_hexdigit())
        };
        (octets.iter().all(is_hex) && octets.concat().len() > 12)
            .then(|| octets.concat().to_lowercase())
    };
    text.split("```").skip(1).step_by(2).flat_map(str::lines).filter_map(hex).collect()
}

#[test]
fn the_frames_in_the_documentation_are_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let example = readme
        .split("clouddata-gateway decode ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .unwrap();
    let mut examples = vec![example.trim().to_owned()];
    for chapter in fs::read_dir(root.join("docs/src/wire")).unwrap() {
        let text = fs::read_to_string(chapter.unwrap().path()).unwrap();
        examples.extend(frames_in(&text));
    }
    assert!(examples.len() > 10, "{examples:?}");
    for example in examples {
        let (code, out, err) = run(["decode", &example]);
        assert_eq!((code, err.as_str()), (0, ""), "{example}: {out}");
        assert!(shown(&out) == example, "{example}: {out}");
        if example.starts_with("7e") {
            assert!(out.ends_with("1 good frame\n"), "{example}: {out}");
        }
    }
    // What the README shows of it is what it prints.
    let (_, out, _) = run(["decode", example.trim()]);
    let shown =
        readme.split("```text\nframe,").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    for line in format!("frame,{shown}").lines() {
        assert!(out.lines().any(|printed| printed == line), "{line}");
    }
}

#[test]
fn an_unfinished_frame_is_explained_as_far_as_it_goes() {
    for typed in ["7E00030002…", "7E00030002", "7e 00 03 00 02 ..."] {
        let (code, out, err) = run(["decode", typed]);
        assert_eq!(code, 65, "{out}");
        assert!(out.contains("packet type: manager_hello"), "{out}");
        assert_eq!(shown(&out), "7e00030002", "{out}");
        let missing = "the frame is not finished: the flag that closes it, 7e, is missing\n";
        assert_eq!(err, format!("clouddata-gateway: {missing}"));
    }
}

#[test]
fn what_is_no_recording_is_told_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let kinds: [(&str, &[u8], &str); 7] = [
        ("line.pcapng.gz", b"\x1f\x8b\x08\x00\x00\x00", "is compressed by gzip; unpack it first"),
        ("line.pcap", b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "is a classic pcap file"),
        ("big.pcap", b"\xa1\xb2\xc3\xd4\x00\x02\x00\x04", "clouddata-gateway capture"),
        ("empty", b"", "is empty"),
        ("blank", b" \n", "holds no octets"),
        ("words", "it was 23 °C\n".as_bytes(), "is no hex: line 1: \"it\""),
        ("long", &[b'x'; 100_000], "is no hex: line 1: \"xxxx"),
    ];
    for (name, content, said) in kinds {
        let file = directory.path().join(name);
        fs::write(&file, content).unwrap();
        let name = file.to_str().unwrap();
        let piped = run_with_stdin(["decode", "-"], content);
        for ((code, out, err), from) in [(run(["decode", name]), name), (piped, "stdin")] {
            assert_eq!((code, out.as_str()), (65, ""), "{err}");
            assert!(err.contains(&format!("{from} ")) && err.contains(said), "{err}");
            assert!(err.len() < 500, "{err}");
        }
        let (code, _, err) = run(["replay", name]);
        assert_eq!(code, 65, "{err}");
        assert!(err.contains(name), "{err}");
    }
    let (code, _, err) = run(["decode", directory.path().to_str().unwrap()]);
    assert_eq!(code, 66, "{err}");
}

#[test]
fn a_capture_that_is_cut_short_gives_what_is_whole() {
    let order = |big: bool, number: u32| {
        if big { number.to_be_bytes() } else { number.to_le_bytes() }
    };
    for big in [false, true] {
        let word = |number| order(big, number);
        let half =
            |number: u32| if big { word(number)[2..].to_vec() } else { word(number)[..2].to_vec() };
        let block = |kind: u32, body: &[u8]| {
            let len = word(u32::try_from(body.len() + 12).unwrap());
            [&word(kind)[..], &len, body, &len].concat()
        };
        let section = [&word(0x1A2B_3C4D)[..], &half(1), &half(0), &[0xFF; 8]].concat();
        let interface = [half(147), half(0), word(0).to_vec()].concat();
        let octets = hex("7e0003000204009b387e");
        let mut packet = [word(0), word(0), word(0), word(10), word(10)].concat();
        packet.extend([&octets[..], &[0, 0], &half(2), &half(4), &word(1), &word(0)].concat());
        let whole =
            [block(0x0A0D_0D0A, &section), block(1, &interface), block(6, &packet)].concat();
        let (code, out, err) = run_with_stdin(["decode", "-"], &whole);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("from the manager: frame"), "{out}");
        let twice = [&whole[..], &block(6, &packet)].concat();
        let (code, out, _) = run_with_stdin(["decode", "-"], &twice[..twice.len() - 3]);
        assert_eq!(code, 65, "{out}");
        assert!(out.contains("1 good frame") && out.contains("ends within a block"), "{out}");
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
