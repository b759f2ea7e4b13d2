//! `clouddata-gateway`; see `clouddata-gateway --help`.

// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

fn main() -> std::process::ExitCode {
    clouddata_gateway::cli::main()
}
