use std::time::Instant;

/// What is wrong with a step, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    found: String,
    next: String,
}

impl Fault {
    pub(super) fn new(found: &str, next: &str) -> Self {
        Self { found: found.to_owned(), next: next.to_owned() }
    }
}

/// Steps, each printed with what was found and how long it took.
#[derive(Debug, Default)]
pub(super) struct Checkup {
    has_failed: bool,
}

impl Checkup {
    /// Takes a step; `None` if it fails.
    pub(super) fn step<T>(
        &mut self,
        name: &str,
        take: impl FnOnce() -> Result<(T, String), Fault>,
    ) -> Option<T> {
        let begun = Instant::now();
        let taken = take();
        let seconds = begun.elapsed().as_secs_f64();
        match taken {
            Ok((value, found)) => {
                say(&format!("ok    {name:<10} {found} ({seconds:.2} s)"));
                Some(value)
            }
            Err(Fault { found, next }) => {
                self.has_failed = true;
                say(&format!("FAIL  {name:<10} {found} ({seconds:.2} s)"));
                say(&format!("      next:      {next}"));
                None
            }
        }
    }

    /// A step that cannot be taken after one that has failed.
    #[expect(clippy::unused_self, reason = "a step of this checkup")]
    pub(super) fn skip(&self, name: &str) {
        say(&format!("skip  {name}"));
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.has_failed
    }
}

fn say(line: &str) {
    // If it cannot be written, the exit code tells.
    let _ = host::print(format_args!("{line}\n"));
}
