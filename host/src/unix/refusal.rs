use std::path::Path;

use rustix::fs::{Access, access};
use rustix::io::Errno;

pub(crate) fn is_write_refused(path: &Path) -> bool {
    let refusal = access(path, Access::WRITE_OK);
    matches!(refusal, Err(Errno::ROFS | Errno::ACCESS | Errno::PERM))
}
