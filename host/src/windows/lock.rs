use std::fs::{File, OpenOptions, TryLockError};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

/// Others may read the file meanwhile, to see whose it is; a lock of the other kind would keep them
/// from that.
const FILE_SHARE_READ: u32 = 1;

/// Somebody has it open in a way that does not go together with this one.
const ERROR_SHARING_VIOLATION: i32 = 32;

/// Opens a file for this process alone, and makes it if need be. It does not wait. Nobody can
/// delete it meanwhile.
pub(crate) fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).share_mode(FILE_SHARE_READ);
    options.open(path).map_err(|error| match error.raw_os_error() {
        Some(ERROR_SHARING_VIOLATION) => TryLockError::WouldBlock,
        _ => TryLockError::Error(error),
    })
}
