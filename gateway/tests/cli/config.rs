use std::fs;

use crate::program::{gateway, outcome, run};

#[test]
fn the_configuration_in_force_is_printed_as_such_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let (file, token) = (directory.path().join("gateway.toml"), directory.path().join("token"));
    fs::write(&token, "s3cret-s3cret").unwrap();
    let settings = format!(
        "port = \"usb:serial=FT4X\"\npost_format = \"single\"\nspool_limit = 7\n\
         token_file = {token:?}\nmetrics_listen = \"localhost:9464\"\nstate_dir = \"/a \\\"b\\\"\""
    );
    fs::write(&file, settings).unwrap();
    let check = ["config", "--check", "--config", file.to_str().unwrap()];
    let (code, shown, err) = run(check);
    assert_eq!((code, err.as_str()), (0, ""), "{shown}");
    for line in [
        "port = \"usb:serial=FT4X\"",
        "server = \"http://127.0.0.1:8080/api/v1/oap\"",
        "post_format = \"single\"",
        "spool_limit = 7",
        "state_dir = \"/a \\\"b\\\"\"",
        "metrics_listen = \"127.0.0.1:9464\"",
        "# token = (hidden)",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains("s3cret") && !shown.contains(['{', '}']), "{shown}");
    fs::write(&file, &shown).unwrap();
    assert_eq!(run(check), (0, shown, String::new()));
}

#[test]
fn every_setting_is_shown_or_said_not_to_be_set() {
    let (_, template, _) = run(["config"]);
    let shown = gateway(["config", "--check"]).env("HOME", "/home/nobody").output().unwrap();
    let (code, shown, err) = outcome(&shown);
    assert_eq!(code, 0, "{err}");
    let names: Vec<_> = template
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' '))
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let told = [format!("{name} = "), format!("# {name} is not set: ")];
        let is_told = |line: &str| told.iter().any(|told| line.starts_with(told));
        assert!(shown.lines().any(is_told), "{name}: {shown}");
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_78_and_says_why_once() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent.toml");
    let (code, out, err) = run(["config", "--check", "--config", absent.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (78, ""));
    assert!(err.starts_with("clouddata-gateway: ") && err.contains("absent.toml"), "{err}");
    assert_eq!(err.matches("No such file").count(), 1, "{err}");
    let (code, _, err) = run(["--metrics-listen", "9464"]);
    assert_eq!(code, 64);
    assert!(err.contains("expected ADDRESS:PORT"), "{err}");
}
