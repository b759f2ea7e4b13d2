use std::fs;
use std::process::Command;

use serde_json::json;

use crate::broker::Broker;
use crate::server::{Server, mac};

/// A broker that asks for ada's password.
fn guarded(lines: &str, options: &[&str]) -> Broker {
    let mut all = vec!["-u", "ada", "-P", "right"];
    all.extend(options);
    Broker::start(
        |folder| {
            let file = folder.join("passwords");
            let made = Command::new("mosquitto_passwd")
                .args(["-b", "-c"])
                .arg(&file)
                .args(["ada", "right"])
                .status();
            assert!(made.unwrap().success());
            format!("allow_anonymous false\npassword_file {}\n{lines}", file.display())
        },
        &all,
    )
}

#[test]
fn a_user_and_a_password_from_a_file_let_it_in_and_a_wrong_one_is_named() {
    let broker = guarded("", &[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let password = broker.file("password");
    let settings = format!("username = \"ada\"\npassword_file = {password:?}");
    fs::write(&password, "wrong\n").unwrap();
    let mut server = Server::start(&url, &settings, &[]);
    server.wait_until_it_says(
        "it refuses the user or the password; check username and password_file",
    );
    server.post("/oap", &json!({ "mac": mac(1), "temperature": 21.5 }));
    crate::server::wait_until(|| server.metric("mqtt_failed_total") >= 3.0, String::new);
    assert_eq!(server.said("does not take").len(), 1, "it is said once");
    assert!(server.said("wrong").is_empty(), "no password is told");
    server.stop();
    fs::write(&password, "right\n").unwrap();
    server.restart();
    broker.wait_for_retained(|all| all.contains_key(&format!("clouddata/{}", mac(1))));
    assert_eq!(server.said("the broker takes what is published").len(), 1);
}

#[test]
fn tls_is_checked_against_the_authorities_of_the_file() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("cert.pem"), certified.cert.pem()).unwrap();
    fs::write(path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    fs::write(path("other.pem"), other.cert.pem()).unwrap();
    let lines =
        format!("certfile {}\nkeyfile {}\n", path("cert.pem").display(), path("key.pem").display());
    let ca = path("cert.pem");
    let broker = guarded(&lines, &["--cafile", ca.to_str().unwrap()]);
    let url = format!("mqtts://localhost:{}", broker.port());
    let password = broker.file("password");
    fs::write(&password, "right").unwrap();
    let settings = |ca: &str| {
        format!("username = \"ada\"\npassword_file = {password:?}\nca_file = {:?}", path(ca))
    };

    let server = Server::start(&url, &settings("other.pem"), &[]);
    server.wait_until_it_says("TLS");
    drop(server);
    let server = Server::start(&url, &settings("cert.pem"), &[]);
    server.post("/oap", &json!({ "mac": mac(1), "temperature": 21.5 }));
    broker.wait_for_retained(|all| all.contains_key(&format!("clouddata/{}", mac(1))));
    drop(server);
    // A client that speaks no TLS is told apart from one that is refused.
    let server = Server::start(&url.replace("mqtts", "mqtt"), "", &[]);
    server.wait_until_it_says("does not take what is published");
}
