//! `clouddata-gateway`; see `clouddata-gateway --help`.

fn main() -> std::process::ExitCode {
    clouddata_gateway::cli::main()
}
