use std::process::ExitCode;

use crate::port;

/// Prints every port, what it is, and which one would be used.
pub(super) fn ports() -> ExitCode {
    const EX_UNAVAILABLE: u8 = 69;
    let ports = match port::survey() {
        Ok(ports) => ports,
        Err(error) => {
            eprintln!("clouddata-gateway: this system does not list its ports: {error}");
            return ExitCode::from(EX_UNAVAILABLE);
        }
    };
    match port::choose(&ports) {
        Ok(chosen) => {
            for port in &ports {
                println!("{port}");
            }
            println!("{chosen} would be used");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            println!("{problem}");
            ExitCode::from(EX_UNAVAILABLE)
        }
    }
}
