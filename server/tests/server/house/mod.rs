//! Sites, from outside: the program that serves them, and the one that changes them meanwhile.

mod admin;
mod asking;
mod cookie;
mod isolation;
mod limits;
mod memory;
mod registry;
mod states;
mod tokens;

use std::path::Path;

use tempfile::TempDir;

use crate::cli::{server, text};
use crate::program::Program;
use asking::{Answer, follow, until};

/// A server at work, to which sites and tokens are added.
pub(super) struct House {
    pub(super) program: Program,
    folder: TempDir,
}

impl House {
    pub(super) fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { program: Program::start(folder.path(), options), folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the program prints that is told to do this.
    pub(super) fn tell(&self, arguments: &[&str]) -> String {
        let output = server(self.folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(output.stderr));
        text(output.stdout)
    }

    /// Every server that is asked; there is one.
    fn servers(&self) -> Vec<String> {
        vec![self.program.url("")]
    }

    /// The one that is asked by such a request.
    fn server_for(&self, _method: &str) -> String {
        self.program.url("")
    }

    /// Returns when what was written is to be seen.
    const fn settle(&self) {}
}
