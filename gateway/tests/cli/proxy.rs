use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use scripted_server::ScriptedServer;

use crate::program::{gateway, outcome};

const SECRET: &str = "s3cret";

/// A proxy that answers whatever is asked of it so, and says what that was.
fn proxy(status: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address").to_string();
    let (asked, heard) = channel();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let mut client = BufReader::new(client);
            let mut head = String::new();
            while client.read_line(&mut head).is_ok_and(|read| read > 2) {}
            // The test may be over.
            let _ = asked.send(head);
            let _ = client.get_mut().write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes());
        }
    });
    (address, heard)
}

/// `random` with this environment: exit code, and what it says.
fn random(server: &str, environment: &[(&str, &str)], options: &[&str]) -> (i32, String) {
    let arguments = ["random", "--duration", "100ms", "--server", server];
    let mut command = gateway(arguments.iter().chain(options));
    command.envs(environment.iter().copied());
    let (code, out, err) = outcome(&command.output().expect("it starts"));
    (code, out + &err)
}

#[test]
fn a_server_on_this_machine_is_never_reached_by_a_proxy() {
    let (address, asked) = proxy("502 Bad Gateway");
    let by_name = |server: &ScriptedServer| server.url().replace("127.0.0.1", "localhost");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        let server = ScriptedServer::start([]);
        for url in [server.url().to_owned(), by_name(&server)] {
            let (code, said) =
                random(&url, &[(variable, &address), ("CLOUDDATA_TOKEN", SECRET)], &[]);
            assert_eq!(code, 0, "{variable} {url}: {said}");
        }
        assert!(!server.stored().is_empty());
    }
    assert_eq!(asked.try_iter().count(), 0);
}

#[test]
fn a_proxy_that_refuses_is_named_and_its_password_is_not() {
    let (address, asked) = proxy("407 Proxy Authentication Required");
    let with_password = format!("http://user:{SECRET}@{address}");
    let environment = [("HTTPS_PROXY", with_password.as_str())];
    let (code, said) = random("https://example.org", &environment, &[]);
    assert_eq!(code, 69, "{said}");
    assert!(asked.recv().unwrap().starts_with("CONNECT example.org:443 "));
    for named in [address.as_str(), "proxy", "407", "HTTPS_PROXY", "name and password"] {
        assert!(said.contains(named), "{named}: {said}");
    }
    assert!(!said.contains(SECRET), "{said}");

    let (_, said) = random("https://example.org", &[("HTTPS_PROXY", "127.0.0.1:1")], &[]);
    assert!(said.contains("by the proxy 127.0.0.1:1"), "{said}");
    let (code, said) = random("https://example.org", &[("ALL_PROXY", "socks5://u:s3cret@h")], &[]);
    assert!(code == 78 && said.contains("ALL_PROXY") && !said.contains(SECRET), "{said}");
}

#[test]
fn a_token_does_not_go_to_a_proxy_in_clear() {
    let (address, asked) = proxy("502 Bad Gateway");
    let environment = [("HTTP_PROXY", address.as_str()), ("CLOUDDATA_TOKEN", SECRET)];
    let (code, said) = random("http://example.org", &environment, &[]);
    assert_eq!(code, 78, "{said}");
    assert!(said.contains("could be read on its way") && !said.contains(SECRET), "{said}");
    assert_eq!(asked.try_iter().count(), 0);
}

#[test]
fn a_name_and_password_in_the_servers_address_are_refused_and_shown_nowhere() {
    let server = format!("http://user:{SECRET}@127.0.0.1:1/");
    for options in [&["random"][..], &["config", "--check"], &["doctor"], &["run"], &["--help"]] {
        let mut command = gateway(options);
        let (code, out, err) =
            outcome(&command.env("CLOUDDATA_SERVER", &server).output().expect("it starts"));
        assert_eq!(code == 0, options == ["--help"], "{options:?} {out}{err}");
        assert!(!format!("{out}{err}").contains(SECRET), "{options:?} {out}{err}");
    }
    for server in [server.as_str(), "htp://user:s3cret@h", "http://user:s3 cret@h"] {
        let (code, said) = random(server, &[], &[]);
        assert!(code == 64 && said.contains("--server: "), "{said}");
        assert!(!said.contains("s3"), "{said}");
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, format!("server = '{server}'")).expect("it can be written");
    let file = file.to_string_lossy();
    for options in [&["random"][..], &["config", "--check"]] {
        let options = [options, &["--config", &file]].concat();
        let (code, out, err) = outcome(&gateway(&options).output().expect("it starts"));
        assert!(code == 78 && err.contains("server: a name or password"), "{out}{err}");
        assert!(!format!("{out}{err}").contains(SECRET), "{out}{err}");
    }
}
