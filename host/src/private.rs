use rustix::fs::Mode;
use rustix::process::umask;

/// Has every file and folder that this process makes from now on be its user's alone, whatever the
/// shell that started it would have: databases, spools and their copies are nobody else's. Under
/// systemd the units say the same.
pub fn keep_private() {
    umask(Mode::RWXG | Mode::RWXO);
}
