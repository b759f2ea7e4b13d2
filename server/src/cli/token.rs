use core::fmt::Write;

use clouddata_server::Config;
use host::Failure;

use super::arguments::TokenCommand;
use super::registry::{fault, look, number, open};

pub(super) fn run(config: &Config, command: TokenCommand) -> Result<(), Failure> {
    let mut registry = open(config)?;
    let directory = look(&mut *registry)?;
    match command {
        TokenCommand::Add { site, name, scope } => {
            let site = number(&directory, &site)?;
            let new = registry.add_token(site, &name, scope).map_err(|error| fault(&error))?;
            // Alone, so that a script has nothing to cut off.
            host::print(format_args!("{}\n", new.secret.reveal()))
        }
        TokenCommand::Revoke { site, name } => {
            let number = number(&directory, &site)?;
            registry.revoke_token(number, &name).map_err(|error| fault(&error))?;
            host::print(format_args!("revoked {name} of {site}\n"))
        }
        TokenCommand::List { site } => {
            let mut text = String::new();
            for token in directory.tokens_of(number(&directory, &site)?) {
                // Text takes whatever is written to it.
                let _ = writeln!(text, "{}  {}  since {}", token.name, token.scopes, token.created);
            }
            host::print(text)
        }
    }
}
