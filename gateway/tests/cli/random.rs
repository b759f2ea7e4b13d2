use scripted_server::{Answer, ScriptedServer};
use std::collections::HashSet;

use crate::program::run;

#[test]
fn readings_are_posted_at_the_rate_and_counted() {
    let server = ScriptedServer::start([]);
    let arguments = ["random", "--server", server.url(), "--rate", "200", "--motes", "7"];
    let (code, out, err) = run(arguments.into_iter().chain(["--duration", "1s"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let stored = server.stored();
    assert!(out.starts_with(&format!("{} accepted, 0 refused, 0 failed", stored.len())), "{out}");
    assert!(stored.len() > 100, "{out}");
    let motes: HashSet<_> = stored.iter().map(|reading| reading.mac).collect();
    assert_eq!(motes.len(), 7);
    let identities: HashSet<_> = stored.iter().map(|r| (r.mac, r.timestamp)).collect();
    assert_eq!(identities.len(), stored.len(), "each reading has its own time");
    assert!(stored.iter().all(|reading| (10.0..=35.0).contains(&reading.value)));
}

#[test]
fn what_the_server_does_not_take_is_counted_and_explained() {
    let server = ScriptedServer::answering(Answer::Status("401 Unauthorized"));
    let arguments = ["random", "--server", server.url(), "--rate", "1", "--duration", "100ms"];
    let (code, out, err) = run(arguments);
    assert_eq!(code, 69);
    assert!(out.starts_with("0 accepted, 0 refused, 1 failed"), "{out}");
    assert!(err.contains("401") && err.contains("token"), "{err}");

    let status = "422 Unprocessable Entity\r\nContent-Type: application/json";
    let answer = r#"[{"index":0,"field":"temperature","reason":"too plausible"}]"#;
    let server = ScriptedServer::answering(Answer::Body(status, answer));
    let arguments = ["random", "--server", server.url(), "--rate", "1", "--duration", "100ms"];
    let (code, out, err) = run(arguments);
    assert_eq!(code, 69);
    assert!(out.starts_with("0 accepted, 1 refused, 0 failed"), "{out}");
    assert!(err.contains("too plausible"), "{err}");
}
