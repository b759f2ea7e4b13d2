//! How a house is asked, of whatever servers it is.

use core::time::Duration;
use std::time::Instant;

use serde_json::Value;

use super::House;
use crate::fixture::client;

/// How long the program's changes may take, with what a busy machine adds to the second of the
/// promise.
const SOON: Duration = Duration::from_secs(20);

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) headers: ureq::http::HeaderMap,
}

impl House {
    /// A new token of a site.
    pub(super) fn token(&self, site: &str, name: &str, scope: &str) -> String {
        let token = self.tell(&["token", "add", site, name, "--scope", scope]);
        token.trim().to_owned()
    }

    /// Adds a site with a token for each scope: write, read and admin; the server knows them.
    pub(super) fn site(&self, name: &str, options: &[&str]) -> [String; 3] {
        self.tell(&[&["site", "add", name], options].concat());
        let tokens = ["write", "read", "admin"].map(|scope| self.token(name, scope, scope));
        // By its path: until there is any site, a plain path is everybody's.
        let usage = format!("/s/{name}/api/v1/usage");
        let bearer = format!("Bearer {}", tokens[2]);
        for server in self.servers() {
            let url = format!("{server}{usage}");
            until(|| ask("GET", &url, &[("authorization", &bearer)], None).status == 200);
        }
        tokens
    }

    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let url = format!("{}{path}", self.server_for(method));
        let answer = ask(method, &url, headers, body);
        if method != "GET" && answer.status / 100 == 2 {
            self.settle();
        }
        answer
    }

    pub(super) fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|it| ("authorization", it.as_str())).collect();
        self.ask("GET", path, &headers, None)
    }

    pub(super) fn send(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.ask(method, path, &[("authorization", &bearer)], Some(body))
    }

    /// Posts a reading; the status.
    pub(super) fn post(&self, path: &str, token: &str, mac: &str, temperature: f64) -> u16 {
        let body = format!(r#"{{"mac": "{mac}", "temperature": {temperature}}}"#);
        self.send("POST", path, token, &body).status
    }

    /// The temperatures that a site has, as its page would ask for them.
    pub(super) fn temperatures(&self, path: &str, token: Option<&str>) -> Vec<f64> {
        let answer = self.get(path, token);
        assert_eq!(answer.status, 200, "{}", answer.text);
        let readings: Vec<Value> = serde_json::from_str(&answer.text).unwrap();
        readings.iter().map(|reading| reading["temperature"].as_f64().unwrap()).collect()
    }
}

/// Asks a server, and takes whatever it answers.
pub(super) fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0)
        .build()
        .into();
    let mut answer = match body {
        Some(body) => {
            let request = request.header("content-type", "application/json");
            agent.run(request.body(body.to_owned()).unwrap())
        }
        None => agent.run(request.body(()).unwrap()),
    }
    .unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
}

/// Waits until something is so, which it is to be soon.
pub(super) fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SOON, "it does not become so");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A stream, as a reader of its lines.
pub(super) fn follow(house: &House, path: &str, token: &str) -> impl std::io::BufRead + use<> {
    let request = client().get(format!("{}{path}", house.server_for("GET")));
    let answer = request.header("authorization", format!("Bearer {token}")).call().unwrap();
    assert_eq!(answer.status(), 200);
    std::io::BufReader::new(answer.into_body().into_reader())
}
