use crate::Failure;

/// A program as a service of Windows; elsewhere it is none, and has no commands for that: systemd's
/// units come with packages and archives.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its name, which is the program's.
    pub name: &'static str,
    /// What lists of services call it.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// Where its settings come from: the file's name, for
    /// [`configuration_file`](crate::configuration_file).
    pub configuration: &'static str,
    /// What that file begins as: all that can be set, commented out.
    pub template: &'static str,
    /// What it does until it is asked to stop.
    pub run: fn() -> Result<(), Failure>,
}
