use clap::Args;
use host::Failure;

use super::settings::RunArgs;

/// The configuration file with every setting explained, and commented out.
pub(super) const TEMPLATE: &str = include_str!("../../packaging/gateway.toml");

#[derive(Args, Clone, Debug)]
pub(super) struct ConfigArgs {
    /// Instead of printing a template, check the configuration that would be used, and print it
    /// as a configuration file.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    run: RunArgs,
}

/// Prints a configuration file to start from, or checks the present one.
pub(super) fn config(args: &ConfigArgs) -> Result<(), Failure> {
    if !args.check {
        return host::print(host::template(TEMPLATE));
    }
    host::print(args.run.effective()?)
}
