//! `ports`: each port with what it is, whether it would be used, and what is in the way.

use std::io::{self, BufWriter, Write};

use clap::Args;
use host::{Failure, Output, exit};

use crate::port::{self, Access, Answer, FoundPort, Identity, ParsePortError, PortChoice};

/// What `ports` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct PortsArgs {
    /// Look at these ports only. Those at the end of a network, tcp:HOST:PORT, are never listed
    /// unless named.
    #[arg(value_name = "PORT")]
    names: Vec<String>,
    /// Open the ports that may be a manager's serial API, and listen for one for 3.5 s. Nothing
    /// is written to them.
    #[arg(long)]
    listen: bool,
}

/// Prints every port. Without `--listen` none is opened.
pub(super) fn ports(args: &PortsArgs) -> Result<(), Failure> {
    let surveyed = port::survey().map_err(|error| {
        Failure::new(exit::UNAVAILABLE, format!("this system does not list its ports: {error}"))
    })?;
    let names: Result<Vec<String>, _> = args.names.iter().map(|name| full_name(name)).collect();
    let names = names.map_err(|error| Failure::new(exit::USAGE, error))?;
    let mut ports = surveyed.clone();
    if !names.is_empty() {
        let known = |name: &String| surveyed.iter().find(|port| port.name == *name).cloned();
        ports = names
            .iter()
            .map(|name| known(name).unwrap_or_else(|| FoundPort::named(name)))
            .collect();
    }
    let chosen = port::by_identity(&ports).map(|port| port.name.clone());
    let candidates: Vec<String> = if names.is_empty() {
        port::candidates(&ports).iter().map(|port| port.name.clone()).collect()
    } else {
        names
    };
    let answers = if args.listen { port::listen(&candidates) } else { Vec::new() };
    let (mut managers, mut missing) = (Vec::new(), Vec::new());
    let mut out = BufWriter::new(Output::stdout());
    let unwritten = |error| Failure::of_output(&error);
    for port in &ports {
        let access = Access::of(&port.name);
        let is_chosen = chosen.as_ref() == Some(&port.name);
        let is_candidate = candidates.contains(&port.name);
        let heard = candidates.iter().zip(&answers).find(|(name, _)| **name == port.name);
        let answer = heard.map(|(_, answer)| answer);
        let verdict = verdict(port, &access, is_chosen, is_candidate);
        write_port(&mut out, port, &verdict, &access, answer).map_err(unwritten)?;
        if matches!(answer, Some(Answer::Manager)) {
            managers.push(port.name.as_str());
        }
        if access == Access::Missing {
            missing.push(port.name.as_str());
        }
    }
    out.flush().map_err(unwritten)?;
    if !missing.is_empty() {
        return Err(Failure::new(exit::UNAVAILABLE, no_such_port(&missing, &surveyed)));
    }
    match (chosen.as_deref(), managers.as_slice()) {
        (_, [heard]) => {
            host::print(format_args!("{heard} would be used: a manager is heard there\n"))
        }
        (Some(chosen), _) => host::print(format_args!("{chosen} would be used\n")),
        (None, _) => Err(Failure::new(exit::UNAVAILABLE, undecided(&ports, &candidates))),
    }
}

/// As `--port` takes it, with or without its directory.
fn full_name(name: &str) -> Result<String, ParsePortError> {
    name.parse::<PortChoice>().map(|choice| choice.to_string())
}

fn write_port(
    out: &mut impl Write,
    port: &FoundPort,
    verdict: &str,
    access: &Access,
    answer: Option<&Answer>,
) -> io::Result<()> {
    writeln!(out, "{port}")?;
    if let Some(by_id) = &port.by_id {
        writeln!(out, "    also {by_id}")?;
    }
    writeln!(out, "    {verdict}")?;
    if matches!(access, Access::Busy(_) | Access::NotPermitted { .. }) {
        writeln!(out, "    {access}")?;
    }
    if let Some(answer) = answer.filter(|_| *access != Access::Missing) {
        writeln!(out, "    {}", told(answer))?;
    }
    Ok(())
}

/// Somebody has mistaken a name: those that there are help.
fn no_such_port(missing: &[&str], surveyed: &[FoundPort]) -> String {
    let names: Vec<&str> = surveyed.iter().map(|port| port.name.as_str()).collect();
    let missing = missing.join(", ");
    if names.is_empty() {
        return format!("there is no such port: {missing}; this machine has none at all");
    }
    format!("there is no such port: {missing}; this machine has {}", names.join(", "))
}

/// Why a port is chosen or refused.
fn verdict(port: &FoundPort, access: &Access, is_chosen: bool, is_candidate: bool) -> String {
    match (&port.identity, access) {
        (_, Access::Missing) => "refused: there is no such port".to_owned(),
        (Identity::Api, _) if is_chosen => {
            "chosen: by USB it is the serial API, and the only one".to_owned()
        }
        (Identity::Api, _) => "one of several: name the port, or its board by its \
                               USB serial number, with --port"
            .to_owned(),
        (Identity::Cli, _) => {
            "refused: this is the command line; the serial API is the next port".to_owned()
        }
        (Identity::OtherUart(_), _) => {
            "refused: not the serial API, which is the board's last port".to_owned()
        }
        (Identity::OtherUsb { .. }, _) if is_candidate => {
            "undecided: it may be a manager's; a gateway listens to it without writing".to_owned()
        }
        _ if is_candidate => "undecided: only listening can tell".to_owned(),
        _ => {
            "refused: no manager's board; name it with --port if it is one all the same".to_owned()
        }
    }
}

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Manager => "heard: a manager".to_owned(),
        Answer::Noise => "heard: something, but no manager".to_owned(),
        Answer::Silence => "heard: nothing; a manager that has a session is silent too".to_owned(),
        Answer::Closed(error) => format!("not heard: {error}"),
    }
}

fn undecided(ports: &[FoundPort], candidates: &[String]) -> String {
    if ports.is_empty() {
        return format!("there is no serial port; {}", port::CONNECT);
    }
    if candidates.is_empty() {
        return "none of these ports is a manager's; connect its USB cable, or name the port with \
                --port"
            .to_owned();
    }
    "which port to use is not decided; try `clouddata-gateway ports --listen`".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_is_told_why_it_is_chosen_or_refused() {
        let verdict = |identity, is_chosen, is_candidate| {
            let (name, serial, by_id) = ("/dev/ttyUSB3".to_owned(), None, None);
            let port = FoundPort { name, identity, serial, by_id };
            verdict(&port, &Access::Free, is_chosen, is_candidate)
        };
        assert!(verdict(Identity::Api, true, false).starts_with("chosen"));
        assert!(verdict(Identity::Api, false, true).contains("one of several"));
        assert!(verdict(Identity::Cli, false, false).contains("this is the command line"));
        assert!(verdict(Identity::OtherUart(0), false, false).contains("the board's last port"));
        let refused = verdict(Identity::NotUsb, false, false);
        assert!(refused.starts_with("refused: no manager's board"));
        assert!(verdict(Identity::NotUsb, false, true).starts_with("undecided"));
    }
}
