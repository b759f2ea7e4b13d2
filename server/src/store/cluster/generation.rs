use crate::store::Influx;

/// The metric that says when a process began, in seconds since 1970.
const BEGAN: &str = "process_start_time_seconds ";

/// One run of the history's process: what it had in memory only is gone when it runs anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Generation(String);

impl Generation {
    /// The one that runs now; none if it does not say. It blocks.
    pub(super) fn of(history: &Influx) -> Option<Self> {
        parse(&history.metrics()?)
    }

    #[cfg(test)]
    pub(super) fn named(began: &str) -> Self {
        Self(began.to_owned())
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
