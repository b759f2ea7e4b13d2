//! Debian's wrk, for requests of one reading: it costs the machine less than what it loads.

use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::Write as _;
use std::process::Command;

/// The bodies are posted in turn; at the end what counts is printed, times in µs.
const SCRIPT: &str = r#"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local requests, turn = {}, 0
init = function()
  for index, body in ipairs(bodies) do
    requests[index] = wrk.format(nil, nil, nil, body)
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local failed = 0
  for _, count in pairs(summary.errors) do failed = failed + count end
  print("report", failed, summary.requests, summary.duration, latency:percentile(50), latency:percentile(99))
end
"#;

/// What a load came to.
pub(crate) struct Report {
    pub(crate) requests: f64,
    /// Requests a second.
    pub(crate) rate: f64,
    /// Median, in ms.
    pub(crate) median: f64,
    /// What 99 of 100 answers take at the most, in ms.
    pub(crate) p99: f64,
}

/// Posts the bodies to the path on so many connections, each waiting for its answer.
pub(crate) fn post(
    address: SocketAddr,
    path: &str,
    bodies: &[String],
    connections: u32,
    time: Duration,
) -> Report {
    let mut script = tempfile::NamedTempFile::new().unwrap();
    let quoted = bodies.iter().fold(String::new(), |mut list, body| {
        let _ = write!(list, "[==[{body}]==],");
        list
    });
    write!(script, "bodies = {{{quoted}}}{SCRIPT}").unwrap();
    let output = Command::new("wrk")
        .args(["--threads=1", "--script"])
        .arg(script.path())
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={}s", time.as_secs().max(1)))
        .arg(format!("http://{address}{path}"))
        .output()
        .expect("wrk is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    let report = text.lines().find_map(|line| line.strip_prefix("report"));
    let report = report.unwrap_or_else(|| panic!("{text}"));
    let numbers: Vec<f64> = report.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let &[failed, requests, duration, median, p99] = &*numbers else { panic!("{text}") };
    assert_eq!(failed, 0.0, "some requests failed: {text}");
    Report { requests, rate: requests / duration * 1e6, median: median / 1000.0, p99: p99 / 1000.0 }
}
