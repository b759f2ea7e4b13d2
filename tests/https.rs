//! A gateway and a server that speaks https with a certificate of its owner's own authority.

use core::time::Duration;
use std::fs;
use std::thread;
use std::time::Instant;

use e2e::{Bench, PATIENCE, Program, ScriptedServer, Tunnel, once};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

const TOKEN: &str = "s3cret";

/// A certificate authority of one's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server that proves to be this host.
    fn server(&self, host: &str) -> ScriptedServer {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([host.to_owned()]).expect("a host");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("key and certificate belong together");
        ScriptedServer::start_tls(config)
    }
}

/// Starts a gateway with a token, and the certificate authority in this file.
fn gateway(bench: &Bench, server: &str, authority: Option<&Authority>) -> (Program, Program) {
    gateway_where(&[], bench, server, authority)
}

/// The same, with this in its environment.
fn gateway_where(
    environment: &[(&str, &str)],
    bench: &Bench,
    server: &str,
    authority: Option<&Authority>,
) -> (Program, Program) {
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let file = |name: &str, content: &str| {
        fs::write(bench.path(name), content).expect("it can be written");
        bench.path(name).to_string_lossy().into_owned()
    };
    let mut options = vec!["--token-file".to_owned(), file("token", TOKEN)];
    if let Some(authority) = authority {
        options.extend(["--ca-file".to_owned(), file("ca.pem", &authority.pem)]);
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    (simulator, bench.gateway_where(environment, &pty, server, &options))
}

/// Stops them when the server has so many readings. All have come with the token.
fn end(
    bench: &Bench,
    (mut simulator, mut gateway): (Program, Program),
    server: &ScriptedServer,
    readings: usize,
) {
    let deadline = Instant::now() + PATIENCE;
    while server.stored().len() < readings {
        assert!(Instant::now() < deadline, "{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
    gateway.terminate();
    simulator.terminate();
    let expected = Some(format!("Bearer {TOKEN}"));
    assert!(server.authorizations().iter().all(|authorization| *authorization == expected));
    let stored = [once(&server.stored()), bench.spooled()].concat();
    bench.reckon(&stored).assert_exact();
}

#[test]
fn with_the_authority_in_a_file_readings_and_token_go_over_https() {
    let bench = Bench::new();
    let authority = Authority::new("the test's own authority");
    let server = authority.server("127.0.0.1");
    assert!(server.url().starts_with("https://"));
    let programs = gateway(&bench, server.url(), Some(&authority));
    end(&bench, programs, &server, 20);
}

/// The server's name leads nowhere; only the proxy knows the way. It carries what it cannot read.
#[test]
fn by_a_proxy_they_go_through_a_tunnel_that_sees_neither() {
    let bench = Bench::new();
    let authority = Authority::new("the test's own authority");
    let server = authority.server("server.example");
    let tunnel = Tunnel::new(server.url());
    let proxy = format!("http://user:word@{}", tunnel.address());
    let environment = [("HTTPS_PROXY", proxy.as_str())];
    let programs = gateway_where(&environment, &bench, "https://server.example/", Some(&authority));
    end(&bench, programs, &server, 20);
    let seen = tunnel.seen();
    assert!(!seen.heads.is_empty());
    for head in &seen.heads {
        assert!(head.starts_with("CONNECT server.example:443 HTTP/1.1\r\n"), "{head}");
        // Base64 of what the proxy is told besides its address.
        assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
        assert!(head.contains("dXNlcjp3b3Jk"), "{head}");
    }
    let all = [seen.heads.concat().as_bytes(), &seen.octets].concat();
    for secret in [TOKEN, "temperature"] {
        let is_seen = all.windows(secret.len()).any(|octets| octets == secret.as_bytes());
        assert!(!is_seen, "{secret}");
    }
    assert!(seen.octets.len() > 1000, "{} octets", seen.octets.len());
}

#[test]
fn a_proxy_that_leads_to_a_stranger_gets_nothing() {
    let bench = Bench::new();
    let authority = Authority::new("the server's");
    let stranger = Authority::new("the proxy's own").server("server.example");
    let tunnel = Tunnel::new(stranger.url());
    let environment = [("HTTPS_PROXY", tunnel.address())];
    let (mut simulator, mut gateway) =
        gateway_where(&environment, &bench, "https://server.example/", Some(&authority));
    gateway.wait_for("readings are kept in the spool");
    gateway.terminate();
    simulator.terminate();
    assert_eq!((stranger.requests(), stranger.stored()), (0, Vec::new()));
    bench.reckon(&bench.spooled()).assert_exact();
}

/// Runs a gateway that must not trust its server: it says why and what to do, sends neither
/// readings nor token, and keeps the readings.
fn does_not_trust(server: &ScriptedServer, authority: Option<&Authority>, said: &str) {
    let bench = Bench::new();
    let (mut simulator, mut gateway) = gateway(&bench, server.url(), authority);
    gateway.wait_for("readings are kept in the spool");
    let heard = gateway.heard();
    assert!(heard.contains(said) && heard.contains("--ca-file"), "{said}:\n{heard}");
    gateway.terminate();
    simulator.terminate();
    assert_eq!((server.requests(), server.stored()), (0, Vec::new()));
    bench.reckon(&bench.spooled()).assert_exact();
}

#[test]
fn without_the_authority_or_with_another_one_the_server_is_not_trusted() {
    let server = Authority::new("the server's").server("127.0.0.1");
    let unknown = "the server's certificate is not trusted";
    does_not_trust(&server, None, unknown);
    does_not_trust(&server, Some(&Authority::new("another")), unknown);
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let authority = Authority::new("the server's");
    let server = authority.server("example.org");
    does_not_trust(&server, Some(&authority), "the server's certificate is not trusted");
}

#[test]
fn a_token_is_not_sent_over_plain_http_to_another_machine() {
    let bench = Bench::new();
    fs::write(bench.path("token"), TOKEN).expect("it can be written");
    let token = bench.path("token").to_string_lossy().into_owned();
    let options = ["--token-file", &token];
    // An address of RFC 5737, which nobody has; it is not even tried.
    let mut gateway = bench.gateway_with("/dev/ttyUSB99", "http://192.0.2.1/", &options);
    assert_eq!(gateway.wait().code(), Some(78), "{}", gateway.heard());
    let heard = gateway.heard();
    assert!(heard.contains("token") && heard.contains("use https"), "{heard}");
    assert!(!heard.contains(TOKEN), "it is not printed either");
}
