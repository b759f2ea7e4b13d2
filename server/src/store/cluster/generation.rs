use core::time::Duration;

use ureq::Agent;

/// How long the history may take to say since when it runs.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Most that is read of its metrics.
const MAX_METRICS: u64 = 4 << 20;

/// The metric that says when a process began, in seconds since 1970.
const BEGAN: &str = "process_start_time_seconds ";

/// Asks the history since when it runs: what it had in memory only is gone when it runs anew.
#[derive(Clone)]
pub(super) struct Generations {
    agent: Agent,
    url: String,
}

/// One run of the history's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Generation(String);

impl Generations {
    pub(super) fn new(url: &str) -> Self {
        let agent = Agent::config_builder()
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self { agent: agent.into(), url: format!("{}/metrics", url.trim_end_matches('/')) }
    }

    /// The one that runs now; none if it does not say. It blocks.
    pub(super) fn ask(&self) -> Option<Generation> {
        let mut answer = self.agent.get(&self.url).call().ok()?;
        let text = answer.body_mut().with_config().limit(MAX_METRICS).read_to_string().ok()?;
        parse(&text)
    }
}

fn parse(metrics: &str) -> Option<Generation> {
    let began = metrics.lines().find_map(|line| line.strip_prefix(BEGAN))?;
    Some(Generation(began.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_when_the_process_began() {
        let metrics = "process_start_time 3\nprocess_start_time_seconds 1795998680\nprocess_x 1\n";
        assert_eq!(parse(metrics), Some(Generation("1795998680".to_owned())));
        assert_eq!(parse("process_x 1\n"), None);
    }
}
