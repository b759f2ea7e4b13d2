//! Our own gateway with a simulated manager: what the manager was told is safe must be stored.

use core::time::Duration;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Time between two samples of a mote.
const PERIOD: &str = "300ms";

pub(crate) struct Gateway {
    manager: Child,
    gateway: Child,
    program: PathBuf,
    folder: PathBuf,
}

impl Gateway {
    /// `programs` is the folder that has them.
    pub(crate) fn start(programs: &Path, server: &str, folder: &Path) -> Self {
        fs::create_dir(folder).unwrap();
        let port = folder.join("port");
        let mut manager = quiet(&programs.join("clouddata-simulator"));
        manager.arg("--period").arg(PERIOD).arg("--link").arg(&port);
        manager.arg("--ledger").arg(folder.join("ledger"));
        let manager = manager.spawn().expect("there is a simulator");
        while !port.exists() {
            std::thread::sleep(Duration::from_millis(50));
        }
        let program = programs.join("clouddata-gateway");
        let mut gateway = quiet(&program);
        gateway.arg("run").arg("--port").arg(&port).arg("--server").arg(server);
        gateway.arg("--state-dir").arg(folder.join("state"));
        let gateway = gateway.spawn().expect("there is a gateway");
        Self { manager, gateway, program, folder: folder.to_owned() }
    }

    /// No more readings come; what was acknowledged, by mote.
    pub(crate) fn stop_manager(&mut self) -> HashMap<String, u64> {
        end(&mut self.manager);
        let ledger = fs::read_to_string(self.folder.join("ledger")).unwrap();
        let mut acknowledged = HashMap::new();
        for line in ledger.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            *acknowledged.entry(line["mac"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        acknowledged
    }

    /// What its spool says when all is done.
    pub(crate) fn stop(&mut self) -> String {
        end(&mut self.gateway);
        let mut command = Command::new(&self.program);
        command.args(["spool", "stat", "--state-dir"]).arg(self.folder.join("state"));
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for child in [&mut self.gateway, &mut self.manager] {
            // It may have ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn end(child: &mut Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    child.wait().unwrap();
}
