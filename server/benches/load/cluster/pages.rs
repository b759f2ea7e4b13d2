//! The live page of each server in Chromium: server/page-tests/opinions.js.

use core::time::Duration;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

pub(crate) struct Pages {
    node: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    /// The longest time until all were of one opinion.
    pub(crate) worst: Duration,
}

/// What the pages showed.
pub(crate) struct Look {
    /// Until each was live.
    pub(crate) live: Duration,
    /// From a reading's answer until the last of them showed it, and all said the same of all motes.
    pub(crate) agreed: Duration,
    /// What they said when that had taken long.
    pub(crate) differed: Option<Value>,
}

impl Pages {
    /// Opens them; readings are posted to `front`.
    pub(crate) fn open(front: &str, servers: &[String]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page-tests");
        let mut command = Command::new("node");
        command.arg("opinions.js").arg(front).args(servers).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = command.spawn().expect("there is node");
        let orders = node.stdin.take();
        let answers = BufReader::new(node.stdout.take().unwrap()).lines();
        Self { node, orders, answers, worst: Duration::ZERO }
    }

    /// Looks at all of them.
    ///
    /// # Errors
    /// With what is wrong.
    pub(crate) fn look(&mut self) -> Result<Look, String> {
        let orders = self.orders.as_mut().ok_or("the pages are closed")?;
        writeln!(orders, "look").map_err(|error| error.to_string())?;
        let answer = self.answers.next().ok_or("the pages are gone")?;
        let answer = answer.map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        let time =
            |name: &str| answer[name].as_f64().map(|ms| Duration::from_secs_f64(ms / 1000.0));
        match (time("live"), time("agreed")) {
            (Some(live), Some(agreed)) => {
                self.worst = self.worst.max(agreed);
                Ok(Look { live, agreed, differed: answer.get("differed").cloned() })
            }
            _ => Err(answer.to_string()),
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // It closes its browser when it gets no more orders.
        drop(self.orders.take());
        let _ = self.node.wait();
    }
}
