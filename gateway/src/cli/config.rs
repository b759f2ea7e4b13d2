use std::process::ExitCode;

use clap::Args;

use super::settings::RunArgs;

/// The configuration file with every setting explained, and commented out.
pub(super) const TEMPLATE: &str = include_str!("../../packaging/gateway.toml");

#[derive(Args, Clone, Debug)]
pub(super) struct ConfigArgs {
    /// Instead of printing a template, check the configuration that would be used.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    run: RunArgs,
}

/// Prints a configuration file to start from, or checks the present one.
pub(super) fn config(args: &ConfigArgs) -> ExitCode {
    const EX_CONFIG: u8 = 78;
    if !args.check {
        print!("{TEMPLATE}");
        return ExitCode::SUCCESS;
    }
    match args.run.config() {
        Ok(config) => {
            println!("the configuration can be used: {config:#?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("clouddata-gateway: {error}");
            ExitCode::from(EX_CONFIG)
        }
    }
}
