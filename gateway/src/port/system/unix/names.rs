use std::fs;
use std::path::Path;

/// Where the system keeps names that say what a port is.
const BY_ID: &str = "/dev/serial/by-id";

/// The port that a bare name stands for, if there is one.
pub(in crate::port) fn full_name(name: &str) -> Option<String> {
    if name.contains('/') {
        return None;
    }
    let paths = ["/dev", BY_ID].map(|directory| format!("{directory}/{name}"));
    paths.into_iter().find(|path| Path::new(path).exists())
}

/// The link in `/dev/serial/by-id` that leads to this port.
pub(in crate::port) fn by_id(name: &str) -> Option<String> {
    let port = Path::new(name).canonicalize().ok()?;
    let links = fs::read_dir(BY_ID).ok()?;
    let mut links = links.filter_map(|link| Some(link.ok()?.path()));
    let link = links.find(|link| link.canonicalize().is_ok_and(|target| target == port))?;
    Some(link.to_string_lossy().into_owned())
}
