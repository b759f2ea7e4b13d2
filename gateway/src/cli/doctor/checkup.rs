use std::time::Instant;

use host::{Failure, exit};

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
    /// Why not everything could be printed.
    unwritten: Option<Failure>,
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
                self.say(&format!("ok    {name:<10} {found} ({seconds:.2} s)"));
                Some(value)
            }
            Err(Fault { found, next }) => {
                self.has_failed = true;
                self.say(&format!("FAIL  {name:<10} {found} ({seconds:.2} s)"));
                self.say(&format!("      next:      {next}"));
                None
            }
        }
    }

    /// A step that cannot be taken after one that has failed.
    pub(super) fn skip(&mut self, name: &str) {
        self.say(&format!("skip  {name}"));
    }

    /// How it went as a whole.
    pub(super) fn end(self) -> Result<(), Failure> {
        match (self.has_failed, self.unwritten) {
            (true, _) => Err(Failure::new(exit::UNAVAILABLE, "something is wrong; see above")),
            (false, Some(failure)) => Err(failure),
            (false, None) => Ok(()),
        }
    }

    fn say(&mut self, line: &str) {
        // What is at the next steps is worth knowing all the same.
        if let Err(failure) = host::print(format_args!("{line}\n")) {
            self.unwritten.get_or_insert(failure);
        }
    }
}
