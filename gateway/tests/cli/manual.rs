use std::process::{Command, Stdio};

use crate::program::run;

const COMMANDS: [&str; 13] = [
    "run",
    "config",
    "ports",
    "decode",
    "capture",
    "replay",
    "random",
    "spool",
    "doctor",
    "print",
    "completions",
    "man",
    "help",
];

#[test]
fn the_manual_has_every_command_and_option() {
    let (code, page, err) = run(["man"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(page.contains(".TH clouddata-gateway 1"), "{page}");
    for command in COMMANDS.iter().filter(|command| **command != "help") {
        let section = format!(".SS \"{command}\"");
        assert!(page.contains(&section), "{section}");
    }
    assert!(page.contains(".SS \"spool export\""), "{page}");
    assert_eq!(
        page.matches("Where readings are posted").count(),
        1,
        "shared settings are told once"
    );
    for option in ["\\-\\-speed", "\\-\\-patience", "\\-\\-listen", "\\-\\-state\\-dir"] {
        assert!(page.contains(option), "{option}");
    }
}

#[test]
fn completions_know_every_command_in_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = run(["completions", shell]);
        assert_eq!(code, 0);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let (code, _, err) = run(["completions", "no-shell"]);
    assert_eq!(code, 64, "{err}");
}

#[test]
fn bash_takes_its_completions() {
    let (_, script, _) = run(["completions", "bash"]);
    let line = "COMP_WORDS=(clouddata-gateway do); COMP_CWORD=1
        _clouddata__gateway clouddata-gateway do clouddata-gateway; echo \"${COMPREPLY[@]}\"";
    let script = format!("{script}\n{line}");
    let bash = Command::new("bash").args(["-c", &script]).stderr(Stdio::null()).output();
    let output = bash.expect("bash is there");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "doctor");
}
