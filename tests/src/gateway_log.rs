/// What gateways have logged of their looks at the manager's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatewayLog {
    /// Looks that changed the clock map: each may shift later readings by something else.
    pub changes: usize,
    /// How far such a shift may be from the truth, in µs.
    pub furthest: i64,
}

/// How far a gateway lets its clock map be off before it changes it, in µs, besides what the look
/// was uncertain by.
const TOLERANCE: i64 = 100_000;

impl GatewayLog {
    /// Reads what they have printed, in text.
    ///
    /// # Panics
    /// If a line about the clock lacks what it should say.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let looks = text.lines().filter(|line| line.contains("the manager's clock is mapped"));
        let mut log = Self { changes: 0, furthest: 0 };
        let mut most = 0;
        for look in looks {
            let (_, after) =
                look.split_once("uncertainty_us=").expect("a look says how sure it is");
            let (uncertainty, after) = after.split_once(' ').expect("and what it has shown");
            most = most.max(uncertainty.parse().expect("a number"));
            log.changes += usize::from(!after.contains("observation=kept"));
        }
        // A map is off by what the look that made it was uncertain by. Later it is kept while it
        // is within the tolerance of another look, which may be off to the other side.
        log.furthest = TOLERANCE + 2 * most;
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_and_the_least_certain_look_counts() {
        let line = "INFO the manager's clock is mapped to this machine's uptime=3 offset_secs=7";
        let text = format!(
            "{line} uncertainty_us=300 observation=first\nother\n\
             {line} uncertainty_us=2000 observation=kept\n\
             {line} uncertainty_us=40 observation=moved by 7 µs\n"
        );
        assert_eq!(GatewayLog::read(&text), GatewayLog { changes: 2, furthest: 104_000 });
    }
}
