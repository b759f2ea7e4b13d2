use serde_json::{Value, json};

use crate::site::{Site, mac, until};

/// What a server answers to the holder of a token.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
}

/// A site's tokens.
pub(super) struct Tokens {
    pub(super) write: String,
    pub(super) read: String,
    pub(super) admin: String,
}

/// Asks a server; 0 is no answer.
pub(super) fn ask(method: &str, url: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = match body {
        Some(body) => {
            let request = request.header("content-type", "application/json");
            agent.run(request.body(body.to_string()).unwrap())
        }
        None => agent.run(request.body(()).unwrap()),
    };
    match answer {
        Ok(mut answer) => Answer {
            status: answer.status().as_u16(),
            text: answer.body_mut().read_to_string().unwrap_or_default(),
        },
        Err(error) => Answer { status: 0, text: error.to_string() },
    }
}

pub(super) fn get(url: &str, token: &str) -> Answer {
    ask("GET", url, Some(token), None)
}

/// The JSON of what is asked for; null if it is refused.
pub(super) fn json_of(url: &str, token: &str) -> Value {
    let Answer { status, text } = get(url, token);
    if status == 200 { serde_json::from_str(&text).unwrap() } else { Value::Null }
}

/// Posts what is measured as a gateway does: until it is answered.
pub(super) fn deliver(url: &str, token: &str, body: &Value) {
    until("it is stored", || {
        let Answer { status, text } =
            ask("POST", &format!("{url}/api/v1/oap"), Some(token), Some(body));
        assert!(status == 204 || status == 0 || status >= 500, "{status}: {text}");
        (status == 204).then_some(())
    });
}

/// Labels a mote; the status.
pub(super) fn label(url: &str, token: &str, mote: u8, label: &str) -> u16 {
    let url = format!("{url}/api/v1/motes/{}", mac(mote));
    ask("PUT", &url, Some(token), Some(&json!({ "label": label }))).status
}

/// Adds a site with a token for each scope, and waits until every server knows them.
pub(super) fn add(site: &Site, name: &str, options: &[&str]) -> Tokens {
    site.tell(&[&["site", "add", name], options].concat());
    let token = |scope: &str| site.tell(&["token", "add", name, scope, "--scope", scope]);
    let tokens = Tokens { write: token("write"), read: token("read"), admin: token("admin") };
    for server in 0..site.servers.len() {
        let url = format!("{}/s/{name}/api/v1/motes", site.url(server));
        until("it is known", || (get(&url, &tokens.admin).status == 200).then_some(()));
    }
    tokens
}
