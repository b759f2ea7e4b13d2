use std::fs::File;
use std::io::{self, Write};

use crate::{Failure, Output, exit};

#[test]
fn a_full_disk_is_one() {
    let mut output = Output::to(File::options().write(true).open("/dev/full").unwrap());
    let error = writeln!(output, "a result").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let failure = Failure::of_output(&error);
    assert_eq!(failure.code(), exit::IO);
    assert!(failure.reason().starts_with("stdout cannot be written: No space left"));
}
