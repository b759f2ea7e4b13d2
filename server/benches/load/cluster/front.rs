//! nginx in front of all servers: the site of deploy/nginx.

use core::net::SocketAddr;
use std::fs;
use std::path::Path;
use std::process::Command;

use engines::Process;

/// As an administrator has it, but for where things are.
const SITE: &str = include_str!("../../../../deploy/nginx/clouddata.conf");
const MANY: &str = include_str!("../../../../deploy/nginx/many-servers.conf");
const ROOT: &str = include_str!("../../../../deploy/nginx/root-page.conf");

/// What the site names of this machine's own server.
const OWN: &str = "server 127.0.0.1:8080 fail_timeout=2s;";

/// One process, so that it ends when it is killed. The folder is its own.
pub(crate) fn nginx(folder: &Path, servers: &[SocketAddr]) -> Process {
    fs::create_dir_all(folder.join("site/servers")).unwrap();
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    put("site/many-servers.conf", MANY);
    put("site/root.conf", ROOT);
    put("site/name.conf", "server_name _;\n");
    let lines = servers.iter().map(|server| format!("server {server} fail_timeout=2s;\n"));
    put("site/servers/others.conf", &lines.collect::<String>());
    let path = folder.display().to_string();
    assert!(SITE.contains(OWN));
    let site = SITE.replace(OWN, "").replace("/etc/nginx/clouddata", &format!("{path}/site"));
    let folder = folder.to_owned();
    Process::start(move |address| {
        let site = site
            .replace("listen 80 default_server;", &format!("listen {address};"))
            .replace("listen [::]:80 default_server;", "");
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {path}/{name};\n"))
            .concat();
        let text = format!(
            "daemon off;\nmaster_process off;\npid {path}/pid;\nworker_rlimit_nofile 8192;\n\
             events {{ worker_connections 4096; }}\n\
             http {{\ninclude /etc/nginx/mime.types;\naccess_log {path}/access.log;\n{places}{site}}}\n"
        );
        fs::write(folder.join("nginx.conf"), text).expect("the folder can be written to");
        let mut command = Command::new("nginx");
        command.arg("-e").arg(folder.join("error.log"));
        command.arg("-p").arg(&folder).arg("-c").arg(folder.join("nginx.conf"));
        command
    })
}
